"""When a worker looks for the work of the whole installation, which costs more to find than the rest: not with every look."""

from __future__ import annotations

from datetime import date

from engine.kernel.clock import Clock, local_date, stopwatch

AFTER_CHANGES = 2.0  # seconds between two looks while the database changes
AT_LEAST = 30.0  # seconds between two looks while nothing changes


class ChoreTimes:
    """Tells when to look for chores: soon after something has changed, on a new day, and at least now and then."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._looked: float | None = None
        self._day: date | None = None
        self._changed = True

    def due(self, *, changed: bool) -> bool:
        """Tell whether to look for chores now; `changed`: something has been written since the last look."""
        self._changed |= changed
        since = AT_LEAST if self._looked is None else stopwatch() - self._looked
        day = local_date(self._clock.now())
        if since < AT_LEAST and day == self._day and not (self._changed and since >= AFTER_CHANGES):
            return False
        self._looked, self._day, self._changed = stopwatch(), day, False
        return True
