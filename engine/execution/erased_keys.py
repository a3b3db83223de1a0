"""Destroys the keys of personal values that were erased and are still on this machine: it had stopped in between, or an old copy was put back."""

from __future__ import annotations

from engine.door import Door
from engine.history.personal_keys import place
from engine.kernel.clock import stopwatch
from engine.retention.erasing import destroy_erased

PAUSE = 30.0  # seconds between two looks


class ErasedKeys:
    """For one thread, which calls `look` as often as it likes."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._looked: float | None = None

    def look(self) -> int:
        """Destroy what is to be destroyed, when it is time to look; return how many keys."""
        if self._looked is not None and stopwatch() - self._looked < PAUSE:
            return 0
        self._looked = stopwatch()
        return destroy_erased(self._door.database) if place().exists() else 0
