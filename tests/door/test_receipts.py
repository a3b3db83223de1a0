"""Whoever completes a task is told which record tells of it, also when the same is sent again."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.storage import Database
from engine.storage.schema import history_record, user_task
from tests.door.office import Office
from tests.door.test_door import complete


@pytest.fixture
def office(deployed_database: Database) -> Office:
    office = Office(deployed_database).deploy()
    office.receive()
    return office


def test_the_answer_names_the_record_of_the_task(office: Office) -> None:
    wanted = complete(office)
    receipt = office.do(wanted, office.actor("van.thu"), key="once")["receipt"]
    with office.database.reading() as connection:
        row = connection.execute(select(history_record).where(history_record.c.log == receipt["log"], history_record.c.seq == receipt["record"])).one()
    assert row.action == "task.completed"
    assert b'"task":"' + wanted.task.encode() in bytes(row.body)
    assert len(receipt["hash"]) == 12
    assert row.record_hash.startswith(receipt["hash"])


def test_the_same_receipt_comes_when_the_same_is_sent_again(office: Office) -> None:
    wanted = complete(office)
    first = office.do(wanted, office.actor("van.thu"), key="once")
    assert office.do(wanted, office.actor("van.thu"), key="once") == first
    assert office.count(user_task, user_task.c.status == "completed") == 1


def test_several_that_are_written_together_have_a_receipt_each(office: Office) -> None:
    wanted = complete(office)
    answers = office.door.execute_together({"together": wanted}, office.actor("van.thu"))
    alone = office.do(wanted, office.actor("van.thu"), key="together")
    assert answers["together"] == alone
    assert alone["receipt"]["record"] > 0
