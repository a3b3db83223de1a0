"""What is printed: for whom, under which name, in which form; who prints is written down."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from engine.history.record import ACCESS_LOG
from engine.storage.schema import (
    consolidation,
    directive,
    dispatch,
    history_record,
    organisation,
    report,
    submission,
)
from tests.documents.printed import opened, pages, paragraphs
from tests.pages import signed_in
from tests.web.printing.people import ask, login, unit
from tests.web.statements import counted

ISSUER = "ban-tuyen-giao-tinh-uy-son-binh"
STRANGER = "ban-tuyen-giao-huyen-uy-nam-huong"
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
    assert leader.get(f"/print/letter/{letter}.pdf?form=other").status_code == 400


def test_who_received_it_prints_it_too(demo_app: Flask, letter: str) -> None:
    receiver = ask(demo_app, select(organisation.c.code).join(dispatch, dispatch.c.organisation == organisation.c.id).where(dispatch.c.directive == letter))[0]
    assert signed_in(demo_app, login(demo_app, receiver, "leader")).get(f"/print/letter/{letter}.pdf").status_code == 200


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


def test_printing_takes_few_statements(leader: FlaskClient, letter: str, reported: str) -> None:
    for place in (f"/print/letter/{letter}.pdf", f"/print/report/{reported}.pdf"):
        leader.get(place)
        with counted() as seen:
            leader.get(place)
        assert len(seen) <= 30, (place, len(seen))
