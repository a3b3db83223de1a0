"""The page of the seal: what the last check found is said in words, with where copies are kept, and who looked is recorded."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select

from engine.audit.verifying import RecordVerification
from engine.history.record import ACCESS_LOG
from engine.kernel.actor import SYSTEM
from engine.storage import Database, UnitOfWork
from engine.storage.schema import checkpoint_place, history_record
from tests.web.conftest import SignIn
from tests.web.read_page import read
from tests.web.running.test_running import login_of
from web.door import EXTENSION

ROOM = "/audit/verify"
LOGS = ({"log": "chidao/log1", "records": 31, "since": 0, "good": 30, "findings": 0}, {"log": "chidao/log1/access", "records": 5, "since": 0, "good": 5, "findings": 0})
FINDING = {"level": 5, "log": "chidao/log1", "record": 17, "last": 30, "field": "hash", "expected": "aa11", "found": "bb22"}
MISSING = "chidao/log1 records 3 to 5: Expected the key 0badc0de in the trust file, but it is not there. Get the trust file that was published."


@pytest.fixture
def auditor(demonstration_database: Database) -> str:
    return login_of(demonstration_database, "auditor")


def checked(app: Flask, result: str, **more: Any) -> None:
    """Record a check, as the command line does."""
    told = RecordVerification(**{"result": result, "levels": (1, 2, 3), "logs": LOGS, "findings": (), "missing": (), **more})
    app.extensions[EXTENSION].execute(told, SYSTEM, key=f"check:{result}")


def text(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def test_a_history_that_nobody_has_checked_is_not_called_unchanged(sign_in_to_demo: SignIn, auditor: str) -> None:
    answer = sign_in_to_demo(auditor).get(ROOM)
    assert answer.status_code == 200
    assert read(answer.text).faults() == []
    assert "Chưa có lần đối chiếu nào." in text(answer.text)
    assert "nguyên vẹn:" not in text(answer.text)


@pytest.mark.parametrize(
    ("result", "more", "said"),
    [
        ("intact", {}, "Còn nguyên vẹn: lần đối chiếu gần nhất, lúc "),
        ("tampered", {"findings": (FINDING,)}, "Lịch sử (chidao/log1), bản ghi 17 đến 30 hash aa11 bb22 Bản sao mã băm"),
        ("unchecked", {"missing": (MISSING,)}, "Lịch sử (chidao/log1), bản ghi 3 đến 5: Tệp khóa công khai không có khóa 0badc0de. Cần lấy tệp đã được công bố."),
    ],
)
def test_the_last_check_is_told_in_words(demo_app: Flask, sign_in_to_demo: SignIn, auditor: str, result: str, more: dict[str, Any], said: str) -> None:
    checked(demo_app, result, **more)
    answer = sign_in_to_demo(auditor).get(ROOM)
    assert said in text(answer.text)
    assert read(answer.text).faults() == []


def test_the_newest_check_stands_first(demo_app: Flask, sign_in_to_demo: SignIn, auditor: str) -> None:
    checked(demo_app, "tampered", findings=(FINDING,))
    checked(demo_app, "intact")
    page = text(sign_in_to_demo(auditor).get(ROOM).text)
    assert "Còn nguyên vẹn" in page
    assert page.index("nguyên vẹn 1") < page.index("bị thay đổi 1")


def test_a_place_that_was_not_reached_is_told_with_why(demonstration_database: Database, sign_in_to_demo: SignIn, auditor: str) -> None:
    with UnitOfWork(demonstration_database) as unit:
        row = {"place": "/mnt/archive", "log": "chidao/log1", "size": 30, "failed_at": "2026-11-20T01:00:00.000Z", "error": "Expected to write to /mnt/archive, but could not: gone. Look at its rights, its room and whether it is there."}
        unit.connection.execute(insert(checkpoint_place).values(**row))
        unit.commit()
    page = text(sign_in_to_demo(auditor).get(ROOM).text)
    assert "không ghi được từ 08:00 ngày 20/11/2026" in page
    assert "Không ghi được vào /mnt/archive: gone." in page


def test_whoever_looks_is_recorded_and_staff_are_not_let_in(demonstration_database: Database, sign_in_to_demo: SignIn, auditor: str) -> None:
    sign_in_to_demo(auditor).get(ROOM)
    assert sign_in_to_demo(login_of(demonstration_database, "specialist")).get(ROOM).status_code == 403
    with demonstration_database.reading() as connection:
        looks = connection.execute(select(history_record.c.action, history_record.c.outcome).where(history_record.c.log == ACCESS_LOG)).all()
    assert [tuple(row) for row in looks if row.action == "seal.see"] == [("seal.see", "done"), ("seal.see", "denied")]
