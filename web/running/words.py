"""Words of the pages of a running process: spans of time, figures, working hours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import format_decimal, lazy_gettext
from flask_babel import gettext as _

from engine.kernel.working_time import HOURS_A_DAY, TENTHS

LONG = 2 * HOURS_A_DAY * TENTHS  # from here on working days say more than hours
SPAN_WORDS: Mapping[str, Any] = {
    "all": lazy_gettext("since the beginning"),
    "quarter": lazy_gettext("this quarter"),
    "month": lazy_gettext("this month"),
}
FIGURES: Mapping[str, Any] = {
    "here": lazy_gettext("Cases that stand here now"),
    "late": lazy_gettext("Cases with a task here that is late"),
    "stopped": lazy_gettext("Cases that have stopped on an incident"),
    "done": lazy_gettext("Cases in which people have completed this task"),
    "active": lazy_gettext("Running cases"),
    "ended": lazy_gettext("Ended cases"),
}


def hours(tenths: int) -> str:
    """Return a time in tenths of a working hour in words: in days of eight hours when it is long."""
    if tenths == 0:
        return str(_("under 6 minutes"))
    if tenths >= LONG:
        days = round(tenths / TENTHS / HOURS_A_DAY, 1)
        return str(_("%(number)s working days", number=format_decimal(days)))
    return str(_("%(number)s hours", number=format_decimal(tenths / TENTHS)))


def span_said(span: str) -> str:
    """Return the words of a span of time."""
    return str(SPAN_WORDS[span])
