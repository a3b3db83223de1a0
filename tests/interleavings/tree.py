"""Leads a tree of offices, by the play of the crash tests, to the moment at which a race begins: who is held back, and until when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from engine.bootstrap import prepare
from engine.definitions.command import DeployDefinitions
from engine.definitions.source import shipped_sources
from engine.directory.directory_import import ImportDirectory
from engine.execution.poller import Poller
from engine.instances.commands import CompleteUserTask
from engine.kernel.actor import SYSTEM
from engine.kernel.clock import SimulatedClock
from engine.scenario.stage import Desk, Event, Stage, morning
from engine.storage import Database
from engine.storage.schema import operation, organisation
from tests.crash.cast import LONG_AGO, Cast, _as_csv, _offices

NEVER = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Held:
    """Does what the cast does, but for those who hold a task back."""

    cast: Cast
    holds: Callable[[Desk], bool] = lambda _desk: False

    def answer(self, desk: Desk) -> dict[str, Any]:
        return self.cast.answer(desk)

    def not_before(self, desk: Desk) -> datetime | None:
        return NEVER if self.holds(desk) else None

    def refusal(self, desk: Desk) -> str | None:
        return None


@dataclass(slots=True)
class Tree:
    """A tree of offices whose letter has arrived at the top."""

    database: Database
    cast: Cast
    stage: Stage = field(init=False)
    script: Held = field(init=False)
    clock: SimulatedClock = field(init=False)

    def __post_init__(self) -> None:
        door = prepare(self.database, SimulatedClock(LONG_AGO))
        for kind, rows in _offices(self.cast).items():
            door.execute(ImportDirectory(kind=kind, text=_as_csv(kind, rows), file=f"{kind}.csv"), SYSTEM, key=f"furnish:{kind}")
        door.execute(DeployDefinitions.of(shipped_sources(), reason="play"), SYSTEM, key="furnish:processes")
        letter = self.cast.letters()[0]
        self.clock = SimulatedClock(morning(letter.day))
        self.script = Held(cast=self.cast)
        self.stage = Stage(door=prepare(self.database, self.clock), clock=self.clock, script=self.script)
        with self.database.reading() as connection:
            ids = {row.code: row.id for row in connection.execute(select(organisation.c.code, organisation.c.id))}
        self.stage.schedule([Event(at=self.clock.now(), act=lambda: self.stage.do(letter.command(ids)))])

    def lead(self, until: Callable[[list[Desk]], bool], *, holds: Callable[[Desk], bool]) -> None:
        """Go on until `until` is true of the open tasks; who `holds` theirs back does nothing."""
        self.script.holds = holds
        for _ in range(500):
            self.stage.run(until=self.clock.now())
            if until(self.desks()):
                return
            following = Poller(self.stage.door).next_moment()
            assert following is not None, f"nothing becomes due any more, and there are {[(desk.code, desk.task.element) for desk in self.desks()]}"
            self.clock.advance_to(following)
        raise AssertionError("Expected to come to the race within 500 moments")

    def desks(self) -> list[Desk]:
        with self.database.reading() as connection:
            return self.stage.desks(connection)

    def complete(self, desk: Desk, **data: Any) -> None:
        """Let the person complete a task; what follows by itself is left for the workers."""
        with self.database.reading() as connection:
            again = next(each for each in self.stage.desks(connection) if each.task.id == desk.task.id)
            filled = self.cast.answer(again) | data
        self.stage.do(CompleteUserTask(task=desk.task.id, data=filled), self.stage.person(desk.task.organisation, desk.task.role))

    def open_operations(self, name: str) -> list[str]:
        """The open operations of a name, oldest first."""
        with self.database.reading() as connection:
            query = select(operation.c.id).where(operation.c.name == name, operation.c.status == "open")
            return list(connection.execute(query.order_by(operation.c.created_at, operation.c.id)).scalars())

    def clock_again(self, **later: float) -> Callable[[], SimulatedClock]:
        """What makes a clock for each copy: it shows what this one shows now, or so much later."""
        moment = self.clock.now() + timedelta(**later)
        return lambda: SimulatedClock(moment)
