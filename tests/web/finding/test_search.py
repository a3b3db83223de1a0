"""Finding by words: what holds them, without marks, and only what the visitor may open."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from engine.door import Door
from engine.execution.poller import Poller
from engine.storage.schema import search_mark, search_text
from engine.storage.unit_of_work import UnitOfWork
from tests.web.conftest import SignIn
from tests.web.statements import counted
from web.door import EXTENSION
from web.finding.pages import ADDRESSES, KINDS

CLERK, CELL, AUDITOR = "buivanlan.8", "dangminhoanh.115", "tanthuan.144"
MOST = 20  # statements that read, with everything around the page


def search(client: FlaskClient, words: str, **more: str) -> str:
    answer = client.get("/search", query_string={"q": words, **more})
    assert answer.status_code == 200
    return answer.text


def hits(page: str) -> list[str]:
    """The headings of what was found."""
    return [re.sub(r"<[^>]+>", "", each).strip() for each in re.findall(r'<article class="hit"><h2[^>]*>(.*?)</h2>', page, re.DOTALL)]


@pytest.mark.parametrize("words", ["Tuần lễ đọc sách", "tuan le doc sach", '"doc sach"', "tuye phoi hop tuan 215"])
def test_directives_are_found_with_and_without_marks_by_phrase_and_by_the_beginning_of_words(sign_in_to_demo: SignIn, words: str) -> None:
    page = search(sign_in_to_demo(CLERK), words)
    assert any(each.startswith("215-CV/BTGTU") for each in hits(page))
    assert "<mark>" in page


def test_a_word_in_the_middle_of_another_is_none(sign_in_to_demo: SignIn) -> None:
    assert hits(search(sign_in_to_demo(CLERK), "uyentruyen")) == []


def test_the_text_of_a_file_is_found(sign_in_to_demo: SignIn) -> None:
    page = search(sign_in_to_demo(CLERK), "thu vien luu dong", kind="document")
    assert any("215-cv-btgtu.txt" in each for each in hits(page))


def test_nobody_finds_what_they_may_not_open(sign_in_to_demo: SignIn) -> None:
    assert any(each.startswith("201-CV/BTGTU") for each in hits(search(sign_in_to_demo(CLERK), "201-cv/btgtu")))
    assert not any(each.startswith("201-CV/BTGTU") for each in hits(search(sign_in_to_demo(CELL), "201-cv/btgtu")))


@pytest.mark.parametrize("login", [CLERK, CELL, AUDITOR, "vungocha.6"])
def test_whatever_is_found_opens(sign_in_to_demo: SignIn, login: str) -> None:
    client = sign_in_to_demo(login)
    found = re.findall(r'<article class="hit"><h2[^>]*>\s*<a href="([^"]+)"', search(client, "tuyen truyen"))
    assert found
    assert {address: client.get(address).status_code for address in found} == dict.fromkeys(found, 200)


def test_what_has_just_happened_is_not_found_yet_which_the_page_says_and_a_worker_mends(demo_app: Flask, sign_in_to_demo: SignIn) -> None:
    door: Door = demo_app.extensions[EXTENSION]
    client = sign_in_to_demo(CLERK)
    with UnitOfWork(door.database) as unit:  # as if the last records had come after the worker's last look
        unit.connection.execute(update(search_mark).values(seq=search_mark.c.seq - 20))
        unit.commit()
    with counted() as statements:
        assert "thay đổi mới nhất chưa đưa vào tìm kiếm" in search(client, "sach")
    assert not any("search_" in each for each in statements if not each.startswith(("SELECT", "WITH"))), "a search only reads"
    Poller(door).do(["texts:texts"])
    assert "thay đổi mới nhất" not in search(client, "sach")
    with door.database.reading() as connection:
        kinds = set(connection.execute(select(search_text.c.kind).distinct()).scalars())
    assert {"directive", "document", "task", "report"} <= kinds


def test_nothing_found_says_what_to_do(sign_in_to_demo: SignIn) -> None:
    assert "Hãy bớt từ" in search(sign_in_to_demo(CLERK), "khongcotunay")


def test_what_is_typed_is_shown_as_text(sign_in_to_demo: SignIn) -> None:
    page = search(sign_in_to_demo(CLERK), '<script>alert("x")</script> % _ \' "')
    assert "<script>alert" not in page


def test_a_day_that_cannot_be_read_is_told(sign_in_to_demo: SignIn) -> None:
    assert 'role="alert"' in search(sign_in_to_demo(CLERK), "sach", since="hôm qua")


def test_days_narrow_it_down(sign_in_to_demo: SignIn) -> None:
    assert hits(search(sign_in_to_demo(CLERK), "sach", until="01/01/2020")) == []


def test_the_page_asks_few_statements(sign_in_to_demo: SignIn) -> None:
    client = sign_in_to_demo(CLERK)
    search(client, "tuyen truyen")
    with counted() as statements:
        search(client, "tuyen truyen")
    assert sum(each.startswith(("SELECT", "WITH")) for each in statements) <= MOST


def test_nobody_is_led_to_the_door(demo_app: Flask) -> None:
    assert demo_app.test_client().get("/search?q=x").headers["Location"].startswith("/sign-in")


def test_the_kinds_have_addresses(sign_in_to_demo: SignIn) -> None:
    assert set(ADDRESSES) == set(KINDS)
    page = search(sign_in_to_demo(CLERK), "sach", kind="report")
    assert 'aria-current="page"' in page
