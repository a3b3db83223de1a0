"""Messages wait for their receiver, reach exactly those whom they name, and are read once."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from engine.history.transaction import Transaction
from engine.kernel.actor import SYSTEM
from engine.kernel.clock import stamp
from engine.kernel.errors import Conflict
from engine.messages.inbox import consume, due_for, send, waiting_instances
from engine.storage import Database, UnitOfWork
from engine.storage.schema import inbox, instance, subscription
from tests.door.office import START, Office


def post(office: Office, *to: str, key: str = "K", source: str = "s") -> None:
    with UnitOfWork(office.database) as unit:
        transaction = Transaction(connection=unit.connection, now=START, actor=SYSTEM)
        send(transaction, message="answer", key=key, to=[office.unit(code) for code in to], payload={"n": 1}, source=source)
        unit.commit()


def wait(office: Office) -> str:
    """Let the running instance wait for `answer` with the key K; return its id."""
    with office.database.reading() as connection:
        row = connection.execute(select(instance)).one()
    office.change(
        insert(subscription).values(id="w", instance=row.id, organisation=row.organisation, element="e", message="answer", key="K")
    )
    return str(row.id)


@pytest.fixture
def office(deployed_database: Database) -> Office:
    office = Office(deployed_database).deploy()
    office.receive()
    return office


def test_an_early_message_waits_and_is_read_once(office: Office) -> None:
    post(office)
    with office.database.reading() as connection:
        assert waiting_instances(connection, stamp(START)) == set()
    identity = wait(office)
    with UnitOfWork(office.database) as unit:
        assert waiting_instances(unit.connection, stamp(START)) == {identity}
        (row,) = due_for(unit.connection, [identity], stamp(START))[identity]
        consume(unit.connection, row.id, version=2)
        with pytest.raises(Conflict, match="another transition has read it"):
            consume(unit.connection, row.id, version=3)
        assert due_for(unit.connection, [identity], stamp(START))[identity] == []


def test_a_message_to_a_list_reaches_each_of_it_and_nobody_else(office: Office) -> None:
    identity = wait(office)
    post(office, "phuong", "bao", source="others")
    post(office, "btg", key="another", source="key")
    with office.database.reading() as connection:
        assert due_for(connection, [identity], stamp(START))[identity] == []
    post(office, "btg", "bao", source="mine")
    with office.database.reading() as connection:
        assert [row.organisation for row in due_for(connection, [identity], stamp(START))[identity]] == [office.unit("btg")]
    assert office.count(inbox, inbox.c.name == "answer") == 5


def test_a_message_that_is_sent_again_from_the_same_source_is_one(office: Office) -> None:
    post(office)
    with pytest.raises(IntegrityError):
        post(office)
    assert office.count(inbox, inbox.c.name == "answer") == 1
