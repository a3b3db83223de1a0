"""People who do what comes into their heads: random letters, random decisions in every form, late, out of turn, now and then in vain."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select

from engine.bootstrap import open_door
from engine.directives.receive import ReceiveDocument
from engine.directory.organisations import organisation_by_code
from engine.execution.poller import Poller
from engine.instances.commands import ClaimTask, ReleaseTask, StartProcess
from engine.kernel.clock import SimulatedClock
from engine.kernel.errors import EngineError
from engine.scenario.answers import answer
from engine.scenario.scenario import read_scenario
from engine.scenario.stage import Desk, Stage, morning
from engine.storage import Database
from engine.storage.schema import directive
from tests.processes.walk import PROCESSES

SCENARIOS = sorted(PROCESSES.rglob("scenarios/*.json"))
ENVELOPE = {"issuer", "to", "number", "issued", "arrives", "channel", "reading", "refused"}
OWN_ACCORD = ("directive_change", "difficulty_raise", "extension_request", "directive_close", "urge_send", "report_correction", "assignment_reassign")


@dataclass
class Whims:
    """Fills in a form as it should be, but decides by chance."""

    chance: Random

    def answer(self, desk: Desk) -> dict[str, Any]:
        usual = answer(desk)
        for name, schema in (desk.form.schema.get("properties", {}) if desk.form else {}).items():
            ways = [value for value in schema.get("enum", ()) if value is not None]
            if ways and self.chance.random() < 0.4:
                usual[name] = self.chance.choice(ways)
            elif schema.get("type") == "boolean" and self.chance.random() < 0.2:
                usual[name] = not usual.get(name)
            elif name.endswith(("reason", "comment", "comments", "text", "note")) and schema.get("type") == "string":
                usual.setdefault(name, "Theo ý kiến của lãnh đạo.")
        return usual

    def not_before(self, _desk: Desk) -> datetime | None:
        return None

    def refusal(self, _desk: Desk) -> str | None:
        return None


@dataclass
class RandomOffice:
    """An office with its scenarios' people, led by chance."""

    database: Database
    seed: int
    done: int = 0
    refused: int = 0
    chance: Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = Random(self.seed)
        self.clock = SimulatedClock(datetime(2024, 3, 31, tzinfo=UTC))
        self.door = open_door(self.database, self.clock)
        self.stage = Stage(door=self.door, clock=self.clock, script=Whims(self.chance), key=f"random{self.seed}")
        self.poller = Poller(self.door)

    def live(self, acts: int) -> None:
        """Let `acts` things happen."""
        self.clock.advance_to(morning(date(2024, 4, 1)))
        self._letter()
        for _ in range(acts):
            self.poller.drain()
            self.chance.choices([self._work, self._look_later, self._letter, self._begin, self._hold], [80, 12, 2, 4, 2])[0]()
        self.poller.drain()

    def _tried(self, act: Any) -> bool:
        try:
            act()
        except EngineError:
            self.refused += 1
            return False
        self.done += 1
        return True

    def _work(self) -> None:
        with self.database.reading() as connection:
            open_tasks = [desk.task.id for desk in self.stage.desks(connection)]
        if not open_tasks:
            self._look_later()
            return
        self._tried(lambda: self.stage.complete(self.chance.choice(open_tasks)))

    def _hold(self) -> None:
        """Somebody takes a task, and may give it back."""
        with self.database.reading() as connection:
            desks = self.stage.desks(connection)
        if desks:
            row = self.chance.choice(desks).task
            who = self.stage.person(row.organisation, row.role)
            if self._tried(lambda: self.stage.do(ClaimTask(task=row.id), who)) and self.chance.random() < 0.5:
                self._tried(lambda: self.stage.do(ReleaseTask(task=row.id, reason="Đi công tác."), who))

    def _look_later(self) -> None:
        moment = self.poller.next_moment()
        days = timedelta(days=self.chance.randint(0, 4), hours=1)
        self.clock.advance_to(max(self.clock.now() + days, moment) if moment and self.chance.random() < 0.5 else self.clock.now() + days)

    def _letter(self) -> None:
        letters = [letter for path in SCENARIOS for letter in read_scenario(path).letters]
        letter = self.chance.choice(letters)
        with self.database.reading() as connection:
            unit, issuer = (organisation_by_code(connection, letter[key]).id for key in ("to", "issuer"))
        body = {key: value for key, value in letter.items() if key not in ENVELOPE}
        number = self.chance.randint(1, 10_000)
        command = ReceiveDocument(organisation=unit, issuer=issuer, number=number, issued=letter["issued"], body=body)
        self._tried(lambda: self.stage.do(command, self.stage.person(unit, "clerk")))

    def _begin(self) -> None:
        """Somebody begins a process about a letter of the own accord."""
        with self.database.reading() as connection:
            letters = connection.execute(select(directive.c.id, directive.c.issuer)).all()
        if letters:
            row = self.chance.choice(letters)
            process = self.chance.choice(OWN_ACCORD)
            role = self.chance.choice(["specialist", "leader", "clerk", "consolidator"])
            self._tried(lambda: self.stage.do(StartProcess(process=process, organisation=row.issuer, directive=row.id), self.stage.person(row.issuer, role)))
