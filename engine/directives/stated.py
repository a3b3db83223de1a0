"""A day that somebody states for what they enter: the record then tells that it happened before it was recorded (AUDIT.md 4, `occurred_at`)."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from engine.kernel.clock import ZONE, local_date, stamp

STATED = "stated"
FIRST = date(1900, 1, 1)


def happened_on(day: str, now: datetime) -> dict[str, Any]:
    """Return what a record says of a stated day (ISO): nothing when it is today or to come, for then it happens as it is entered.

    A day before `FIRST` is a slip of the pen; it stands in the form and nowhere else.
    """
    said = date.fromisoformat(day)
    if not FIRST <= said < local_date(now):
        return {}
    return {"occurred_at": stamp(datetime.combine(said, time(), ZONE)), "occurred_source": STATED}
