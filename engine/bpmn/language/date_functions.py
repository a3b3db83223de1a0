"""What expressions can do with days, moments and lengths of time. Texts of dates, as the data keep them, are dates here."""

from __future__ import annotations

import calendar
import math
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from engine.bpmn.language.bounds import show
from engine.bpmn.language.moments import Duration, parse_duration, parse_moment
from engine.kernel.clock import ZONE, local_date
from engine.kernel.errors import InvalidInput

MAX_MONTHS = 12 * 10_000
DATE_PARTS: dict[str, Callable[[date], int]] = {
    "year": lambda day: day.year,
    "month": lambda day: day.month,
    "day": lambda day: day.day,
    "weekday": lambda day: day.isoweekday(),
}
TIME_PARTS: dict[str, Callable[[datetime], int]] = {"hour": lambda moment: moment.hour, "minute": lambda moment: moment.minute}


def day_of(value: Any) -> date:
    """Return the day of an ISO text or of a moment. Raises InvalidInput."""
    moment = parse_moment(value) if isinstance(value, str) else value
    if isinstance(moment, datetime):
        return local_date(moment)
    if isinstance(moment, date):
        return moment
    raise InvalidInput(f"Expected a date, but found {show(value)}.")


def moment_of(value: Any) -> datetime:
    """Return the moment of an ISO text. Raises InvalidInput."""
    moment = parse_moment(value) if isinstance(value, str) else value
    if isinstance(moment, datetime):
        return moment
    raise InvalidInput(f"Expected a date with a time, but found {show(value)}.")


def part_of(value: Any, name: str) -> int:
    """Return the part `name` of a date, a time in Vietnam or a length of time. Raises InvalidInput."""
    if isinstance(value, timedelta | Duration):
        rest = value if isinstance(value, timedelta) else value.rest
        if name == "days":
            return rest.days
        raise InvalidInput(f"Expected the part days of a duration, but found {name}.")
    local = value.astimezone(ZONE) if isinstance(value, datetime) else value
    if name in DATE_PARTS:
        return DATE_PARTS[name](local)
    if name in TIME_PARTS and isinstance(local, datetime):
        return TIME_PARTS[name](local)
    known = [*DATE_PARTS, *TIME_PARTS] if isinstance(local, datetime) else [*DATE_PARTS]
    raise InvalidInput(f"Expected one of the parts {', '.join(known)} of a date, but found {name}.")


def _span(unit: str) -> Callable[[Any], timedelta]:
    def span(count: Any) -> timedelta:
        if isinstance(count, bool) or not isinstance(count, int | float):
            raise InvalidInput(f"Expected a number of {unit}, but found {show(count)}.")
        try:
            return timedelta(**{unit: count})
        except OverflowError:
            raise InvalidInput(f"Expected a sensible number of {unit}, but found {show(count)}.") from None

    return span


def _months(unit: str, each: int) -> Callable[[Any], Duration]:
    def months(count: Any) -> Duration:
        if type(count) is not int or abs(count) * each > MAX_MONTHS:
            raise InvalidInput(f"Expected a sensible whole number of {unit}, but found {show(count)}.")
        return Duration(months=count * each)

    return months


def duration(text: Any) -> Duration:
    """Return the length of time of an ISO text such as P1M or PT8H."""
    if not isinstance(text, str):
        raise InvalidInput(f"Expected a duration such as P3D or PT1H, but found {show(text)}.")
    return parse_duration(text)


def days_between(start: Any, end: Any) -> int:
    return (day_of(end) - day_of(start)).days


def hours_between(start: Any, end: Any) -> int:
    """Return the whole hours from one moment to another; negative when the second is the earlier one."""
    return math.floor((moment_of(end) - moment_of(start)) / timedelta(hours=1))


def start_of_month(day: Any) -> date:
    return day_of(day).replace(day=1)


def end_of_month(day: Any) -> date:
    found = day_of(day)
    return found.replace(day=calendar.monthrange(found.year, found.month)[1])


def quarter(day: Any) -> int:
    return (day_of(day).month + 2) // 3


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "date": day_of,
    "time": moment_of,
    "duration": duration,
    "minutes": _span("minutes"),
    "hours": _span("hours"),
    "days": _span("days"),
    "weeks": _span("weeks"),
    "months": _months("months", 1),
    "years": _months("years", 12),
    "days_between": days_between,
    "hours_between": hours_between,
    "start_of_month": start_of_month,
    "end_of_month": end_of_month,
    "quarter": quarter,
}
