"""The morning mail: to whom, when, about what; never twice, never to who does not want it; nothing that is confidential."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.access.accounts import DisableAccount
from engine.directory.settings import DIGEST_BEGINS, ChangeSetting
from engine.effects.digests import MOST_LINES, ChooseDigest, DigestChoice, SendDigests, ShowDigestChoice
from engine.execution.due import due_at, due_chores, keys_of
from engine.execution.poller import Poller
from engine.instances.commands import ClaimTask
from engine.kernel.actor import SYSTEM
from engine.kernel.calendar import end_of_day
from engine.kernel.clock import ZONE, stamp
from engine.kernel.errors import InvalidInput
from engine.storage import Database
from engine.storage.schema import account, effect, person, snooze, user_task
from tests.door.office import CHECKED, Office

CLERK = "van.thu"


@pytest.fixture
def office(deployed_database: Database, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Monday, 1 April 2024, eight o'clock; a letter lies on the clerks' desk, and one of them has an address."""
    monkeypatch.delenv("CHIDAO_SMTP_URL", raising=False)
    monkeypatch.delenv("CHIDAO_ADDRESS", raising=False)
    made = Office(deployed_database).deploy()
    made.change(update(person).where(person.c.login == CLERK).values(email="lan@example.vn"))
    made.receive()
    monkeypatch.setenv("CHIDAO_SMTP_URL", "smtp://mail.example.vn")
    return made


def at(office: Office, text: str) -> None:
    office.clock.advance_to(datetime.fromisoformat(text).replace(tzinfo=ZONE))


def work(office: Office) -> None:
    Poller(office.door).drain()


def mails(office: Office) -> list[dict[str, Any]]:
    with office.database.reading() as connection:
        return [json.loads(row) for row in connection.execute(select(effect.c.payload).order_by(effect.c.created_at, effect.c.key)).scalars()]


def due(office: Office, day: str) -> None:
    """Let every task be due at the end of a day."""
    office.change(update(user_task).values(due_at=stamp(end_of_day(date.fromisoformat(day)))))


def test_whoever_has_new_work_gets_one_mail_in_the_morning_and_not_another(office: Office) -> None:
    work(office)
    (mail,) = mails(office)
    assert mail["person"] == office.actor(CLERK).id
    assert mail["subject"] == "Việc cần làm ngày 01/4/2024: 1 việc mới"
    assert mail["text"].splitlines()[:4] == ["Kính gửi Lê Thị Lan,", "", "Việc mới (1):", "- Kiểm tra, tiếp nhận (07-CV/TU), hạn 02/4/2024"]
    assert "http" not in mail["text"]
    work(office)
    at(office, "2024-04-01T09:30")
    work(office)
    assert len(mails(office)) == 1


def test_what_is_overdue_comes_first_and_says_for_how_long(office: Office) -> None:
    due(office, "2024-03-29")
    work(office)
    (mail,) = mails(office)
    assert mail["subject"] == "Việc cần làm ngày 01/4/2024: 1 quá hạn"
    assert "- Kiểm tra, tiếp nhận (07-CV/TU), hạn 29/3/2024, trễ 3 ngày" in mail["text"]


def test_what_is_due_today_is_told_today(office: Office) -> None:
    due(office, "2024-04-01")
    work(office)
    assert mails(office)[0]["subject"] == "Việc cần làm ngày 01/4/2024: 1 đến hạn hôm nay"


def test_nobody_is_written_to_about_what_is_neither_new_nor_due(office: Office) -> None:
    due(office, "2024-04-30")
    at(office, "2024-04-03T08:00")
    work(office)
    assert mails(office) == []


def test_the_next_working_morning_has_a_mail_of_its_own(office: Office) -> None:
    due(office, "2024-03-29")
    work(office)
    at(office, "2024-04-02T07:29")
    work(office)
    assert len(mails(office)) == 1
    at(office, "2024-04-02T07:30")
    work(office)
    assert [mail["subject"] for mail in mails(office)][1:] == ["Việc cần làm ngày 02/4/2024: 1 quá hạn"]


@pytest.mark.parametrize("moment", ["2024-04-02T07:29", "2024-04-02T12:00", "2024-04-06T08:00", "2024-04-18T08:00"])
def test_no_mail_before_the_morning_after_noon_or_on_a_day_off(office: Office, moment: str) -> None:
    due(office, "2024-03-29")
    at(office, moment)  # 6 April is a Saturday, 18 April 2024 the kings' day
    work(office)
    assert mails(office) == []


@pytest.mark.parametrize(("moment", "number"), [("2024-04-02T05:59", 0), ("2024-04-02T06:00", 1), ("2024-04-02T10:29", 1), ("2024-04-02T10:30", 0)])
def test_an_office_whose_day_begins_earlier_has_its_mails_earlier(office: Office, moment: str, number: int) -> None:
    office.do(ChangeSetting(key=DIGEST_BEGINS, value="06:00", reason="test"))
    due(office, "2024-03-29")
    at(office, moment)
    work(office)
    assert len(mails(office)) == number


