"""The page of exceptions: told in words, by kind, each with its record; a review is recorded from it; the purpose is said once."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select

from engine.history.record import ACCESS_LOG, opened
from engine.storage import Database
from engine.storage.schema import history_record
from tests.pages import send
from tests.web.conftest import SignIn
from tests.web.read_page import read
from tests.web.running.test_running import login_of

ROOM = "/audit/exceptions?since=01/01/2024"


@pytest.fixture
def auditor(demonstration_database: Database) -> str:
    return login_of(demonstration_database, "auditor")


def text(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def newest(database: Database, action: str, *, log: str = "chidao/log1") -> dict[str, object]:
    columns = history_record.c
    with database.reading() as connection:
        query = select(columns.body).where(columns.log == log, columns.action == action).order_by(columns.seq.desc()).limit(1)
        return opened(connection.execute(query).scalar_one())


def test_the_exceptions_are_told_in_words_with_their_records(sign_in_to_demo: SignIn, auditor: str) -> None:
    client = sign_in_to_demo(auditor)
    page = client.get(ROOM)
    assert read(page.text).faults() == []
    said = text(page.text)
    assert "Chưa có lần rà soát nào được ghi lại." in said
    assert "nhiệm vụ chưa xong khi hết hạn" in said
    assert "người soạn và người duyệt là một; được miễn: chi bộ" in said
    record = re.search(r'href="(/audit/records/chidao/log1/\d+)"', page.text)
    assert record is not None
    assert client.get(record[1]).status_code == 200


def test_a_kind_shows_its_own_and_a_wrong_day_is_told(sign_in_to_demo: SignIn, auditor: str) -> None:
    client = sign_in_to_demo(auditor)
    late = text(client.get(f"{ROOM}&kind=late").text)
    assert "nhiệm vụ chưa xong khi hết hạn" in late
    assert "người soạn và người duyệt là một" not in late
    assert 'id="problem"' in client.get("/audit/exceptions?since=mai+kia").text


def test_a_review_is_recorded_and_stands_on_the_page(demonstration_database: Database, sign_in_to_demo: SignIn, auditor: str) -> None:
    client = sign_in_to_demo(auditor)
    answer = send(client, ROOM, {"since": "01/01/2024", "kind": "late", "note": "Đề nghị đôn đốc."}, to="/audit/exceptions", follow_redirects=True)
    said = text(answer.text)
    assert "Đã ghi lần rà soát" in said
    assert "Rà soát gần nhất lúc" in said
    assert "Đề nghị đôn đốc." in said
    sealed = newest(demonstration_database, "review.made")
    assert sealed["reason"] == {"code": "review", "text": "Đề nghị đôn đốc."}


def test_what_it_is_looked_at_for_stands_with_each_look_until_it_is_taken_back(demonstration_database: Database, sign_in_to_demo: SignIn, auditor: str) -> None:
    client = sign_in_to_demo(auditor)
    said = send(client, ROOM, {"purpose": "Kiểm tra quý II", "next": ROOM}, to="/audit/purpose", follow_redirects=True)
    assert "Mục đích tra cứu: Kiểm tra quý II" in text(said.text)
    assert newest(demonstration_database, "audit.see", log=ACCESS_LOG)["reason"] == {"code": "purpose", "text": "Kiểm tra quý II"}
    assert send(client, ROOM, {"purpose": "", "next": "https://elsewhere.example/"}, to="/audit/purpose").headers["Location"] == "/audit"
    client.get(ROOM)
    assert newest(demonstration_database, "audit.see", log=ACCESS_LOG)["reason"] is None


def test_only_an_auditor_reviews_or_says_a_purpose(demonstration_database: Database, sign_in_to_demo: SignIn) -> None:
    client = sign_in_to_demo(login_of(demonstration_database, "specialist"))
    assert send(client, "/work", {"purpose": "x"}, to="/audit/purpose").status_code == 403
    assert send(client, "/work", {"note": "x"}, to="/audit/exceptions").status_code == 403
    assert newest(demonstration_database, "audit.review")["outcome"] == "denied"
