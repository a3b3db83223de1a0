"""The functions that every process may call beside the built-in ones: those that know the working calendar."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date
from typing import Any

from engine.bpmn.language.date_functions import day_of
from engine.bpmn.language.expressions import Functions
from engine.kernel.calendar import SATURDAY, WorkingCalendar, load_calendar
from engine.kernel.errors import InvalidInput

MAX_DAYS = 4_000  # a deadline lies within some years
FIRST_YEAR, LAST_YEAR = 100, 9_900
WEEK, WORKED = 7, 5


def functions_of(calendar: WorkingCalendar) -> Functions:
    """Return the functions that count by `calendar`. They take days as dates, as times and as the texts that the data keep."""
    days = _Days(calendar)
    return {
        "working_days_after": lambda day, count: days.moved(_day(day), _count(count)),
        "working_days_before": lambda day, count: days.moved(_day(day), -_count(count)),
        "working_days_between": lambda start, end: days.between(_day(start), _day(end)),
        "is_working_day": lambda day: calendar.is_working(_day(day)),
    }


class _Days:
    """The calendar as two lists: a designer may ask for any day in a loop, so no answer may walk day by day."""

    def __init__(self, calendar: WorkingCalendar) -> None:
        self.off = sorted(day.toordinal() for day in calendar.off - calendar.swapped if day.weekday() < SATURDAY)
        self.extra = sorted(day.toordinal() for day in calendar.swapped if day.weekday() >= SATURDAY)

    def until(self, ordinal: int) -> int:
        """Return how many working days there are up to and with a day."""
        weeks, rest = divmod(ordinal, WEEK)  # day 1 was a Monday
        return weeks * WORKED + min(rest, WORKED) - bisect_right(self.off, ordinal) + bisect_right(self.extra, ordinal)

    def between(self, start: date, end: date) -> int:
        """Return how many working days lie after `start`, up to and with `end`; negative when `end` is the earlier day."""
        if start <= end:
            return self.until(end.toordinal()) - self.until(start.toordinal())
        return -self.between(end, start)

    def moved(self, day: date, count: int) -> date:
        """Return the `count`-th working day after `day`, or before it when `count` is negative."""
        start = day.toordinal()
        if count == 0:
            return day
        if count < 0:
            return self._least(self.until(start - 1) + count + 1, start - 1 + 3 * count - 60, start)
        return self._least(self.until(start) + count, start, start + 3 * count + 60)

    def _least(self, wanted: int, low: int, high: int) -> date:
        """Return the first day up to and with which there are `wanted` working days."""
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self.until(middle) >= wanted else (middle + 1, high)
        return date.fromordinal(low)


def _count(count: Any) -> int:
    if type(count) is not int or not 0 <= count <= MAX_DAYS:
        raise InvalidInput(f"Expected 0 to {MAX_DAYS} working days, but found {count!r:.40}.")
    return count


def _day(value: Any) -> date:
    day = day_of(value)
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise InvalidInput(f"Expected a year between {FIRST_YEAR} and {LAST_YEAR}, but found {day.year}.")
    return day


FUNCTIONS: Functions = functions_of(load_calendar())  # to check a drawing without a database
