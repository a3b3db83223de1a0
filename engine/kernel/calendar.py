"""Working days and reporting periods. The days off are data (calendar_vn.toml), never code."""

from __future__ import annotations

import calendar as gregorian
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files

from engine.kernel.clock import ZONE
from engine.kernel.errors import InvalidInput

SATURDAY = 5
Part = tuple[time, time]  # from when to when, of one day
OFFICE_HOURS: tuple[Part, ...] = ((time(7, 30), time(11, 30)), (time(13, 0), time(17, 0)))  # eight hours a day (Labour Code art. 105), until somebody enters others
BEFORE = "before"
OPERATORS = (BEFORE, "by", "on", "within")  # of a deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingCalendar:
    """Which days are worked (Labour Code art. 112; swap days by yearly notice), and at which hours.

    `hours`: (first day, parts of the day), the earliest first; before the first one, OFFICE_HOURS.
    """

    off: frozenset[date]
    swapped: frozenset[date]
    hours: tuple[tuple[date, tuple[Part, ...]], ...] = ()

    @property
    def years(self) -> frozenset[int]:
        """The years of which any day is known. In another year only the weekends are off."""
        return frozenset(day.year for day in self.off | self.swapped)

    def is_working(self, day: date) -> bool:
        """Tell whether offices work on `day`."""
        return day in self.swapped or (day.weekday() < SATURDAY and day not in self.off)

    def hours_on(self, day: date) -> tuple[Part, ...]:
        """Return the office hours of `day`, in their order; none on a day that is off."""
        if not self.is_working(day):
            return ()
        return next((parts for first, parts in reversed(self.hours) if first <= day), OFFICE_HOURS)

    def working_days_after(self, day: date, count: int) -> date:
        """Return the `count`-th working day after `day` (count 0: `day` itself)."""
        return self._walk(day, count, step=1)

    def working_days_before(self, day: date, count: int) -> date:
        """Return the `count`-th working day before `day` (count 0: `day` itself)."""
        return self._walk(day, count, step=-1)

    def _walk(self, day: date, count: int, *, step: int) -> date:
        while count > 0:
            day += timedelta(days=step)
            count -= self.is_working(day)
        return day


def shipped_days() -> list[tuple[date, str, str]]:
    """Return (day, "off" or "swapped", where it is from) of the years that the product ships."""
    years = tomllib.loads(files("engine.kernel").joinpath("calendar_vn.toml").read_text("utf-8")).values()
    return [(date.fromisoformat(day), kind, year["source"]) for year in years for kind in ("off", "swapped") for day in year[kind]]


def load_calendar() -> WorkingCalendar:
    """Return the calendar that the product ships; an installation works with its own (engine/directory)."""
    days = shipped_days()
    return WorkingCalendar(
        off=frozenset(day for day, kind, _source in days if kind == "off"),
        swapped=frozenset(day for day, kind, _source in days if kind == "swapped"),
    )


def last_day(day: date, operator: str, *, strict: bool = True) -> date:
    """Return the last day that is in time for a deadline "before", "by", "on" or "within" `day`.

    "trước ngày X" ends on the day before X (DOMAIN.md 1.4.7: 28/3, 4/4, 9/4/2024); `strict` is the setting
    `before_is_strict`, which an administrator may switch off so that X itself still counts. Raises InvalidInput.
    """
    if operator not in OPERATORS:
        raise InvalidInput(f"Expected an operator of {', '.join(OPERATORS)}, but found {operator!r}. Choose one of them.")
    return day - timedelta(days=1) if operator == BEFORE and strict else day


def day_of_month(period: str, day: int) -> date:
    """Return `day` in the month `period` ("2024-04"), or the month's last day when it is shorter."""
    year, month = parse_period(period)
    return date(year, month, min(day, gregorian.monthrange(year, month)[1]))


def parse_period(period: str) -> tuple[int, int]:
    """Return (year, month) of "2024-04". Raises InvalidInput."""
    try:
        first = date.fromisoformat(f"{period}-01")
    except ValueError:
        raise InvalidInput(f"Expected a month such as 2024-04, but found {period!r}.") from None
    return first.year, first.month


def next_period(period: str) -> str:
    """Return the month after `period`."""
    year, month = parse_period(period)
    return f"{year + month // 12:04d}-{month % 12 + 1:02d}"


def first_period(issued: date) -> str:
    """Return the month of `issued` when ten days of it remain, else the next (DOMAIN.md 2.2)."""
    period = f"{issued:%Y-%m}"
    remaining = gregorian.monthrange(issued.year, issued.month)[1] - issued.day
    return period if remaining >= 10 else next_period(period)


def start_of_day(day: date) -> datetime:
    """Return the moment, in UTC, at which `day` begins in Vietnam."""
    return datetime.combine(day, time.min, ZONE).astimezone(UTC)


def end_of_day(day: date) -> datetime:
    """Return the moment, in UTC, at which `day` is over in Vietnam."""
    return start_of_day(day + timedelta(days=1))
