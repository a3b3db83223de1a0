"""The pages by which people come in and go out."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, current_app, g, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from werkzeug.wrappers import Response

from engine.access.accounts import proved
from engine.access.attempts import ADDRESS, LOGIN, RecordFailure, about, wait_before
from engine.access.demonstration_people import Somebody, a_few, people_at_the_door
from engine.access.sessions import DEMONSTRATION, PASSWORD, EndSession, is_closed
from engine.directory.demonstration import is_demonstration
from engine.kernel.vietnamese import fold
from engine.storage.schema import person as person_table
from web.carried import PAGES, SEALED, closed, opened
from web.door import the_door
from web.entry.letting_in import home_address, inside, let_in
from web.entry.provider import is_offered
from web.language import LANGUAGES
from web.language.words import today
from web.visitor import for_all, the_visitor, when_stale, with_unchanged_password

pages = Blueprint("entry", __name__, template_folder="templates")


@pages.get("/")
@for_all
def home() -> Response:
    """Lead to one's work, or to the door."""
    return redirect(home_address() if g.visitor else url_for("entry.sign_in"))


@pages.get("/sign-in")
@for_all
def sign_in() -> str:
    """Ask who is there; when a form was sent after its session had ended, with what was typed."""
    return ask_who()


def opened_before() -> str:
    """Ask again: the page was opened before somebody signed in or out in this browser."""
    return ask_who(login=request.form.get("login", "").strip(), problem=_("This page had been open for too long. Please sign in once more."))


@pages.post("/sign-in")
@for_all
@when_stale(opened_before)
def signed_in() -> Response:
    """Let in whoever knows the password, unless there were too many attempts that failed."""
    login, password = request.form.get("login", "").strip(), request.form.get("password", "")
    door, secret = the_door(), str(current_app.secret_key)
    marks = {"about_login": about(LOGIN, login, secret), "about_address": about(ADDRESS, request.remote_addr or "", secret)}
    with door.database.reading() as connection:
        wait = wait_before(connection, now=door.clock.now(), **marks)
        found = proved(connection, login, password) if wait <= timedelta() else None
    if wait > timedelta():
        return _wait(login, wait)
    if found is not None and not is_closed(found.disabled_at, door.clock.now()):
        return let_in(found.id, PASSWORD, forgiven=marks["about_login"])
    door.execute(RecordFailure(login=login, **marks), PAGES, key=f"failed:{marks['about_login']}:{door.clock.now().isoformat()}")
    closed_account = _("This account is closed. Please ask the administrator of your office.")
    wrong = _("This login and password do not fit together. Check both; capital letters matter in the password.")
    return make_response(ask_who(login=login, problem=closed_account if found else wrong), 422)


@pages.post("/sign-in/demonstration")
@for_all
@when_stale(opened_before)
def chosen() -> Response:
    """Let somebody in as a person of the demonstration."""
    if not current_app.config["DEMO"]:
        abort(404)
    with the_door().database.reading() as connection:
        if not is_demonstration(connection):
            abort(404)
    return let_in(request.form.get("person", ""), DEMONSTRATION)


@pages.post("/sign-out")
@with_unchanged_password
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
    return redirect(inside(request.form.get("next")) or url_for("entry.home"))


def ask_who(*, login: str = "", problem: str = "") -> str:
    """Return the page that asks who is there, with what was sent too late, and why it is asked again."""
    late = g.get("sent_too_late") or opened(request.form.get(SEALED))
    carried = closed(late) if late else None
    told: dict[str, Any] = {"late": late, "carried": carried, "problem": problem, "openid": is_offered()}
    if not current_app.config["DEMO"]:
        return render_template("entry/sign_in.html", login=login or _login_of(late.person if late else None), after=inside(request.values.get("next")), **told)
    with the_door().database.reading() as connection:
        people = people_at_the_door(connection, today())
    sought = request.args.get("find", "").strip()
    found = [each for each in people if _fits(each, sought)] if sought else people
    few = [each for each in people if late and each.person == late.person] or a_few(people)
    return render_template("entry/choose.html", few=few, people=found, sought=sought, after=inside(request.values.get("next")), **told)


def _fits(each: Somebody, sought: str) -> bool:
    whole = fold(f"{each.name} {each.title} {each.unit}")
    return all(word in whole for word in fold(sought).split())


def _login_of(person: str | None) -> str:
    """Return the login of whose form was sent too late: only the password is to be typed again."""
    if person is None:
        return ""
    with the_door().database.reading() as connection:
        return connection.execute(select(person_table.c.login).where(person_table.c.id == person)).scalar_one_or_none() or ""


def _wait(login: str, wait: timedelta) -> Response:
    """Say how long to wait. Whether the login exists, and whether this password was right, is not looked at."""
    seconds = math.ceil(wait.total_seconds())
    minutes = math.ceil(seconds / 60)
    duration = ngettext("%(num)d second", "%(num)d seconds", seconds) if seconds <= 60 else ngettext("%(num)d minute", "%(num)d minutes", minutes)
    problem = _("Several attempts to sign in have failed. Please wait %(duration)s and try again. Who forgot the password asks the administrator.", duration=duration)
    response = make_response(ask_who(login=login, problem=problem), 429)
    response.headers["Retry-After"] = str(seconds)
    return response
