"""When a worker looks for the work of the whole installation, which costs more to find than the rest, or can wait: not with every look."""

from __future__ import annotations

from datetime import date

from engine.execution.poller import Poller
from engine.instances.incidents import TEXTS
from engine.kernel.clock import Clock, local_date, stopwatch
from engine.storage.wake_ups import Due, key_of

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


class KeepingTexts:
    """Keeps the texts of the search up with the history, where no job calls for it: a piece after a look, at once again while more is left."""

    def __init__(self, poller: Poller) -> None:
        self._poller = poller
        self._looked: float | None = None
        self._more = True

    def look(self) -> None:
        """Read a piece of the history when it is time, after everything else that was due."""
        if not self._more and self._looked is not None and stopwatch() - self._looked < AFTER_CHANGES:
            return
        self._more = bool(self._poller.do([key_of(Due.TEXTS, TEXTS)]))
        self._looked = stopwatch()
