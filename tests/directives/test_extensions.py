"""Extensions: granted once, refused, late with an explanation, never beyond the maximum."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.directory.settings import EXTENSIONS_MAX
from engine.storage import Database
from engine.storage.schema import assignment, extension, obligation, reminder, setting
from tests.directives.ward import Ward
from tests.door.office import Office

LATER = {"new_due": "2024-04-26"}


@pytest.fixture
def ward(ward_database: Database) -> Ward:
    return Ward(Office(ward_database))


def ask(ward: Ward, **form: Any) -> None:
    ward.start("extension_request", "phuong")
    ward.fill("extension_request", "phuong", **{**LATER, **form})


def granted(ward: Ward, **form: Any) -> None:
    ask(ward, **form)
    ward.fill("approve_sign", "phuong")
    ward.fill("decide_extension", "btg")


def test_an_extension_that_is_granted_keeps_the_first_date(ward: Ward) -> None:
    granted(ward)
    work, row = ward.row(assignment), ward.row(extension)
    assert (work.due_at, work.original_due, work.extensions) == ("2024-04-26", "2024-04-19", 1)
    assert (row.number, row.decision, row.old_due, row.new_due, row.late) == (1, "granted", "2024-04-19", "2024-04-26", 0)
    assert ward.row(reminder, about=row.id).new_due == "2024-04-26"


def test_an_extension_that_is_refused_moves_nothing(ward: Ward) -> None:
    ask(ward)
    ward.fill("approve_sign", "phuong")
    ward.fill("decide_extension", "btg", decision="refuse", reason="Nơi khác đã xong.")
    assert (ward.row(assignment).due_at, ward.row(assignment).extensions) == ("2024-04-19", 0)
    assert ward.row(extension).decision_reason == "Nơi khác đã xong."


def test_a_second_extension_is_beyond_the_maximum_unless_the_setting_says_otherwise(ward: Ward) -> None:
    granted(ward)
    ask(ward, new_due="2024-04-30")
    assert "extended less than 1 time, but it was extended from 2024-04-19 to 2024-04-26 already" in ward.problems("phuong")
    ward.office.change(setting.insert().values(key=EXTENSIONS_MAX, value="2"))
    ward.fill("request_refused", "phuong", next="correct")
    ward.fill("extension_request", "phuong", new_due="2024-04-30")
    ward.fill("approve_sign", "phuong")
    ward.fill("decide_extension", "btg")
    assert (ward.row(assignment).due_at, ward.row(assignment).original_due) == ("2024-04-30", "2024-04-19")


def test_what_is_asked_for_after_the_due_date_needs_an_explanation(ward: Ward) -> None:
    ward.office.clock.advance_to(datetime(2024, 4, 22, 1, 0, tzinfo=UTC))
    ask(ward)
    assert "written explanation, because the assignment was due on 2024-04-19" in ward.problems("phuong")
    ward.fill("request_refused", "phuong", next="correct")
    ward.fill("extension_request", "phuong", **LATER, explanation="Chờ vật tư.")
    ward.fill("approve_sign", "phuong")
    assert (ward.row(extension).late, ward.row(extension).explanation) == (1, "Chờ vật tư.")


def test_a_report_is_extended_and_a_milestone_that_is_not_there_is_not(ward: Ward) -> None:
    granted(ward, about="obligation", new_due="2024-05-20")
    assert (ward.row(obligation).due_date, ward.row(obligation).original_due) == ("2024-05-20", "2024-05-15")
    ask(ward, about="milestone")
    assert "an open milestone of Đảng ủy phường Đông Sơn in 370-CV/BTGTU, but found none" in ward.problems("phuong")


def test_two_requests_for_the_same_work_do_not_run_side_by_side(ward: Ward) -> None:
    ask(ward)
    ward.fill("approve_sign", "phuong")
    ask(ward)
    assert "one waits for its decision" in ward.problems("phuong")


def test_a_date_that_is_not_later_is_not_asked_for(ward: Ward) -> None:
    ask(ward, new_due="2024-04-19")
    assert "after 2024-04-19" in ward.problems("phuong")
