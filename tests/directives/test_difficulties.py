"""Difficulties: answered, answered with a later date, passed up, refused in words that people understand."""

from __future__ import annotations

from typing import Any

import pytest

from engine.storage import Database
from engine.storage.schema import assignment, difficulty, incident, obligation, reminder
from tests.directives.ward import Ward
from tests.door.office import Office


@pytest.fixture
def ward(ward_database: Database) -> Ward:
    return Ward(Office(ward_database))


def ask(ward: Ward, **form: Any) -> None:
    ward.start("difficulty_raise", "phuong")
    ward.fill("difficulty", "phuong", **form)
    ward.fill("approve_sign", "phuong")


def answer(ward: Ward, **form: Any) -> None:
    ward.fill("answer_difficulty", "btg", **form)
    ward.fill("approve_sign", "btg")


def test_a_difficulty_goes_to_the_issuer_and_its_answer_lands_on_the_desk(ward: Ward) -> None:
    ask(ward)
    row = ward.row(difficulty)
    assert (row.superior, row.status, row.directive) == (ward.office.unit("btg"), "open", ward.letter)
    answer(ward, text="Dùng nguồn chi thường xuyên.")
    assert (ward.row(difficulty).decision, ward.row(difficulty).status) == ("answer", "answered")
    assert ward.row(reminder, about=row.id).content == "Dùng nguồn chi thường xuyên."
    assert ward.office.count(incident) == 0


def test_the_contact_named_by_the_letter_is_asked_when_it_is_known_here(deployed_database: Database) -> None:
    ward = Ward(Office(deployed_database), contact="Báo Mường Sương")
    ask(ward)
    assert ward.row(difficulty).superior == ward.office.unit("bao")


def test_due_dates_stay_until_the_superior_decides_and_then_the_first_one_is_kept(ward: Ward) -> None:
    ask(ward, item_no="1", category="time")
    assert ward.row(assignment).due_at == "2024-04-19"
    answer(ward, handling="extend", new_due="2024-04-26")
    work = ward.row(assignment)
    assert (work.due_at, work.original_due, work.extensions) == ("2024-04-26", "2024-04-19", 1)
    assert ward.row(difficulty).new_due == "2024-04-26"


def test_a_difficulty_with_the_whole_letter_moves_the_report_that_is_owed_once(ward: Ward) -> None:
    ask(ward)
    answer(ward, handling="extend", new_due="2024-05-20")
    assert (ward.row(obligation).due_date, ward.row(obligation).original_due) == ("2024-05-20", "2024-05-15")


def test_a_new_date_that_is_not_later_is_not_taken(ward: Ward) -> None:
    ask(ward, item_no="1")
    ward.fill("answer_difficulty", "btg", handling="extend", new_due="2024-04-19")
    assert "after 2024-04-19" in ward.problems("btg", "answer_difficulty")


def test_a_difficulty_goes_one_level_up_with_a_row_of_its_own(ward: Ward) -> None:
    ask(ward)
    answer(ward, handling="escalate", text="Vượt thẩm quyền.")
    higher = ward.row(difficulty, organisation=ward.office.unit("btg"))
    assert (higher.superior, higher.escalated_from) == (ward.office.unit("tinh"), ward.row(difficulty, status="escalated").id)
    assert "Vượt thẩm quyền." in higher.description


def test_work_is_given_only_to_another_recipient(ward: Ward) -> None:
    ask(ward, item_no="1")
    ward.fill("answer_difficulty", "btg", handling="reassign", reassign_to="bao")
    assert "another recipient of 370-CV/BTGTU" in ward.problems("btg", "answer_difficulty")


@pytest.mark.parametrize(
    ("form", "said"),
    [({"item_no": "9"}, "an item of 370-CV/BTGTU"), ({"contact": "Sở X"}, "the code or the name of a known organisation")],
)
def test_what_cannot_be_raised_is_said(ward: Ward, form: dict[str, Any], said: str) -> None:
    ward.start("difficulty_raise", "phuong")
    ward.fill("difficulty", "phuong", **form)
    assert said in ward.problems("phuong")


def test_nothing_is_raised_about_a_case_that_is_over(ward: Ward) -> None:
    ward.start("directive_change", "btg")
    for form, unit in (("change_request", "btg"), ("approve_sign", "btg"), ("send_change", "btg"), ("see_change", "phuong"), ("change_answer", "phuong")):
        ward.fill(form, unit)
    ward.start("difficulty_raise", "phuong")
    ward.fill("difficulty", "phuong")
    assert "it was recalled or replaced" in ward.problems("phuong")


def test_nothing_is_raised_with_an_issuer_that_is_known_from_paper_only(ward: Ward) -> None:
    ward.letter = ward.office.receive(8)  # from `tinh`, which has nobody here, to `btg`
    ward.start("difficulty_raise", "btg")
    ward.fill("difficulty", "btg")
    assert "Thường trực Tỉnh ủy Mường Sương has nobody here" in ward.problems("btg")
