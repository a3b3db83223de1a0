"""One's own account: posts, substitutions, where one is signed in, and tokens for programs."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.access.own_account import ShowOwnAccount
from engine.access.sessions import EndSession, digest
from engine.access.tokens import CALENDAR, MakeToken, RevokeToken, new_token
from engine.directory.substitution import EndSubstitution, RecordSubstitution
from engine.kernel.errors import EngineError
from web.carried import carried, shows_carried, waiting
from web.door import ask
from web.entry.pages import pages
from web.forms.written import day_or_none
from web.language.sentences import in_words
from web.once import act
from web.visitor import the_visitor


@pages.get("/account")
@shows_carried
def account() -> str:
    """Show the own account."""
    return _account(typed=carried())


@pages.post("/account/substitutions")
def record_substitution() -> Response:
    """Let a colleague act in one of one's own posts for some days."""
    form = request.form
    days = {name: day_or_none(form.get(name, "")) or "" for name in ("valid_from", "valid_to")}
    if not all(days.values()):
        return make_response(_account(_("A day is written as day/month/year, such as 05/04/2024. Please correct the days."), typed=form), 422)
    try:
        told = {name: form.get(name, "").strip() for name in ("post", "substitute", "reason")}
        act(RecordSubstitution(limits=(), **told, **days))
    except EngineError as error:
        return make_response(_account(in_words(error), typed=form), 422)
    flash(_("The substitution is recorded."), "good")
    return redirect(url_for("entry.account", _anchor="substitutions"))


@pages.post("/account/substitutions/end")
def end_substitution() -> Response:
    """End a substitution that one had recorded."""
    try:
        act(EndSubstitution(substitution=request.form.get("substitution", ""), reason=request.form.get("end_reason", "").strip()))
    except EngineError as error:
        return make_response(_account(in_words(error)), 422)
    flash(_("The substitution is ended. From now on nobody acts for you in this post."), "good")
    return redirect(url_for("entry.account", _anchor="substitutions"))


@pages.post("/account/sessions/end")
def end_session() -> Response:
    """End one session, or every other one."""
    here = the_visitor()
    chosen = request.form.get("session")
    act(EndSession(session=chosen or here.session, others=not chosen))
    flash(_("Signed out there."), "good")
    return redirect(url_for("entry.account", _anchor="sessions"))


@pages.post("/account/tokens")
def make_token() -> Response:
    """Make a token for a program and show it, this once."""
    kind = request.form.get("kind", "")
    token = new_token(kind)
    try:
        act(MakeToken(kind=kind, name=request.form.get("name", ""), token_hash=digest(token)))
    except EngineError as error:
        return make_response(_account(in_words(error), typed=request.form), 422)
    return make_response(_account(made={"kind": kind, "token": token, "address": _feed(token) if kind == CALENDAR else ""}))


@pages.post("/account/tokens/revoke")
def revoke_token() -> Response:
    """Let a program act no more."""
    act(RevokeToken(token=request.form.get("token", "")))
    flash(_("The token opens nothing any more."), "good")
    return redirect(url_for("entry.account", _anchor="tokens"))


@pages.get("/account/again")
def again() -> Response:
    """Offer to send once more what was sent after the session had ended, where the page of the form does not show it itself."""
    typed = waiting()
    if typed is None:
        return redirect(url_for("entry.home"))
    return make_response(render_template("entry/again.html", typed=typed))


def _account(problem: str = "", *, typed: Any = None, made: dict[str, str] | None = None) -> str:
    found = ask(ShowOwnAccount())
    return render_template("entry/account.html", mine=found, problem=problem, typed=typed or {}, made=made, here=g.visitor.session)


def _feed(token: str) -> str:
    """Return the address under which a calendar program fetches the due days."""
    return url_for("printing.feed", token=token, _external=True) if "printing.feed" in current_app.view_functions else ""
