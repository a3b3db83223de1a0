"""The pages of directives: for whom they are, for whom not, what they say, and in how many statements."""

from __future__ import annotations

import gzip
import io
import json
import re

import pytest
from flask import Flask
from sqlalchemy import func, insert, select

from engine.history.record import ACCESS_LOG, opened
from engine.kernel.ids import new_id
from engine.storage import Database
from engine.storage.schema import directive, dispatch, document, history_record, organisation, signed_file
from engine.storage.unit_of_work import UnitOfWork
from tests.pages import send
from tests.web.conftest import SignIn
from tests.web.statements import counted
from web.door import EXTENSION

CLERK, LEADER, SPECIALIST = "buivanlan.8", "vungocha.6", "dothimai.9"  # of the department of the province
CELL = "dangminhoanh.115"  # two levels below: it never had the letter of the department
AUDITOR = "tanthuan.144"
CODE = "215-CV/BTGTU"
PARTS = ["", "/instructions", "/recipients", "/cascade", "/cascade.json", "/milestones", "/urging", "/difficulties", "/changes"]
MOST = 24  # statements of a page that read, with everything around it: who is here, whether it is theirs


@pytest.fixture
def database(demo_app: Flask) -> Database:
    found: Database = demo_app.extensions[EXTENSION].database
    return found


@pytest.fixture
def letter(database: Database) -> str:
    """The letter of the department of the province that everybody handed down."""
    with database.reading() as connection:
        return str(connection.execute(select(directive.c.id).where(directive.c.code == CODE)).scalar_one())


def reads(statements: list[str]) -> int:
    return sum(each.startswith(("SELECT", "WITH")) for each in statements)


# --- the list ------------------------------------------------------------------------------------------------------------


def test_the_list_holds_what_ones_organisation_issued_or_received(sign_in_to_demo: SignIn) -> None:
    page = sign_in_to_demo(CLERK).get("/directives").text
    assert CODE in page
    assert "01-CV/ĐBX" not in page  # of a body below


def test_a_superior_may_look_at_those_below_too(sign_in_to_demo: SignIn) -> None:
    assert "01-CV/HU" in sign_in_to_demo(CLERK).get("/directives?within=remit&q=215").text


def test_an_auditor_sees_the_whole_remit_at_once(sign_in_to_demo: SignIn) -> None:
    assert CODE in sign_in_to_demo(AUDITOR).get("/directives?q=215-cv").text


@pytest.mark.parametrize("words", ["Tuần lễ đọc sách", "tuan le doc sach", "TUAN  sach", "215-cv/btgtu"])
def test_words_are_found_without_marks(sign_in_to_demo: SignIn, words: str) -> None:
    page = sign_in_to_demo(CLERK).get("/directives", query_string={"q": words}).text
    assert CODE in page
    assert "201-CV/BTGTU" not in page


def test_filters_that_fit_nothing_say_what_to_do(sign_in_to_demo: SignIn) -> None:
    page = sign_in_to_demo(CLERK).get("/directives?q=khongcogi&status=closed").text
    assert "Không có văn bản nào phù hợp" in page


def test_a_day_that_cannot_be_read_is_told_and_kept(sign_in_to_demo: SignIn) -> None:
    page = sign_in_to_demo(CLERK).get("/directives?since=32/13/2025").text
    assert 'role="alert"' in page
    assert 'value="32/13/2025"' in page


@pytest.mark.parametrize("query", ["sort=due&order=up", "sort=code&order=up", "sort=issuer", "sort=subject", "sort=nonsense", "page=99", "overdue=1", "direction=received", "type=công văn", "since=01/03/2025&until=31/03/2025"])
def test_every_filter_and_order_answers(sign_in_to_demo: SignIn, query: str) -> None:
    assert sign_in_to_demo(CLERK).get(f"/directives?{query}").status_code == 200


def test_the_order_is_told_in_the_head_of_the_column(sign_in_to_demo: SignIn) -> None:
    page = sign_in_to_demo(CLERK).get("/directives?sort=code&order=up").text
    assert page.count("aria-sort=") == 1
    assert 'aria-sort="ascending"' in page


# --- one directive -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("login", [CLERK, LEADER, AUDITOR])
def test_the_staff_and_the_auditor_see_every_part(sign_in_to_demo: SignIn, letter: str, part: str, login: str) -> None:
    assert sign_in_to_demo(login).get(f"/directives/{letter}{part}").status_code == 200


