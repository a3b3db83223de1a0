"""Office hours are data with dates: entered one by one or from a file, in force from their day on, refused when they cannot be."""

from __future__ import annotations

from datetime import date, time

import pytest

from engine.directory.directory_import import ImportDirectory
from engine.directory.office_hours import ChangeOfficeHours, Hours, ShowOfficeHours, read_hours, said
from engine.directory.working_calendar import calendar_of
from engine.kernel.actor import SYSTEM
from engine.kernel.calendar import OFFICE_HOURS
from engine.kernel.errors import Denied, InvalidInput
from engine.storage import Database
from engine.storage.schema import office_hours
from tests.door.office import Office

WHY = "Quyết định 12/QĐ."
EARLY = ((time(7), time(11)), (time(13), time(17)))


@pytest.fixture
def office(deployed_database: Database) -> Office:
    return Office(deployed_database)


def change(office: Office, hours: str, *, day: str = "2024-04-15") -> None:
    office.do(ChangeOfficeHours(valid_from=day, hours=hours, reason=WHY))


def hours_on(office: Office, day: date) -> tuple[tuple[time, time], ...]:
    with office.database.reading() as connection:
        return calendar_of(connection).hours_on(day)


def test_hours_hold_from_their_day_on_until_they_are_taken_away(office: Office) -> None:
    change(office, said(EARLY))
    assert (hours_on(office, date(2024, 4, 12)), hours_on(office, date(2024, 4, 15))) == (OFFICE_HOURS, EARLY)
    shown: tuple[Hours, ...] = office.door.ask(ShowOfficeHours(), SYSTEM)
    assert [(each.first, each.now) for each in shown] == [(None, True), (date(2024, 4, 15), False)]
    change(office, "")
    assert hours_on(office, date(2024, 4, 15)) == OFFICE_HOURS
    assert [action for action, _outcome in office.outcomes()][-2:] == ["office_hours.changed"] * 2


@pytest.mark.parametrize("hours", ["7:30-11:30", "07:30", "11:30-07:30", "07:30-12:00, 11:00-17:00", "13:00-17:00, 07:30-11:30", "07:30:30-11:30", "a-b", "07:30-11:30,"])
def test_hours_that_cannot_be_are_refused(office: Office, hours: str) -> None:
    with pytest.raises(InvalidInput, match="Expected"):
        change(office, hours)
    assert office.count(office_hours) == 0


def test_a_change_that_changes_nothing_or_has_no_reason_is_refused(office: Office) -> None:
    change(office, said(EARLY))
    for wrong in ({"hours": said(EARLY), "reason": WHY}, {"hours": "08:00-12:00", "reason": " "}):
        with pytest.raises(InvalidInput):
            office.do(ChangeOfficeHours(valid_from="2024-04-15", **wrong))
    with pytest.raises(Denied):
        office.do(ChangeOfficeHours(valid_from="2024-04-15", hours="08:00-12:00", reason=WHY), office.actor("chuyen.vien"))


def test_a_file_replaces_the_days_that_it_names(office: Office) -> None:
    change(office, "08:00-12:00")
    change(office, "08:00-12:00", day="2024-10-15")
    text = "valid_from,opens,closes\n2024-04-15,13:00,17:00\n2024-04-15,07:00,11:00\n"
    office.do(ImportDirectory(kind="hours", text=text, file="hours.csv"))
    assert (hours_on(office, date(2024, 4, 15)), hours_on(office, date(2024, 10, 15))) == (EARLY, read_hours("08:00-12:00"))
    for line in ("2024-04-15,11:00,7:00", "2024-04-15,,12:00", "15/04/2024,07:00,11:00"):
        with pytest.raises(InvalidInput, match=r"hours\.csv:2"):
            office.do(ImportDirectory(kind="hours", text=f"valid_from,opens,closes\n{line}\n", file="hours.csv"))
