"""Choosing another password: one's own, and by a link that an administrator made."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import abort, current_app, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Row
from werkzeug.wrappers import Response

from engine.access.accounts import ChangePassword, account_of, proved
from engine.access.attempts import ADDRESS, LOGIN, RecordFailure, about, wait_before
from engine.access.password_links import UsePasswordLink, link_of
from engine.access.passwords import LEAST, hashed
from engine.access.sessions import digest
from engine.kernel.errors import EngineError
from web.carried import PAGES
from web.door import the_door
from web.entry.pages import pages
from web.language.sentences import in_words
from web.once import act
from web.visitor import for_all, the_visitor, with_unchanged_password


@pages.get("/account/password")
@with_unchanged_password
def password() -> str:
    """Ask for the old and the new password."""
    return _ask_for_another()


@pages.post("/account/password")
@with_unchanged_password
def change_password() -> Response:
    """Change the own password, and end every other session."""
    here = the_visitor()
    old, new = request.form.get("password_old", ""), request.form.get("password_new", "")
    known, problem = _proved(here.login, old)
    if not problem and new == old:
        problem = _("The new password is the old password. Please choose another.")
    problem = problem or _not_twice(new)
    try:
        if not problem:
            act(ChangePassword(known=known, password_hash=hashed(new, login=here.login), session=here.session))
    except EngineError as error:
        problem = in_words(error)
    if problem:
        return make_response(_ask_for_another(problem), 422)
    flash(_("The password is changed. Wherever else you were signed in, you no longer are."), "good")
    return redirect(url_for("entry.home" if here.must_change else "entry.account"))


@pages.get("/password/<token>")
@for_all
def link(token: str) -> Response:
    """Ask whoever holds a link for a new password."""
    return _by_link(token, _link(token))


@pages.post("/password/<token>")
@for_all
def use_link(token: str) -> Response:
    """Give the account the password that was chosen by a link."""
    found = _link(token)
    if found is None:
        return _by_link(token, None)
    new = request.form.get("password_new", "")
    if problem := _not_twice(new):
        return _by_link(token, found, problem)
    try:
        used = UsePasswordLink(token_hash=digest(token), password_hash=hashed(new, login=found.login))
        the_door().execute(used, PAGES, key=f"link:{digest(token)}")
    except EngineError as error:
        return _by_link(token, found, in_words(error))
    flash(_("The password is changed. Please sign in with it."), "good")
    return redirect(url_for("entry.sign_in"))


def _ask_for_another(problem: str = "") -> str:
    here = the_visitor()
    with the_door().database.reading() as connection:
        if account_of(connection, here.login).password_hash is None:
            abort(404)  # of the demonstration, or known by a provider alone
    return render_template("entry/password.html", problem=problem, least=LEAST, action=url_for("entry.change_password"), by_link=None)


def _by_link(token: str, found: Row[Any] | None, problem: str = "") -> Response:
    if found is None:
        return make_response(render_template("entry/link_closed.html"), 404)
    page = render_template("entry/password.html", problem=problem, least=LEAST, action=url_for("entry.use_link", token=token), by_link=found)
    response = make_response(page, 422 if problem else 200)
    response.headers["Referrer-Policy"] = "no-referrer"  # the address is the key
    return response


def _link(token: str) -> Row[Any] | None:
    door = the_door()
    with door.database.reading() as connection:
        return link_of(connection, token, door.clock.now())


def _proved(login: str, old: str) -> tuple[str, str]:
    """Return the hash that the old password fits, and a problem instead when it does not.

    Whoever sits at somebody else's screen may guess no more often than at the door.
    """
    door, secret = the_door(), str(current_app.secret_key)
    marks = {"about_login": about(LOGIN, login, secret), "about_address": about(ADDRESS, request.remote_addr or "", secret)}
    with door.database.reading() as connection:
        wait = wait_before(connection, now=door.clock.now(), **marks)
        found = proved(connection, login, old) if wait <= timedelta() else None
    if wait > timedelta():
        return "", _("The old password was wrong several times. Please wait a quarter of an hour and try again.")
    if found is None:
        door.execute(RecordFailure(login=login, **marks), PAGES, key=f"failed:{marks['about_login']}:{door.clock.now().isoformat()}")
        return "", _("This is not the old password. Check it; capital letters matter.")
    return str(found.password_hash), ""


def _not_twice(new: str) -> str:
    return "" if new == request.form.get("password_again", "") else _("The new password was not typed twice alike. Please type both once more.")
