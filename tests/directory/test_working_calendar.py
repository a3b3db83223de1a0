"""The working calendar: days as data, corrected by a file, in force for everything that is compiled and run afterwards."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from engine.definitions.repository import definition, latest
from engine.directory.directory_import import ImportDirectory
from engine.directory.working_calendar import calendar_of, years_without_data
from engine.kernel.errors import InvalidInput
from engine.storage import Database
from engine.storage.schema import calendar_day
from tests.door.office import Office

HEAD = "day,kind,note\n"


def days(office: Office, text: str) -> dict[str, object]:
    return office.do(ImportDirectory(kind="calendar", text=HEAD + text, file="c.csv"))


def test_a_new_database_knows_tet_the_holidays_and_the_swap_days(database: Database) -> None:
    Office(database)
    with database.reading() as connection:
        calendar = calendar_of(connection)
        assert years_without_data(connection, range(2020, 2028)) == [2027]
    assert not calendar.is_working(date(2026, 2, 17))  # Tết Bính Ngọ
    assert not calendar.is_working(date(2024, 4, 18))  # Giỗ Tổ
    assert calendar.is_working(date(2024, 5, 4))  # a Saturday, worked instead of Monday 29/4


def test_a_file_replaces_the_years_that_it_names_and_no_other(database: Database) -> None:
    office = Office(database)
    days(office, "2027-01-01,off,Tết Dương lịch\n2024-04-30,off,\n")
    with database.reading() as connection:
        calendar = calendar_of(connection)
        assert years_without_data(connection, [2027]) == []
        assert connection.execute(select(calendar_day.c.day).where(calendar_day.c.day.like("2024%"))).scalars().all() == ["2024-04-30"]
    assert not calendar.is_working(date(2027, 1, 1))
    assert calendar.is_working(date(2024, 2, 8))
    assert not calendar.is_working(date(2025, 1, 28))


def test_a_definition_in_memory_counts_by_the_new_days_once_somebody_has_seen_them(deployed_database: Database) -> None:
    office = Office(deployed_database).deploy()
    with deployed_database.reading() as connection:
        version = latest(connection, "coordination_monthly").id
        before = definition(connection, version)
        assert definition(connection, version) is before
    days(office, "2024-04-02,off,bão\n")
    with deployed_database.reading() as connection:
        seen = calendar_of(connection)
        after = definition(connection, version)
    assert after.calendar is seen
    assert seen.working_days_after(date(2024, 4, 1), 1) == date(2024, 4, 3)
    assert before.calendar.working_days_after(date(2024, 4, 1), 1) == date(2024, 4, 2)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("1/1/2027,off,\n", "c.csv:2: Expected day as YYYY-MM-DD, but found '1/1/2027'"),
        ("2027-01-01,free,\n", "c.csv:2: Expected kind as off or swapped, but found 'free'"),
        ("2027-01-01,off,\n2027-01-01,off,\n", "c.csv:3: Expected each day once, but 2027-01-01 stands in c.csv:2"),
        ("2027-01-04,swapped,\n", "c.csv:2: Expected a swapped day on a Saturday or Sunday, but 2027-01-04 is neither"),
    ],
)
def test_a_wrong_line_is_named_and_changes_nothing(database: Database, text: str, match: str) -> None:
    office = Office(database)
    before = office.contents()
    with pytest.raises(InvalidInput, match=match):
        days(office, text)
    assert office.contents() == before
