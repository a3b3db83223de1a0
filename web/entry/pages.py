"""The pages by which people come in and go out."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from engine.access.accounts import signs_in
from engine.access.sessions import DEMONSTRATION, PASSWORD, BeginSession, EndSession, digest
from engine.directory.demonstration import is_demonstration, people_of_demonstration
from web import visitor
from web.door import the_door
from web.language import LANGUAGES
from web.visitor import PAGES, for_all, the_visitor

pages = Blueprint("entry", __name__, template_folder="templates")


@pages.get("/")
@for_all
def home() -> Response:
    """Lead to one's work, or to the door."""
    return redirect(_home() if g.visitor else url_for("entry.sign_in"))


@pages.get("/sign-in")
@for_all
def sign_in() -> str:
    """Ask who is there."""
    return _ask_who()


@pages.post("/sign-in")
@for_all
def signed_in() -> Response | tuple[str, int]:
    """Let in whoever knows the password."""
    login, password = request.form.get("login", "").strip(), request.form.get("password", "")
    with the_door().database.reading() as connection:
        found = signs_in(connection, login, password)
    if found is None:
        return _ask_who(login=login, wrong=True), 422
    return _let_in(found.id, PASSWORD)


@pages.post("/sign-in/demonstration")
@for_all
def chosen() -> Response:
    """Let somebody in as a person of the demonstration."""
    if not current_app.config["DEMO"]:
        abort(404)
    with the_door().database.reading() as connection:
        if not is_demonstration(connection):
            abort(404)
    return _let_in(request.form.get("person", ""), DEMONSTRATION)


@pages.post("/sign-out")
def sign_out() -> Response:
    """End the session."""
    here = the_visitor()
    the_door().execute(EndSession(session=here.session), here.actor, key=f"out:{here.session}")
    session.clear()
    return redirect(url_for("entry.sign_in"))


@pages.post("/language")
@for_all
def choose_language() -> Response:
    """Keep the language in the cookie."""
    chosen_language = request.form.get("language")
    if chosen_language in LANGUAGES:
        session["language"] = chosen_language
    return redirect(_inside(request.form.get("next")) or url_for("entry.home"))


def _ask_who(*, login: str = "", wrong: bool = False) -> str:
    people = []
    if current_app.config["DEMO"]:
        with the_door().database.reading() as connection:
            people = people_of_demonstration(connection)
    return render_template("entry/sign_in.html", login=login, wrong=wrong, people=people, after=_inside(request.values.get("next")))


def _let_in(person: str, method: str) -> Response:
    token = secrets.token_urlsafe(32)
    the_door().execute(BeginSession(person=person, token_hash=digest(token), method=method), PAGES, key=f"in:{digest(token)}")
    visitor.sign_in(token)
    return redirect(_inside(request.form.get("next")) or _home())


def _home() -> str:
    return url_for("tasks.inbox") if "tasks.inbox" in current_app.view_functions else url_for("entry.sign_in")


def _inside(address: str | None) -> str | None:
    """Return an address only when it lies in our own pages: nobody is led elsewhere by what stands in a link."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")):
        return None
    parts = urlsplit(address)
    return address if not parts.scheme and not parts.netloc else None
