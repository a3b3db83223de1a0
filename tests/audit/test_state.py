"""The tables hold what the history tells, after whatever people do; and what is changed without the product is named, field by field."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from sqlalchemy import Column, RowMapping, delete, insert, select, text, update

from engine.audit.state import ROW, Difference, differences
from engine.bootstrap import prepare
from engine.history.record import opened
from engine.instances.commands import ReleaseTask
from engine.kernel.canonical import canonical_json
from engine.storage import Database, UnitOfWork
from engine.storage.schema import directive, history_record, user_task
from engine.storage.told import TOLD, Told
from tests.audit.random_office import RandomOffice
from tests.audit.state_watch import watched
from tests.directives.ward import Ward
from tests.door.office import Office
from tests.states import furnish_offices
from tests.templates import copied

Played = Callable[[str], Database]
office_database = copied("furnished", furnish_offices, kinds=("sqlite",))  # the watch stands on SQLite's triggers


@pytest.mark.parametrize("seed", range(4))
def test_after_every_command_of_a_random_cascade_the_tables_are_as_the_records_tell(seed: int, office_database: Database) -> None:
    office = RandomOffice(office_database, seed)
    with watched(office_database) as watch:
        office.live(acts=60)
    assert watch.wrong == []
    assert office.done > 20
    assert watch.rows > 50
    with office_database.reading() as connection:
        assert [each.sentence() for each in differences(connection)] == []


# --- what somebody changes with full rights to the database -------------------------------------------------------


def other(column: Column[Any], value: Any) -> Any:
    """Return another value that the field may hold; references need not lead anywhere."""
    allowed = [each for check in column.constraints for each in re.findall(r"'(\w+)'", str(getattr(check, "sqltext", "")))]
    if allowed:
        return next(choice for choice in allowed if choice != value)
    if column.type.python_type is int:
        return (value or 0) + 100
    return f"{value[:-1]}{'y' if value.endswith('x') else 'x'}" if value else "x"


def found_in(database: Database, *statements: Any) -> list[Difference]:
    """Return what is found while the statements have been done, and take them back."""
    without_references = {"sqlite": "PRAGMA defer_foreign_keys = ON", "postgresql": "SET LOCAL session_replication_role = replica"}
    with UnitOfWork(database) as unit:
        unit.connection.execute(text(without_references[database.dialect]))
        for statement in statements:
            unit.connection.execute(statement)
        return list(differences(unit.connection))


def some_row(database: Database, told: Told) -> RowMapping:
    with database.reading() as connection:
        return connection.execute(select(told.table).order_by(*told.table.primary_key).limit(1)).mappings().one()


def otherwise(told: Told, row: RowMapping, names: Iterable[str]) -> dict[str, Any]:
    return {name: other(told.table.c[name], row[name]) for name in names}


def named(told: Told, row: RowMapping) -> Any:
    return [told.table.c[name] == row[name] for name in told.key]


PLACES = {  # a scenario after which each table has rows
    **dict.fromkeys(("directive", "dispatch", "directive_item", "assignment", "obligation", "user_task"), "report_two_superiors"),
    **dict.fromkeys(("report", "report_revision", "report_figure", "submission", "consolidation", "consolidation_total", "expected_report"), "report_two_superiors"),
    **dict.fromkeys(("milestone", "milestone_version"), "e4b_second_version_late"),
    **dict.fromkeys(("change_request", "change_answer"), "recall_cascade"),
    "difficulty": "difficulty_reassigned",
    "extension": "extension_granted",
}
MOST = "report_two_superiors"  # on PostgreSQL the rows of one scenario are enough: the comparison is the same
TRIED = [("sqlite", table) for table in PLACES] + [("postgresql", table) for table, scenario in PLACES.items() if scenario == MOST]
every_table = pytest.mark.parametrize(("played", "table"), TRIED, indirect=["played"])
WITHOUT_FIELDS = {"assignment_support"}  # a row of it says all by being there


def test_every_told_table_is_tried() -> None:
    assert PLACES.keys() | WITHOUT_FIELDS == TOLD.keys()
    assert all(not TOLD[table].fields for table in WITHOUT_FIELDS)


@every_table
def test_a_silent_change_of_any_field_is_named_with_the_record_that_told_otherwise(table: str, played: Played) -> None:
    database, told = played(PLACES[table]), TOLD[table]
    row = some_row(database, told)
    changed = otherwise(told, row, told.fields)
    assert changed.keys() == set(told.fields)
    found = found_in(database, update(told.table).where(*named(told, row)).values(**changed))
    assert {(each.table, each.key, each.field) for each in found} == {(table, told.key_of(row), name) for name in told.fields}
    assert all(each.seq for each in found)
    assert {each.field: each.found for each in found} == {name: told.plain(name, value) for name, value in changed.items()}
    assert {each.field: each.expected for each in found} == {name: told.plain(name, row[name]) for name in told.fields}


@every_table
def test_a_row_that_was_deleted_is_named(table: str, played: Played) -> None:
    database, told = played(PLACES[table]), TOLD[table]
    row = some_row(database, told)
    (found,) = found_in(database, delete(told.table).where(*named(told, row)))
    assert (found.table, found.key, found.field, found.found) == (table, told.key_of(row), ROW, "none")
    assert found.sentence().startswith(f"Expected the {table} {found.key}, as record {found.seq} tells, but the table holds none.")


@every_table
def test_a_row_that_nobody_told_of_is_named(table: str, played: Played) -> None:
    database, told = played(PLACES[table]), TOLD[table]
    row = some_row(database, told)
    alike = {**row, **otherwise(told, row, [*told.fields, told.key[-1]])}
    (found,) = found_in(database, insert(told.table).values(**alike))
    assert (found.table, found.key, found.field, found.seq) == (table, told.key_of(alike), ROW, 0)
    assert "since no record tells of one, but the table holds one" in found.sentence()


@pytest.mark.parametrize("played", ["sqlite"], indirect=True)
def test_a_due_day_that_was_moved_behind_the_product_is_told_in_a_sentence(played: Played) -> None:
    database, told = played("extension_granted"), TOLD["extension"]
    row = some_row(database, told)
    (found,) = found_in(database, update(told.table).where(*named(told, row)).values(new_due="2030-01-01"))
    assert found.sentence() == (
        f'Expected new_due of extension {row["id"]} to be "{row["new_due"]}", as record {found.seq} tells, but the table holds "2030-01-01". '
        "It was changed without the product: ask who has had access to the database."
    )


@pytest.mark.parametrize("played", ["sqlite"], indirect=True)
def test_of_one_directive_its_own_stream_is_enough(played: Played) -> None:
    database, told = played("recall_cascade"), TOLD["dispatch"]
    row = some_row(database, told)
    with UnitOfWork(database) as unit:
        connection = unit.connection
        root = connection.execute(select(directive.c.root).where(directive.c.id == row["directive"])).scalar_one()
        assert list(differences(connection, root=root)) == []
        other = "05" if row["status"] == "06" else "06"
        connection.execute(update(told.table).where(*named(told, row)).values(status=other))
        assert [(each.key, each.field, each.found) for each in differences(connection, root=root)] == [(row["id"], "status", other)]
        connection.execute(delete(told.table).where(*named(told, row)))
        assert [(each.key, each.field) for each in differences(connection, root=root)] == [(row["id"], ROW)]
        connection.execute(update(directive).values(subject="khác"))
        assert all(each.table in {"dispatch", "directive"} for each in differences(connection, root=root))
        assert list(differences(connection, root="another")) == []


# --- what a later lawful change covers ----------------------------------------------------------------------------


def open_task(office: Office) -> str:
    query = select(user_task.c.id).where(user_task.c.status == "open", user_task.c.organisation == office.unit("phuong"))
    with office.database.reading() as connection:
        return str(connection.execute(query.limit(1)).scalar_one())


def silently(database: Database, statement: Any) -> None:
    with UnitOfWork(database) as unit:
        assert unit.connection.execute(statement).rowcount == 1
        unit.commit()


@pytest.fixture
def ward(ward_database: Database) -> Ward:
    return Ward(Office(ward_database))


def test_a_silent_change_that_a_lawful_one_covered_is_still_found(ward: Ward) -> None:
    office = ward.office
    task = open_task(office)
    silently(office.database, update(user_task).where(user_task.c.id == task).values(assignee=office.actor("van.thu").id))
    silently(office.database, update(user_task).where(user_task.c.id == task).values(due_at="2030-01-01T00:00:00.000Z"))
    office.do(ReleaseTask(task=task, reason="trả lại"), office.actor("bi.thu"))
    with office.database.reading() as connection:
        found = {each.field: each for each in differences(connection)}
    assert found.keys() == {"assignee", "due_at"}
    covered = found["assignee"]
    assert (covered.expected, covered.found) == (None, office.actor("van.thu").id)
    assert covered.found_by is not None
    assert covered.found_by > covered.seq > 0
    assert f"record {covered.found_by} found" in covered.sentence()
    assert found["due_at"].found_by is None


def test_what_stood_before_records_told_of_rows_is_told_once_and_checked_from_then_on(ward: Ward) -> None:
    database = ward.office.database
    with UnitOfWork(database) as unit:  # as a version of the product wrote them that told of no rows
        for row in unit.connection.execute(select(history_record.c.log, history_record.c.seq, history_record.c.body)).all():
            plain = {name: value for name, value in {**opened(row.body), "v": 1, "schema": 1}.items() if name != "state"}
            same = (history_record.c.log == row.log, history_record.c.seq == row.seq)
            unit.connection.execute(update(history_record).where(*same).values(body=canonical_json(plain)))
        assert {each.field for each in differences(unit.connection)} == {ROW}
        unit.commit()
    prepare(database, ward.office.clock)
    told = ward.office.count(history_record, history_record.c.action == "state.told")
    assert told > len({"directive", "dispatch", "user_task"})
    prepare(database, ward.office.clock)
    assert ward.office.count(history_record, history_record.c.action == "state.told") == told
    with UnitOfWork(database) as unit:
        assert list(differences(unit.connection)) == []
        assert unit.connection.execute(update(directive).values(symbol="khác")).rowcount
        assert {each.field for each in differences(unit.connection)} == {"symbol"}
