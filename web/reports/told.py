"""The states of reports and consolidations in words, each with its kind of sign."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _
from markupsafe import Markup

from engine.reports.indicators import RATIO, figure_text
from web.language.words import due, figure, period

Said = tuple[Any, str]
REPORT: Mapping[str, Said] = {
    "open": (_("being written"), "watch"),
    "submitted": (_("waiting for an answer"), "plain"),
    "returned": (_("returned"), "bad"),
    "accepted": (_("accepted"), "good"),
    "unanswered": (_("not answered"), "plain"),
}
ANSWER: Mapping[str, Said] = {
    "submitted": (_("not answered yet"), "plain"),
    "accepted": (_("accepted"), "good"),
    "returned": (_("returned"), "bad"),
}
CONSOLIDATION: Mapping[str, Said] = {
    "open": (_("collecting"), "plain"),
    "merging": (_("being consolidated"), "watch"),
    "closed": (_("consolidated"), "good"),
}
LINE: Mapping[str, Said] = {
    "on_time": (_("in time"), "good"),
    "late": (_("late"), "watch"),
    "unread": (_("in, to be reviewed"), "watch"),
    "returned": (_("returned"), "bad"),
    "waiting": (_("not due yet"), "plain"),
    "overdue": (_("overdue"), "bad"),
    "missing": (_("missing"), "bad"),
    "excused": (_("owes nothing"), "plain"),
}
ASSESSMENT: Mapping[str, Said] = {
    "done": (_("carried out"), "good"),
    "partly": (_("partly done"), "watch"),
    "not_done": (_("not carried out"), "bad"),
    "nil": (_("nothing to report"), "plain"),
    "elsewhere": (_("told in another section"), "plain"),
}
KIND: Mapping[str, Any] = {"regular": _("first submission"), "revised": _("revised after a return"), "correction": _("correction")}
CAUSE: Mapping[str, Any] = {
    "first": _("first consolidation"),
    "supplement": _("a report was added after the cut-off"),
    "corrected": _("a report from below was corrected"),
}
TEXTS: Mapping[str, Any] = {
    "assessment": _("Assessment"),
    "narrative": _("Results"),
    "nil_reason": _("Why there is nothing to report"),
    "difficulties": _("Difficulties"),
    "proposals": _("Proposals"),
    "next_tasks": _("Tasks of the next period"),
}
WRITTEN: tuple[tuple[str, Any], ...] = (  # the fields of what a consolidator writes, in the order of the printed report
    ("leadership", _("Leadership and direction")),
    ("narrative", _("General results")),
    ("good_practices", _("Good practices")),
    ("limitations", _("Limitations")),
    ("difficulties", _("Difficulties")),
    ("causes", _("Causes")),
    ("next_tasks", _("Tasks of the next period")),
    ("proposals", _("Proposals")),
)
ITEM: Mapping[str, Said] = {
    "assigned": (_("assigned"), "plain"),
    "not_started": (_("not started"), "plain"),
    "in_progress": (_("under way"), "watch"),
    "done": (_("done"), "good"),
    "confirmed": (_("confirmed"), "good"),
    "blocked": (_("blocked"), "bad"),
    "overdue": (_("overdue"), "bad"),
    "cancelled": (_("cancelled"), "plain"),
    "reassigned": (_("handed to another unit"), "plain"),
}


def titled(text: str) -> str:
    """Show the name of a report at the beginning of a line: with a capital letter, and codes in it as they are."""
    return text[:1].upper() + text[1:]


def until(last_day: str) -> Markup:
    """Show a last day with how far it is."""
    return due(f"{last_day}T10:00:00.000Z")  # an hour of that day in Vietnam: the filter knows moments


def shown(value: int | None, aggregation: str = "") -> str:
    """Show a figure of an indicator: a ratio in per cent, everything else as a number."""
    if value is None:
        return "–"
    return figure_text(RATIO, value) if aggregation == RATIO else figure(value)


def url_names() -> Container[str]:
    """Return the names of the pages that this installation has."""
    return current_app.view_functions.keys()


EVERYWHERE: Mapping[str, Any] = {
    "REPORT": REPORT,
    "ANSWER": ANSWER,
    "CONSOLIDATION": CONSOLIDATION,
    "LINE": LINE,
    "ASSESSMENT": ASSESSMENT,
    "KIND": KIND,
    "CAUSE": CAUSE,
    "TEXTS": TEXTS,
    "WRITTEN": WRITTEN,
    "ITEM": ITEM,
    "of_period": period,
    "shown": shown,
    "titled": titled,
    "until": until,
    "url_names": url_names,
}
