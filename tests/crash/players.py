"""The processes that are killed: simulated people who act through the door, and workers who do what is due.

They are forked from a server that has imported the product already, so that starting one again costs little.
"""

from __future__ import annotations

import dataclasses
import json
import multiprocessing
import os
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from threading import Event
from typing import Any
from zlib import crc32

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from engine.bootstrap import open_door
from engine.door import Door
from engine.effects.delivering import Outcome
from engine.effects.outbox import Effect
from engine.execution import job_engine
from engine.execution.transports import Delivery
from engine.execution.worker import work
from engine.kernel.actor import Actor
from engine.kernel.clock import stamp
from engine.kernel.errors import Conflict, EngineError
from engine.kernel.points import listen
from engine.scenario.stage import Desk, Stage
from engine.storage import Database, database, jobs
from engine.storage.schema import organisation
from engine.timers.due import due_instances
from tests.crash.cast import TOP, Cast
from tests.crash.clocks import SharedClock
from tests.crash.journal import Intent, Journal

CHANNEL, SENT = "webhook:archive", "sent"
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.crash.players"])
LOOK = 0.05  # seconds between two looks at a desk without work
DEAD, BEAT = 1.5, 0.3  # seconds after which the job of a killed worker counts as lost: less than in the product, as tests should be short
IDLE = 1_000  # milliseconds after which PostgreSQL takes its locks from a writer that has stopped: likewise


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one process plays: a client or a worker, its number among `of`, and the point at whose k-th time it kills itself."""

    role: str
    number: int = 0
    of: int = 1
    url: str
    folder: Path
    cast: Cast
    die_at: tuple[str, int] | None = None
    stop_at: str | None = None  # the point at which it stops itself once, until SIGCONT, and then says so
    ahead: timedelta = timedelta()
    prepare: Callable[[], None] | None = None

    @property
    def name(self) -> str:
        return f"{self.role}-{self.number}"


def begin(part: Part) -> ForkServerProcess:
    """Start a process that plays a part."""
    process = FORKS.Process(target=play, args=(part,), name=part.name, daemon=True)
    process.start()
    return process


def play(part: Part) -> None:
    """Play a part until the process is killed; what goes wrong is written beside the database."""
    with (part.folder / f"{part.name}.log").open("a") as log:
        os.dup2(log.fileno(), 2)
        try:
            if part.prepare is not None:
                part.prepare()
            _be_impatient()
            if part.die_at is not None:
                _die_at(*part.die_at)
            if part.stop_at is not None:
                _stop_at(part.stop_at)
            door = open_door(Database(part.url), SharedClock(part.folder / "clock", ahead=part.ahead))
            stop = Event()
            signal.signal(signal.SIGTERM, lambda *_: stop.set())
            if part.role == "worker":
                work(door, stop, pause=LOOK, transports={CHANNEL: SentFile(path=part.folder / SENT)})
            else:
                People(door=door, part=part).act(stop)
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            raise


@dataclass(frozen=True, slots=True, kw_only=True)
class SentFile:
    """Where webhooks go: a line with the key and the body for each that is sent."""

    path: Path

    def send(self, effect: Effect, now: datetime) -> Delivery:
        line = json.dumps({"key": effect.key, "body": effect.payload["body"]}) + "\n"
        with self.path.open("a") as file:
            file.write(line)
        return Delivery(outcome=Outcome.SENT)


def _be_impatient() -> None:
    for module in (jobs, job_engine):
        module.__dict__.update(DEAD=DEAD, BEAT=BEAT)
    database.IDLE_LIMIT = IDLE


def _die_at(point: str, time_: int) -> None:
    reached: Counter[str] = Counter()

    def listener(name: str) -> None:
        reached[name] += 1
        if name == point and reached[name] >= time_:
            os.kill(os.getpid(), signal.SIGKILL)

    listen(listener)


def _stop_at(point: str) -> None:
    reached: list[str] = []

    def listener(name: str) -> None:
        if name == point and not reached:
            reached.append(name)
            os.kill(os.getpid(), signal.SIGSTOP)
            sys.stderr.write("awake\n")
            sys.stderr.flush()

    listen(listener)


class People:
    """The people of some offices, as one client: they do what lies on their desks, each action under a key of its own."""

    def __init__(self, *, door: Door, part: Part) -> None:
        self._door = door
        self._part = part
        self._journal = Journal(part.folder / f"{part.name}.journal")
        self._stage = Stage(door=door, clock=door.clock, script=part.cast, key=part.name)
        self._intended = {intent.key for intent in self._journal.intents()}

    def act(self, stop: Event) -> None:
        while not stop.is_set():
            try:
                done = self.look()
            except (DBAPIError, Conflict) as failure:
                sys.stderr.write(f"{self._part.name}: {type(failure).__name__}: {str(failure).splitlines()[0]}\n")
                done = 0
            if not done:
                stop.wait(LOOK)

    def look(self) -> int:
        """Repeat what was not answered, do what lies on the desks; return how many commands were given."""
        return len([self._send(intent) for intent in [*self._journal.open(), *self._found()]])

    def _found(self) -> list[Intent]:
        return [*self._letters(), *self._tasks()]

    def _letters(self) -> list[Intent]:
        """Return what nobody waits for: the first client is the clerk at the top, where letters come in and notices begin."""
        now = self._door.clock.now()
        due = [] if self._part.number else [(key, command) for key, at, command in self._part.cast.begins() if at <= now and key not in self._intended]
        if not due:
            return []
        with self._door.database.reading() as connection:
            ids = {row.code: row.id for row in connection.execute(select(organisation.c.code, organisation.c.id))}
        given = [(key, command(ids)) for key, command in due]
        return [self._intend(key, type(command).__name__, dataclasses.asdict(command), ids[TOP], "clerk") for key, command in given]

    def _tasks(self) -> list[Intent]:
        """Return what lies on the desks. Where a timer is due this very moment it comes first, so that all runs have one outcome.

        The clock is read before the desks are: whoever waits for a day fills in that day, also when the clock moves on meanwhile.
        """
        now = self._door.clock.now()
        with self._door.database.reading() as connection:
            late = due_instances(connection, stamp(now))
            ready = [
                (desk.task, data, key)
                for desk in self._stage.desks(connection)
                for key, data in self._answers(desk)
                if crc32(desk.code.encode()) % self._part.of == self._part.number
                and key not in self._intended
                and desk.task.instance not in late
                and (self._part.cast.not_before(desk) or now) <= now
            ]
        return [
            self._intend(key, "CompleteUserTask", {"task": task.id, "data": data}, task.organisation, task.role) for task, data, key in ready
        ]

    def _answers(self, desk: Desk) -> Iterator[tuple[str, dict[str, Any]]]:
        if self._part.cast.wrong(desk):
            yield f"wrong:{desk.task.id}", {}
        yield f"task:{desk.task.id}", self._part.cast.answer(desk)

    def _intend(self, key: str, name: str, fields: dict[str, Any], office: str, role: str) -> Intent:
        person = self._stage.person(office, role)
        intent = Intent(key=key, name=name, fields=fields, person=person.id, method=person.auth["method"])
        self._journal.intend(intent)
        self._intended.add(key)
        return intent

    def _send(self, intent: Intent) -> str:
        """Give the command under its own key, and note what came of it. Raises DBAPIError, Conflict: to be repeated."""
        command = self._door.command(intent.name)(**intent.fields)
        try:
            self._door.execute(command, Actor.person(intent.person, method=intent.method), key=intent.key)
            how = "done"
        except Conflict:
            raise
        except EngineError as error:
            how = f"refused: {error.message}"
        self._journal.answered(intent.key, how)
        return how
