"""Reporting periods as text: "2024-W15" (ISO week), "2024-04", "2024-Q2", and "final" for what is reported once.

Within one frequency the texts sort in time. Which day of a period a report is due is data (reporting_regime).
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from engine.kernel.calendar import day_of_month
from engine.kernel.calendar import first_period as first_month
from engine.kernel.calendar import next_period as next_month
from engine.kernel.errors import InvalidInput

WEEKLY, MONTHLY, QUARTERLY, ONCE = "weekly", "monthly", "quarterly", "once"
FREQUENCIES = (WEEKLY, MONTHLY, QUARTERLY, ONCE)
FINAL = "final"
OVER = "none"  # sorts after FINAL: what follows the one period of what is reported once
LEAD_DAYS = {WEEKLY: 3, MONTHLY: 10, QUARTERLY: 15, ONCE: 7}  # between the opening of a period and its due day
ROMAN = ("I", "II", "III", "IV")
_SHAPES = {
    WEEKLY: re.compile(r"([0-9]{4})-W([0-9]{2})"),
    MONTHLY: re.compile(r"([0-9]{4})-([0-9]{2})"),
    QUARTERLY: re.compile(r"([0-9]{4})-Q([1-4])"),
}


def frequency_of(period: str) -> str:
    """Return the frequency whose periods are written so. Raises InvalidInput."""
    if period in (FINAL, OVER):
        return ONCE
    for frequency, shape in _SHAPES.items():
        if shape.fullmatch(period):
            return frequency
    raise InvalidInput(f"Expected a period such as 2024-W15, 2024-04, 2024-Q2 or final, but found {period!r}.")


def next_period(period: str) -> str:
    """Return the period after `period`."""
    match frequency_of(period):
        case "weekly":
            return _week_of(_monday(period) + timedelta(days=7))
        case "quarterly":
            year, quarter = _numbers(period)
            return f"{year + quarter // 4:04d}-Q{quarter % 4 + 1}"
        case "once":
            return OVER
    return next_month(period)


def previous_period(period: str) -> str | None:
    """Return the period before `period`; None when there is none."""
    match frequency_of(period):
        case "weekly":
            return _week_of(_monday(period) - timedelta(days=7))
        case "quarterly":
            year, quarter = _numbers(period)
            return f"{year - (quarter == 1):04d}-Q{quarter - 1 or 4}"
        case "once":
            return None
    year, month = _numbers(period)
    return f"{year - (month == 1):04d}-{month - 1 or 12:02d}"


def first_period(issued: date, frequency: str) -> str:
    """Return the period in which a letter of this day is first reported on.

    Monthly: the month of `issued` when ten days of it remain (DOMAIN.md 2.2); so with quarters; a week until Wednesday.
    """
    match frequency:
        case "weekly":
            monday = issued - timedelta(days=issued.weekday())
            return _week_of(monday if issued.weekday() <= 2 else monday + timedelta(days=7))
        case "quarterly":
            period = f"{issued.year:04d}-Q{(issued.month + 2) // 3}"
            return period if (last_of(period) - issued).days >= 10 else next_period(period)
        case "once":
            return FINAL
    return first_month(issued)


def due_on(period: str, day: int) -> date:
    """Return the due day: the ISO weekday of a week, the day of a month, the day of the last month of a quarter."""
    match frequency_of(period):
        case "weekly":
            return _monday(period) + timedelta(days=day - 1)
        case "quarterly":
            year, quarter = _numbers(period)
            return day_of_month(f"{year:04d}-{quarter * 3:02d}", day)
        case "once":
            raise InvalidInput("Expected a period that returns, but found the final one: its due day stands in the obligation.")
    return day_of_month(period, day)


def last_of(period: str) -> date:
    """Return the last day of the period itself."""
    return _monday(period) + timedelta(days=6) if frequency_of(period) == WEEKLY else due_on(period, 31)


def label(period: str) -> str:
    """Return how Vietnamese paperwork writes the period: "tuần 15 năm 2024", "tháng 4/2024", "quý II/2024", "cả đợt"."""
    match frequency_of(period):
        case "weekly":
            year, week = _numbers(period)
            return f"tuần {week} năm {year}"
        case "quarterly":
            year, quarter = _numbers(period)
            return f"quý {ROMAN[quarter - 1]}/{year}"
        case "once":
            return "cả đợt"
    year, month = _numbers(period)
    return f"tháng {month:02d}/{year}" if month < 3 else f"tháng {month}/{year}"  # a zero before 1 and 2 only (DOMAIN.md 6)


def _numbers(period: str) -> tuple[int, int]:
    found = _SHAPES[frequency_of(period)].fullmatch(period)
    assert found is not None
    return int(found[1]), int(found[2])


def _monday(period: str) -> date:
    year, week = _numbers(period)
    try:
        return date.fromisocalendar(year, week, 1)
    except ValueError:
        raise InvalidInput(f"Expected a week of {year}, but found {period!r}.") from None


def _week_of(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"
