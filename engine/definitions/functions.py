"""The functions that every process may call beside the built-in ones: those that know the working calendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from engine.bpmn.date_functions import day_of
from engine.bpmn.expressions import Functions
from engine.kernel.calendar import WorkingCalendar, load_calendar
from engine.kernel.errors import InvalidInput

MAX_DAYS = 4_000  # a deadline lies within some years; the calendar is walked day by day
LAST_YEAR = 9_900


def functions_of(calendar: WorkingCalendar) -> Functions:
    """Return the functions that count by `calendar`. They take days as dates, as times and as the texts that the data keep."""

    def working_days_between(start: Any, end: Any) -> int:
        """Return how many working days lie after `start`, up to and with `end`; negative when `end` is the earlier day."""
        first, final = _day(start), _day(end)
        if abs((final - first).days) > MAX_DAYS:
            raise InvalidInput(f"Expected at most {MAX_DAYS} days between two dates, but found {abs((final - first).days)}.")
        early, late = min(first, final), max(first, final)
        count = sum(calendar.is_working(date.fromordinal(day)) for day in range(early.toordinal() + 1, late.toordinal() + 1))
        return count if first <= final else -count

    return {
        "working_days_after": _counted(calendar.working_days_after),
        "working_days_before": _counted(calendar.working_days_before),
        "working_days_between": working_days_between,
        "is_working_day": lambda day: calendar.is_working(_day(day)),
    }


def _counted(walk: Callable[[date, int], date]) -> Callable[[Any, Any], date]:
    def counted(day: Any, count: Any) -> date:
        if type(count) is not int or not 0 <= count <= MAX_DAYS:
            raise InvalidInput(f"Expected 0 to {MAX_DAYS} working days, but found {count!r:.40}.")
        return walk(_day(day), count)

    return counted


def _day(value: Any) -> date:
    day = day_of(value)
    if not 100 <= day.year <= LAST_YEAR:
        raise InvalidInput(f"Expected a year between 100 and {LAST_YEAR}, but found {day.year}.")
    return day


FUNCTIONS: Functions = functions_of(load_calendar())  # to check a drawing without a database
