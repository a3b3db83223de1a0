"""The auditor's pages of the history: sentences with names, never ids; filters stand in the address; each record with its verdicts."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from engine.history.record import ACCESS_LOG, LOG
from engine.storage import Database, UnitOfWork
from engine.storage.schema import directive, history_record
from tests.web.conftest import SignIn
from tests.web.read_page import read
from tests.web.stage import ADMIN, AUDITOR, CLERK, LETTER, STAFF

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
ACTION = re.compile(r"\b[a-z]+\.[a-z_]{3,}\b")


@pytest.fixture
def auditor(sign_in_to_demo: SignIn) -> FlaskClient:
    return sign_in_to_demo(AUDITOR)


@pytest.fixture
def letter(demonstration_database: Database) -> str:
    with demonstration_database.reading() as connection:
        return str(connection.execute(select(directive.c.id).where(directive.c.code == LETTER)).scalar_one())


def main(page: str) -> str:
    """What stands in the main part, without what is folded away or sealed."""
    found = page[page.index("<main") : page.index("</main>")]
    found = re.sub(r"<pre.*?</pre>|<code.*?</code>|<form.*?</form>", " ", found, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", found)))


def address(page: str, words: str) -> str:
    """Where a link with these words leads."""
    found = re.search(rf'href="([^"]+)"[^>]*>\s*{words}', page)
    assert found, words
    return unescape(found[1])


def test_a_timeline_tells_who_did_what_with_names_and_titles(auditor: FlaskClient, letter: str) -> None:
    answer = auditor.get(f"/audit/directives/{letter}?person={STAFF}")
    told = main(answer.text)
    assert f"{LETTER} Lịch sử kiểm chứng" in told
    assert re.search(r"Phạm Thanh Lan \([^()]+, Đảng bộ xã 1, Huyện ủy số 1", told), told
    assert "trạng thái: đang mở → đã hoàn thành" in told
    assert ID.findall(told) == []
    assert [each for each in ACTION.findall(told) if not each.endswith((".txt", ".docx"))] == []


def test_it_is_found_from_the_page_of_the_directive_by_an_auditor_and_by_nobody_else(auditor: FlaskClient, letter: str, sign_in_to_demo: SignIn) -> None:
    place = f"/audit/directives/{letter}"
    assert address(auditor.get(f"/directives/{letter}").text, "Lịch sử kiểm chứng") == place
    assert auditor.get(place).status_code == 200
    clerk = sign_in_to_demo(CLERK)
    assert "Lịch sử kiểm chứng" not in clerk.get(f"/directives/{letter}").text
    assert clerk.get(place).status_code == 403


def test_one_goes_on_with_the_same_filters_where_the_page_ended(auditor: FlaskClient, letter: str) -> None:
    page = auditor.get(f"/audit/directives/{letter}?kind=work&unit=dang+bo&steps=1").text
    onward = address(page, "Tiếp tục với các bản ghi trước đó")
    kept = parse_qs(urlsplit(onward).query)
    assert (kept["kind"], kept["unit"], kept["steps"]) == (["work"], ["dang bo"], ["1"])
    first, then = (set(re.findall(r"/audit/records/[^\"]+", each)) for each in (page, auditor.get(onward).text))
    assert first
    assert then
    assert first.isdisjoint(then)


def test_a_record_shows_its_verdicts_its_bytes_and_the_records_beside_it(auditor: FlaskClient, letter: str) -> None:
    page = auditor.get(f"/audit/directives/{letter}?oldest=1").text
    record = re.search(r"/audit/records/[^\"]+", page)
    assert record
    answer = auditor.get(record[0])
    told = main(answer.text)
    assert read(answer.text).faults() == []
    assert "Nội dung niêm phong ✓ đúng".replace("✓ ", "") in told
    assert "Ban hành và gửi văn bản" in told
    assert '"action"' in unescape(answer.text)
    assert address(answer.text, "Bản ghi liền sau").startswith("/audit/records/")


def test_a_record_that_was_changed_is_called_so(auditor: FlaskClient, letter: str, demonstration_database: Database) -> None:
    with UnitOfWork(demonstration_database) as unit:
        mine = (history_record.c.log == LOG, history_record.c.subject == letter, history_record.c.action == "directive.dispatched")
        seq = unit.connection.execute(select(history_record.c.seq).where(*mine)).scalar_one()
        unit.connection.execute(update(history_record).where(*mine).values(outcome="denied"))
        unit.commit()
    told = main(auditor.get(f"/audit/records/{LOG}/{seq}").text)
    assert "Không còn như khi niêm phong." in told
    assert "Các cột tra cứu không khớp" in told


def test_the_search_finds_words_without_marks_and_says_what_nobody_is_called(auditor: FlaskClient) -> None:
    assert "Kinh phí tuyên truyền trực quan chưa được bố trí." in main(auditor.get("/audit/search?text=kinh+phi+tuyen+truyen").text)
    told = main(auditor.get("/audit/search?person=khong+ai").text)
    assert "Không có người nào có họ tên hoặc tên đăng nhập này: “khong ai”." in told
    assert "Không có bản ghi nào phù hợp." in told


def test_a_field_is_searched_by_what_pages_call_it(auditor: FlaskClient) -> None:
    told = main(auditor.get("/audit/search?field=so+den&value=3").text)
    assert "số đến: 3" in told


def test_the_first_page_leads_to_everything(auditor: FlaskClient) -> None:
    page = auditor.get("/audit").text
    leads = set(re.findall(r'href="([^"?#]+)', page[page.index("<main") :]))
    assert {"/audit/verify", "/audit/exceptions", "/directives"} <= leads
    told = main(page)
    assert "Giao việc và xử lý" in told
    assert ID.findall(told) == []


def test_who_only_looks_after_the_installation_is_led_to_the_page_of_the_seal(sign_in_to_demo: SignIn) -> None:
    answer = sign_in_to_demo(ADMIN).get("/audit")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/audit/verify")


def test_every_look_is_recorded_once(auditor: FlaskClient, letter: str, demonstration_database: Database) -> None:
    for place in ("/audit", f"/audit/directives/{letter}", "/audit/search?text=x", f"/audit/records/{LOG}/61"):
        assert auditor.get(place).status_code == 200
    with demonstration_database.reading() as connection:
        looks = connection.execute(select(history_record.c.subject).where(history_record.c.log == ACCESS_LOG, history_record.c.action == "audit.see"))
        assert list(looks.scalars()) == [LOG, letter, LOG, f"{LOG}:61"]
