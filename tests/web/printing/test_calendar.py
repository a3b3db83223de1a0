"""The calendar that a program fetches: what is due when, by RFC 5545, with a token of its own and no person's name."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask

from engine.access.sessions import digest
from engine.access.tokens import API, CALENDAR, MakeToken, RevokeToken, new_token
from engine.audit.calendar_days import DueDay
from engine.kernel.calendar import end_of_day
from engine.kernel.clock import stamp
from engine.storage import Database
from engine.storage.schema import report, user_task
from tests.door.office import Office
from tests.pages import application
from tests.web.statements import counted
from web.printing.calendar import LONGEST_LINE, as_calendar, escaped

MADE = datetime(2024, 4, 2, 3, tzinfo=UTC)
SINCE = "2024-04-01T01:00:00.000Z"


def unfolded(text: str) -> list[str]:
    return text.replace("\r\n ", "").split("\r\n")


def due(**changes: Any) -> DueDay:
    return DueDay(**{"kind": "task", "id": "1", "day": date(2024, 4, 15), "title": "Duyệt, ký (7-CV/TU)", "since": SINCE, **changes})


def test_an_event_is_a_whole_day_with_a_lasting_name() -> None:
    assert unfolded(as_calendar([due()], None, MADE))[7:-2] == [
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "BEGIN:VEVENT",
        "UID:task-1@chidao",
        "DTSTAMP:20240402T030000Z",
        "CREATED:20240401T010000Z",
        "DTSTART;VALUE=DATE:20240415",
        "DTEND;VALUE=DATE:20240416",
        "SUMMARY:Duyệt\\, ký (7-CV/TU)",
        "TRANSP:TRANSPARENT",
        "CLASS:PRIVATE",
        "END:VEVENT",
    ]


def test_a_day_that_has_moved_is_the_same_event_made_later() -> None:
    before, after = (unfolded(as_calendar([due(day=day)], None, made)) for day, made in ((date(2024, 4, 15), MADE), (date(2024, 4, 20), MADE.replace(day=3))))
    assert [line for line in before if line.startswith("UID")] == [line for line in after if line.startswith("UID")]
    assert "DTSTART;VALUE=DATE:20240420" in after
    assert "DTSTAMP:20240403T030000Z" in after


def test_links_are_there_only_where_the_address_is_known() -> None:
    lines = unfolded(as_calendar([due(), due(kind="report", id="2")], "https://chidao.example.vn/", MADE))
    assert [line for line in lines if line.startswith("URL")] == ["URL:https://chidao.example.vn/task/1", "URL:https://chidao.example.vn/reports/2"]


def test_long_lines_are_folded_between_letters() -> None:
    title = "Soạn báo cáo tổng hợp kết quả thực hiện đợt tuyên truyền cao điểm ở các xã, phường vùng cao " * 3
    text = as_calendar([due(title=title)], None, MADE)
    assert all(len(line.encode()) <= LONGEST_LINE for line in text.split("\r\n"))
    assert f"SUMMARY:{escaped(title)}" in unfolded(text)


@pytest.mark.parametrize(("text", "value"), [("a;b,c\\d", "a\\;b\\,c\\\\d"), ("một\r\nBEGIN:VEVENT", "một BEGIN:VEVENT")])
def test_what_people_write_never_becomes_a_line_of_its_own(text: str, value: str) -> None:
    assert escaped(text) == value


@pytest.fixture
def office(deployed_database: Database) -> Office:
    made = Office(deployed_database).deploy()
    made.receive()
    made.complete("check_incoming", "van.thu", authentic=True, intact=True, right_addressee=True, decision="accept")
    return made


def made_token(office: Office, kind: str = CALENDAR) -> tuple[str, str]:
    token = new_token(kind)
    told = office.do(MakeToken(kind=kind, name="lịch của tôi", token_hash=digest(token)), office.actor("van.thu"))
    return token, told["token"]


def app_of(office: Office) -> Flask:
    return application(office.door)


def test_a_program_fetches_what_is_due_with_the_token_alone(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHIDAO_ADDRESS", raising=False)
    token, _ = made_token(office)
    office.change(user_task.update().values(due_at=stamp(end_of_day(date(2024, 4, 5)))))
    client = app_of(office).test_client()
    answer = client.get(f"/calendar/{token}.ics")
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    lines = unfolded(answer.text)
    assert "DTSTART;VALUE=DATE:20240405" in lines
    assert any(line.startswith("SUMMARY:") and "07-CV/TU" in line for line in lines)
    for word in ("Lê Thị Lan", "tuyên truyền tháng Tư", "http"):
        assert word not in answer.text
    assert "Set-Cookie" not in answer.headers
    with counted() as seen:
        client.get(f"/calendar/{token}.ics")
    assert len(seen) <= 12


def test_a_token_of_another_kind_or_one_that_was_revoked_opens_nothing(office: Office) -> None:
    client = app_of(office).test_client()
    token, identity = made_token(office)
    other, _ = made_token(office, API)
    assert client.get(f"/calendar/{token}.ics").status_code == 200
    for wrong in (other, "nobody", token[:-1]):
        assert client.get(f"/calendar/{wrong}.ics").status_code == 404
    office.do(RevokeToken(token=identity), office.actor("van.thu"))
    assert client.get(f"/calendar/{token}.ics").status_code == 404


def test_the_days_of_reports_that_the_office_owes_are_in_it(office: Office) -> None:
    row = {"id": "r1", "organisation": office.unit("btg"), "report_type": "báo cáo tháng", "period": "2024-04", "revision": 0}
    office.change(report.insert().values(**row, status="open", due_date="2024-04-20", opened_at=SINCE))
    token, _ = made_token(office)
    lines = unfolded(app_of(office).test_client().get(f"/calendar/{token}.ics").text)
    assert "UID:report-r1@chidao" in lines
    assert "SUMMARY:Hạn nộp báo cáo tháng\\, tháng 4/2024" in lines
