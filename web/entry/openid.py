"""Signing in with the account of the office (OpenID Connect), where an installation has set it up."""

from __future__ import annotations

from dataclasses import asdict

from flask import abort, current_app, make_response, render_template, request, session, url_for
from werkzeug.wrappers import Response

from engine.access.carried_input import carried_input_of
from engine.access.identities import LinkIdentity, person_of_identity
from engine.access.sessions import OPENID
from engine.kernel.errors import EngineError
from web.carried import PAGES, SEALED, keep, opened
from web.door import the_door
from web.entry.letting_in import inside, let_in
from web.entry.pages import ask_who, opened_before, pages
from web.entry.provider import Known, Pending, is_offered, send_away, who_came_back
from web.language.sentences import in_words
from web.visitor import for_all, when_stale

WAITING = "at_provider"  # in the cookie: what we remember of who is at the provider's


@pages.post("/sign-in/openid")
@for_all
@when_stale(opened_before)
def to_provider() -> Response:
    """Send somebody to the provider; what was sent too late is kept for its person until then."""
    if not is_offered():
        abort(404)
    try:
        address, pending = send_away(url_for("entry.from_provider", _external=True))
    except EngineError as error:
        return make_response(ask_who(problem=in_words(error)), 503)
    late = opened(request.form.get(SEALED))
    if late is not None:
        keep(late)
    session[WAITING] = {"pending": asdict(pending), "after": inside(request.form.get("next")), "late": late.person if late else None}
    response = make_response(render_template("entry/elsewhere.html", address=address))
    response.headers["Refresh"] = f"0; url={address}"  # a redirection after a form is stopped by form-action 'self'
    return response


@pages.get("/sign-in/openid/back")
@for_all
def from_provider() -> Response:
    """Let in whom the provider knows, when the directory knows the same person."""
    waiting = session.pop(WAITING, None)
    if waiting is None or not is_offered():
        abort(404)
    now = the_door().clock.now()
    try:
        found = who_came_back(Pending(**waiting["pending"]), request.url, url_for("entry.from_provider", _external=True), now)
        person = _person(found)
    except EngineError as error:
        return make_response(ask_who(problem=in_words(error)), 403)
    with the_door().database.reading() as connection:
        late = carried_input_of(connection, person, now) if waiting["late"] == person else None
    return let_in(person, OPENID, after=waiting["after"], late=late)


def _person(found: Known) -> str:
    """Return the id of the person, linked now when this is the first time. Raises Refused when the directory does not know them."""
    door = the_door()
    with door.database.reading() as connection:
        person = person_of_identity(connection, found.issuer, found.subject)
    if person is not None:
        return person
    linked = LinkIdentity(issuer=found.issuer, subject=found.subject, email=found.email, verified=found.verified)
    return str(door.execute(linked, PAGES, key=f"link:{current_app.name}:{door.clock.now().isoformat()}")["person"])
