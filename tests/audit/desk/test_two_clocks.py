"""A cascade at two clocks: what was true on a day, by what was known on a day, from the records alone."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from engine.audit.desk.cascade_as_of import CascadeAsOf, ShowCascadeAsOf
from engine.audit.desk.two_clocks import Telling, ToldRows, told_rows
from engine.directory.directory_import import ImportDirectory
from engine.kernel.actor import Actor
from engine.kernel.clock import local_date
from engine.kernel.errors import Denied, InvalidInput
from engine.storage import Database
from engine.storage.schema import directive
from engine.storage.told import TOLD
from engine.storage.written import Written
from tests.audit.desk.test_replay import AUDITOR, PEOPLE
from tests.audit.test_state import Played
from tests.directives.ward import Ward
from tests.door.office import Office

TABLES = ("directive", "dispatch", "assignment", "obligation", "report")


def telling(number: int, known: str, true: str, *, old: dict[str, Any] | None = None, new: dict[str, Any] | None) -> Telling:
    written = Written(table="dispatch", key="d", old=old, new=new)
    return Telling(number=number, log="chidao/log1", seq=number, known=f"2024-04-{known}T03:00:00.000Z", true=f"2024-04-{true}T03:00:00.000Z", written=written)


def status(tellings: list[Telling], *, true: int | None = None, known: int | None = None) -> str | None:
    rows = ToldRows(tellings={("dispatch", "d"): tellings}).as_of(true=date(2024, 4, true) if true else None, known=date(2024, 4, known) if known else None)
    found = rows.get("dispatch", {}).get("d")
    return str(found["status"]) if found else None


def test_what_was_entered_late_was_true_before_it_was_known() -> None:
    sent, done = telling(1, "05", "02", new={"status": "00"}), telling(2, "09", "06", old={"status": "00"}, new={"status": "06"})
    assert [status([sent, done], true=day) for day in (1, 2, 5, 6, 9)] == [None, "00", "00", "06", "06"]
    assert [status([sent, done], true=day, known=8) for day in (1, 2, 6, 9)] == [None, "00", "00", "00"]
    assert [status([sent, done], known=day) for day in (4, 5, 8, 9)] == [None, "00", "00", "06"]


def test_what_became_true_later_stands_though_it_was_told_first() -> None:
    sent = telling(1, "01", "01", new={"status": "00"})
    later, earlier = telling(2, "05", "05", old={"status": "00"}, new={"status": "05"}), telling(3, "06", "03", old={"status": "05"}, new={"status": "04"})
    assert [status([sent, later, earlier], true=day) for day in (2, 3, 4, 5)] == ["00", "04", "04", "05"]


def test_a_row_that_was_taken_away_is_there_no_more() -> None:
    sent, gone = telling(1, "01", "01", new={"status": "00"}), telling(2, "04", "04", old={"status": "00"}, new=None)
    assert [status([sent, gone], true=day) for day in (3, 4)] == ["00", None]


def test_a_day_ends_at_midnight_in_vietnam() -> None:
    evening = Telling(number=1, log="l", seq=1, known="2024-04-01T16:59:59.999Z", true="2024-04-01T17:00:00.000Z", written=Written(table="dispatch", key="d", old=None, new={"status": "00"}))
    assert status([evening], known=1) == "00"
    assert status([evening], true=1) is None
    assert status([evening], true=2) == "00"


@pytest.mark.parametrize("scenario", ["recall_cascade", "extension_granted"])
def test_by_all_that_is_known_today_the_rows_are_those_of_the_tables(scenario: str, played: Played) -> None:
    with played(scenario).reading() as connection:
        roots = connection.execute(select(directive.c.root).distinct()).scalars().all()
        compared = 0
        for root in roots:
            told = told_rows(connection, str(root), TABLES)
            for table, rows in told.as_of().items():
                kept = {TOLD[table].key_of(row): TOLD[table].plain_row(row, TOLD[table].fields) for row in connection.execute(select(TOLD[table].table)).mappings()}
                for key, row in rows.items():
                    assert {name: row[name] for name in kept[key]} == kept[key]
                    compared += 1
            assert told.unread == 0
    assert compared >= 5


# --- the page ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def ward(ward_database: Database) -> Ward:
    office = Office(database=ward_database)
    office.do(ImportDirectory(kind="people", text=PEOPLE, file="people.csv"))
    return Ward(office)


def asked(ward: Ward, login: str = AUDITOR, **days: str) -> CascadeAsOf:
    actor: Actor = ward.office.actor(login)
    found: CascadeAsOf = ward.office.door.ask(ShowCascadeAsOf(directive=ward.letter, **days), actor)
    return found


def on_another_day(ward: Ward) -> str:
    """Let a week pass and the specialist finish the work; return the day before."""
    before = local_date(ward.office.clock.now()).isoformat()
    ward.office.clock.advance_to(ward.office.clock.now().replace(day=9))
    ward.fill("execute_update", "phuong", status="done")
    return before


def test_the_page_shows_the_recipients_as_they_stood_and_what_is_different_today(ward: Ward) -> None:
    before = on_another_day(ward)
    now, then = asked(ward), asked(ward, on=before)
    (line,), (earlier,) = now.lines, then.lines
    assert (line.unit, earlier.unit) == (ward.office.unit("phuong"),) * 2
    assert ([each.status for each in earlier.work], [each.status for each in line.work]) == (["assigned"], ["done"])
    assert (now.is_today, now.differences, then.is_today) == (True, (), False)
    told = {(each.kind, each.field): (each.old, each.new) for each in then.differences}
    assert told["assignment", "status"] == ("assigned", "done")
    assert all(each.seq for each in then.differences)
    assert asked(ward, known=before).lines == then.lines


def test_work_counts_from_the_day_on_which_it_is_said_to_be_done_and_is_known_from_the_day_it_was_entered(ward: Ward) -> None:
    ward.office.clock.advance_to(ward.office.clock.now().replace(day=9))
    ward.fill("execute_update", "phuong", status="done", activity_date="2024-04-05")

    def stood(**days: str) -> list[str]:
        return [each.status for line in asked(ward, **days).lines for each in line.work]

    assert [stood(on="2024-04-04"), stood(on="2024-04-05"), stood(on="2024-04-05", known="2024-04-08"), stood(known="2024-04-09")] == [
        ["assigned"],
        ["done"],
        ["assigned"],
        ["done"],
    ]


def test_before_the_letter_there_was_nothing(ward: Ward) -> None:
    found = asked(ward, on="2024-03-31")
    assert (found.letter, found.lines) == (None, ())
    assert {each.field for each in found.differences} == {"came"}


def test_a_letter_counts_from_its_own_date_and_is_known_from_the_day_it_was_entered(ward: Ward) -> None:
    office = ward.office
    office.clock.advance_to(office.clock.now().replace(day=12))
    late = office.letter(number=9)
    sent = str(office.do(late, office.actor("van.thu"))["directive"])
    page = office.door.ask(ShowCascadeAsOf(directive=sent, on="2024-04-03"), office.actor(AUDITOR))
    assert (page.letter is not None, len(page.lines)) == (True, 1)
    page = office.door.ask(ShowCascadeAsOf(directive=sent, on="2024-04-03", known="2024-04-11"), office.actor(AUDITOR))
    assert (page.letter, page.lines) == (None, ())


@pytest.mark.parametrize("day", ["hôm qua", "2031-01-01", "2024-02-30"])
def test_a_day_that_is_none_or_is_to_come_is_refused(day: str, ward: Ward) -> None:
    with pytest.raises(InvalidInput, match=r"^Expected a day"):
        asked(ward, on=day)


def test_an_auditor_of_the_recipient_sees_it_and_nobody_else_who_audits_nothing(ward: Ward) -> None:
    assert [line.is_hidden for line in asked(ward, "kiem.tra.xa").lines] == [False]
    with pytest.raises(Denied):
        asked(ward, "lanh.dao")
