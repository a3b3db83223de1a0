"""Handover when somebody leaves: posts, successors, tasks and the account on one page."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from engine.instances.leaving import QUEUE, Leaving, RecordDeparture, ShowDeparture
from engine.kernel.errors import Conflict, Denied, EngineError
from web.admin.blueprint import pages
from web.admin.change import Mistyped, Typed, why
from web.door import ask
from web.once import act

SUCCESSOR_OF = "successor-"


@pages.route("/people/<person>/departure", methods=["GET", "POST"])
def departure(person: str) -> ResponseReturnValue:
    """Show what somebody who leaves holds and has open; record the handover."""
    found: Leaving = ask(ShowDeparture(person=person))
    if request.method != "POST":
        return _page(found, "")
    try:
        answer = act(_command(person, Typed(request.form)))
    except Denied:
        raise
    except (EngineError, Mistyped) as error:
        return _page(found, why(error)), 409 if isinstance(error, Conflict) else 422
    flash(gettext("The handover was recorded. Tasks that changed hands: %(tasks)s.", tasks=answer["tasks"]), "good")
    return redirect(url_for("admin.person", person=person), 303)


def _command(person: str, typed: Typed) -> RecordDeparture:
    named = ((name.removeprefix(SUCCESSOR_OF), typed.text(name)) for name in request.form if name.startswith(SUCCESSOR_OF))
    return RecordDeparture(
        person=person,
        last_day=typed.day("last_day"),
        successors=tuple((holding, login) for holding, login in named if login),
        tasks=typed.text("tasks") or QUEUE,
        close_account=typed.text("close_account") == "1",
        reason=typed.text("reason"),
    )


def _page(found: Leaving, problem: str) -> str:
    return render_template("admin/departure.html", found=found, problem=problem, typed=request.form)
