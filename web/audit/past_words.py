"""What people read of cases and cascades as they were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from markupsafe import Markup

from engine.audit.desk.as_of_differences import CAME, WENT, Difference
from engine.audit.desk.case_steps import Step
from engine.audit.desk.replay import HeldTask, Replay
from web.audit.action_names import ACTIONS
from web.case.words import kind, role
from web.directives.words import STANDINGS, receipt, standing
from web.language.shipped import said
from web.language.words import day, last_day, period, state

__all__ = ["KINDS", "changed", "done", "holder", "kind", "labels", "last_day", "moved", "period", "receipt", "report", "standing", "who", "work"]

WORK: Mapping[str, tuple[Any, str]] = {
    "assigned": (lazy_gettext("assigned"), "plain"),
    "in_progress": (lazy_gettext("being carried out"), "plain"),
    "overdue": (lazy_gettext("overdue"), "bad"),
    "reported": (lazy_gettext("handed in"), "plain"),
    "done": (lazy_gettext("done"), "good"),
    "withdrawn": (lazy_gettext("withdrawn"), "plain"),
    "reassigned": (lazy_gettext("given to somebody else"), "plain"),
    "cancelled": (lazy_gettext("cancelled"), "plain"),
}
REPORTS: Mapping[str, tuple[Any, str]] = {
    "open": (lazy_gettext("being written"), "plain"),
    "submitted": (lazy_gettext("submitted"), "plain"),
    "accepted": (lazy_gettext("accepted"), "good"),
    "returned": (lazy_gettext("returned"), "watch"),
    "overtaken": (lazy_gettext("overtaken"), "plain"),
    "closed": (lazy_gettext("closed"), "plain"),
}
KINDS: Mapping[str, Any] = {
    "directive": lazy_gettext("Letter"),
    "dispatch": lazy_gettext("Receipt"),
    "assignment": lazy_gettext("Work given"),
    "obligation": lazy_gettext("Duty to report"),
    "report": lazy_gettext("Report"),
}
FIELDS: Mapping[str, Any] = {
    "status": lazy_gettext("state"),
    "sunset": lazy_gettext("day on which it lapses"),
    "lead": lazy_gettext("who leads"),
    "due_at": lazy_gettext("last day"),
    "due_date": lazy_gettext("last day"),
    "end_period": lazy_gettext("last period"),
    "organisation": lazy_gettext("unit"),
}
DAYS = ("sunset", "due_at", "due_date")


def who(found: Replay, step: Step | None = None) -> str:
    """Return who did a step, with post and office where they are known."""
    one = step or found.step
    if not one.who:
        return str(_("The system"))
    post = ", ".join(part for part in (one.title, found.unit if step is None else "") if part)
    return f"{one.who} ({post})" if post else one.who


def done(found: Replay, step: Step) -> str:
    """Return what a step was, with the task or element at which it happened."""
    if step.action == "instance.advanced":
        what = str(_("The case went on by itself"))
    else:
        what = str(ACTIONS.get(step.action, step.action))
    node = found.nodes.get(step.element)
    return f"{what}: {said(node.name)}" if node is not None and node.name else what


def moved(found: Replay, step: Step) -> str:
    """Return to which elements a step led, by their names."""
    names = [said(found.nodes[each].name) for each in dict.fromkeys(step.entered) if each in found.nodes and found.nodes[each].name]
    return ", ".join(names)


def holder(task: HeldTask) -> str:
    """Return who had a task then, or to whom it was offered."""
    return task.who or str(_("nobody yet: offered to %(role)s", role=role(task.role) or _("the unit")))


def labels() -> dict[str, str]:
    """Return what the script of the drawing says."""
    return {
        "closer": _("Closer"),
        "farther": _("Farther"),
        "whole": _("The whole diagram"),
        "find": _("Show in the diagram"),
        "problem": _("The diagram could not be drawn. The table below says the same."),
    }


def work(status: str) -> Markup:
    """Show how an assignment stood."""
    word, sign = WORK.get(status, (status, "plain"))
    return state(word, sign)


def report(status: str) -> Markup:
    """Show how a report stood."""
    word, sign = REPORTS.get(status, (status, "plain"))
    return state(word, sign)


def changed(difference: Difference) -> str:
    """Return what has changed since, in words: the field, and its value before and after."""
    old, new = (_value(difference, each) for each in (difference.old, difference.new))
    if difference.field == CAME:
        return str(_("came since: %(new)s", new=new or _("there")))
    if difference.field == WENT:
        return str(_("is there no more: %(old)s", old=old or _("there")))
    return str(_("%(field)s: %(old)s, today %(new)s", field=FIELDS.get(difference.field, difference.field), old=old or _("none"), new=new or _("none")))


def _value(difference: Difference, value: str) -> str:
    if not value:
        return ""
    if difference.field in DAYS:
        return day(value)
    if difference.field == "end_period":
        return period(value)
    if difference.field not in ("status", CAME, WENT):
        return value
    return str(_status(difference.kind, value))


def _status(table: str, value: str) -> Any:
    match table:
        case "dispatch":
            return receipt(value).striptags()
        case "directive":
            return STANDINGS.get(value, (value, ""))[0]
        case "assignment":
            return WORK.get(value, (value, ""))[0]
        case "report":
            return REPORTS.get(value, (value, ""))[0]
    return _("open") if value == "open" else _("closed")
