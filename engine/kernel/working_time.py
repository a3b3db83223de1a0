"""Time in working hours: what lies between two moments, counted only while offices work; and medians of many such times.

Office hours are those of the working calendar on each day: they may change from a day on.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from engine.kernel.calendar import Part, WorkingCalendar
from engine.kernel.clock import ZONE

HOURS_A_DAY = 8  # in which long times are told, whatever the hours of an office
TENTHS = 10  # of an hour: the unit in which times are kept
COARSE, COARSER = 8 * TENTHS, 80 * TENTHS  # from a day on whole hours are enough, from ten days on half days
HALF_A_DAY = 4 * TENTHS


def working_time(calendar: WorkingCalendar, start: datetime, end: datetime) -> timedelta:
    """Return how long offices worked from `start` to `end`, two aware moments; nothing when `end` lies before `start`."""
    first, last = start.astimezone(ZONE), end.astimezone(ZONE)
    total, day = timedelta(), first.date()
    while day <= last.date():
        total += sum((_common(day, part, first, last) for part in calendar.hours_on(day)), timedelta())
        day += timedelta(days=1)
    return total


def _common(day: date, part: Part, first: datetime, last: datetime) -> timedelta:
    """Return how much of a part of a day lies between two moments."""
    opens, closes = (datetime.combine(day, each, ZONE) for each in part)
    return max(min(closes, last) - max(opens, first), timedelta())


def in_tenths(spent: timedelta) -> int:
    """Return a time in tenths of an hour as it is counted: to six minutes below a day, to an hour below ten days, then to half a day."""
    tenths = round(spent / timedelta(hours=1) * TENTHS)
    if tenths < COARSE:
        return tenths
    step = TENTHS if tenths < COARSER else HALF_A_DAY
    return round(tenths / step) * step


def percentile(counted: Iterable[tuple[int, int]], percent: int) -> int | None:
    """Return the value that `percent` of all do not exceed (nearest rank), of pairs (value, how many); None of nothing."""
    rows = sorted(counted)
    rank = -(-sum(number for _, number in rows) * percent // 100)
    passed = 0
    for value, number in rows:
        passed += number
        if passed >= rank and passed:
            return value
    return None
