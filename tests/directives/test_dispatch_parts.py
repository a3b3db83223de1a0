"""A letter goes out in parts, each in a transaction of its own: none of the recipients is forgotten, none is told twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import func, select, update

from engine.bench.fanout import letter_numbered
from engine.directives import issuing
from engine.execution.poller import Poller
from engine.history.verify import verify
from engine.instances.operations import RunOperation
from engine.kernel.actor import SYSTEM
from engine.kernel.points import listen
from engine.scenario.stage import Stage
from engine.storage import Database, UnitOfWork
from engine.storage.schema import directive, dispatch, history_record, inbox, instance, obligation, operation

RECIPIENTS = 5


class Killed(BaseException):
    """The process is gone: nothing catches that."""


@pytest.fixture
def stage(database: Database, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(issuing, "CHUNK", 2)
    return letter_numbered(database, RECIPIENTS)


@contextmanager
def killed_at(point: str, time: int) -> Iterator[None]:
    """Let the process die when it comes to a point for the n-th time."""
    reached = 0

    def listener(name: str) -> None:
        nonlocal reached
        reached += name == point
        if name == point and reached == time:
            raise Killed

    end = listen(listener)
    try:
        yield
    finally:
        end()


def read(stage: Stage, query: Any) -> list[Any]:
    with stage.door.database.reading() as connection:
        return list(connection.execute(query).scalars())


def write(stage: Stage, statement: Any) -> None:
    with UnitOfWork(stage.door.database) as unit:
        unit.connection.execute(statement)
        unit.commit()


def sending(stage: Stage) -> str:
    (identity,) = read(stage, select(operation.c.id).where(operation.c.name == "dispatch"))
    return str(identity)


def send_one_part(stage: Stage, key: str) -> dict[str, Any]:
    return stage.door.execute(RunOperation(operation=sending(stage)), SYSTEM, key=key)


def told(stage: Stage) -> int:
    return len(read(stage, select(inbox.c.id).where(inbox.c.name == "directive.dispatched")))


def records(stage: Stage, action: str) -> int:
    with stage.door.database.reading() as connection:
        assert verify(connection)[1] == []
        return int(connection.execute(select(func.count()).select_from(history_record).where(history_record.c.action == action)).scalar_one())


def check_all_have_it_once(stage: Stage) -> None:
    offices = read(stage, select(instance.c.organisation))
    assert len(offices) == len(set(offices)) == RECIPIENTS + 1
    assert told(stage) == RECIPIENTS
    assert records(stage, "directive.dispatched") == 1
    assert records(stage, "instance.started") == RECIPIENTS + 1
    assert read(stage, select(operation.c.id).where(operation.c.status == "open")) == []


def test_the_next_part_goes_on_where_the_one_before_ended(stage: Stage) -> None:
    assert [(send_one_part(stage, f"part {number}").get("unfinished"), told(stage)) for number in range(3)] == [(1, 2), (2, 4), (None, 5)]
    assert read(stage, select(operation.c.part).where(operation.c.id == sending(stage))) == [2]
    Poller(stage.door).drain()
    check_all_have_it_once(stage)


@pytest.mark.parametrize(("point", "time"), [("dispatch.chunk", 1), ("operation.part", 2), ("door.sealed", 2), ("door.committed", 1)])
def test_killed_between_two_parts_the_next_worker_tells_exactly_the_others(stage: Stage, point: str, time: int) -> None:
    with killed_at(point, time), pytest.raises(Killed):
        Poller(stage.door).drain()
    Poller(stage.door).drain()
    check_all_have_it_once(stage)


def test_two_workers_at_the_same_part_send_it_once(stage: Stage) -> None:
    run = RunOperation(operation=sending(stage))
    assert len(stage.door.execute_together({"one": run, "two": run}, SYSTEM)) == 1
    assert told(stage) == 2
    Poller(stage.door).drain()
    check_all_have_it_once(stage)


def test_a_letter_that_is_recalled_meanwhile_goes_to_nobody_else(stage: Stage) -> None:
    send_one_part(stage, "first")
    write(stage, update(directive).values(status="recalled"))
    Poller(stage.door).drain()
    assert told(stage) == 2
    with stage.door.database.reading() as connection:
        statuses = {row.organisation: row.status for row in connection.execute(select(dispatch))}
        owing = {row.organisation for row in connection.execute(select(obligation).where(obligation.c.status == "open"))}
    left = {unit for unit, status in statuses.items() if status == "15"}
    assert len(left) == RECIPIENTS - 2
    assert not owing & left
    assert records(stage, "dispatch.stopped") == 1


def test_a_sending_that_is_withdrawn_stops(stage: Stage) -> None:
    send_one_part(stage, "first")
    write(stage, update(operation).where(operation.c.id == sending(stage)).values(status="cancelled"))
    Poller(stage.door).drain()
    assert told(stage) == 2
    assert len(read(stage, select(instance.c.id))) == 3


def test_a_part_that_fails_is_held_and_tried_again_from_where_the_one_before_ended(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    send_one_part(stage, "first")
    announce: Callable[..., None] = issuing.announce

    def fails(*_: Any, **__: Any) -> None:
        raise ValueError("no more paper")

    monkeypatch.setattr(issuing, "announce", fails)
    Poller(stage.door).drain()
    assert told(stage) == 2
    assert records(stage, "incident.raised") == 1
    monkeypatch.setattr(issuing, "announce", announce)
    moment = Poller(stage.door).next_moment()
    assert moment is not None
    stage.clock.advance_to(moment)
    Poller(stage.door).drain()
    check_all_have_it_once(stage)
