"""Dates and numbers in office text, read through scanning errors (O for 0, l for 1). Patterns apply to skeletons."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

DIGIT = "[0-9oil|]"
NUMERIC = rf"(?<![\w/]){DIGIT}{{1,2}}\s?[/.-]\s?{DIGIT}{{1,2}}\s?[/.-]\s?{DIGIT}{{4}}(?![\w/])"
SPOKEN = rf"(?<!\w){DIGIT}{{1,2}}\s+thang\s+{DIGIT}{{1,2}}(?:\s*,?\s+nam\s+|\s?/\s?){DIGIT}{{4}}(?!\w)"
YEARLESS = rf"(?<![\w/]){DIGIT}{{1,2}}(?:/{DIGIT}{{1,2}}(?![\w/])|\s+thang\s+{DIGIT}{{1,2}}(?!\w))"
DATE = rf"(?:{SPOKEN}|{NUMERIC}|{YEARLESS})"
FULL_DATE = rf"(?:{SPOKEN}|{NUMERIC})"
_READ_THROUGH = str.maketrans("oil|", "0111")
_NUMBER = re.compile(rf"(?<![a-z]){DIGIT}+(?![a-z])")


def number(key: str) -> int | None:
    """Return the number printed in a skeleton, or None when it is blank."""
    digits = key.replace(" ", "").translate(_READ_THROUGH)
    return int(digits) if digits.isdigit() else None


def read_date(key: str, near: date | None = None) -> date | None:
    """Return the date printed in `key`; one without a year is the next such day from `near` on. None when there is no such day."""
    parts = [number(part) or 0 for part in _NUMBER.findall(key)]
    if len(parts) == 3:
        return _day(parts[2], parts[1], parts[0])
    if len(parts) == 2 and near is not None:
        day = _day(near.year, parts[1], parts[0])
        return day if day is None or day >= near else _day(near.year + 1, parts[1], parts[0])
    return None


def month_end(year: int, month: int) -> date | None:
    """Return the last day of a month."""
    return _day(year, month, calendar.monthrange(year, month)[1]) if 1 <= month <= 12 and 1900 < year < 2200 else None


def day_before(day: date) -> date:
    """Return the day before."""
    return day - timedelta(days=1)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
