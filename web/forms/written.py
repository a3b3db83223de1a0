"""Whole numbers, days and periods as people here write them, and as the engine keeps them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from flask_babel import gettext as _

_GROUPED = re.compile(r"[-+]?\d{1,3}(?:[.\u00a0\u202f ]\d{3})+|[-+]?\d+")
_DAY = re.compile(r"(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{4})")
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_PERIODS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"(?:tháng\s*)?(\d{1,2})\s*[/.\-]\s*(\d{4})", re.IGNORECASE), lambda found: f"{found[2]}-{int(found[1]):02d}"),
    (re.compile(r"(?:quý|q)\s*(\d)\s*[/.\-]\s*(\d{4})", re.IGNORECASE), lambda found: f"{found[2]}-Q{found[1]}"),
    (re.compile(r"(?:tuần|w)\s*(\d{1,2})\s*[/.\-]\s*(\d{4})", re.IGNORECASE), lambda found: f"{found[2]}-W{int(found[1]):02d}"),
)
_MONTH, _QUARTER, _WEEK = (re.compile(pattern) for pattern in (r"(\d{4})-(\d{2})", r"(\d{4})-Q(\d)", r"(\d{4})-W(\d{2})"))
MOST_DIGITS = 18  # of a whole number that the database keeps


class NotRead(ValueError):
    """What somebody wrote cannot be read; the message says how to write it, in the reader's language."""


def read_integer(text: str) -> int:
    """Return the whole number that is written; 1.250.000 and 1 250 000 are 1250000. Raises NotRead."""
    digits = re.sub(r"[^\d]", "", text)
    if not _GROUPED.fullmatch(text) or len(digits) > MOST_DIGITS or not digits.isascii():
        raise NotRead(_("Write a whole number, for example 1.250.000."))
    return -int(digits) if text.startswith("-") else int(digits)


def show_integer(value: Any) -> str:
    """Return a whole number with its thousands apart; anything else as it was written."""
    if isinstance(value, bool) or not isinstance(value, int):
        return str(value)
    return f"{value:,}".replace(",", ".")


def read_day(text: str) -> str:
    """Return the day in ISO 8601 that is written as day/month/year. Raises NotRead."""
    if _ISO_DAY.fullmatch(text):
        year, month, day = (int(each) for each in text.split("-"))
    elif found := _DAY.fullmatch(text):
        day, month, year = (int(each) for each in found.groups())
    else:
        raise NotRead(_("Write the day as day/month/year, for example 15/04/2024."))
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        raise NotRead(_("%(text)s is no day of the calendar. Check the day and the month.", text=text)) from None


def day_or_none(text: str) -> str | None:
    """Return the day in ISO 8601 that is written as day/month/year; None when it is none."""
    try:
        return read_day(text.strip())
    except NotRead:
        return None


def day_or_note(text: str, problems: list[str]) -> str:
    """Return the day in ISO 8601 that is written; "" when nothing is, or when it cannot be read: then `problems` has one sentence more."""
    try:
        return read_day(text.strip()) if text.strip() else ""
    except NotRead as problem:
        problems.append(str(problem))
        return ""


def show_day(value: Any) -> str:
    """Return a day of ISO 8601 as day/month/year; anything else as it was written."""
    try:
        day = date.fromisoformat(str(value)) if _ISO_DAY.fullmatch(str(value)) else None
    except ValueError:
        day = None
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}" if day else str(value)


def read_period(text: str) -> str:
    """Return the period (2024-04, 2024-Q2, 2024-W16) that is written as 04/2024, quý 2/2024, tuần 16/2024; else the text itself."""
    for pattern, kept in _PERIODS:
        if found := pattern.fullmatch(text):
            return kept(found)
    return text


def show_period(value: Any) -> str:
    """Return a period as people write it; anything else as it was written."""
    text = str(value)
    if found := _MONTH.fullmatch(text):
        return f"{found[2]}/{found[1]}"
    if found := _QUARTER.fullmatch(text):
        return f"quý {found[2]}/{found[1]}"
    if found := _WEEK.fullmatch(text):
        return f"tuần {found[2]}/{found[1]}"
    return text
