"""The embedded worker: it looks for whatever is due and does it, woken by nobody. For SQLite, and where there is no engine of jobs."""

from __future__ import annotations

from threading import Event

from engine.door import Door
from engine.execution.chores import ChoreTimes, KeepingTexts
from engine.execution.poller import Poller
from engine.kernel.clock import stopwatch
from engine.storage.changes import Changes

GLANCE = 0.05  # seconds between two glances at whether anybody has written anything


class Looking:
    """Sweeps the database; on SQLite between two sweeps only a number is read, which tells whether anybody has written."""

    def __init__(self, door: Door, poller: Poller, stop: Event, *, pause: float) -> None:
        self._poller = poller
        self._stop = stop
        self._pause = pause
        self._chores = ChoreTimes(door.clock)
        self._texts = KeepingTexts(poller)
        self._changes = Changes(door.database) if door.database.dialect == "sqlite" else None
        self._seen: int | None = None

    def look(self) -> None:
        """Do everything that is due now."""
        version = self._changes.version() if self._changes else None
        changed, self._seen = version is None or version != self._seen, version
        self._poller.drain(chores=self._chores.due(changed=changed))
        self._texts.look()

    def rest(self) -> None:
        """Wait until somebody has written, also we ourselves, or it is time to look anyway."""
        if self._changes is None:
            self._stop.wait(self._pause)
            return
        until = stopwatch() + self._pause
        while self._changes.version() == self._seen and stopwatch() < until and not self._stop.wait(min(GLANCE, self._pause)):
            pass

    def close(self) -> None:
        """Give back what is held."""
        if self._changes:
            self._changes.close()
