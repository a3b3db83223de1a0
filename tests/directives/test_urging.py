"""Urges: counted by matter and organisation, answered once, never edited, never deleted."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from engine.kernel.errors import Refused
from engine.storage import Database
from engine.storage.schema import reminder
from tests.directives.ward import Ward
from tests.door.office import Office

ENGINE = Path(__file__).parents[2] / "engine"


@pytest.fixture
def ward(ward_database: Database) -> Ward:
    return Ward(Office(ward_database))


def urge(ward: Ward, **form: Any) -> None:
    ward.start("urge_send", "btg")
    ward.fill("urge", "btg", **form)
    ward.fill("approve_sign", "btg")


def urges(ward: Ward) -> list[Any]:
    query = select(reminder).where(reminder.c.urge_level > 0).order_by(reminder.c.number)
    with ward.office.database.reading() as connection:
        return list(connection.execute(query))


def test_every_urge_has_its_number_and_says_from_whom_it_is(ward: Ward) -> None:
    urge(ward)
    urge(ward, content="Đề nghị báo cáo ngay.")
    assert [(row.number, row.urge_level, row.directive) for row in urges(ward)] == [(1, 2, ward.letter), (2, 2, ward.letter)]
    assert {(row.organisation, row.from_organisation) for row in urges(ward)} == {(ward.office.unit("phuong"), ward.office.unit("btg"))}


def test_an_urge_is_explained_once_and_the_superior_is_told(ward: Ward) -> None:
    urge(ward)
    ward.fill("explain_urge", "phuong", explanation="Sẽ xong.", plan_date="2024-04-15")
    ward.fill("approve_sign", "phuong")
    (row,) = urges(ward)
    assert (row.answer, bool(row.answered_at)) == ("Sẽ xong. (2024-04-15)", True)
    told = ward.row(reminder, about=row.id)
    assert (told.organisation, told.role, told.content) == (ward.office.unit("btg"), "consolidator", "Sẽ xong. (2024-04-15)")


def test_from_leader_to_leader_ones_own_superior_gets_a_copy(ward: Ward) -> None:
    urge(ward, level="3")
    copy = ward.row(reminder, organisation=ward.office.unit("tinh"))
    assert (copy.urge_level, copy.number, copy.directive) == (0, 0, ward.letter)


def test_only_those_are_urged_with_whom_the_letter_is_open(ward: Ward) -> None:
    ward.start("urge_send", "btg")
    ward.fill("urge", "btg", targets=["bao"])
    assert "370-CV/BTGTU is still open (Đảng ủy phường Đông Sơn), but found 'bao'" in ward.problems("btg")


def test_one_urges_for_ones_own_letters_only(ward: Ward) -> None:
    with pytest.raises(Refused, match="Expected a directive that Đảng ủy phường Đông Sơn has issued itself"):
        ward.start("urge_send", "phuong")


def test_a_reminder_is_changed_by_its_answer_alone_and_deleted_by_nobody() -> None:
    sources = [path.read_text("utf-8") for path in ENGINE.rglob("*.py")]
    assert not any(re.search(r"\bdelete\(reminder\)", source) for source in sources)
    changed = [set(re.findall(r"(\w+)=", call)) for source in sources for call in re.findall(r"update\(reminder\).*?values\((.*?)\)", source, re.DOTALL)]
    assert len(changed) >= 1
    assert all(fields <= {"answered_at", "answer"} for fields in changed)
