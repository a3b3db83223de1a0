"""Whether somebody has set the clock: its time is compared with seconds that no one can set back or forth, and a step is recorded.

The history takes no harm (its times never run backwards), but whoever reads it has to know that a clock was wrong (AUDIT.md 8).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import func, select

from engine.audit.clock_steps import RecordClockStep
from engine.door import Door
from engine.kernel.actor import SYSTEM
from engine.kernel.clock import from_stamp, stamp, stopwatch
from engine.kernel.ids import new_id
from engine.storage.schema import history_head

STEP = timedelta(seconds=1)


class ClockSteps:
    """Watches one clock. The first look compares it with the last record: what was done before was done at an earlier time."""

    def __init__(self, door: Door, *, running: Callable[[], float] = stopwatch) -> None:
        self._door, self._running = door, running
        self._seen: tuple[datetime, float] | None = None

    def look(self) -> bool:
        """Record a step since the last look, if there was one; return whether there was."""
        now, running = self._door.clock.now(), self._running()
        expected = self._expected(running)
        self._seen = now, running
        if expected is None or abs(now - expected) <= STEP:
            return False
        command = RecordClockStep(expected=stamp(expected), found=stamp(now), offset_ms=round((now - expected) / timedelta(milliseconds=1)))
        self._door.execute(command, SYSTEM, key=f"clock:{new_id(now)}")
        return True

    def _expected(self, running: float) -> datetime | None:
        """Return what the time should be; None when nothing speaks against what it is."""
        if self._seen is not None:
            then, at = self._seen
            return then + timedelta(seconds=running - at)
        with self._door.database.reading() as connection:
            last = connection.execute(select(func.max(history_head.c.recorded_at))).scalar_one_or_none()
        return from_stamp(last) if last and from_stamp(last) > self._door.clock.now() + STEP else None
