"""Several commands in one transaction: each whole or not at all, and recorded as if it had been sent by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.access.authorise import load_matrix
from engine.door import Door, Handler, Scope
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.history.verify import verify
from engine.kernel.actor import SYSTEM
from engine.kernel.clock import SimulatedClock
from engine.kernel.errors import Conflict, Refused
from engine.kernel.registry import Registry
from engine.storage import Database, UnitOfWork
from engine.storage.schema import command as command_table
from engine.storage.schema import history_record, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Write a number that must be one more than the one that was read."""

    name: str
    refused: bool = False
    unsealable: bool = False


def decide_count(command: Count, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    read = reading.connection.execute(select(setting.c.value).where(setting.c.key == command.name)).scalar_one()

    def apply(transaction: Transaction) -> dict[str, Any]:
        one_more = update(setting).where(setting.c.key == command.name, setting.c.value == read).values(value=str(int(read) + 1))
        if transaction.connection.execute(one_more).rowcount != 1:
            raise Conflict("Expected the number that was read, but another one stands there.")
        subject = Subject(type="setting", id=command.name)
        transaction.record(Fact(action="counted", subject=subject, changes=(Change(field="value", new=int(read) + 1),)))
        if command.unsealable:
            transaction.record(Fact(action="counted", subject=subject, changes=(Change(field="value", new=object()),)))
        if command.refused:
            raise Refused("Expected a count that is wanted, but this one is not.")
        return {"value": int(read) + 1}

    return apply


@pytest.fixture
def door(database: Database) -> Door:
    with UnitOfWork(database) as unit:
        load_matrix(unit.connection)
        for name in ("a", "b"):
            unit.connection.execute(setting.insert().values(key=name, value="0"))
        unit.commit()
    handlers: Registry[Handler] = Registry("command")
    handlers.add("Count", Handler(action="count", scope=_scope, decide=decide_count, system_only=True))
    return Door(database=database, clock=SimulatedClock(datetime(2024, 4, 1, tzinfo=UTC)), handlers=handlers, queries=Registry("query"))


def _scope(command: Count, _reading: Reading) -> Scope:
    return Scope(organisation=None, subject=Subject(type="setting", id=command.name))


def stands(door: Door) -> tuple[dict[str, str], list[str], list[str]]:
    """Return the numbers, the actions of the history, and the keys of the commands that are remembered."""
    with door.database.reading() as connection:
        records, breaks = verify(connection)
        assert breaks == []
        values = {row.key: row.value for row in connection.execute(select(setting)) if row.key in {"a", "b"}}
        actions = list(connection.execute(select(history_record.c.action).order_by(history_record.c.seq)).scalars())
        assert records == len(actions)
        return values, actions, sorted(connection.execute(select(command_table.c.key)).scalars())


def test_commands_together_do_what_they_do_one_by_one(door: Door) -> None:
    assert door.execute_together({"1": Count(name="a"), "2": Count(name="b")}, SYSTEM) == {"1": {"value": 1}, "2": {"value": 1}}
    assert stands(door) == ({"a": "1", "b": "1"}, ["counted", "counted"], ["1", "2"])
    assert door.execute(Count(name="a"), SYSTEM, key="1") == {"value": 1}  # the same key is the same command


def test_one_that_fails_is_left_out_and_nothing_of_it_stays(door: Door) -> None:
    answers = door.execute_together({"1": Count(name="a", refused=True), "2": Count(name="b"), "3": Count(name="none")}, SYSTEM)
    assert answers == {"2": {"value": 1}}
    assert stands(door) == ({"a": "0", "b": "1"}, ["counted"], ["2"])


def test_one_whose_reading_has_become_stale_is_left_out_and_goes_through_by_itself(door: Door) -> None:
    assert door.execute_together({"1": Count(name="a"), "2": Count(name="a")}, SYSTEM) == {"1": {"value": 1}}
    assert door.execute(Count(name="a"), SYSTEM, key="2") == {"value": 2}
    assert stands(door)[0]["a"] == "2"


def test_a_key_that_was_used_is_left_out(door: Door) -> None:
    door.execute(Count(name="a"), SYSTEM, key="1")
    assert door.execute_together({"1": Count(name="a"), "2": Count(name="b")}, SYSTEM) == {"2": {"value": 1}}
    assert stands(door)[0] == {"a": "1", "b": "1"}


def test_a_record_that_cannot_be_sealed_takes_all_back_and_the_others_go_through_by_themselves(door: Door) -> None:
    assert door.execute_together({"1": Count(name="a", unsealable=True), "2": Count(name="b")}, SYSTEM) == {}
    assert stands(door) == ({"a": "0", "b": "0"}, [], [])
    assert door.execute(Count(name="b"), SYSTEM, key="2") == {"value": 1}
