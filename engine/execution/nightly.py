"""The check of the history that is made by itself each night, from the last good checkpoint on, and recorded like any other.

One worker makes it, in a thread of its own. It proves what the installation's own keys and checkpoints prove; a check with copies
from elsewhere stays an auditor's work.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Thread

from sqlalchemy.exc import DBAPIError

from engine.audit.nights import began_at, last_night
from engine.audit.verification import TAMPERED, Verification, examine
from engine.audit.verifying import RecordVerification, last_good, runs
from engine.door import Door
from engine.execution.presence import Presence
from engine.history.evidence import Evidence
from engine.history.own_evidence import own_evidence
from engine.kernel.actor import SYSTEM
from engine.kernel.clock import from_stamp
from engine.kernel.errors import EngineError
from engine.kernel.faults import unexpected

PAUSE = 60.0  # seconds between two looks at the clock
PATIENCE = 5.0  # seconds that stopping waits for the records at hand
REST = timedelta(minutes=30)  # after a check that could not be made
_log = logging.getLogger(__name__)


class Stopped(Exception):
    """The worker was told to stop while it checked."""


class NightlyCheck:
    """Makes the check when it is due. `look` is for one thread; `start` makes one that does nothing else."""

    def __init__(self, door: Door, presence: Presence | None = None, *, evidence: Callable[[], Evidence] = own_evidence, pause: float = PAUSE) -> None:
        self._door, self._presence, self._evidence, self._pause = door, presence, evidence, pause
        self._rests_until: datetime | None = None
        self._stopping = Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Look again and again in a thread of its own, until `stop`."""
        self._thread = Thread(target=self._run, name="nightly check", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End, also in the middle of a check: the next worker begins it anew."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(PATIENCE)

    def look(self) -> Verification | None:
        """Make the check if it is due; return what it found."""
        evidence = self._evidence() if self._is_due() else None
        if evidence is None or evidence.trust is None:
            return None  # not yet; or without keys, where a check would prove too little to be called one
        with self._door.database.reading() as connection:
            found = examine(connection, evidence, since=last_good(connection), tick=self._tick)
        night = self._night()
        self._door.execute(RecordVerification.of(found), SYSTEM, key=f"nightly check:{night.isoformat() if night else ''}")
        if found.result == TAMPERED:
            _log.error("the check of the history found changes", extra={"findings": sum(each.count for each in found.logs)})
        return found

    def _night(self) -> datetime | None:
        with self._door.database.reading() as connection:
            return last_night(connection, self._door.clock.now())

    def _is_due(self) -> bool:
        """Tell whether this worker is to check now: nothing has been checked since the night began, and there was a history before."""
        now, night = self._door.clock.now(), self._night()
        if night is None or (self._rests_until and now < self._rests_until):
            return False
        with self._door.database.reading() as connection:
            first, last = began_at(connection), next(iter(runs(connection, 1)), None)
        if first is None or first >= night or (last is not None and from_stamp(last.at) >= night):
            return False
        return self._presence is None or self._presence.is_first()

    def _tick(self, _log_name: str, _records: int) -> None:
        if self._stopping.is_set():
            raise Stopped

    def _run(self) -> None:
        while not self._stopping.wait(self._pause):
            try:
                self.look()
            except Stopped:
                return
            except DBAPIError:
                self._rest()  # the worker says so, and tries again
            except EngineError as failure:
                _log.warning("the check of the history could not be made", extra={"error": failure.message})
                self._rest()
            except Exception as failure:  # noqa: BLE001  nothing else checks
                unexpected(failure, "the nightly check of the history")
                self._rest()

    def _rest(self) -> None:
        self._rests_until = self._door.clock.now() + REST
