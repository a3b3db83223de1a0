"""Follows a database from commit to commit: after each, every case must stand where its records say, with the tasks of which they tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from engine.audit.desk.case_steps import position_after, steps_of
from engine.bpmn import view
from engine.definitions.repository import definition
from engine.kernel.points import listen
from engine.storage import Database
from engine.storage.schema import instance, user_task

COMMITTED = {"door.committed", "together.committed"}
ANY_TIME = datetime(2024, 1, 1, tzinfo=UTC)  # what a case shows depends on no clock
TASK = ("element", "status", "assignee", "due_at", "role")


def wrong_about(connection: Connection, row: Row[Any]) -> list[str]:
    """Return where the records of a case tell something else than the engine keeps of it."""
    told = position_after(steps_of(connection, row.id))
    kept = view(definition(connection, row.definition_version).definition, bytes(row.state), now=ANY_TIME)
    stands = Counter() if row.status == "ended" else Counter(kept.stands)
    tasks = {each.id: {name: each._mapping[name] for name in TASK} for each in connection.execute(select(user_task).where(user_task.c.instance == row.id))}
    found = {key: {name: each.get(name) for name in TASK} for key, each in told.tasks.items()}
    blank = {"role": ""}
    found = {key: {name: value if value is not None else blank.get(name) for name, value in each.items()} for key, each in found.items()}
    wrong = []
    if told.stands != stands:
        wrong.append(f"{row.id}: expected tokens on {dict(stands)}, but the records tell {dict(told.stands)}")
    if found != tasks:
        wrong.append(f"{row.id}: expected the tasks {tasks}, but the records tell {found}")
    return wrong


class Followed:
    """What was found after each commit. `moves`: how many times a case was compared."""

    def __init__(self, database: Database) -> None:
        self._database, self._seen = database, dict[str, int]()
        self.moves, self.wrong = 0, list[str]()

    def look(self) -> None:
        with self._database.reading() as connection:
            for row in connection.execute(select(instance)).all():
                if self._seen.get(row.id) != row.ver:
                    self._seen[row.id] = row.ver
                    self.moves += 1
                    self.wrong += wrong_about(connection, row)


@contextmanager
def followed(database: Database) -> Iterator[Followed]:
    """Follow the database while the block runs."""
    watch = Followed(database)
    end = listen(lambda point: watch.look() if point in COMMITTED else None)
    try:
        yield watch
    finally:
        end()