@pytest.mark.parametrize("part", PARTS)
def test_whoever_never_had_it_does_not_see_it(sign_in_to_demo: SignIn, letter: str, part: str) -> None:
    assert sign_in_to_demo(CELL).get(f"/directives/{letter}{part}").status_code == 403


@pytest.mark.parametrize("part", PARTS)
def test_a_directive_that_is_not_there_is_not_found(sign_in_to_demo: SignIn, part: str) -> None:
    assert sign_in_to_demo(CLERK).get(f"/directives/none{part}").status_code == 404


@pytest.mark.parametrize("part", PARTS)
def test_nobody_is_led_to_the_door(demo_app: Flask, letter: str, part: str) -> None:
    answer = demo_app.test_client().get(f"/directives/{letter}{part}")
    assert answer.headers["Location"].startswith("/sign-in")


def test_the_head_says_who_what_by_when_and_how_it_stands(sign_in_to_demo: SignIn, letter: str) -> None:
    page = sign_in_to_demo(CLERK).get(f"/directives/{letter}").text
    for words in ("Ban Tuyên giáo Tỉnh ủy Sơn Bình", "11 đơn vị", "05/05/2025", "9/9 đơn vị"):
        assert words in page


def test_who_looked_is_written_down(database: Database, sign_in_to_demo: SignIn, letter: str) -> None:
    sign_in_to_demo(CLERK).get(f"/directives/{letter}/cascade")
    with database.reading() as connection:
        looks = connection.execute(select(history_record.c.action).where(history_record.c.log == ACCESS_LOG, history_record.c.subject == letter))
        assert "directive.see" in looks.scalars().all()


def test_recipients_are_shown_with_their_exchange_status(sign_in_to_demo: SignIn, letter: str) -> None:
    page = sign_in_to_demo(CLERK).get(f"/directives/{letter}/recipients").text
    assert "Báo Sơn Bình" in page
    assert "(06)" in page


def test_a_level_of_the_cascade_has_an_address_and_leads_back(sign_in_to_demo: SignIn, letter: str) -> None:
    client = sign_in_to_demo(CLERK)
    page = client.get(f"/directives/{letter}/cascade").text
    below = re.search(rf'href="(/directives/{letter}/cascade\?at=[^"]+)"', page)
    assert below is not None
    deeper = client.get(below[1]).text
    assert 'class="breadcrumb"' in deeper
    rows = client.get(below[1], headers={"HX-Request": "true"}).text
    assert rows.lstrip().startswith("<tbody")


def test_a_letter_of_another_family_is_no_level_of_this_cascade(database: Database, sign_in_to_demo: SignIn, letter: str) -> None:
    with database.reading() as connection:
        other = connection.execute(select(directive.c.id).where(directive.c.code == "12-CV/BCĐ")).scalar_one()
    assert sign_in_to_demo(CLERK).get(f"/directives/{letter}/cascade?at={other}").status_code == 404


def test_the_picture_gets_every_organisation_of_the_cascade(sign_in_to_demo: SignIn, letter: str) -> None:
    client = sign_in_to_demo(CLERK)
    told = json.loads(client.get(f"/directives/{letter}/cascade.json").text)
    packed = client.get(f"/directives/{letter}/cascade.json", headers={"Accept-Encoding": "gzip"})
    assert (json.loads(gzip.decompress(packed.data)), packed.headers["Vary"]) == (told, "Accept-Encoding, Cookie")
    assert told["parents"].count(None) == 1
    assert told["parents"].count(0) == 11
    assert len(told["names"]) == len(told["states"]) > 30
    assert told["complete"] is True


def test_milestones_are_a_picture_and_a_table(database: Database, sign_in_to_demo: SignIn) -> None:
    with database.reading() as connection:
        chain = connection.execute(select(directive.c.id).where(directive.c.code == "01-CV/ThU")).scalar_one()
    page = sign_in_to_demo("dothanhlan.21").get(f"/directives/{chain}/milestones").text
    assert "<svg" in page
    assert "m3 · Tham mưu tổ chức chương trình ký kết" in page
    assert not re.search(r"\sstyle=", page)


# --- files that were signed elsewhere ------------------------------------------------------------------------------------


