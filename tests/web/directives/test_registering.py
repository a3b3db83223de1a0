"""Registering from a file: read, corrected, confirmed; large, broken and old files; nothing that was typed is lost."""

from __future__ import annotations

import io
import re
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from engine.storage import Database
from engine.storage.schema import directive, dispatch, document, draft, receipt_source
from tests.pages import send
from tests.web.conftest import SignIn
from web.door import EXTENSION

CLERK, LEADER = "leminhchi.3", "nguyenvanan.1"  # of the committee of the province
PAGE = "/directives/register"
LETTER = """BAN CHỈ ĐẠO PHONG TRÀO ĐỌC SÁCH            ĐẢNG CỘNG SẢN VIỆT NAM
TRUNG ƯƠNG
*                                      Hà Nội, ngày 05 tháng 8 năm 2025
Số 240-CV/BCĐ
V/v tuyên truyền ngày hội đọc sách mùa thu

Kính gửi: - Các tỉnh ủy, thành ủy.

Thực hiện Kế hoạch số 90-KH/TW, ngày 01/8/2025 của Ban Chỉ đạo, Ban Chỉ đạo đề nghị các đồng chí:
1. Các tỉnh ủy tổ chức ngày hội đọc sách tại cơ sở trước ngày 15/9/2025.
2. Các cơ quan báo chí đưa tin về ngày hội.
3. Báo cáo kết quả về Ban Chỉ đạo trước ngày 25/9/2025.

Nơi nhận:                              K/T TRƯỞNG BAN
- Như trên,                            PHÓ TRƯỞNG BAN
- Lưu VT.
                                       Vàng Minh Tuệ
"""


@pytest.fixture
def database(demo_app: Flask) -> Database:
    found: Database = demo_app.extensions[EXTENSION].database
    return found


@pytest.fixture
def clerk(sign_in_to_demo: SignIn) -> FlaskClient:
    return sign_in_to_demo(CLERK)


def upload(client: FlaskClient, content: bytes, name: str = "letter.txt") -> TestResponse:
    unit = re.search(r'name="organisation" value="([^"]+)"', client.get(PAGE).text)
    assert unit is not None
    return send(client, PAGE, {"organisation": unit[1], "file": (io.BytesIO(content), name)})


