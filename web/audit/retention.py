"""What is kept and for how long: whose time is over, what is held back, and what two persons let go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.history.personal_keys import place
from engine.kernel.errors import EngineError, NotFound
from engine.retention.classes import ChangeRetention
from engine.retention.desk import ShowRetention
from engine.retention.disposal import DecideDisposal, ProposeDisposal
from engine.retention.erasing import DecideErasure, ProposeErasure, destroy_erased
from engine.retention.holds import LiftHold, SetHold
from web.audit import retention_words as words
from web.audit.blueprint import pages
from web.door import ask, the_door
from web.forms.written import day_or_note
from web.language.sentences import in_words
from web.once import act

LONGEST = 2000  # characters of a field
Made = Callable[[Mapping[str, str]], Any]
APPROVE = "approve"


@pages.get("/retention")
def retention() -> str:
    """Show all of it, as far as the visitor may see."""
    return _page([])


@pages.post("/retention")
def change_retention() -> Response | tuple[str, int]:
    """Do what one of the forms of the page asks for."""
    problems: list[str] = []
    typed = {name: value.strip()[:LONGEST] for name, value in request.form.items()}
    for name in ("from_day", "to_day"):
        typed[name] = day_or_note(typed.get(name, ""), problems)
    if problems:
        return _page(problems), 400
    try:
        answer = act(_command(typed))
        if place().exists():
            destroy_erased(the_door().database)
    except EngineError as refused:
        return _page([in_words(refused)]), 400
    flash(words.done(typed["what"], answer), "good")
    return redirect(url_for("audit.retention"))


def _command(typed: Mapping[str, str]) -> Any:
    kind = typed.get("what", "")
    if kind not in COMMANDS:
        raise NotFound(f"Expected one of the forms of this page, but found {kind!r}. Open the page again.")
    return COMMANDS[kind](typed)


def _page(problems: list[str]) -> str:
    found = ask(ShowRetention())
    return render_template("audit/retention.html", found=found, problems=problems, words=words, typed=request.form, directive=request.args.get("directive", ""), title=_("Keeping and letting go"))


COMMANDS: Mapping[str, Made] = {
    "class": lambda typed: ChangeRetention(process=typed.get("process", ""), retention_class=typed.get("class", ""), reason=typed.get("reason", "")),
    "hold": lambda typed: SetHold(
        reason=typed.get("reason", ""),
        directive=typed.get("directive") or None,
        login=typed.get("login") or None,
        from_day=typed.get("from_day") or None,
        to_day=typed.get("to_day") or None,
    ),
    "lift": lambda typed: LiftHold(hold=typed.get("hold", ""), reason=typed.get("reason", "")),
    "dispose": lambda typed: ProposeDisposal(directive=typed.get("directive", ""), authority=typed.get("authority", ""), reason=typed.get("reason", "")),
    "decide_disposal": lambda typed: DecideDisposal(disposal=typed.get("disposal", ""), approve=typed.get("decision") == APPROVE, reason=typed.get("reason", "")),
    "erase": lambda typed: ProposeErasure(task=typed.get("task") or None, login=typed.get("login") or None, reason=typed.get("reason", "")),
    "decide_erasure": lambda typed: DecideErasure(erasure=typed.get("erasure", ""), approve=typed.get("decision") == APPROVE, reason=typed.get("reason", "")),
}
