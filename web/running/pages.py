"""The pages of a running process: for designers, over all offices together, and of nobody in particular."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for
from flask_babel import gettext as _

from engine.audit.case_graph import PEOPLE
from engine.audit.running import ALWAYS, SPANS, Running, RunningPage, ShowRunning
from engine.audit.running_cases import ListRunningCases, RunningCases
from web.case.words import kind
from web.door import ask
from web.running.words import FIGURES, SPAN_WORDS, hours, span_said

pages = Blueprint("running", __name__, template_folder="templates", url_prefix="/workbench")


@pages.get("/processes/<key>/running")
def show(key: str) -> str:
    """Show how a process runs. `version`: a number or "all"; `diagram`: of a called process; `span`: month, quarter, all."""
    span = request.args.get("span", ALWAYS)
    asked = ShowRunning(
        process=key, version=request.args.get("version", ""), diagram=request.args.get("diagram", ""), span=span if span in SPANS else ALWAYS
    )
    found: RunningPage = ask(asked)
    return render_template(
        "running/show.html",
        found=found,
        drawn=_drawn(found),
        choices=[each for each in found.flows if not each.flow.free],
        longest=max((each.spent.ninetieth for each in found.elements if each.spent), default=0),
        slowest=_slowest(found.elements),
        people=PEOPLE,
        spans=SPAN_WORDS,
        kind=kind,
        hours=hours,
        said_span=span_said(found.span),
        at=lambda **other: _address(found, **other),
        behind=lambda figure, element="": url_for("running.cases", key=key, version=found.version, figure=figure, element=element or None),
        other_versions="versions.process" in current_app.view_functions,
    )


@pages.get("/processes/<key>/running/cases")
def cases(key: str) -> str:
    """List the cases behind a figure: those that the visitor may open; of the others, how many."""
    asked = ListRunningCases(
        process=key,
        version=request.args.get("version", ""),
        figure=request.args.get("figure", ""),
        element=request.args.get("element", ""),
        page=request.args.get("page", 1, type=int),
    )
    found: RunningCases = ask(asked)
    return render_template("running/cases.html", found=found, asked=asked, key=key, said=FIGURES[asked.figure])


def _address(found: RunningPage, **other: Any) -> str:
    """Return where the same is seen with something else chosen."""
    chosen = {"version": found.version, "diagram": found.diagram if found.diagram != found.process else None, "span": found.span}
    return url_for("running.show", key=found.process, **{**chosen, **other})


def _slowest(elements: Iterable[Running]) -> Running | None:
    """Return the step at which half of the times are longest: what a designer looks for first."""
    return max((each for each in elements if each.spent and each.spent.median), key=lambda each: each.spent.median if each.spent else 0, default=None)


def _drawn(found: RunningPage) -> dict[str, Any]:
    """Return what the script marks in the diagram."""
    stands = [
        {"id": each.node.id, "name": each.node.name, "done": each.left, "here": each.here + each.inside, "late": each.late, "stopped": each.stopped}
        for each in found.elements
    ]
    flows = [{"id": each.flow.id, "number": each.number, "told": not each.flow.free} for each in found.flows if each.number]
    return {"xml": found.xml, "stands": stands, "flows": flows, "said": _labels()}


def _labels() -> dict[str, str]:
    return {
        "closer": _("Closer"),
        "farther": _("Farther"),
        "whole": _("The whole diagram"),
        "find": _("Show in the diagram"),
        "problem": _("The diagram could not be drawn. The table below says the same."),
    }
