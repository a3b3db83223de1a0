"""A directive that is given back: who hears of it, what the issuer may answer, what is said of an answer that cannot be done."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from engine.instances.commands import CompleteUserTask, StartProcess
from engine.storage import Database
from engine.storage.schema import dispatch, inbox, instance, obligation, user_task
from tests.door.office import CHECKED, Office
from tests.processes.walk import filled

WRONG = CHECKED | {"right_addressee": False, "decision": "return", "reason": "Không đúng nơi nhận."}
NOT_OURS = {"action": "out_of_scope", "proposed_body": "bao", "reason": "Không phải việc của phường."}
MONTHLY = {"frequency": "monthly", "report_type": "báo cáo công tác tháng", "first_period": "2024-06", "end_period": "2024-06"}


@pytest.fixture
def office(deployed_database: Database) -> Office:
    return Office(deployed_database).deploy()


def issue(office: Office) -> None:
    """btg issues a letter of its own accord to its ward."""
    office.do(StartProcess(process="directive_originate", organisation=office.unit("btg"), directive=None), office.actor("chuyen.vien"))
    office.drain()
    draft = filled("draft_directive") | {"recipient_groups": ["duoi"], "obligation": MONTHLY, "sunset": "2024-07-31", "process": "coordination_monthly"}
    office.complete("draft_directive", "chuyen.vien", **draft)
    office.complete("check_form", "lanh.dao", **filled("check_form"))
    office.complete("sign_directive", "lanh.dao", decision="sign")
    office.complete("number_dispatch", "van.thu", issued_date="2024-04-01")


def ward(office: Office, form: str, **data: Any) -> None:
    """The ward answers a form."""
    office.do(CompleteUserTask(task=office.task(form, "phuong").id, data=data), office.actor("bi.thu"))
    office.drain()


def returned(office: Office) -> Office:
    issue(office)
    ward(office, "check_incoming", **WRONG)
    return office


def said_not_ours(office: Office) -> Office:
    issue(office)
    ward(office, "check_incoming", **CHECKED)
    ward(office, "register_incoming", **filled("register_incoming"))
    ward(office, "leader_instruction", **NOT_OURS)
    return office


def answer(office: Office, decision: str, **more: Any) -> Office:
    office.complete("handle_refusal", "lanh.dao", decision=decision, note="Ý kiến của Ban.", **more)
    return office


def problem(office: Office) -> str:
    return str(json.loads(office.task("handle_refusal").context)["problem"])


def status(office: Office, unit: str) -> str:
    with office.database.reading() as connection:
        return str(connection.execute(select(dispatch.c.status).where(dispatch.c.organisation == office.unit(unit))).scalar_one())


def owed(office: Office) -> dict[str, str]:
    with office.database.reading() as connection:
        return {row.organisation: row.status for row in connection.execute(select(obligation))}


def unread(office: Office) -> int:
    return office.count(inbox, inbox.c.consumed_ver.is_(None))


def test_a_letter_whose_issuer_nobody_plays_is_given_back_on_paper(office: Office) -> None:
    office.receive()
    office.complete("check_incoming", "van.thu", **WRONG)
    assert (status(office, "btg"), unread(office)) == ("02", 0)
    assert office.count(instance, instance.c.status != "ended") == 0
    assert ("directive.refused", "done") in office.outcomes()


def test_what_is_not_our_task_is_recorded_when_nobody_can_answer(office: Office) -> None:
    office.receive()
    office.complete("check_incoming", "van.thu", **CHECKED)
    office.complete("register_incoming", "van.thu", **filled("register_incoming"))
    office.complete("leader_instruction", "lanh.dao", **NOT_OURS)
    assert (status(office, "btg"), unread(office), office.count(instance, instance.c.status != "ended")) == ("02", 0, 0)


def test_the_issuer_sees_who_gives_the_letter_back_and_why(office: Office) -> None:
    context = json.loads(returned(office).task("handle_refusal").context)
    assert context["refused_by_name"] == "Đảng ủy phường Đông Sơn"
    assert (context["refusal_kind"], context["refusal_reason"]) == ("return", "Không đúng nơi nhận.")
    assert office.task("handle_refusal").role == "leader"


def test_a_letter_that_was_given_back_may_be_let_go(office: Office) -> None:
    answer(returned(office), "withdraw")
    assert (status(office, "phuong"), owed(office), unread(office)) == ("02", {office.unit("phuong"): "closed"}, 0)


def test_another_body_gets_the_letter_and_its_duty(office: Office) -> None:
    answer(returned(office), "transfer", to_organisation="bao")
    assert (status(office, "phuong"), status(office, "bao")) == ("02", "01")
    assert owed(office) == {office.unit("phuong"): "closed", office.unit("bao"): "open"}
    assert office.task("check_incoming", "bao").status == "open"


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("nobody", "Expected the code of an organisation, but found 'nobody', which none has."),
        ("phuong", "but Đảng ủy phường Đông Sơn has received it. Choose another one"),
        ("btg", "is its issuer. Choose another one."),
    ],
)
def test_a_transfer_that_cannot_be_done_comes_back_to_the_leader(office: Office, code: str, sentence: str) -> None:
    answer(returned(office), "transfer", to_organisation=code)
    assert sentence in problem(office)
    assert owed(office) == {office.unit("phuong"): "closed"}
    assert answer(office, "withdraw").count(user_task, user_task.c.form == "handle_refusal", user_task.c.status == "open") == 0


def test_a_letter_that_was_given_back_may_be_sent_again(office: Office) -> None:
    answer(returned(office), "resend")
    task = office.task("check_incoming", "phuong")
    assert json.loads(task.context)["issuer_note"] == "Ý kiến của Ban."
    assert (status(office, "phuong"), owed(office)) == ("01", {office.unit("phuong"): "open"})


def test_a_body_that_waits_for_the_answer_hears_that_it_has_to_do_it(office: Office) -> None:
    answer(said_not_ours(office), "insist")
    assert json.loads(office.task("leader_instruction", "phuong").context)["issuer_note"] == "Ý kiến của Ban."
    assert (status(office, "phuong"), unread(office)) == ("03", 0)


def test_a_body_that_waits_for_the_answer_is_let_off(office: Office) -> None:
    answer(said_not_ours(office), "withdraw")
    assert (status(office, "phuong"), unread(office)) == ("02", 0)
    assert office.count(instance, instance.c.organisation == office.unit("phuong"), instance.c.status != "ended") == 0
