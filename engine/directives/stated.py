"""A day that somebody states for what they enter: the record then tells that it happened before it was recorded (AUDIT.md 4, `occurred_at`)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from engine.directory.checks import EARLIEST
from engine.kernel.calendar import start_of_day
from engine.kernel.clock import local_date, stamp

STATED = "stated"


def happened_on(day: str, now: datetime) -> dict[str, Any]:
    """Return what a record says of a stated day (ISO): nothing when it is today or to come, for then it happens as it is entered.

    A day before `EARLIEST` is a slip of the pen; it stands in the form and nowhere else.
    """
    said = date.fromisoformat(day)
    if not EARLIEST <= said < local_date(now):
        return {}
    return {"occurred_at": stamp(start_of_day(said)), "occurred_source": STATED}
