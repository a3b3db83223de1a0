"""A worker: works until it is told to stop. What it has begun when it is told, it ends; what is due then, the next one does.

A database that goes away and comes back, a full disk, a fault of its own: it says so once, rests, and looks again. Nothing is lost by
that, as all work stands in rows.
"""

from __future__ import annotations

import logging
from threading import Event
from typing import Protocol

from sqlalchemy.exc import DBAPIError

from engine.door import Door
from engine.execution.checkpoints import Checkpoints
from engine.execution.effects import Sending, installed_transports
from engine.execution.looking import Looking
from engine.execution.nightly import NightlyCheck
from engine.execution.poller import Poller
from engine.execution.presence import Presence
from engine.execution.transports import Transports
from engine.kernel.errors import InvalidInput
from engine.kernel.faults import unexpected
from engine.storage.revisions import overtaken
from engine.storage.wake_ups import NobodyIsWoken

PAUSE = 1.0  # seconds between two sweeps of a quiet database
LONGEST_REST = 5.0  # seconds between two attempts at a database that does not answer
_log = logging.getLogger(__name__)


class Way(Protocol):
    """How a worker finds its work."""

    def look(self) -> None:
        """Find what is due now, and have it done."""

    def rest(self) -> None:
        """Wait until there may be more, or a pause is over."""

    def close(self) -> None:
        """End what runs beside, after the piece at hand."""


def work(door: Door, stop: Event, *, pause: float = PAUSE, transports: Transports | None = None) -> None:
    """Do what becomes due, again and again, until `stop` is set; effects are sent beside, by `transports` or those of the environment.

    Checkpoints of the history are made beside too, where the key that signs them is on this machine, and each night it is checked.

    Raises InvalidInput when the environment configures a transport wrongly, or when the database is brought to another version: a newer
    program has taken over.
    """
    presence, trouble = Presence(door), Trouble(pause)
    sending = Sending(door, installed_transports() if transports is None else transports, pause=pause)
    way = way_of(door, stop, pause=pause, sending=sending)
    checkpoints, nightly = Checkpoints(door), NightlyCheck(door, presence)
    sending.start()
    checkpoints.start()
    nightly.start()
    try:
        while not stop.is_set():
            try:
                if presence.due():
                    _check_version(door)
                    presence.tell()
                way.look()
                sending.wake()
                trouble.over()
                way.rest()
            except DBAPIError as failure:
                stop.wait(trouble.told(type(failure.orig).__name__))
            except InvalidInput:
                raise
            except Exception as failure:  # noqa: BLE001  a fault of the program must not end the worker
                if trouble.is_new(type(failure).__name__):
                    unexpected(failure, "a sweep of the worker")
                stop.wait(trouble.rest())
    finally:
        way.close()
        nightly.stop()
        checkpoints.stop()
        sending.stop()
        presence.leave()


def way_of(door: Door, stop: Event, *, pause: float, sending: Sending) -> Way:
    """Return how the work of the door's database is found."""
    poller = Poller(door, stopped=stop.is_set, scattered=door.database.dialect == "postgresql")
    if isinstance(door.wake_ups, NobodyIsWoken):
        return Looking(door, poller, stop, pause=pause)
    from engine.execution.waking import Waking  # loaded where it is needed: not on SQLite
    from engine.storage.jobs import JobWakeUps

    assert isinstance(door.wake_ups, JobWakeUps)
    return Waking(door, door.wake_ups, poller, stop, pause=pause, effects=sending.wake)


class Trouble:
    """What goes wrong for the time being: said once, with growing rests."""

    def __init__(self, shortest: float) -> None:
        self._shortest = shortest
        self._rest = shortest
        self._said: str | None = None

    def told(self, error: str) -> float:
        """Say once that the database does not answer; return for how long to rest."""
        if self.is_new("database"):
            _log.warning("the database does not answer, the worker tries again", extra={"error": error})
        return self.rest()

    def is_new(self, kind: str) -> bool:
        """Tell whether this was not said yet."""
        known, self._said = self._said, kind
        return known != kind

    def rest(self) -> float:
        """Return for how long to rest, longer each time."""
        now, self._rest = self._rest, min(2 * self._rest, LONGEST_REST)
        return now

    def over(self) -> None:
        """Say that it works again."""
        if self._said is not None:
            _log.warning("the worker works again")
        self._said, self._rest = None, self._shortest


def _check_version(door: Door) -> None:
    problem = overtaken(door.database)
    if problem is not None:
        raise InvalidInput(problem)
