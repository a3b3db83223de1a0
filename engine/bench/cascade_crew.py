"""Who does the pieces of a cascade: the driver itself, in turns with the people, or worker processes beside it.

Worker processes share the driver's simulated clock: one number in memory that all of them read, and that the driver moves
only when nothing is due any more. A worker ends when its driver does, whatever ends that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import c_longlong
from datetime import UTC, datetime
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from signal import SIG_IGN, SIGINT, signal
from threading import Event, Thread
from typing import Protocol

from sqlalchemy import select

from engine.bootstrap import open_door
from engine.definitions.repository import definition
from engine.door import Door
from engine.execution.due import due_pieces
from engine.execution.poller import Poller
from engine.execution.worker import work
from engine.kernel.clock import SimulatedClock, local_date, stopwatch
from engine.kernel.errors import StepFailed
from engine.reports.periods import due_obligations
from engine.storage.database import Database
from engine.storage.schema import definition_version, instance, operation, user_task

LOOK = 0.02  # seconds between two looks of a driver that waits
PAUSE = 0.2  # seconds between two sweeps of a worker: the simulated clock jumps, and nobody is woken for that
LIGHT = 2  # a driver that waits rests at least so many times as long as a look takes
PATIENCE = 300.0  # seconds in which neither people nor workers get anything done: something is wrong
LAST_PIECE = 60.0  # seconds in which a worker ends what it is at
SPAWN = get_context("spawn")
_TASK = select(user_task.c.id).join(instance, instance.c.id == user_task.c.instance).where(user_task.c.status == "open", instance.c.status == "active").limit(1)
# also one that a worker has begun: until it has done it, more may follow
_OPERATION = select(operation.c.id).join(instance, instance.c.id == operation.c.instance).where(operation.c.status == "open", instance.c.status == "active").limit(1)


class SharedClock(SimulatedClock):
    """A simulated clock that several processes read: microseconds since 1970 in shared memory."""

    def __init__(self, start: datetime) -> None:
        self._shared = SPAWN.RawValue(c_longlong, round(start.timestamp() * 1_000_000))

    def now(self) -> datetime:
        """Return the simulated moment in UTC."""
        return datetime.fromtimestamp(self._shared.value / 1_000_000, UTC)

    def advance_to(self, moment: datetime) -> None:
        """Move forward to `moment`; a moment in the past changes nothing."""
        self._shared.value = max(self._shared.value, round(moment.timestamp() * 1_000_000))


class Crew(Protocol):
    """Those who do the pieces."""

    def settle(self) -> None:
        """Return when people have something to do, or nothing is due any more."""

    def finish(self) -> None:
        """Return when nothing is due any more."""


class Alone:
    """The driver does the pieces itself, in turns with the people."""

    def __init__(self, door: Door) -> None:
        self._poller = Poller(door)

    def settle(self) -> None:
        """Do everything that is due."""
        self._poller.drain()

    finish = settle


class Waiting:
    """Worker processes do the pieces, and the driver waits for them."""

    def __init__(self, door: Door, alive: Callable[[], bool]) -> None:
        self._door = door
        self._alive = alive
        self._pause = Event()

    def settle(self) -> None:
        """Wait until people have something to do, or nothing is due. Raises StepFailed when neither comes."""
        self._wait(lambda: self._has_task() or not is_due(self._door))

    def finish(self) -> None:
        """Wait until nothing is due. Raises StepFailed when that does not come."""
        self._wait(lambda: not is_due(self._door))

    def _wait(self, settled: Callable[[], bool]) -> None:
        began = stopwatch()
        while (looked := stopwatch()) - began < PATIENCE:
            if settled():
                return
            if not self._alive():
                raise StepFailed("Expected the worker processes to do what is due, but one has ended. Look at what it wrote.")
            self._pause.wait(max(LOOK, LIGHT * (stopwatch() - looked)))
        raise StepFailed(f"Expected the workers to do what is due, but nothing came of it within {PATIENCE:.0f} s. Look at what they wrote.")

    def _has_task(self) -> bool:
        with self._door.database.reading() as connection:
            return connection.execute(_TASK).first() is not None


def is_due(door: Door) -> bool:
    """Tell whether a piece of work is due now, whoever has begun it."""
    now = door.clock.now()
    with door.database.reading() as connection:
        return bool(due_pieces(connection, now, limit=1) or connection.execute(_OPERATION).first() or due_obligations(connection, local_date(now)))


@contextmanager
def hired(door: Door, clock: SharedClock, workers: int) -> Iterator[Crew]:
    """Yield those who do the pieces: `workers` processes that begin now, or the driver itself when there are none."""
    if not workers:
        yield Alone(door)
        return
    url = door.database.url.render_as_string(hide_password=False)
    ends = [Pipe() for _ in range(workers)]
    crew = [SPAWN.Process(target=_serve, args=(url, clock, theirs), daemon=True) for _, theirs in ends]
    try:
        for process in crew:
            process.start()
        for ours, theirs in ends:
            theirs.close()
            ours.recv_bytes()
        for ours, _ in ends:
            ours.send_bytes(b"begin")
        yield Waiting(door, lambda: all(process.is_alive() for process in crew))
    except EOFError:
        raise StepFailed("Expected every worker process to begin, but one has ended. Look at what it wrote.") from None
    finally:
        for ours, _ in ends:
            ours.close()
        for process in crew:
            process.join(LAST_PIECE)
            process.kill()  # one that does not end: nothing is lost by that


def _serve(url: str, clock: SharedClock, driver: Connection) -> None:
    """Be a worker process: say that it is ready, and work from the driver's word on until that hangs up, or is gone."""
    signal(SIGINT, SIG_IGN)  # of the terminal: the driver ends us
    stop = Event()
    database = Database(url)
    try:
        door = open_door(database, clock)
        _read_definitions(door)
        driver.send_bytes(b"ready")
        driver.recv_bytes()
        Thread(target=_stop_with, args=(driver, stop), daemon=True).start()
        work(door, stop, pause=PAUSE)
    except EOFError:
        return  # the driver has gone before it began
    finally:
        database.dispose()


def _read_definitions(door: Door) -> None:
    """Read what is deployed, as the driver has it read when it begins and a worker that runs for days has."""
    with door.database.reading() as connection:
        for version in connection.execute(select(definition_version.c.id)).scalars():
            definition(connection, version)


def _stop_with(driver: Connection, stop: Event) -> None:
    """Set `stop` when the other end of the pipe is closed."""
    try:
        driver.recv_bytes()
    except (EOFError, OSError):
        stop.set()
