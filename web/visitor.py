"""Who is here: the signed-in person with the places of today. Every page is for somebody, unless it says that it is for all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from flask import Flask, current_app, g, make_response, redirect, render_template, request, session, url_for
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.wrappers import Response

from engine.access.places import Place, places_of
from engine.access.sessions import SEEN_EVERY, TouchSession, session_of
from engine.kernel.actor import Actor
from engine.kernel.clock import from_stamp, local_date
from web.carried import PAGES, sent, whose_form
from web.door import the_door

__all__ = ["PAGES", "Visitor", "for_all", "install", "own_keys", "sign_in", "the_visitor"]
T = TypeVar("T", bound=Callable[..., Any])
PURPOSE = "purpose"
TOKEN = "token"  # noqa: S105  the name of what the cookie holds
FOR_ALL = "for_all"
OWN_KEYS = "own_keys"
STALE = "stale"
UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Visitor:
    """A person who is signed in. `places`: own posts first, then those of whom the person substitutes today."""

    person: str
    name: str
    login: str
    session: str
    method: str
    must_change: bool
    places: tuple[Place, ...]
    purpose: str = ""  # what an auditor looks for, as they said in this session

    @property
    def actor(self) -> Actor:
        """The actor for commands and queries."""
        return Actor.person(self.person, method=self.method, purpose=self.purpose)

    @cached_property
    def units(self) -> tuple[str, ...]:
        """The ids of the organisations in which the person stands, each once."""
        return tuple(dict.fromkeys(place.organisation for place in self.places))

    @cached_property
    def roles(self) -> frozenset[str]:
        """Every role that the person holds somewhere."""
        return frozenset(role for place in self.places for role in place.roles)

    @cached_property
    def substitutions(self) -> tuple[Place, ...]:
        """The places held for somebody who is absent."""
        return tuple(place for place in self.places if place.substitute_for)


def for_all(view: T) -> T:
    """Mark a page that needs nobody to be signed in: denied is what is not marked."""
    setattr(view, FOR_ALL, True)
    return view


def own_keys(view: T) -> T:
    """Mark an address that identifies who asks by itself, without cookies: no cookie is read, and so none can be misused."""
    setattr(view, OWN_KEYS, True)
    return for_all(view)


def with_unchanged_password(view: T) -> T:
    """Mark a page that is open to who has to change the password first; every other one leads to the change."""
    setattr(view, UNCHANGED, True)
    return view


def when_stale(show: Callable[[], Any]) -> Callable[[T], T]:
    """Let `show` answer a form of this page, which is for all, when it was opened before somebody signed in or out here."""

    def mark(view: T) -> T:
        setattr(view, STALE, show)
        return view

    return mark


def the_visitor() -> Visitor:
    """Return who is here. Only for pages that are not for all."""
    found: Visitor = g.visitor
    return found


def install(app: Flask) -> None:
    """Find out who is here before each request, and turn away who has to sign in, or to change the password, first."""
    app.before_request(_meet)
    app.context_processor(lambda: {"visitor": g.get("visitor")})


def sign_in(token: str) -> None:
    """Remember the token of a new session in the cookie; what was in the cookie before is forgotten (session fixation)."""
    language = session.get("language")
    session.clear()
    session[TOKEN] = token
    if language:
        session["language"] = language


def _meet() -> Response | None:
    g.visitor = None
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or request.endpoint == "static" or getattr(view, OWN_KEYS, False):
        return None
    if token := session.get(TOKEN):
        g.visitor = _visitor(token)
    if g.visitor is None and not getattr(view, FOR_ALL, False):
        return _ask_who()
    if g.visitor and g.visitor.must_change and not (getattr(view, UNCHANGED, False) or getattr(view, FOR_ALL, False)):
        return redirect(url_for("entry.password"))
    csrf: CSRFProtect = current_app.extensions["csrf"]
    try:
        csrf.protect()
    except CSRFError:
        return _stale(view)
    return None


def _ask_who() -> Response:
    """Ask who is there: in place of the page, which comes next; what was typed is carried along."""
    if request.method != "POST":
        return redirect(url_for("entry.sign_in", next=request.full_path.rstrip("?")))
    if whose_form() is None:
        return redirect(url_for("entry.sign_in"))
    g.sent_too_late = sent()
    return make_response(current_app.view_functions["entry.sign_in"](), 401)


def _stale(view: Callable[..., Any]) -> Response:
    """Answer a form whose key is not that of the session: nothing was done, and what was typed is there to be sent again."""
    owner = whose_form()
    if g.visitor is None or owner is None:
        if show := getattr(view, STALE, None):
            return make_response(show(), 400)
        raise CSRFError("The key of the form is missing, or not that of this session.")
    mine = owner == g.visitor.person
    return make_response(render_template("entry/again.html", typed=sent() if mine else None), 400)


def _visitor(token: str) -> Visitor | None:
    door = the_door()
    now = door.clock.now()
    with door.database.reading() as connection:
        row = session_of(connection, token, now)
        places = places_of(connection, row.person, local_date(now)) if row else ()
    if row is None:
        return None
    if now - from_stamp(row.seen_at) > SEEN_EVERY:
        door.execute(TouchSession(session=row.id), PAGES, key=f"seen:{row.id}:{now.isoformat()}")
    return Visitor(
        person=row.person,
        name=row.name,
        login=row.login,
        session=row.id,
        method=row.method,
        must_change=bool(row.must_change) and row.method == "password",
        places=places,
        purpose=session.get(PURPOSE, ""),
    )
