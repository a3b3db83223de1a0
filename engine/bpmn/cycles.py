"""Cycle timers (ISO 8601-1 5.6, repeating intervals): each occurrence is counted from the first, so months keep their day."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

from engine.bpmn.language.moments import Duration, due_from, parse_duration
from engine.kernel.errors import InvalidInput

CYCLE = re.compile(r"^R(?P<times>\d{0,6})/(?P<first>[^/]+)(?:/(?P<second>[^/]+))?$")
MAX_SKIPPED = 1_000_000
HINT = "Write R3/PT1H, R/P1D, R/2026-01-31/P1M or R/P1D/2026-12-31"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """A repetition: `times` in all (None: without end), each `every` after `begin`, not after `end`.

    `first`: the number of the first occurrence, 0 when a begin is given (the begin itself), else 1.
    """

    times: int | None
    begin: datetime
    every: Duration
    end: datetime | None
    first: int

    def moment(self, number: int) -> datetime:
        """Return the moment of occurrence `number`; P1M from 31 January is the last day of February, then 31 March."""
        return Duration(months=self.every.months * number, rest=self.every.rest * number).after(self.begin).astimezone(UTC)

    def after(self, moment: datetime, number: int) -> tuple[int, datetime] | None:
        """Return number and moment of the first occurrence from `number` on that is later than `moment`; None: there is none.

        Occurrences that nobody could serve are passed over: after a week of standstill a daily reminder comes once.
        """
        for candidate in count(number):
            if self.times is not None and candidate >= self.first + self.times:
                return None
            if candidate - number > MAX_SKIPPED:
                raise InvalidInput(f"Expected a cycle with fewer than {MAX_SKIPPED} missed occurrences, but found more. Begin it later.")
            due = self.moment(candidate)
            if self.end is not None and due > self.end:
                return None
            if due > moment:
                return candidate, due
        raise AssertionError("unreachable: the count has no end")


def is_cycle(text: str) -> bool:
    """Tell whether `text` is written as a repeating interval."""
    return bool(CYCLE.match(text))


def read_cycle(value: Any, *, now: datetime) -> Cycle:
    """Return the cycle that `value` means when it begins to run at `now`. Raises InvalidInput."""
    found = CYCLE.match(value) if isinstance(value, str) else None
    if found is None:
        raise InvalidInput(f"Expected a repeating interval, but found {str(value)[:40]!r}. {HINT}.")
    times = int(found["times"]) if found["times"] else None
    first, second = found["first"], found["second"]
    if first.startswith("P"):
        every, end = parse_duration(first), due_from(second, now=now, whole_day=True) if second else None
        cycle = Cycle(times=times, begin=now, every=every, end=end, first=1)
    elif second is not None:
        cycle = Cycle(times=times, begin=due_from(first, now=now, whole_day=False), every=parse_duration(second), end=None, first=0)
    else:
        raise InvalidInput(f"Expected a duration in the repeating interval {value!r}, but found none. {HINT}.")
    if cycle.moment(1) <= cycle.begin:
        raise InvalidInput(f"Expected a repeating interval that goes forward, but found {value!r}. {HINT}.")
    return cycle
