"""Months as bars, drawn on the server: what stands in the table beside, to be looked at rather than read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.kernel.periods import FINAL
from engine.reports.listing import FromBelow
from web.language.words import period as period_in_words

HEIGHT, BAR, GAP, FOOT, TOP, MOST = 120, 48, 40, 30, 18, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a bar: where it begins from above, how high it is, and what it counts."""

    kind: str
    top: int
    height: int
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One period."""

    left: int
    label: str
    whole: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Bars from the oldest period to the newest; lengths in units of the drawing."""

    width: int
    height: int
    base: int
    bar: int
    bars: tuple[Bar, ...]


def months(rows: Sequence[FromBelow]) -> Chart | None:
    """Return the newest periods as bars; None when there are fewer than two, which say more in words."""
    chosen = [row for row in rows if row.expected and row.period != FINAL][:MOST][::-1]
    if len(chosen) < 2:
        return None
    highest = max(row.expected for row in chosen)
    bars = tuple(_bar(row, GAP // 2 + place * (BAR + GAP), highest) for place, row in enumerate(chosen))
    return Chart(width=len(chosen) * (BAR + GAP), height=TOP + HEIGHT + FOOT, base=TOP + HEIGHT, bar=BAR, bars=bars)


def short(period: str) -> str:
    """Return a period as it fits below a bar: 04/2024; others as they are written elsewhere."""
    year, _dash, month = period.partition("-")
    return f"{month}/{year}" if month.isdigit() and len(month) == 2 else period_in_words(period)


def _bar(row: FromBelow, left: int, highest: int) -> Bar:
    numbers = {"good": row.on_time, "watch": row.late, "plain": row.unread + row.waiting, "bad": row.missing + row.returned}
    parts, base = [], TOP + HEIGHT
    for kind, number in numbers.items():
        height = round(number * HEIGHT / highest)
        if number:
            base -= height
            parts.append(Part(kind=kind, top=base, height=height, number=number))
    return Bar(left=left, label=short(row.period), whole=row.expected, parts=tuple(parts))