def test_a_time_that_is_none_is_refused_with_those_that_can_be_chosen(office: Office) -> None:
    with pytest.raises(InvalidInput, match=r"Expected 05:00 or 05:30 or .* for 'digest_begins', but found '7\.30'"):
        office.do(ChangeSetting(key=DIGEST_BEGINS, value="7.30", reason="test"))


def test_what_came_over_the_weekend_is_new_on_monday(office: Office) -> None:
    at(office, "2024-04-06T10:00")
    office.receive(8)
    due(office, "2024-04-30")
    at(office, "2024-04-08T08:00")
    work(office)
    assert mails(office)[-1]["subject"] == "Việc cần làm ngày 08/4/2024: 1 việc mới"
    assert "08-CV/TU" in mails(office)[-1]["text"]


def test_without_a_mail_server_there_are_no_mails(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHIDAO_SMTP_URL")
    work(office)
    assert mails(office) == []


def test_who_does_not_want_it_or_has_no_account_any_more_gets_none(office: Office) -> None:
    clerk = office.actor(CLERK)
    assert office.door.ask(ShowDigestChoice(), clerk) == DigestChoice(wanted=True, address="lan@example.vn", server=True)
    office.do(ChooseDigest(wanted=False), clerk)
    office.do(ChooseDigest(wanted=False), clerk)
    work(office)
    assert mails(office) == []
    assert not office.door.ask(ShowDigestChoice(), clerk).wanted
    assert office.outcomes().count(("mail.chosen", "done")) == 1
    office.do(ChooseDigest(wanted=True), clerk)
    row = {"person": clerk.id, "password_hash": "x", "must_change": 0, "created_at": "", "changed_at": ""}
    office.change(account.insert().values(**row))
    office.do(DisableAccount(login=CLERK, reason="nghỉ hưu"))
    at(office, "2024-04-02T08:00")
    due(office, "2024-03-29")
    work(office)
    assert mails(office) == []


def test_what_a_colleague_has_taken_or_was_put_aside_is_not_told(office: Office) -> None:
    work(office)
    task = office.task("check_incoming").id
    due(office, "2024-03-29")
    office.change(snooze.insert().values(task=task, person=office.actor(CLERK).id, until="2024-04-03"))
    at(office, "2024-04-02T08:00")
    work(office)
    assert len(mails(office)) == 1
    at(office, "2024-04-03T08:00")
    work(office)
    assert len(mails(office)) == 2
    office.do(ClaimTask(task=task), office.actor("van.thu.2"))
    at(office, "2024-04-04T08:00")
    work(office)
    assert len(mails(office)) == 2


def test_a_mail_links_to_the_pages_only_where_their_address_is_known(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIDAO_ADDRESS", "https://chidao.example.vn/")
    work(office)
    text = mails(office)[0]["text"]
    assert "Mở công việc: https://chidao.example.vn/work" in text
    assert "https://chidao.example.vn/account/mail" in text


def test_a_mail_never_says_what_a_letter_says(office: Office) -> None:
    work(office)
    assert "tuyên truyền tháng Tư" not in json.dumps(mails(office), ensure_ascii=False)
    assert office.intact()


def test_a_long_list_is_cut(office: Office) -> None:
    for number in range(8, 8 + MOST_LINES):
        office.receive(number)
    at(office, "2024-04-02T08:00")
    work(office)
    assert mails(office)[-1]["text"].count("\n- ") == MOST_LINES + 1
    assert "- … và 1 việc khác" in mails(office)[-1]["text"]


def test_many_people_are_written_to_in_parts_and_each_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.effects.digests._PEOPLE", _one_at_a_time())
    monkeypatch.setattr("engine.effects.digests.TOGETHER", 1)
    office.change(update(person).values(email="ai@example.vn"))
    work(office)
    addressed = [mail["person"] for mail in mails(office)]
    assert sorted(addressed) == sorted(office.actor(login).id for login in (CLERK, "van.thu.2"))


def _one_at_a_time() -> Any:
    from engine.effects.digests import _PEOPLE

    return _PEOPLE.limit(1)


def test_a_worker_finds_it_by_its_wake_up(office: Office) -> None:
    with office.database.reading() as connection:
        chores = due_chores(connection, office.clock.now())
        assert [type(each) for each in chores if isinstance(each, SendDigests)] == [SendDigests]
        keys = keys_of([SendDigests()])
        assert due_at(connection, office.clock.now(), keys) == [SendDigests()]
    work(office)
    with office.database.reading() as connection:
        assert due_at(connection, office.clock.now(), keys) == []
    assert office.do(SendDigests(), SYSTEM) == {"noted": 0, "advanced": False}


def test_a_failing_morning_is_held_and_the_work_goes_on(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr("engine.effects.digests.digest_of", broken)
    work(office)
    assert mails(office) == []
    office.complete("check_incoming", CLERK, **CHECKED)
    monkeypatch.undo()
    monkeypatch.setenv("CHIDAO_SMTP_URL", "smtp://mail.example.vn")
    at(office, "2024-04-01T09:30")
    work(office)
    assert mails(office)[0]["subject"].endswith("1 việc mới")
