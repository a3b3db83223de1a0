"""A case as it stood after any of its records, drawn on the diagrams of then."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext as _

from engine.audit.desk.case_steps import Step
from engine.audit.desk.replay import Place, Replay, ShowReplay
from web.audit import past_words as words
from web.audit.blueprint import pages
from web.door import ask
from web.forms.written import day_or_note

AROUND = 6  # steps listed before and after the present one


@pages.get("/cases/<instance>/replay")
def replay(instance: str) -> str:
    """Show a case after one of its steps: that of the address, or the last before a moment, or the last of all."""
    problems: list[str] = []
    numbers = {name: request.args.get(name, type=int) for name in ("step", "record")}
    query = ShowReplay(instance=instance, **numbers, at=_moment(problems), process=request.args.get("process", ""))
    found: Replay = ask(query)
    return render_template(
        "audit/replay.html",
        found=found,
        head=found.head,
        step=found.step,
        near=_near(found),
        words=words,
        problems=problems,
        typed={name: request.args.get(name, "") for name in ("day", "time")},
        drawn={"xml": found.diagram, "stands": [_drawn(each) for each in found.places], "said": words.labels(), "near": True},
        step_address=lambda number: url_for("audit.replay", instance=instance, step=number, process=found.process),
    )


def _moment(problems: list[str]) -> str:
    """Return the moment that is asked for, in ISO 8601 without a zone: a day, and the time of it or its end; "" when no day is."""
    day = day_or_note(request.args.get("day", ""), problems)
    typed = request.args.get("time", "").strip().replace("h", ":").replace("g", ":")
    if not day:
        return ""
    hour, _colon, minute = typed.partition(":")
    if not typed:
        return f"{day}T23:59"
    if hour.isdecimal() and (minute or "0").isdecimal() and int(hour) < 24 and int(minute or 0) < 60:
        return f"{day}T{int(hour):02d}:{int(minute or 0):02d}"
    problems.append(_("Write the time as hours:minutes, for example 08:30."))
    return f"{day}T23:59"


def _near(found: Replay) -> list[tuple[int, Step]]:
    """Return the steps around the present one, each with its number."""
    first = max(0, min(found.at - 1 - AROUND, len(found.steps) - 2 * AROUND - 1))
    return [(number, step) for number, step in enumerate(found.steps, 1) if first < number <= first + 2 * AROUND + 1]


def _drawn(place: Place) -> dict[str, Any]:
    """Return what the script marks in the diagram."""
    return {"id": place.node.id, "name": place.node.name, "done": place.done, "here": place.here, "late": place.late}
