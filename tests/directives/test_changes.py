"""Recall, amendment, replacement and correction of a letter: what stays, what ends, what moves, what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from engine.definitions.command import DeployDefinitions
from engine.instances.commands import CompleteUserTask
from engine.kernel.errors import Refused
from engine.storage import Database
from engine.storage.schema import assignment, change_answer, change_request, directive, dispatch, incident, obligation, register_entry
from tests.directives.ward import Ward
from tests.door.office import Office, shipped


@pytest.fixture
def ward(ward_database: Database) -> Ward:
    return Ward(Office(ward_database))


def ask(ward: Ward, **form: Any) -> None:
    ward.start("directive_change", "btg")
    ward.fill("change_request", "btg", **form)
    ward.fill("approve_sign", "btg")
    ward.fill("send_change", "btg")
    ward.fill("see_change", "phuong")


def test_a_recall_that_is_agreed_to_ends_the_case_and_cancels_the_record_but_keeps_what_it_says(ward: Ward) -> None:
    ask(ward)
    ward.fill("change_answer", "phuong")
    assert ward.row(directive, id=ward.letter).status == "recalled"
    assert (ward.row(dispatch).status, ward.row(obligation).status, ward.row(assignment).status) == ("15", "closed", "withdrawn")
    entry = ward.row(register_entry)
    assert entry.cancelled_at
    assert (entry.cancel_reason.startswith("recall: "), entry.number) == (True, 1)
    assert (ward.row(change_answer).status, ward.row(change_request).status) == ("agreed", "ended")
    assert ward.office.count(incident) == 0
    assert ward.office.intact()


def test_a_recall_of_something_carried_out_is_refused_and_the_issuer_is_told(ward: Ward) -> None:
    ask(ward)
    ward.fill("change_answer", "phuong", answer="refuse", reason="Đã làm xong.", already_done="Treo cờ ngày 05/4.")
    assert (ward.row(dispatch).status, ward.row(obligation).status) == ("05", "open")
    assert ward.row(register_entry).cancelled_at is None
    told = ward.office.task("read_change_result", "btg").context
    assert "Đảng ủy phường Đông Sơn does not agree" in told
    assert "Treo cờ ngày 05/4." in told


def test_a_campaign_that_is_prolonged_is_reported_on_later_by_as_many_days(ward: Ward) -> None:
    ask(ward, kind="amend", amend={"phase_end": "2024-05-20", "items": [{"item_no": "1", "due_date": "2024-04-26"}]})
    ward.fill("change_answer", "phuong")
    duty, work = ward.row(obligation), ward.row(assignment)
    assert (duty.opens_on, duty.due_date, duty.original_due, duty.status) == ("2024-05-20", "2024-05-30", "2024-05-15", "open")
    assert (work.due_at, work.original_due, work.extensions) == ("2024-04-26", "2024-04-19", 0)
    assert '"old": {"due_at": "2024-04-19"}' in ward.row(change_answer).diff
    assert ward.row(directive, id=ward.letter).status == "issued"


def test_a_correction_is_noted_and_changes_nothing(ward: Ward) -> None:
    ask(ward, kind="correct", text="Ngày ban hành in sai.")
    before = (ward.row(dispatch), ward.row(obligation), ward.row(assignment), ward.row(directive, id=ward.letter))
    ward.fill("change_answer", "phuong")
    assert (ward.row(dispatch), ward.row(obligation), ward.row(assignment), ward.row(directive, id=ward.letter)) == before
    assert ward.row(change_answer).status == "agreed"


def test_a_letter_of_somebody_else_cannot_be_changed_and_it_is_said_whom_to_ask(ward: Ward) -> None:
    with pytest.raises(Refused, match=r"has issued itself, but 370-CV/BTGTU of 2024-04-01 is none\. Ask the other side to start it\."):
        ward.start("directive_change", "phuong")


def test_a_diagram_that_lets_recipients_ask_for_a_change_freezes_nothing(ward: Ward) -> None:
    """What a designer draws does not give anybody power over the letters of others."""
    files = shipped()
    (path,) = [path for path in files if path.endswith("/directive_change.bpmn")]
    shipped_one = bytes.fromhex(files[path])
    drawn = shipped_one.replace(b' chidao:subject="issued"', b"")
    assert drawn != shipped_one
    ward.office.do(DeployDefinitions(files={**files, path: drawn.hex()}, reason="test"))
    ward.start("directive_change", "phuong")
    ward.fill("change_request", "phuong")
    ward.fill("approve_sign", "phuong")
    assert "Ask Ban Tuyên giáo Tỉnh ủy Mường Sương for the change." in ward.row(incident).message
    assert ward.office.count(change_request) == 0
    assert (ward.row(directive, id=ward.letter).status, ward.row(register_entry).frozen_at) == ("issued", None)


def test_an_amendment_must_say_what_it_changes_and_a_recalled_letter_cannot_be_recalled_again(ward: Ward) -> None:
    ward.start("directive_change", "btg")
    ward.fill("change_request", "btg", kind="amend", amend={})
    assert "found nothing. Fill in" in ward.problems("btg")
    ward.fill("request_refused", "btg")
    ask(ward)
    ward.start("directive_change", "btg")
    ward.fill("change_request", "btg")
    assert "has been recalled already" in ward.problems("btg")


def test_nobody_answers_twice(ward: Ward) -> None:
    ask(ward)
    task = ward.office.task("change_answer", "phuong").id
    ward.fill("change_answer", "phuong")
    with pytest.raises(Refused, match="you yourself completed this task"):
        ward.office.do(CompleteUserTask(task=task, data={"answer": "agree"}), ward.office.actor("bi.thu"))
