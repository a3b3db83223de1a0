"""What an action and a sweep cost does not grow with what is done: no statement of theirs reads through a large table.

A small database is filled with copies of itself; then a person completes a task and the worker does what follows, and every
statement that was sent meanwhile is explained (https://sqlite.org/eqp.html).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event, select

from engine.bench.crowd import COPIED_LOG, MOST, UNTOUCHED, fill
from engine.bench.fanout import letter_out
from engine.execution.poller import Poller
from engine.history.verify import verify
from engine.instances.commands import CompleteUserTask
from engine.kernel.errors import InvalidInput
from engine.scenario.answers import answer
from engine.scenario.stage import Stage
from engine.storage import Database, UnitOfWork
from engine.storage.schema import history_record, instance, metadata, user_task

RECIPIENTS, INSTANCES = 4, 200
TASKS = 3
LARGE = {table.name for table in metadata.tables.values()} - UNTOUCHED
OF_WHAT_IS_OPEN = ("ix_operation_open", "ix_timer_open", "ix_inbox_unread", "ix_inbox_unread_instance")
FEW_VALUES = ("(status=?)", "(consumed_ver=?)", "(kind=?)", "(log=?)")
SENT = dict[str, Any]  # statement → its parameters, once


@pytest.fixture
def filled(sqlite_database: Database) -> Stage:
    """A letter is out at its recipients, and many more were sent before."""
    stage = letter_out(sqlite_database, RECIPIENTS)
    assert fill(sqlite_database, INSTANCES) >= INSTANCES
    return stage


@contextmanager
def noted() -> Iterator[SENT]:
    """Note what is sent to databases."""
    sent: SENT = {}

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, _context: object, many: bool) -> None:
        if statement.split(maxsplit=1)[0] in {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"}:
            sent.setdefault(statement, parameters[0] if many else parameters)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def slow(database: Database, sent: SENT) -> list[str]:
    """Return the steps that read a large table from one end to the other, or half of it."""
    found = []
    with database.reading() as connection:
        for statement, parameters in sent.items():
            for (*_, step) in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters):
                through, _, rest = step.partition(" ")
                table = rest.split()[0] if rest else ""
                few = any(index in step for index in OF_WHAT_IS_OPEN)
                if table in LARGE and not few and (through == "SCAN" or step.endswith(FEW_VALUES)):
                    found.append(f"{step}: {' '.join(statement.split())}")
    return found


def work_on(stage: Stage) -> SENT:
    """A recipient does one task after the other, and the worker what follows; return what was sent meanwhile."""
    sent: SENT = {}
    done, unit = 0, None
    for _ in range(TASKS):
        with stage.door.database.reading() as connection:
            desk = next(each for each in stage.desks(connection) if each.task.id[14] != "8" and unit in {None, each.task.organisation})
            data, unit = answer(desk), desk.task.organisation
        actor = stage.person(desk.task.organisation, desk.task.role)
        with noted() as more:
            stage.door.execute(CompleteUserTask(task=desk.task.id, data=data), actor, key=f"plans:{desk.task.id}")
            done += Poller(stage.door).drain()
        sent |= more
    assert done > 0
    return sent


def test_an_action_and_the_sweeps_after_it_read_through_no_large_table(filled: Stage, sqlite_database: Database) -> None:
    sent = work_on(filled)
    assert len(sent) > 30
    assert slow(sqlite_database, sent) == []


def test_nor_do_they_when_the_database_has_counted_its_rows(filled: Stage, sqlite_database: Database) -> None:
    with UnitOfWork(sqlite_database) as unit:
        unit.connection.exec_driver_sql("ANALYZE")
        unit.commit()
    assert slow(sqlite_database, work_on(filled)) == []


def test_a_statement_that_reads_through_a_large_table_is_found(filled: Stage, sqlite_database: Database) -> None:
    with noted() as sent, filled.door.database.reading() as connection:
        connection.execute(select(user_task.c.id).where(user_task.c.data.is_(None))).all()
    assert [each.partition(":")[0] for each in slow(sqlite_database, sent)] == ["SCAN user_task"]


def test_a_filled_database_holds_copies_and_the_history_is_as_it_was(database: Database) -> None:
    stage = letter_out(database, RECIPIENTS)
    assert fill(database, INSTANCES) >= INSTANCES
    with database.reading() as connection:
        assert verify(connection)[1] == []
        rows = list(connection.execute(select(instance.c.id, instance.c.roots, instance.c.directive)))
        logs = set(connection.execute(select(history_record.c.log)).scalars())
    copies = [row for row in rows if row.id[14] == "8"]
    assert len(rows) == len({row.id for row in rows}) >= INSTANCES
    assert all(row.roots == f'["{row.directive}"]' for row in copies if row.directive)
    assert sum(log.startswith(COPIED_LOG) for log in logs) == len(copies) // (RECIPIENTS + 1)
    assert Poller(stage.door).drain() == 0  # nothing of the copies is due
    assert fill(database, 2 * INSTANCES) >= 2 * INSTANCES  # and more beside them


def test_too_little_to_copy_is_told(sqlite_database: Database) -> None:
    with pytest.raises(InvalidInput, match="but found 0"):
        fill(sqlite_database, MOST)
