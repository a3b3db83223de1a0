"""Who knew what when: who had the work, who was told, looked and answered, and who let the last day pass without a sign."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import update

from engine.audit.desk.knowledge import UNOPENED, Knower, Knowledge, ShowKnowledge
from engine.directives.standing_page import ShowDirective
from engine.directory.directory_import import ImportDirectory
from engine.effects.delivering import Outcome, RecordDelivery
from engine.kernel.clock import ZONE
from engine.kernel.errors import Denied, NotFound
from engine.storage import Database
from engine.storage.schema import person
from tests.audit.desk.test_replay import AUDITOR, PEOPLE
from tests.directives.ward import Ward
from tests.door.office import CHECKED, Office

LAN, MAI = "Lê Thị Lan", "Vũ Thị Mai"


@pytest.fixture
def office(deployed_database: Database, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Monday, eight o'clock: two clerks, one of whom has an address."""
    monkeypatch.delenv("CHIDAO_SMTP_URL", raising=False)
    made = Office(deployed_database).deploy()
    made.do(ImportDirectory(kind="people", text=PEOPLE, file="people.csv"))
    made.change(update(person).where(person.c.login == "van.thu.2").values(email="mai@example.vn"))
    return made


def at(office: Office, text: str) -> None:
    office.clock.advance_to(datetime.fromisoformat(text).replace(tzinfo=ZONE))


def told(office: Office, letter: str, login: str = AUDITOR, **asked: Any) -> Knowledge:
    found: Knowledge = office.door.ask(ShowKnowledge(directive=letter, **asked), office.actor(login))
    return found


def known(office: Office, letter: str) -> dict[str, Knower]:
    return {row.name: row for row in told(office, letter).rows}


def moments(row: Knower) -> dict[str, str]:
    facts = {name: getattr(row, name) for name in ("assigned", "notified", "opened", "downloaded", "answered")}
    return {name: fact.at[:16] for name, fact in facts.items() if fact is not None}


def test_both_clerks_have_the_work_one_looks_and_answers_the_other_is_written_to(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    letter = office.receive()
    monkeypatch.setenv("CHIDAO_SMTP_URL", "smtp://mail.example.vn")
    office.drain()  # the morning's mails
    key = f"digest.20240401.{office.actor('van.thu.2').id}"
    office.do(RecordDelivery(key=key, claim="", outcome=Outcome.SENT))
    at(office, "2024-04-01T09:00")
    office.door.ask(ShowDirective(directive=letter), office.actor("van.thu"))
    at(office, "2024-04-01T10:00")
    office.complete("check_incoming", "van.thu", **CHECKED)
    rows = known(office, letter)
    assert moments(rows[LAN]) == {"assigned": "2024-04-01T01:00", "opened": "2024-04-01T02:00", "answered": "2024-04-01T03:00"}
    assert moments(rows[MAI]) == {"assigned": "2024-04-01T01:00", "notified": "2024-04-01T01:00"}
    assert all(fact.seq for row in rows.values() for fact in (row.assigned, row.opened, row.answered) if fact)
    page = told(office, letter)
    assert (page.counted, page.opened, page.late, page.nobody) == (2, 1, 0, ())


def test_whoever_gives_no_sign_before_the_last_day_is_over_is_named(office: Office) -> None:
    letter = office.receive()
    office.door.ask(ShowDirective(directive=letter), office.actor("van.thu"))
    assert told(office, letter).late == 0
    due = known(office, letter)[MAI].due
    assert due > "2024-04-01"
    at(office, "2024-04-20T09:00")
    office.door.ask(ShowDirective(directive=letter), office.actor("van.thu.2"))  # too late
    page = told(office, letter, only=UNOPENED)
    assert ([row.name for row in page.rows], page.found, page.counted, page.late) == ([MAI], 1, 2, 1)


def test_a_look_that_was_refused_is_none_and_an_auditors_is_no_sign(office: Office) -> None:
    letter = office.receive()
    with pytest.raises(Denied):
        office.door.ask(ShowDirective(directive=letter), office.actor("bi.thu"))
    told(office, letter)
    assert {row.name: row.opened for row in told(office, letter).rows} == {LAN: None, MAI: None}


def test_somebody_who_only_looked_is_there_too(office: Office) -> None:
    letter = office.receive()
    office.door.ask(ShowDirective(directive=letter), office.actor("lanh.dao"))
    (leader,) = [row for row in told(office, letter).rows if row.name == "Trần Văn Nam"]
    assert (list(moments(leader)), leader.due, leader.is_late) == (["opened"], "", False)


def test_names_are_found_without_marks_and_pages_are_counted(office: Office) -> None:
    letter = office.receive()
    assert [row.name for row in told(office, letter, text="vu thi").rows] == [MAI]
    assert len(told(office, letter, text="ban tuyen giao").rows) == 2
    assert told(office, letter, page=7).rows == ()


def test_reminders_are_told_and_letters_that_hand_it_on_are_asked_for_together(ward_database: Database) -> None:
    office = Office(ward_database)
    office.do(ImportDirectory(kind="people", text=PEOPLE, file="people.csv"))
    ward = Ward(office)
    at(office, "2024-04-18T09:00")
    office.drain()
    (row,) = told(office, ward.letter).rows
    assert moments(row)["notified"] > moments(row)["assigned"]
    assert told(office, ward.letter, whole=True).letters == 1
    assert [each.name for each in told(office, ward.letter, "kiem.tra.xa").rows] == ["Lò Văn Quân"]


def test_what_is_no_directive_is_said(office: Office) -> None:
    with pytest.raises(NotFound, match="which none has"):
        told(office, "018e001b-0000-7000-8000-000000000000")
