"""What stands beside the forms by which reports are written, reviewed and consolidated; a form names them in `x-panels`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.kernel.errors import Denied
from engine.reports.consolidation_page import ShowConsolidation
from engine.reports.ground import ShowGround
from engine.reports.page import ShowReport
from web.door import ask
from web.reports.pages import around
from web.reports.told import EVERYWHERE
from web.task.panels import PANELS, About, Panel


def _named(about: About, what: str) -> str:
    """Return the id that the case holds. Raises Denied when it has none: the form serves other cases as well."""
    found = about.context.get(what)
    if not found:
        raise Denied(f"Expected a case about a {what}, but found one that names none. Nothing is shown beside the form.")
    return str(found)


def _consolidation(about: About) -> Mapping[str, Any]:
    found = ask(ShowConsolidation(consolidation=_named(about, "consolidation")))
    return {**EVERYWHERE, **around(found), "task": about.task, "data": about.data}


def _review(about: About) -> Mapping[str, Any]:
    page = ask(ShowReport(report=_named(about, "report")))
    wanted = about.context.get("revision")
    revision = next((each for each in page.revisions if each.number == wanted), page.newest)
    return {**EVERYWHERE, "page": page, "revision": revision}


def _section(about: About) -> Mapping[str, Any]:
    section = about.context.get("section") or ""
    return {**EVERYWHERE, "ground": ask(ShowGround(report=_named(about, "report"), section=str(section)))}


PANELS["consolidation"] = Panel(template="reports/panel_consolidation.html", load=_consolidation)
PANELS["review"] = Panel(template="reports/panel_review.html", load=_review)
PANELS["section"] = Panel(template="reports/panel_section.html", load=_section)
