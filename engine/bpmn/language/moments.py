"""Dates, times and durations of the expression language: ISO 8601 literals, calendar months, alignment. No clock."""

from __future__ import annotations

import calendar
import re
import reprlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from engine.kernel.calendar import end_of_day, start_of_day
from engine.kernel.clock import ZONE, local_date
from engine.kernel.errors import InvalidInput

DURATION = re.compile(
    r"^(?P<sign>-)?P(?=.)(?:(?P<years>\d{1,4})Y)?(?:(?P<months>\d{1,5})M)?(?:(?P<weeks>\d{1,5})W)?(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?=.)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,7})M)?(?:(?P<seconds>\d{1,8}(?:\.\d{1,6})?)S)?)?$",
)
MOMENT = re.compile(r"^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$")
MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time; months are calendar months, so its end depends on where it begins."""

    months: int = 0
    rest: timedelta = timedelta()

    def after(self, start: datetime) -> datetime:
        """Return the moment this long after `start`; 31 January + P1M is the last day of February, in Vietnam."""
        return add_months(start.astimezone(ZONE), self.months) + self.rest


def is_literal(text: str) -> bool:
    """Tell whether `text` is an ISO duration or date and not an expression."""
    return bool(DURATION.match(text) or MOMENT.match(text))


def parse_duration(text: str) -> Duration:
    """Return the duration of "P1M", "P3D", "PT1H". Raises InvalidInput."""
    found = DURATION.match(text)
    if not found:
        raise InvalidInput(f"Expected a duration such as P3D or PT1H, but found {text[:40]!r}.")
    part = {name: float(value) for name, value in found.groupdict().items() if value and name != "sign"}
    sign = -1 if found["sign"] else 1
    months = int(part.pop("years", 0) * MONTHS_A_YEAR + part.pop("months", 0))
    return Duration(sign * months, sign * timedelta(**part))


def parse_moment(text: str) -> date | datetime:
    """Return the date or the aware time of an ISO text; without an offset it is Vietnamese time. Raises InvalidInput."""
    try:
        if len(text) == len("2026-01-31"):
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"Expected a date such as 2026-01-31 or 2026-01-31T08:00, but found {text[:40]!r}.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZONE)


def add_months(start: datetime, months: int) -> datetime:
    """Return the same day `months` later, or that month's last day."""
    count = start.year * MONTHS_A_YEAR + start.month - 1 + months
    year, month = divmod(count, MONTHS_A_YEAR)
    if not 1 <= year <= 9998:
        raise InvalidInput(f"Expected a date between the years 1 and 9998, but found the year {year}.")
    return start.replace(year=year, month=month + 1, day=min(start.day, calendar.monthrange(year, month + 1)[1]))


def due_from(value: object, *, now: datetime, whole_day: bool) -> datetime:
    """Return the moment, in UTC, that the value of a timer or of a due date means.

    A duration counts from `now`. A bare date is its beginning in Vietnam, or its end when `whole_day`
    (what is due on a day may be done until that day is over). Raises InvalidInput.
    """
    try:
        return _moment(value, now, whole_day=whole_day).astimezone(UTC)
    except OverflowError:
        raise InvalidInput(f"Expected a moment before the year 9999, but found {reprlib.repr(value)}.") from None


def _moment(value: object, now: datetime, *, whole_day: bool) -> datetime:
    if isinstance(value, str):
        value = parse_duration(value) if value.startswith(("P", "-P")) else parse_moment(value)
    if isinstance(value, Duration):
        return value.after(now)
    if isinstance(value, timedelta):
        return now + value
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=ZONE)
    if isinstance(value, date):
        return end_of_day(value) if whole_day else start_of_day(value)
    raise InvalidInput(f"Expected a date, a time or a duration, but found {reprlib.repr(value)}.")


def align(left: object, right: object) -> tuple[object, object]:
    """Return both values in one kind when one of them is a date or a time and the other an ISO text or a date."""
    if isinstance(left, date) and isinstance(right, str):
        right = parse_moment(right)
    elif isinstance(right, date) and isinstance(left, str):
        left = parse_moment(left)
    if isinstance(left, datetime) and isinstance(right, date) and not isinstance(right, datetime):
        left = local_date(left)
    elif isinstance(right, datetime) and isinstance(left, date) and not isinstance(left, datetime):
        right = local_date(right)
    return left, right


def comparable(left: Any, right: Any) -> tuple[Any, Any]:
    """Return both lengths of time in one kind, as far as they can be: calendar months have no fixed length."""
    return _fixed(left), _fixed(right)


def _fixed(value: Any) -> Any:
    return value.rest if isinstance(value, Duration) and not value.months else value


def shift(moment: object, length: object, sign: int) -> object:
    """Return `moment` moved by `length`; whole days keep a date a date. Raises InvalidInput on other kinds."""
    moment = parse_moment(moment) if isinstance(moment, str) else moment
    length, moment = (Duration(rest=each) if isinstance(each, timedelta) else each for each in (length, moment))
    if isinstance(moment, Duration) and isinstance(length, Duration):
        return Duration(moment.months + sign * length.months, moment.rest + sign * length.rest)
    if not (isinstance(moment, date) and isinstance(length, Duration)):
        raise InvalidInput(f"Expected a date and a duration, but found {reprlib.repr(moment)} and {reprlib.repr(length)}.")
    length = Duration(sign * length.months, sign * length.rest)
    if isinstance(moment, datetime):
        return length.after(moment)
    later = length.after(start_of_day(moment))
    return later if length.rest % timedelta(days=1) else local_date(later)