def test_a_signed_file_is_kept_with_its_digest_and_the_page_says_what_is_not_checked(database: Database, sign_in_to_demo: SignIn, letter: str) -> None:
    client = sign_in_to_demo(CLERK)
    page = f"/directives/{letter}"
    sent = send(client, page, {"note": "Ký tại văn phòng", "file": (io.BytesIO(b"%PDF-1.7 invented"), "ban-ky.pdf")}, to=f"{page}/files", follow_redirects=True)
    assert "ban-ky.pdf" in sent.text
    assert "không được kiểm tra tại đây" in sent.text
    with database.reading() as connection:
        row = connection.execute(select(signed_file).where(signed_file.c.directive == letter)).one()
        fact = opened(connection.execute(select(history_record.c.body).where(history_record.c.action == "file.attached")).scalar_one())
    assert row.document == fact["documents"][0]["sha256"]
    assert fact["documents"][0]["signature"] == "unchecked"


def test_no_file_is_told_and_what_was_typed_stays(sign_in_to_demo: SignIn, letter: str) -> None:
    page = f"/directives/{letter}"
    answer = send(sign_in_to_demo(CLERK), page, {"note": "Ký tại văn phòng"}, to=f"{page}/files")
    assert answer.status_code == 422
    assert "Ký tại văn phòng" in answer.text


def test_an_auditor_attaches_nothing(database: Database, sign_in_to_demo: SignIn, letter: str) -> None:
    page = f"/directives/{letter}"
    client = sign_in_to_demo(AUDITOR)
    assert f"{page}/files" not in client.get(page).text
    answer = send(client, page, {"file": (io.BytesIO(b"x"), "x.pdf")}, to=f"{page}/files")
    assert answer.status_code == 422
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(signed_file)).scalar_one() == 0


def test_a_form_without_its_seal_is_turned_away(sign_in_to_demo: SignIn, letter: str) -> None:
    assert sign_in_to_demo(CLERK).post(f"/directives/{letter}/files", data={"note": "x"}).status_code == 400


# --- how much it costs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/directives", *(f"/directives/LETTER{part}" for part in PARTS)])
def test_a_page_asks_no_more_with_hundreds_of_recipients(demo_app: Flask, database: Database, sign_in_to_demo: SignIn, letter: str, path: str) -> None:
    client = sign_in_to_demo(CLERK)
    address = path.replace("LETTER", letter)
    client.get(address)  # what a process learns once
    with counted() as before:
        client.get(address)
    add_recipients(demo_app, database, letter, 400)
    with counted() as after:
        answer = client.get(address)
    assert answer.status_code == 200
    assert reads(after) == reads(before) <= MOST


def add_recipients(app: Flask, database: Database, letter: str, count: int) -> None:
    """Let hundreds of invented bodies have received the letter."""
    now = app.extensions[EXTENSION].clock.now()
    units = [{"id": new_id(now), "code": f"don-vi-{n}", "name": f"Đơn vị {n}", "level": "cell", "valid_from": "2015-01-01"} for n in range(count)]
    rows = [
        {"id": new_id(now), "directive": letter, "organisation": unit["id"], "recipient_group": "", "status": "01", "changed_at": "2025-08-01T01:00:00.000Z"}
        for unit in units
    ]
    with UnitOfWork(database) as unit:
        unit.connection.execute(insert(organisation), units)
        unit.connection.execute(insert(dispatch), rows)
        unit.commit()


def test_hundreds_of_recipients_come_in_pages(demo_app: Flask, database: Database, sign_in_to_demo: SignIn, letter: str) -> None:
    add_recipients(demo_app, database, letter, 400)
    client = sign_in_to_demo(CLERK)
    for part in ("recipients", "cascade", "urging"):
        assert "Trang 1/" in client.get(f"/directives/{letter}/{part}").text
        assert "Trang 2/" in client.get(f"/directives/{letter}/{part}?page=2").text
    assert len(json.loads(client.get(f"/directives/{letter}/cascade.json").text)["names"]) > 430


def test_stored_files_are_not_read_to_show_a_page(sign_in_to_demo: SignIn, letter: str) -> None:
    client = sign_in_to_demo(CLERK)
    with counted() as statements:
        client.get(f"/directives/{letter}")
    assert not any(f"{document.name}.content" in each for each in statements)
