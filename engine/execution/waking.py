"""The worker on PostgreSQL: jobs say where to look, and a sweep wakes for whatever is due and stands in no job.

The sweep only wakes: what is found is shared by all workers. It is one worker's at a time, and when no jobs can be had it does the
work itself, so that everything goes on without them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from engine.door import Door
from engine.execution.chores import ChoreTimes, KeepingTexts
from engine.execution.due import besides, due_chores, due_pieces, due_texts, keys_of
from engine.execution.job_engine import JobEngine
from engine.execution.poller import Poller
from engine.kernel.faults import unexpected
from engine.storage.jobs import KEYS, JobWakeUps
from engine.storage.unit_of_work import UnitOfWork

SWEEP_LOCK = 0x636869_737765  # "chiswe": one worker sweeps at a time
_MINE = text("SELECT pg_try_advisory_xact_lock(:key)")
_log = logging.getLogger(__name__)


class Waking:
    """Runs an engine of jobs and sweeps beside it."""

    def __init__(self, door: Door, jobs: JobWakeUps, poller: Poller, stop: Event, *, pause: float, effects: Callable[[], None]) -> None:
        self._door = door
        self._jobs = jobs
        self._poller = poller
        self._stop = stop
        self._pause = pause
        self._look_for_effects = effects
        self._chores = ChoreTimes(door.clock)
        self._texts = KeepingTexts(poller)
        self._engine: JobEngine | None = None
        self._complained = False

    def look(self) -> None:
        """See that there is an engine, and wake for what nobody was woken for; without an engine do it."""
        if self._has_engine():
            self._sweep()
        else:
            self._poller.drain(chores=self._chores.due(changed=True))
            self._texts.look()

    def rest(self) -> None:
        """Wait until it is time to sweep again; jobs are done meanwhile."""
        self._stop.wait(self._pause)

    def close(self) -> None:
        """End after the job at hand."""
        if self._engine is not None:
            self._engine.stop()
            self._engine = None

    def _has_engine(self) -> bool:
        try:
            made = self._jobs.start()
        except (OperationalError, InterfaceError):
            raise  # the database is away
        except DBAPIError as failure:  # no right to make tables, for one
            if not self._complained:
                error = type(failure.orig).__name__
                _log.warning("the tables of Procrastinate cannot be made, workers look for work by themselves", extra={"error": error})
            self._complained = True
            self.close()
            return False
        self._complained = False
        if self._engine is not None and made:
            self.close()  # it knows the tables that are gone
        if self._engine is None or not self._engine.running:
            self._engine = JobEngine(self._door.database, work=self._do, effects=lambda _keys: self._look_for_effects())
            self._stop.wait(min(self._pause, 0.2))
        return self._engine.serving

    def _sweep(self) -> None:
        now = self._door.clock.now()
        with UnitOfWork(self._door.database) as unit:
            if not unit.connection.execute(_MINE, {"key": SWEEP_LOCK}).scalar_one():
                return
            self._jobs.bury(unit.connection)
            found = keys_of(due_pieces(unit.connection, now))
            if self._chores.due(changed=True):
                found += keys_of(due_chores(unit.connection, now) + due_texts(unit.connection, now))
            if found:
                self._jobs.wake(unit.connection, besides(unit.connection, found, self._jobs.living(unit.connection)))
            unit.commit()

    def _do(self, job: int, keys: list[str]) -> None:
        """Do what a job names, and other waiting ones with it. What fails stays due, and the sweep wakes for it again."""
        try:
            self._poller.do(self._jobs.join(job, keys) if len(keys) < KEYS else keys)
        except DBAPIError as failure:
            _log.debug("a job could not be done now: %s", failure.orig)
        except Exception as failure:  # noqa: BLE001  a fault of the program ends this job, and nothing else
            unexpected(failure, "a job")