def opened(client: FlaskClient, content: bytes = LETTER.encode(), name: str = "letter.txt") -> str:
    answer = upload(client, content, name)
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def fields(client: FlaskClient, page: str) -> dict[str, str]:
    """Every field of the form as a browser would send it back."""
    text = client.get(page).text
    form = text[text.index('<form method="post" action="/directives/register/') :]
    form = form[: form.index("</form>")]
    found = {name: unescape(value) for name, value in re.findall(r'<input class="form-control[^"]*" id="[^"]+" name="([^"]+)" value="([^"]*)"', form)}
    found |= {name: unescape(value) for name, value in re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>([^<]*)</textarea>', form)}
    found |= dict(re.findall(r'<input class="form-check-input" type="radio" name="([^"]+)" id="[^"]+" value="([^"]+)" checked>', form))
    for name, options in re.findall(r'<select[^>]* name="([^"]+)">(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found


def chosen(client: FlaskClient, page: str) -> dict[str, Any]:
    """The form as it is proposed, with the issuer that the clerk chooses."""
    typed = fields(client, page)
    if "issuer" not in typed:
        offered = re.search(r'name="issuer" id="issuer-1" value="([^"]+)"', client.get(page).text)
        assert offered is not None
        typed["issuer"] = offered[1]
    return typed


def count(database: Database, table: Any, *where: Any) -> int:
    with database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one())


def test_a_file_is_read_stored_once_and_registers_nothing_by_itself(database: Database, clerk: FlaskClient) -> None:
    before, letters = count(database, document), count(database, directive)
    page = opened(clerk)
    assert opened(clerk) == page  # the same file again: the same registration
    assert count(database, document) == before + 1
    assert count(database, directive) == letters
    text = clerk.get(page).text
    for words in ("240", "CV/BCĐ", "05/08/2025", "tuyên truyền ngày hội đọc sách mùa thu", "đọc được trong văn bản", "<mark>"):
        assert words in text


def test_what_is_confirmed_becomes_a_directive_with_its_case(database: Database, clerk: FlaskClient) -> None:
    page = opened(clerk)
    answer = send(clerk, page, {**chosen(clerk, page), "do": "confirm"})
    assert answer.status_code == 303, re.findall(r'<div class="notice notice-bad".*?</div>', answer.text, re.DOTALL)
    with database.reading() as connection:
        row = connection.execute(select(directive).where(directive.c.symbol == "CV/BCĐ", directive.c.number == 240)).one()
    assert answer.headers["Location"].endswith(row.id)
    assert row.issued_date == "2025-08-05"
    assert row.document is not None
    assert count(database, draft) == 0


def test_what_the_clerk_corrects_prevails(database: Database, clerk: FlaskClient) -> None:
    page = opened(clerk)
    send(clerk, page, {**chosen(clerk, page), "subject": "trích yếu đã sửa", "number": "241", "do": "confirm"})
    assert count(database, directive, directive.c.subject == "trích yếu đã sửa", directive.c.number == 241) == 1


def test_a_missing_field_is_told_beside_it_and_nothing_is_lost(clerk: FlaskClient) -> None:
    page = opened(clerk)
    answer = send(clerk, page, {**chosen(clerk, page), "subject": "", "note": "đã gọi điện hỏi", "do": "confirm"})
    assert answer.status_code == 422
    assert 'href="#subject"' in answer.text
    assert 'id="subject-problem"' in answer.text
    assert "đã gọi điện hỏi" in answer.text
    assert "đã gọi điện hỏi" in clerk.get(page).text  # kept as a draft too


def test_a_day_that_is_none_is_told(clerk: FlaskClient) -> None:
    page = opened(clerk)
    answer = send(clerk, page, {**chosen(clerk, page), "issued": "31/02/2025", "do": "confirm"})
    assert answer.status_code == 422
    assert "31/02/2025" in answer.text


def test_what_was_begun_waits_and_can_be_given_up(database: Database, clerk: FlaskClient) -> None:
    page = opened(clerk)
    send(clerk, page, {**fields(clerk, page), "note": "làm tiếp sau", "do": "save"})
    assert page in clerk.get(PAGE).text
    assert "làm tiếp sau" in clerk.get(page).text
    send(clerk, page, {"do": "drop"})
    assert count(database, draft) == 0
    assert clerk.get(page).status_code == 404


def test_rows_are_added_and_removed_without_scripts(clerk: FlaskClient) -> None:
    page = opened(clerk)
    before = fields(clerk, page)
    more = send(clerk, page, {**before, "do": "add:items"}).text
    assert more.count('-item_no"') > clerk.get(page).text.count('id="items-9-item_no"')
    assert 'name="items-3-text"' in more
    fewer = send(clerk, page, {**before, "do": "del:items:0"}).text
    assert 'name="items-2-text"' not in fewer


def test_an_unknown_issuer_is_looked_for_by_another_part_of_its_name(clerk: FlaskClient) -> None:
    page = opened(clerk)
    answer = send(clerk, page, {**fields(clerk, page), "issuer_name": "Không có cơ quan này", "symbol": "CV/XYZ", "do": "check"})
    assert "Chưa có cơ quan nào tên như vậy" in answer.text
    again = send(clerk, page, {**fields(clerk, page), "issuer_name": "tuyen giao tinh uy", "do": "check"})
    assert "Ban Tuyên giáo Tỉnh ủy Sơn Bình" in again.text


def test_a_letter_that_is_known_is_shown_before_it_is_confirmed(database: Database, clerk: FlaskClient) -> None:
    page = opened(clerk)
    typed = chosen(clerk, page)
    send(clerk, page, {**typed, "do": "confirm"})
    again = opened(clerk, LETTER.replace("mùa thu", "mùa  thu").encode())
    warned = send(clerk, again, {**typed, "do": "confirm"})
    assert warned.status_code == 409
    assert "đã được đăng ký tại cơ quan" in warned.text
    known = re.search(r'name="known" value="([^"]+)"', warned.text)
    assert known is not None
    send(clerk, again, {**typed, "known": known[1], "do": "confirm"})
    assert count(database, directive, directive.c.number == 240, directive.c.symbol == "CV/BCĐ") == 1
    assert count(database, dispatch, dispatch.c.directive == known[1]) == 1
    assert count(database, receipt_source, receipt_source.c.directive == known[1]) == 1


def test_a_classified_document_is_refused_with_a_sentence(database: Database, clerk: FlaskClient) -> None:
    page = opened(clerk)
    answer = send(clerk, page, {**chosen(clerk, page), "secrecy": "secret", "do": "confirm"})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert count(database, directive, directive.c.number == 240) == 0


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"Ch\xe0o c\xe1c b\xe1c", "old.txt"),  # not UTF-8
        (b"%PDF-1.7 broken", "broken.pdf"),
        (b"PK\x03\x04 broken", "broken.docx"),
        (b"\x89PNG\r\n\x1a\n", "scan.png"),
        ("Một bài thơ".encode(), "poem.txt"),
        (b"x", "program.exe"),
    ],
)
def test_a_file_that_cannot_be_read_is_kept_and_can_be_entered_by_hand(clerk: FlaskClient, content: bytes, name: str) -> None:
    page = clerk.get(opened(clerk, content, name)).text
    assert "chưa đọc được thành các mục" in page
    assert "Có thể nhập tay" in page
    assert 'id="subject"' in page


def test_text_in_an_old_font_is_marked_for_comparing(clerk: FlaskClient) -> None:
    old = "Ban ChÊp hµnh §¶ng bé tØnh S¬n B×nh ®Ò nghÞ c¸c ®¬n vÞ b¸o c¸o kÕt qu¶ thùc hiÖn nhiÖm vô"
    assert "phông cũ" in clerk.get(opened(clerk, old.encode(), "old.txt")).text


@pytest.mark.parametrize("content", [b"", b"x" * 101])
def test_an_empty_or_too_large_file_is_refused_with_a_sentence(clerk: FlaskClient, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.directives.receive.MAX_DOCUMENT", 100)
    answer = upload(clerk, content)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_only_clerks_register(sign_in_to_demo: SignIn) -> None:
    assert sign_in_to_demo(LEADER).get(PAGE).status_code == 403


def test_nobody_sees_what_another_clerk_has_begun(clerk: FlaskClient, sign_in_to_demo: SignIn) -> None:
    page = opened(clerk)
    assert sign_in_to_demo("buivanlan.8").get(page).status_code == 404


def test_nobody_is_led_to_the_door(demo_app: Flask) -> None:
    assert demo_app.test_client().get(PAGE).headers["Location"].startswith("/sign-in")


def test_a_form_without_its_seal_is_turned_away(clerk: FlaskClient) -> None:
    assert clerk.post(PAGE, data={"organisation": "x"}).status_code == 400
