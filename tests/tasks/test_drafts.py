"""Drafts are one's own, are kept as they are typed, and leave nothing in the history."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, insert, select

from engine.bootstrap import open_door
from engine.door import Door
from engine.kernel.actor import Actor
from engine.kernel.errors import InvalidInput, NotFound
from engine.storage import Database
from engine.storage.schema import draft, history_record, instance, organisation, person, user_task
from engine.storage.unit_of_work import UnitOfWork
from engine.tasks.drafts import MOST, DropDraft, SaveDraft
from tests.pages import clock_after

TASK = "00000000-0000-7000-8000-000000000001"


@pytest.fixture
def door(furnished_database: Database) -> Door:
    return open_door(furnished_database, clock_after(furnished_database))


@pytest.fixture
def colleagues(furnished_database: Database) -> tuple[Actor, Actor]:
    """Two people, and a task to type about."""
    with UnitOfWork(furnished_database) as unit:
        first, second = unit.connection.execute(select(person.c.id).order_by(person.c.id).limit(2)).scalars()
        unit.connection.execute(insert(instance).values(_instance(unit.connection)))
        unit.connection.execute(insert(user_task).values(_task(unit.connection)))
        unit.commit()
    return Actor.person(first, method="password"), Actor.person(second, method="password")


def _instance(connection: Any) -> dict[str, Any]:
    version = connection.exec_driver_sql("SELECT id FROM definition_version LIMIT 1").scalar_one()
    place = connection.execute(select(organisation.c.id).limit(1)).scalar_one()
    told = {"business_key": "", "roots": "[]", "state": b"", "ver": 1, "status": "active", "started_at": "2020-01-01T00:00:00.000000Z"}
    return {"id": TASK, "definition_version": version, "organisation": place, **told}


def _task(connection: Any) -> dict[str, Any]:
    place = connection.execute(select(organisation.c.id).limit(1)).scalar_one()
    told = {"element": "e", "name": "Việc", "role": "", "form": "", "context": "{}", "status": "open", "created_at": "2020-01-01T00:00:00.000000Z"}
    return {"id": TASK, "instance": TASK, "organisation": place, **told}


def rows(door: Door) -> dict[str, str]:
    with door.database.reading() as connection:
        return {row.person: row.data for row in connection.execute(select(draft))}


def test_the_last_text_stays_and_each_has_ones_own(door: Door, colleagues: tuple[Actor, Actor]) -> None:
    first, second = colleagues
    door.execute(SaveDraft(task=TASK, data={"text": "một"}), first, key="a")
    door.execute(SaveDraft(task=TASK, data={"text": "hai", "count": "mười"}), first, key="b")
    door.execute(SaveDraft(task=TASK, data={"text": "khác"}), second, key="c")
    assert rows(door) == {first.id: '{"text": "hai", "count": "mười"}', second.id: '{"text": "khác"}'}
    assert door.execute(DropDraft(task=TASK), second, key="d") == {"dropped": 1}
    assert list(rows(door)) == [first.id]
    assert door.execute(DropDraft(task=TASK), second, key="e") == {"dropped": 0}


def test_a_draft_leaves_nothing_in_the_history(door: Door, colleagues: tuple[Actor, Actor]) -> None:
    def length() -> int:
        with door.database.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(history_record)).scalar_one())

    before = length()
    door.execute(SaveDraft(task=TASK, data={"text": "một"}), colleagues[0], key="a")
    assert length() == before


def test_a_draft_is_about_a_task_and_not_endless(door: Door, colleagues: tuple[Actor, Actor]) -> None:
    with pytest.raises(NotFound, match="no task has"):
        door.execute(SaveDraft(task="none", data={}), colleagues[0], key="a")
    with pytest.raises(InvalidInput, match="at most"):
        door.execute(SaveDraft(task=TASK, data={"text": "x" * MOST}), colleagues[0], key="b")
