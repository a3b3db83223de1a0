"""How much room a chain of milestones has left: earliest days, floats, the critical path. Pure: no database, no clock.

A slip shifts no later date, since the document fixes them; it only squeezes the float (DOMAIN.md 2.4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from engine.kernel.calendar import WorkingCalendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to do: `days` working days at least, once everything in `after` is done; `last_day` as the document fixes it."""

    key: str
    after: tuple[str, ...] = ()
    days: int = 1
    last_day: date | None = None
    done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What can still become of a step. `float` in working days, negative when late; None without a date, or when done."""

    earliest: date | None
    float: int | None
    critical: bool


def schedule(steps: Sequence[Step], *, today: date, calendar: WorkingCalendar) -> dict[str, Outlook]:
    """Return the outlook of every step, given what is done and that nothing more is done before `today`.

    The critical steps are the chain that leads to the step with the least float.
    """
    known = {step.key: step for step in steps}
    length: dict[str, int] = {}
    comes_from: dict[str, str | None] = {}
    for key in order({step.key: step.after for step in steps}):
        step = known[key]
        open_before = [other for other in step.after if not known[other].done]
        slowest = max(open_before, key=lambda other: length[other], default=None)
        comes_from[key] = slowest
        length[key] = 0 if step.done else step.days + (length[slowest] if slowest else 0)
    earliest = {key: calendar.working_days_after(today, length[key]) for key in known if not known[key].done}
    floats = {key: working_days_between(day, known[key].last_day, calendar) for key, day in earliest.items()}
    critical = _chain(floats, comes_from)
    return {
        key: Outlook(earliest=earliest.get(key), float=floats.get(key), critical=key in critical) for key in known
    }


def _chain(floats: Mapping[str, int | None], comes_from: Mapping[str, str | None]) -> set[str]:
    dated = {key: room for key, room in floats.items() if room is not None}
    if not dated:
        return set()
    least = min(dated.values())
    place: str | None = [key for key, room in dated.items() if room == least][-1]
    chain: set[str] = set()
    while place is not None:
        chain.add(place)
        place = comes_from[place]
    return chain


def working_days_between(first: date, last: date | None, calendar: WorkingCalendar) -> int | None:
    """Return how many working days `last` lies after `first`; negative when it lies before. None without `last`."""
    if last is None:
        return None
    low, high = min(first, last), max(first, last)
    days = sum(calendar.is_working(low + timedelta(days=step)) for step in range(1, (high - low).days + 1))
    return days if last >= first else -max(days, 1)  # on a day off after the last day it is late all the same


def order(before: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the keys so that each stands after what it waits for. The graph has no circle."""
    placed: dict[str, None] = {}
    while len(placed) < len(before):
        ready = [key for key, others in before.items() if key not in placed and all(other in placed for other in others)]
        placed.update(dict.fromkeys(ready))
    return list(placed)


def cycle_in(before: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the keys of one circle, its first key again at its end; empty when there is none."""
    left = {key: set(others) for key, others in before.items()}
    while ready := [key for key, others in left.items() if not others & left.keys()]:
        for key in ready:
            del left[key]
    if not left:
        return []
    place, seen = next(iter(left)), []
    while place not in seen:  # every key that is left waits for another that is left
        seen.append(place)
        place = next(other for other in before[place] if other in left)
    return [*seen[seen.index(place) :], place]
