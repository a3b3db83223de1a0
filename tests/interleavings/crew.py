"""A crew of random actors over one case: people who do what is theirs, workers, an issuer who recalls, amends and urges.

What they do is drawn; in which order they come to their points is drawn too. Afterwards the same holds as after any other run.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

from sqlalchemy import select

from engine.execution.poller import Poller
from engine.instances.commands import ClaimTask, CompleteUserTask, ReleaseTask, StartProcess
from engine.kernel.clock import SimulatedClock
from engine.kernel.errors import EngineError
from engine.storage import Database
from engine.storage.schema import command, history_record, incident, user_task
from tests.directives.ward import PEOPLE, Ward
from tests.door.office import START, Office
from tests.interleavings.copies import Again, Copies
from tests.interleavings.desk import sound
from tests.interleavings.schedule import Actor, Choose, Stage
from tests.processes.walk import filled

NAMES = ("works", "issuer", "leader", "worker")
TRIES = 3  # things that each of them does


def letter_at_work(database: Database) -> tuple[Any, Any]:
    """A letter on whose work somebody below sits."""
    ward = Ward(Office(database))
    return ward.letter, lambda: SimulatedClock(START)


class Crew:
    """Who does what over one copy; `answered` and `refused` are the keys by what came of them."""

    def __init__(self, copies: Copies, office: Again, random: Random) -> None:
        self.letter, self.office = copies.told, office
        self.plans = {name: [random.randrange(1_000) for _ in range(TRIES)] for name in NAMES}
        self.answered: list[str] = []
        self.refused: list[tuple[str, EngineError]] = []

    def cast(self) -> dict[str, Callable[[], object]]:
        return {
            "works": partial(self._people, "works", "phuong", ("bi.thu",)),
            "issuer": partial(self._people, "issuer", "btg", ("chuyen.vien", "lanh.dao", "van.thu")),
            "leader": partial(self._claims, "leader"),
            "worker": partial(self._drain, "worker"),
        }

    def _drain(self, name: str) -> None:
        for _ in self.plans[name]:
            Poller(self.office.door).drain()

    def _people(self, name: str, unit: str, logins: tuple[str, ...]) -> None:
        """Complete an open task of the unit, or start something about the letter; each with a worker behind."""
        for number, choice in enumerate(self.plans[name]):
            rows = self._open(unit)
            if unit == "btg" and (choice % 3 == 0 or not rows):
                process = ("directive_change", "urge_send")[choice % 2]
                self._send(f"{name}:{number}", StartProcess(process=process, organisation=self.office.unit(unit), directive=self.letter), logins[0])
            elif rows:
                row = rows[choice % len(rows)]
                login = "bi.thu" if unit == "phuong" else PEOPLE[row.role]
                self._send(f"{name}:{number}", CompleteUserTask(task=row.id, data=self._data(row, choice)), login)
            Poller(self.office.door).drain()

    def _claims(self, name: str) -> None:
        for number, choice in enumerate(self.plans[name]):
            rows = self._open("phuong")
            if rows:
                row = rows[choice % len(rows)]
                wanted = ReleaseTask(task=row.id, reason="đổi người") if choice % 2 else ClaimTask(task=row.id)
                self._send(f"{name}:{number}", wanted, "bi.thu")

    def _data(self, row: Any, choice: int) -> dict[str, Any]:
        if not row.form:
            return {}
        found = filled(row.form)
        if row.form == "change_request" and choice % 2:
            found |= {"kind": "amend", "amend": {"items": [{"item_no": "1", "due_date": "2024-04-26"}]}}
        if row.form == "change_answer" and choice % 4 == 0:
            found |= {"answer": "refuse", "reason": "Đã làm xong.", "already_done": "Treo cờ."}
        return found

    def _open(self, unit: str) -> list[Any]:
        query = select(user_task).where(user_task.c.status == "open", user_task.c.organisation == self.office.unit(unit))
        with self.office.database.reading() as connection:
            return list(connection.execute(query.order_by(user_task.c.element, user_task.c.id)))

    def _send(self, key: str, wanted: Any, login: str) -> None:
        try:
            self.office.door.execute(wanted, self.office.actor(login), key=key)
            self.answered.append(key)
        except EngineError as error:
            self.refused.append((key, error))

    def check(self, actors: dict[str, Actor]) -> None:
        """Everything that was answered is there once, a refusal has left its record alone, nothing is open that has ended."""
        for actor in actors.values():
            assert actor.outcome()[0] == "done", actor.outcome()
        self.office.drain()
        assert self.office.drain() == 0
        assert self.office.count(incident) == 0
        sound(self.office)
        with self.office.database.reading() as connection:
            known = set(connection.execute(select(command.c.key)).scalars())
            records = connection.execute(select(history_record.c.outcome, history_record.c.body)).all()
        assert set(self.answered) <= known
        assert not {key for key, _ in self.refused} & known
        refusals = sum(row.outcome in ("refused", "denied") for row in records)
        recorded = [each for each in self.refused if each[1].code in ("refused", "denied", "invalid_input", "step_failed")]
        assert refusals >= len(recorded), (refusals, self.refused)
        for key, error in self.refused:
            assert error.code in ("refused", "invalid_input", "denied"), (key, error)


def play_crew(copies: Copies, choose: Choose, random: Random) -> Crew:
    """Play one crew in one order; a failure shows both."""
    with copies.fresh() as office:
        crew, stage = Crew(copies, office, random), Stage(office.database)
        actors = stage.play(crew.cast(), choose)
        try:
            crew.check(actors)
        except AssertionError as error:
            raise AssertionError(f"{error}\nplans {crew.plans}\nafter {stage.trace}\nanswered {crew.answered}, refused {crew.refused}") from error
        return crew
