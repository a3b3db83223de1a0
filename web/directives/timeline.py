"""Milestones as a picture that the server draws: from when to when, what was reached, where today is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from engine.directives.milestone_table import ChainRow
from engine.kernel.clock import from_stamp, local_date
from web.language.words import day

WIDTH, ROW, LEFT, TOP = 900, 34, 56, 34  # of the picture, in its own units
ROOM = 3  # days before the first and after the last


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One milestone: `x` and `width` of its bar, `mark` where it was reached, `last` its last day; None when there is none."""

    label: str
    y: int
    x: float
    width: float
    mark: float | None
    last: float | None
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The picture. `months`: (x, words) of the first days of months; `today`: x, None when it lies outside."""

    width: int
    height: int
    bars: tuple[Bar, ...]
    months: tuple[tuple[float, str], ...]
    today: float | None


def timeline(rows: Iterable[ChainRow], days: Mapping[str, tuple[str | None, str | None]], issued: str, today: date) -> Timeline | None:
    """Return the picture of the deliveries of a chain; None when there is none."""
    chain = [row for row in rows if not row.stage]
    if not chain:
        return None
    known = [date.fromisoformat(issued), *(each for row in chain for each in (_iso(row.last_day), _iso(row.earliest), *_moments(days, row.key)) if each)]
    first, last = min(known) - timedelta(days=ROOM), max(known) + timedelta(days=ROOM)
    scale = (WIDTH - LEFT - 20) / max(1, (last - first).days)

    def at(moment: date) -> float:
        return round(LEFT + (moment - first).days * scale, 1)

    bars = []
    for index, row in enumerate(chain):
        opened, reached = _moments(days, row.key)
        begins = opened or _iso(row.earliest) or date.fromisoformat(issued)
        ends = max(begins, reached or _iso(row.last_day) or today)
        state = "late" if row.late else "good" if row.status in {"approved", "reached"} else "plain"
        end = _iso(row.last_day)
        bars.append(
            Bar(
                label=row.key,
                y=TOP + index * ROW,
                x=at(begins),
                width=max(6.0, round(at(ends) - at(begins), 1)),
                mark=at(reached) if reached else None,
                last=at(end) if end else None,
                state=state,
            )
        )
    months = tuple((at(each), day(each)) for each in _months(first, last))
    inside = first <= today <= last
    return Timeline(width=WIDTH, height=TOP + len(chain) * ROW + 10, bars=tuple(bars), months=months, today=at(today) if inside else None)


def _moments(days: Mapping[str, tuple[str | None, str | None]], key: str) -> tuple[date | None, date | None]:
    opened, reached = days.get(key, (None, None))
    return (local_date(from_stamp(opened)) if opened else None, local_date(from_stamp(reached)) if reached else None)


def _iso(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _months(first: date, last: date) -> list[date]:
    """Return the first days of the months in between, at most eight of them, evenly."""
    found, here = [], first.replace(day=1)
    while here <= last:
        if here >= first:
            found.append(here)
        here = (here + timedelta(days=32)).replace(day=1)
    return found[:: -(-len(found) // 8) or 1]
