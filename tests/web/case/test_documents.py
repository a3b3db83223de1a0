"""Stored files: handed out as they arrived, to whoever may see what refers to them; what they say, with the evidence."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import insert, select

from engine.kernel.canonical import sha256_hex
from engine.storage import Database
from engine.storage.schema import document, draft, person
from engine.storage.unit_of_work import UnitOfWork
from tests.web.case.conftest import Find
from tests.web.conftest import SignIn


def stored(database: Database, content: bytes, name: str, kind: str) -> str:
    digest = sha256_hex(content)
    with UnitOfWork(database) as unit:
        unit.connection.execute(insert(document).values(sha256=digest, name=name, media_type=kind, size=len(content), content=content))
        unit.commit()
    return digest


def typing(database: Database, login: str, digest: str) -> None:
    """Let somebody have begun to write about a file."""
    with UnitOfWork(database) as unit:
        identity = unit.connection.execute(select(person.c.id).where(person.c.login == login)).scalar_one()
        row: dict[str, Any] = {"place": f"register:{digest}", "person": identity, "data": "{}", "saved_at": "2026-11-20T02:00:00.000Z"}
        unit.connection.execute(insert(draft).values(**row))
        unit.commit()


def test_the_file_of_a_letter_is_handed_out_as_it_arrived(sign_in_to_demo: SignIn, desk: Find, demonstration_database: Database) -> None:
    mine = desk("check_incoming", "province")
    answer = sign_in_to_demo(mine.login).get(f"/documents/{mine.document}")
    assert answer.status_code == 200
    assert sha256_hex(answer.data) == mine.document
    assert re.fullmatch(r"attachment; filename=\d+-cv-vp\.txt", answer.headers["Content-Disposition"])
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_what_it_says_stands_with_the_lines_that_say_so(sign_in_to_demo: SignIn, desk: Find) -> None:
    mine = desk("execute_update", "province")
    page = sign_in_to_demo(mine.login).get(f"/documents/{mine.document}/text").text
    for number in re.findall(r'href="#line-(\d+)"', page):
        assert re.search(rf'id="line-{number}" class="proof"><mark>', page)
    assert "Nội dung yêu cầu" in page
    assert re.search(r"chậm nhất \d\d/\d\d/\d{4}", page)


@pytest.mark.parametrize("part", ["", "/text"])
def test_a_stranger_does_not_get_it(sign_in_to_demo: SignIn, desk: Find, stranger: str, part: str) -> None:
    mine = desk("check_incoming", "province")
    assert sign_in_to_demo(stranger).get(f"/documents/{mine.document}{part}").status_code == 403


@pytest.mark.parametrize("address", ["/documents/nothing", f"/documents/{'0' * 64}", f"/documents/{'0' * 64}/text", "/documents/%25/text"])
def test_a_digest_that_nothing_has_is_told(sign_in_to_demo: SignIn, desk: Find, address: str) -> None:
    assert sign_in_to_demo(desk("check_incoming").login).get(address).status_code == 404


def test_a_file_that_nothing_refers_to_is_nobodys(sign_in_to_demo: SignIn, desk: Find, demonstration_database: Database) -> None:
    digest = stored(demonstration_database, b"nobody's", "nobody.txt", "text/plain")
    assert sign_in_to_demo(desk("check_incoming").login).get(f"/documents/{digest}").status_code == 404


def test_a_file_that_one_is_registering_is_ones_own(sign_in_to_demo: SignIn, desk: Find, stranger: str, demonstration_database: Database) -> None:
    mine = desk("check_incoming", "province")
    digest = stored(demonstration_database, b"<script>alert(1)</script>", "Công văn số 1.html", "text/html")
    typing(demonstration_database, mine.login, digest)
    answer = sign_in_to_demo(mine.login).get(f"/documents/{digest}")
    assert answer.status_code == 200
    assert answer.mimetype == "application/octet-stream"
    assert "C%C3%B4ng%20v%C4%83n" in answer.headers["Content-Disposition"]
    assert sign_in_to_demo(stranger).get(f"/documents/{digest}").status_code == 404


def test_a_file_that_cannot_be_read_is_still_offered(sign_in_to_demo: SignIn, desk: Find, demonstration_database: Database) -> None:
    mine = desk("check_incoming", "province")
    digest = stored(demonstration_database, b"\x00\x01\x02 no text", "anh.bin", "application/octet-stream")
    typing(demonstration_database, mine.login, digest)
    page = sign_in_to_demo(mine.login).get(f"/documents/{digest}/text")
    assert page.status_code == 200
    assert "vui lòng mở tệp gốc" in page.text
