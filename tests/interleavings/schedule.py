"""Threads that stop at named points and are let go one at a time: an interleaving that is chosen, and can be played again.

On SQLite a thread stops only outside the write lock (whoever held it would keep all others out), and before it begins; on
PostgreSQL inside its transaction instead, and one that waits for another's row is seen in the server's own list. Nobody sleeps: the stage waits until
every thread has stopped, ended or is held up by the database, and gives up with a picture of who waits where.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from sqlalchemy import Connection, event, text

from engine.kernel.errors import EngineError
from engine.kernel.points import listen
from engine.storage import Database

START = "start"
OUTSIDE = frozenset({"door.decided", "together.decided", "worker.found"})  # no lock is held there
INSIDE = frozenset({"door.written", "together.written"})  # rows are changed, nothing is committed
EVERYWHERE = OUTSIDE | INSIDE | {START}
LIMIT = 60.0  # seconds for one step, many times what it needs
LOOK = 0.02  # seconds between two looks at who is held up by the database
_BLOCKED = text("SELECT pid, query FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")

Choose = Callable[[list[str]], str]


@dataclass(slots=True)
class Actor:
    """One thread: where it is, what came of it."""

    name: str
    work: Callable[[], Any]
    at: str = "running"
    free: bool = False
    backend: int | None = None
    answer: Any = None
    error: BaseException | None = None

    def outcome(self) -> tuple[str, Any]:
        """("done", answer) or (code of the error, its sentence)."""
        if self.error is None:
            return "done", self.answer
        if isinstance(self.error, EngineError):
            return self.error.code, self.error.message
        raise self.error


@dataclass(slots=True)
class Stage:
    """Plays actors over one database. `trace`: who was let go at which point, in order."""

    database: Database
    stops: frozenset[str] = frozenset()
    trace: list[tuple[str, str]] = field(default_factory=list)
    _state: threading.Condition = field(default_factory=threading.Condition)
    _actors: dict[int, Actor] = field(default_factory=dict)
    _abandoned: bool = False

    def __post_init__(self) -> None:
        self.stops = self.stops or (OUTSIDE | INSIDE if self.database.dialect == "postgresql" else EVERYWHERE - INSIDE)

    def play(self, work: Mapping[str, Callable[[], Any]], choose: Choose) -> dict[str, Actor]:
        """Let the actors do their work in the order that `choose` takes; return them with what came of it."""
        actors = [Actor(name=name, work=each) for name, each in sorted(work.items())]
        threads = [threading.Thread(target=self._run, args=(actor,), daemon=True) for actor in actors]
        engine = self.database._engine
        event.listen(engine, "begin", self._begun)
        event.listen(engine, "commit", self._over)
        event.listen(engine, "rollback", self._over)
        silence = listen(self._reached)
        try:
            for thread in threads:
                thread.start()
            self._lead(actors, choose)
        finally:
            with self._state:
                self._abandoned = True
                self._state.notify_all()
            for thread in threads:
                thread.join(LIMIT)
            silence()
            event.remove(engine, "begin", self._begun)
            event.remove(engine, "commit", self._over)
            event.remove(engine, "rollback", self._over)
        return {actor.name: actor for actor in actors}

    def _lead(self, actors: list[Actor], choose: Choose) -> None:
        deadline = time.monotonic() + LIMIT
        with self._state:
            while any(actor.at != "ended" for actor in actors):
                self._settle(actors, deadline)
                waiting = {actor.name: actor for actor in actors if actor.at in self.stops}
                if not waiting:
                    continue
                chosen = waiting[choose(sorted(waiting))]
                self.trace.append((chosen.name, chosen.at))
                chosen.at, chosen.free = "running", True
                deadline = time.monotonic() + LIMIT
                self._state.notify_all()

    def _settle(self, actors: list[Actor], deadline: float) -> None:
        """Wait until nobody runs, but for those that the database holds up while others stand."""
        while running := [actor for actor in actors if actor.at == "running"]:
            if time.monotonic() > deadline:
                raise AssertionError(f"Expected every thread to come to its next point, but:\n{self.picture(actors)}")
            if self._state.wait(LOOK) or any(actor.at == "running" and not actor.backend for actor in actors):
                continue
            others_stand = len(running) < len([actor for actor in actors if actor.at != "ended"])
            if others_stand and {actor.backend for actor in running} <= self._held_up().keys():
                return

    def _held_up(self) -> dict[int, str]:
        if self.database.dialect != "postgresql":
            return {}
        with self.database.reading() as connection:
            return {row.pid: row.query for row in connection.execute(_BLOCKED)}

    def picture(self, actors: list[Actor]) -> str:
        """Say where everybody is, and what was done to come there."""
        held = self._held_up()
        lines = [f"  {actor.name}: {actor.at}{' in ' + held[actor.backend] if actor.backend in held else ''}" for actor in actors]
        return "\n".join([*lines, "  after " + ", ".join(f"{name}@{point}" for name, point in self.trace)])

    def _run(self, actor: Actor) -> None:
        with self._state:
            self._actors[threading.get_ident()] = actor
        try:
            if START in self.stops:
                self._stop(actor, START)
            actor.answer = actor.work()
        except BaseException as error:  # noqa: BLE001  it is handed to the test
            actor.error = error
        finally:
            with self._state:
                actor.at = "ended"
                self._state.notify_all()

    def _reached(self, point: str) -> None:
        actor = self._actors.get(threading.get_ident())
        if actor is not None and point in self.stops:
            self._stop(actor, point)

    def _stop(self, actor: Actor, point: str) -> None:
        with self._state:
            if self._abandoned:
                return
            actor.at, actor.free = point, False
            self._state.notify_all()
            self._state.wait_for(lambda: actor.free or self._abandoned)

    def _begun(self, connection: Connection) -> None:
        actor = self._actors.get(threading.get_ident())
        if actor is not None and self.database.dialect == "postgresql":
            actor.backend = connection.connection.dbapi_connection.info.backend_pid  # type: ignore[union-attr]

    def _over(self, _connection: Connection) -> None:
        actor = self._actors.get(threading.get_ident())
        if actor is not None:
            actor.backend = None


def seeded(seed: int) -> Choose:
    """Choose at random, the same for the same seed."""
    random = Random(seed)
    return random.choice


def in_turn(*names: str) -> Choose:
    """Choose in this order, whoever of them stands; then whoever comes first."""
    left = list(names)

    def choose(options: list[str]) -> str:
        while left:
            name = left.pop(0)
            if name in options:
                return name
        return options[0]

    return choose


@dataclass(slots=True)
class Path:
    """A way through the tree of choices: the numbers to take first, then always the first; `made`: (taken, of how many)."""

    first: list[int]
    made: list[tuple[int, int]] = field(default_factory=list)

    def choose(self, options: list[str]) -> str:
        number = self.first[len(self.made)] if len(self.made) < len(self.first) else 0
        number = min(number, len(options) - 1)
        self.made.append((number, len(options)))
        return options[number]

    def following(self) -> Path | None:
        """Return the next way, which leaves this one as late as possible; None when there is none."""
        made = list(self.made)
        while made and made[-1][0] + 1 >= made[-1][1]:
            made.pop()
        return Path(first=[*(number for number, _ in made[:-1]), made[-1][0] + 1]) if made else None


def every_order(play: Callable[[Choose], None], *, limit: int = 10_000) -> Iterator[list[int]]:
    """Play again and again until each order that is possible was played once (or `limit` of them); yield the choices made."""
    path: Path | None = Path(first=[])
    for _ in range(limit):
        if path is None:
            return
        play(path.choose)
        yield [number for number, _ in path.made]
        path = path.following()
