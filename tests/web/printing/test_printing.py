"""What is printed: for whom, under which name, in which form; who prints is written down."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from engine.audit.printed_report import PrintConsolidation, answer_consolidation
from engine.history.record import ACCESS_LOG
from engine.history.transaction import Reading
from engine.kernel.actor import Actor
from engine.reports.consolidation_page import consolidation_row
from engine.storage.schema import (
    consolidation,
    consolidation_source,
    consolidation_total,
    directive,
    dispatch,
    history_record,
    organisation,
    register_book,
    register_entry,
    report,
    submission,
)
from tests.documents.printed import opened, pages, paragraphs
from tests.pages import signed_in
from tests.web.printing.people import ask, login, unit
from tests.web.statements import counted
from web.door import EXTENSION

ISSUER = "ban-tuyen-giao-tinh-uy-son-binh"
STRANGER = "ban-tuyen-giao-huyen-uy-nam-huong"
SIGNING_IN = 8  # statements for who asks, the right to ask and the record that somebody did
ANSWERING = 12  # statements for what is printed, whatever it holds
SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def leader(demo_app: Flask) -> FlaskClient:
    return signed_in(demo_app, login(demo_app, ISSUER, "leader"))


@pytest.fixture
def letter(demo_app: Flask) -> str:
    query = select(directive.c.id).where(directive.c.issuer == unit(demo_app, ISSUER), directive.c.parent.is_not(None)).order_by(directive.c.created_at)
    return ask(demo_app, query)[0]


@pytest.fixture
def consolidated(demo_app: Flask) -> str:
    query = select(consolidation.c.id).where(consolidation.c.organisation == unit(demo_app, ISSUER), consolidation.c.status == "closed")
    return ask(demo_app, query.order_by(consolidation.c.period))[0]


@pytest.fixture
def reported(demo_app: Flask) -> str:
    query = select(report.c.id).join(submission, submission.c.report == report.c.id)
    return ask(demo_app, query.where(submission.c.superior == unit(demo_app, ISSUER)).order_by(report.c.id))[0]


def file_name(answer: TestResponse) -> str:
    header = answer.headers["Content-Disposition"]
    return unquote(header.partition("UTF-8''")[2])


# -------------------------------------------------------------------------------------------------------------- letters


def test_a_letter_comes_as_word_file_and_as_pdf_with_the_same_words(leader: FlaskClient, letter: str) -> None:
    word, pdf = leader.get(f"/print/letter/{letter}.docx"), leader.get(f"/print/letter/{letter}.pdf")
    assert (word.status_code, pdf.status_code) == (200, 200)
    assert (word.mimetype.rpartition(".")[2], pdf.mimetype) == ("document", "application/pdf")
    assert file_name(word).startswith("Công văn ")
    assert file_name(word).endswith("-CV-BTGTU.docx")
    printed = "".join(" ".join(pages(pdf.data)).split())
    for _style, text in paragraphs(opened(word.data)):
        assert "".join(text.split()) in printed
    assert pdf.headers["Cache-Control"] == "no-store"


def test_a_letter_holds_its_head_its_items_in_order_and_the_act_of_signing(leader: FlaskClient, letter: str) -> None:
    text = " ".join(pages(leader.get(f"/print/letter/{letter}.pdf").data))
    assert text.startswith("TỈNH ỦY SƠN BÌNH BAN TUYÊN GIÁO * Số ")
    assert "ĐẢNG CỘNG SẢN VIỆT NAM Sơn Bình, ngày " in text
    assert text.index(" 1. ") < text.index(" 2. ") < text.index(" 3. ")
    assert "Kính gửi: - " in text
    assert "Nơi nhận: - Như trên," in text
    assert "Việc ký là thao tác được ghi nhận của" in text
    assert "không mang chữ ký số" in text


def test_the_form_may_be_chosen(leader: FlaskClient, letter: str) -> None:
    text = pages(leader.get(f"/print/letter/{letter}.pdf?form=state").data)[0]
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM Độc lập - Tự do - Hạnh phúc" in text
    assert re.search(r"Thực hiện Công văn số \S+ ngày \d\d tháng \d\d? năm \d{4} của", text)
    assert re.search(r"Thực hiện Công văn số \S+, ngày \d\d/\d\d?/\d{4} của", pages(leader.get(f"/print/letter/{letter}.pdf?form=party").data)[0])
    assert leader.get(f"/print/letter/{letter}.pdf?form=other").status_code == 400


def test_who_received_it_prints_it_too(demo_app: Flask, letter: str) -> None:
    receiver = ask(demo_app, select(organisation.c.code).join(dispatch, dispatch.c.organisation == organisation.c.id).where(dispatch.c.directive == letter))[0]
    assert signed_in(demo_app, login(demo_app, receiver, "leader")).get(f"/print/letter/{letter}.pdf").status_code == 200


@pytest.fixture
def arrived(demo_app: Flask) -> str:
    entered = select(register_entry.c.directive).join(register_book, register_book.c.id == register_entry.c.register_book)
    mine = (register_book.c.organisation == unit(demo_app, ISSUER)) & (register_book.c.direction == "incoming")
    return ask(demo_app, entered.where(mine, register_entry.c.directive.is_not(None)).order_by(register_entry.c.number))[0]


def test_the_stamp_of_a_registered_letter_is_shown_and_printed(demo_app: Flask, leader: FlaskClient, arrived: str, letter: str) -> None:
    place = f"/print/arrival/{arrived}/{unit(demo_app, ISSUER)}.pdf"
    shown = leader.get(f"/directives/{arrived}").text
    assert place in shown
    assert "Dấu đến" in shown
    answer = leader.get(place)
    text = pages(answer.data)[0]
    for words in ("BAN TUYÊN GIÁO TỈNH ỦY SƠN BÌNH", "ĐẾN", "Số: ", "Ngày: ", "Chuyển: ", "Số và ký hiệu HS: "):
        assert words in text
    assert file_name(answer).startswith("Dấu đến số ")
    assert leader.get(f"/print/arrival/{letter}/{unit(demo_app, ISSUER)}.pdf").status_code == 404  # its own, never registered as incoming
    stranger = signed_in(demo_app, login(demo_app, STRANGER, "clerk"))
    assert stranger.get(place).status_code == 403
    assert demo_app.test_client().get(place).status_code == 302


# -------------------------------------------------------------------------------------------------------------- reports


def test_a_consolidated_report_has_its_five_parts_its_signature_and_three_annexes(leader: FlaskClient, consolidated: str) -> None:
    answer = leader.get(f"/print/consolidation/{consolidated}.pdf")
    text = " ".join(pages(answer.data))
    heads = ["BÁO CÁO", "I. CÔNG TÁC", "II. KẾT QUẢ", "III. HẠN CHẾ", "IV. NHIỆM VỤ", "V. ĐỀ XUẤT", "Nơi nhận:", "PHỤ LỤC 1", "PHỤ LỤC 2", "PHỤ LỤC 3"]
    places = [text.index(head) for head in heads]
    assert places == sorted(places)
    assert "Chưa báo cáo: " in text
    assert "Báo cáo chậm: " in text
    assert "Báo cáo không phát sinh: " in text
    assert "DỰ THẢO" not in text
    assert file_name(answer).startswith("Báo cáo BC-BTGTU tháng ")
    assert leader.get(f"/print/consolidation/{consolidated}.docx").status_code == 200


def test_a_regular_report_has_its_sections_and_its_addressee(leader: FlaskClient, reported: str) -> None:
    text = " ".join(pages(leader.get(f"/print/report/{reported}.pdf").data))
    for words in ("Kính gửi: Ban Tuyên giáo Tỉnh ủy Sơn Bình", "I. ĐÁNH GIÁ CHUNG", "II. KẾT QUẢ THỰC HIỆN", "V. ĐỀ XUẤT, KIẾN NGHỊ", "Việc ký là thao tác"):
        assert words in text
    assert leader.get(f"/print/report/{reported}.docx").status_code == 200


def test_a_revision_that_there_is_not_is_no_page(leader: FlaskClient, reported: str, consolidated: str) -> None:
    assert leader.get(f"/print/report/{reported}.pdf?revision=99").status_code == 404
    assert leader.get(f"/print/report/{reported}.pdf?revision=x").status_code == 400
    assert leader.get(f"/print/consolidation/{consolidated}.pdf?revision=99").status_code == 404


# ------------------------------------------------------------------------------------------------------------ registers


@pytest.mark.parametrize(("kind", "column"), [("incoming", "Ký nhận"), ("outgoing", "Số lượng bản"), ("follow_up", "Tiến độ")])
def test_registers_are_printed_with_their_columns(demo_app: Flask, kind: str, column: str) -> None:
    clerk = signed_in(demo_app, login(demo_app, ISSUER, "clerk"))
    answer = clerk.get(f"/print/register/{unit(demo_app, ISSUER)}/{kind}.pdf?begin=2020-01-01")
    assert answer.status_code == 200
    text = pages(answer.data)[0]
    assert column in text
    assert "Từ ngày 01/01/2020" in text
    assert file_name(answer).startswith("Sổ ")


def test_a_register_that_there_is_not_is_no_page(demo_app: Flask) -> None:
    clerk = signed_in(demo_app, login(demo_app, ISSUER, "clerk"))
    assert clerk.get(f"/print/register/{unit(demo_app, ISSUER)}/books.pdf").status_code == 404
    assert clerk.get(f"/print/register/{unit(demo_app, ISSUER)}/incoming.pdf?begin=yesterday").status_code == 400


# ------------------------------------------------------------------------------------------------------------ who may


def test_nobody_else_prints(demo_app: Flask, letter: str, consolidated: str, reported: str) -> None:
    stranger = signed_in(demo_app, login(demo_app, STRANGER, "consolidator"))
    for place in (f"/print/letter/{letter}.pdf", f"/print/consolidation/{consolidated}.pdf", f"/print/report/{reported}.docx"):
        assert stranger.get(place).status_code == 403
        assert demo_app.test_client().get(place).status_code == 302
    assert stranger.get(f"/print/register/{unit(demo_app, ISSUER)}/incoming.pdf").status_code == 403


@pytest.mark.parametrize("place", ["letter/x.pdf", "report/x.pdf", "consolidation/x.docx", "letter/x.txt"])
def test_what_there_is_not_is_no_page(leader: FlaskClient, place: str) -> None:
    assert leader.get(f"/print/{place}").status_code == 404


def test_who_prints_is_written_down_under_an_action_of_its_own(demo_app: Flask, leader: FlaskClient, letter: str, reported: str) -> None:
    leader.get(f"/print/letter/{letter}.pdf")
    leader.get(f"/print/report/{reported}.docx")
    query = select(history_record.c.action).where(history_record.c.log == ACCESS_LOG).order_by(history_record.c.seq.desc()).limit(2)
    assert ask(demo_app, query) == ["report.print", "directive.print"]


def test_printing_takes_few_statements(leader: FlaskClient, letter: str, reported: str, consolidated: str) -> None:
    for place in (f"/print/letter/{letter}.pdf", f"/print/report/{reported}.pdf", f"/print/consolidation/{consolidated}.pdf"):
        leader.get(place)
        with counted() as seen:
            leader.get(place)
        assert len(seen) <= SIGNING_IN + ANSWERING, (place, len(seen))


def test_a_consolidated_report_takes_no_more_for_many_sources_than_for_few(demo_app: Flask) -> None:
    sources = select(consolidation_total.c.consolidation, func.count().label("number")).join(consolidation_source).group_by(consolidation_total.c.consolidation)
    counts = sources.subquery()
    query = select(consolidation.c.id).join(counts, counts.c.consolidation == consolidation.c.id).where(consolidation.c.status == "closed")
    by_number = ask(demo_app, query.order_by(counts.c.number, consolidation.c.id))
    door = demo_app.extensions[EXTENSION]
    with door.database.reading() as connection:
        for each in (by_number[0], by_number[len(by_number) // 2], by_number[-1]):
            reading = Reading(connection=connection, now=door.clock.now(), actor=Actor.person("nobody", method="password"))
            consolidation_row(reading, each)  # as asking for the right to see it does
            with counted() as seen:
                answer_consolidation(PrintConsolidation(consolidation=each), reading)
            assert len(seen) <= ANSWERING
