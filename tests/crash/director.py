"""Runs the cascade: starts the processes again that died, and moves the clock when nothing is left to do at its moment."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError

from engine.bootstrap import open_door
from engine.execution.due import due_chores, due_pieces
from engine.execution.poller import Poller
from engine.kernel.clock import from_stamp, stamp
from engine.scenario.stage import Stage
from engine.storage import Database
from engine.storage.schema import command, effect
from tests.crash.cast import Cast
from tests.crash.clocks import SharedClock
from tests.crash.journal import Journal
from tests.crash.players import Part, begin

LOOK = 0.05
LIMIT = 120.0  # seconds in which the clock must have moved, on a busy machine
PATIENCE = 2.0  # seconds after which an effect that is being sent counts as left behind
_SESSIONS = text(
    "SELECT pid, pg_blocking_pids(pid), state, wait_event, now() - state_change, left(query, 300) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
_EFFECTS = select(effect.c.key, effect.c.status, effect.c.attempts, effect.c.lease_until).where(effect.c.status.in_(("open", "sending")))


class Director:
    """A run of the cascade over one database: its clock, its clients and workers."""

    def __init__(self, *, url: str, folder: Path, cast: Cast, begins: datetime, limit: float = LIMIT) -> None:
        self.url, self.folder, self.cast = url, folder, cast
        self.clock = SharedClock(folder / "clock")
        self.clock.set(begins)
        self.database = Database(url)
        self.parts: dict[str, Part] = {}
        self.processes: dict[str, ForkServerProcess] = {}
        self.killed: Counter[str] = Counter()
        self._door = open_door(self.database, self.clock)
        self._stage = Stage(door=self._door, clock=self.clock, script=cast)
        self._limit = limit
        self._sending: dict[tuple[str, int], float] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for process in self.processes.values():
            process.kill()
        for process in self.processes.values():
            process.join()
        self.database.dispose()

    # --- processes ---------------------------------------------------------------------------------------------

    def start(self, role: str, number: int = 0, of: int = 1, **how: object) -> Part:
        """Start a client or a worker; when it is killed, it is started again without the point at which it was to die."""
        part = Part(role=role, number=number, of=of, url=self.url, folder=self.folder, cast=self.cast)
        part = replace(part, **how)
        self.parts[part.name], self.processes[part.name] = part, begin(part)
        return part

    def kill(self, name: str) -> None:
        """Kill a process now."""
        with suppress(ProcessLookupError):
            os.kill(self.process_id(name), signal.SIGKILL)

    def process_id(self, name: str) -> int:
        found = self.processes[name].pid
        assert found is not None
        return found

    def revive(self, again: Callable[[Part], Part] = lambda part: replace(part, die_at=None)) -> None:
        """Start again whoever was killed. Raises AssertionError when a process ended in another way."""
        for name, process in list(self.processes.items()):
            if process.is_alive():
                continue
            if process.exitcode != -signal.SIGKILL:
                said = (self.folder / f"{name}.log").read_text()[-3000:]
                raise AssertionError(f"Expected {name} to work until it is killed, but it ended with {process.exitcode}: {said}")
            self.killed[self.parts[name].role] += 1
            self.parts[name] = again(self.parts[name])
            self.processes[name] = begin(self.parts[name])

    # --- time --------------------------------------------------------------------------------------------------

    def run(
        self,
        *,
        meanwhile: Callable[[], None] | None = None,
        until: Callable[[Connection], bool] | None = None,
        moments: int | None = None,
    ) -> None:
        """Run until nothing is left to do and nothing will become due, at most `moments` moments, or until `until` is true."""
        patience = time.monotonic() + self._limit
        while True:
            (meanwhile or self.revive)()
            with suppress(DBAPIError):  # the database itself may be what was killed
                with self.database.reading() as connection:
                    if until is not None and until(connection):
                        return
                    left = next(self.due(connection), None)
                    following = None if left else self.following(connection)
                if left is None:
                    moments = None if moments is None else moments - 1
                    if following is None or moments == 0:
                        return
                    self.clock.set(following)
                    patience = time.monotonic() + self._limit
            if time.monotonic() > patience:
                raise AssertionError(f"Expected the cascade to go on within {self._limit:.0f} s, but it waits for: {left}. {self.logs()}{self._sessions()}")
            time.sleep(LOOK)

    def due(self, connection: Connection) -> Iterator[str]:
        """Yield what is to be done now, by workers or by people."""
        now = self.clock.now()
        yield from self.due_for_workers(connection)
        yield from (f"command {name}" for name, moment in self._begins(connection) if moment <= now)
        yield from (f"task {name}" for name, moment in self._tasks(connection) if moment <= now)

    def workers_rest(self, connection: Connection) -> bool:
        """Tell whether workers have nothing to do now."""
        return next(self.due_for_workers(connection), None) is None

    def due_for_workers(self, connection: Connection) -> Iterator[str]:
        now = self.clock.now()
        yield from map(str, due_pieces(connection, now))
        yield from map(str, due_chores(connection, now))
        for row in connection.execute(_EFFECTS):
            # Who sends it may live: wait some real seconds; then he is dead, and the clock goes on to where his lease ends.
            since = self._sending.setdefault((row.key, row.attempts), time.monotonic())
            if row.status == "open" or time.monotonic() < since + PATIENCE or (row.lease_until or "") <= stamp(now):
                yield f"effect {row.key}"

    def following(self, connection: Connection) -> datetime | None:
        """Return the next moment at which anything will be to do."""
        by_time = Poller(self._door).next_moment()
        moments = [moment for _, moment in (*self._begins(connection), *self._tasks(connection))]
        moments += [from_stamp(row.lease_until) for row in connection.execute(_EFFECTS) if row.lease_until]
        return min((moment for moment in [*moments, *([by_time] if by_time else [])] if moment > self.clock.now()), default=None)

    def _begins(self, connection: Connection) -> Iterator[tuple[str, datetime]]:
        known = set(connection.execute(select(command.c.key)).scalars())
        yield from ((key, at) for key, at, _ in self.cast.begins() if key not in known)

    def _tasks(self, connection: Connection) -> Iterator[tuple[str, datetime]]:
        for desk in self._stage.desks(connection):
            yield f"{desk.task.element} at {desk.code}", self.cast.not_before(desk) or self.clock.now()

    # --- what the people know ----------------------------------------------------------------------------------

    def journals(self) -> list[Journal]:
        return [Journal(path) for path in sorted(self.folder.glob("*.journal"))]

    def logs(self) -> str:
        """Return the last words of every process."""
        return "\n".join(f"{path.name}: {path.read_text()[-1500:]}" for path in sorted(self.folder.glob("*.log")) if path.stat().st_size)

    def _sessions(self) -> str:
        """Return what PostgreSQL's sessions do, and for whom they wait; nothing on SQLite."""
        if self.database.dialect == "sqlite":
            return ""
        with self.database.reading() as connection:
            return "".join(f"\n{tuple(row)}" for row in connection.execute(_SESSIONS))
