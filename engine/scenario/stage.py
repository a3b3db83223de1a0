"""The stage: a door, a simulated clock, and people who do what lies on their desks until nothing is left to do."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any, Protocol

from sqlalchemy import Connection, Row, bindparam, select

from engine.definitions.forms import Form
from engine.directory.organisations import holders
from engine.door import Door
from engine.execution.poller import Poller
from engine.instances.cases import Case
from engine.instances.commands import CompleteUserTask
from engine.instances.load import case_of
from engine.kernel.actor import SYSTEM, Actor
from engine.kernel.clock import ZONE, SimulatedClock, local_date
from engine.kernel.errors import EngineError, StepFailed
from engine.storage.schema import incident, organisation, user_task

MORNING = time(8)
_WAITING = select(user_task).where(user_task.c.status == "open").order_by(user_task.c.created_at, user_task.c.id)
_CODE = select(organisation.c.code).where(organisation.c.id == bindparam("b_id"))
PATIENCE = 60  # completions of one task of one instance at one moment: more is a circle


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A task on somebody's desk with what that person sees: its case, its form, its data, the office, the day."""

    connection: Connection
    task: Row[Any]
    case: Case
    form: Form | None
    context: dict[str, Any]
    code: str
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that people do of their own accord at a moment: a letter arrives, a process is started."""

    at: datetime
    act: Callable[[], None]


class Script(Protocol):
    """What the people of a play do."""

    def answer(self, desk: Desk) -> dict[str, Any]:
        """Return the form as the person fills it in."""

    def not_before(self, desk: Desk) -> datetime | None:
        """Return when the person gets to the task; None: at once."""

    def refusal(self, desk: Desk) -> str | None:
        """Return the words with which the next answer is to be refused; None: it is accepted."""


@dataclass(slots=True)
class Stage:
    """Runs a script. `tick` is called after every task with the simulated day."""

    door: Door
    clock: SimulatedClock
    script: Script
    tick: Callable[[date], None] = lambda _day: None
    key: str = "stage"
    _commands: int = 0
    _events: list[Event] = field(default_factory=list)
    _again: Counter[tuple[str, str]] = field(default_factory=Counter)  # (instance, element) since the clock last moved

    def schedule(self, events: Iterable[Event]) -> None:
        """Add what will happen."""
        self._events = sorted([*self._events, *events], key=lambda event: event.at)

    def do(self, command: Any, actor: Actor = SYSTEM) -> dict[str, Any]:
        """Send a command through the door under a new key."""
        self._commands += 1
        return self.door.execute(command, actor, key=f"{self.key}:{self._commands}")

    def person(self, organisation_id: str, role: str) -> Actor:
        """Return who holds a role in an office today, or speaks for an office without an account. Raises EngineError."""
        with self.door.database.reading() as connection:
            found = holders(connection, organisation_id, role, local_date(self.clock.now()))
            if not found:
                name = connection.execute(select(organisation.c.name).where(organisation.c.id == organisation_id)).scalar_one()
                raise EngineError(f"Expected somebody with the role {role!r} in {name}, but found nobody.")
        return Actor.person(found[0].person, method="play")

    def run(self, until: datetime | None = None) -> None:
        """Run until nothing is left to do and nothing will become due, or until the next moment lies after `until`."""
        poller = Poller(self.door)
        while True:
            while self._events and self._events[0].at <= self.clock.now():
                self._events.pop(0).act()
            poller.drain()
            self._stop_at_incident()
            if self._work():
                continue
            moments = [event.at for event in self._events[:1]] + self._held()
            moments += [moment] if (moment := poller.next_moment()) else []
            following = min((moment for moment in moments if moment > self.clock.now()), default=None)
            if following is None or (until is not None and following > until):
                return
            self.clock.advance_to(following)
            self._again.clear()

    def desks(self, connection: Connection) -> list[Desk]:
        """Return every open task, oldest first."""
        return [self._desk(connection, row) for row in connection.execute(_WAITING).all()]

    def _work(self) -> int:
        """Complete every task that somebody would do now; return how many."""
        with self.door.database.reading() as connection:
            waiting = [row.id for row in connection.execute(_WAITING)]
        return sum(self.complete(task) for task in waiting)

    def complete(self, task_id: str) -> bool:
        """Let who holds the role do a task; False when it is not open, or not yet to be done."""
        with self.door.database.reading() as connection:
            row = connection.execute(select(user_task).where(user_task.c.id == task_id, user_task.c.status == "open")).one_or_none()
            if row is None:
                return False  # withdrawn by what somebody else did meanwhile
            desk = self._desk(connection, row)
            if self._moment(desk) > self.clock.now():
                return False
            words, data = self.script.refusal(desk), self.script.answer(desk)
            usual = self.script.answer(desk) if words else data
        actor = self.person(row.organisation, row.role)
        if words:
            expect_refusal(words, lambda: self.do(CompleteUserTask(task=row.id, data=data), actor))
        self.do(CompleteUserTask(task=row.id, data=usual), actor)
        self.tick(local_date(self.clock.now()))
        self._again[(row.instance, row.element)] += 1
        if self._again[(row.instance, row.element)] > PATIENCE:
            raise StepFailed(f"Expected task {row.name!r} ({row.element}) to lead on, but it came back {PATIENCE} times on {desk.today}.")
        return True

    def _held(self) -> list[datetime]:
        with self.door.database.reading() as connection:
            return [self._moment(desk) for desk in self.desks(connection)]

    def _moment(self, desk: Desk) -> datetime:
        return self.script.not_before(desk) or self.clock.now()

    def _desk(self, connection: Connection, row: Row[Any]) -> Desk:
        case = case_of(connection, row.instance)
        code = connection.execute(_CODE, {"b_id": row.organisation}).scalar_one()
        return Desk(
            connection=connection,
            task=row,
            case=case,
            form=case.deployment.forms[row.form] if row.form else None,
            context=json.loads(row.context),
            code=code,
            today=local_date(self.clock.now()),
        )

    def _stop_at_incident(self) -> None:
        with self.door.database.reading() as connection:
            found = connection.execute(select(incident).where(incident.c.resolved_at.is_(None))).first()
        if found is not None:
            raise StepFailed(f"Expected the play to run through, but {found.element!r} stopped: {found.message}")


def expect_refusal(words: str, act: Callable[[], object]) -> None:
    """Do what must be refused with a sentence that holds `words`. Raises StepFailed when it is not."""
    try:
        act()
    except EngineError as error:
        if words not in error.message:
            raise
        return
    raise StepFailed(f"Expected a refusal that says {words!r}, but it was accepted.")


def morning(day: date) -> datetime:
    """Return eight o'clock of `day` in Vietnam, in UTC."""
    return datetime.combine(day, MORNING, ZONE).astimezone(UTC)
