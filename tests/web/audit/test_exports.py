"""The page on which an auditor takes out the history: the file, and what is said when there is none."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from engine.history.record import opened
from engine.storage import Database
from engine.storage.schema import directive, history_record
from tests.pages import send
from tests.web.conftest import SignIn
from tests.web.read_page import read
from tests.web.running.test_running import login_of
from web.door import EXTENSION

ROOM = "/audit/exports"
ASKED = {"format": "csv", "directive": "", "since": "", "until": "", "purpose": "Kiểm tra theo Kế hoạch 12"}


@pytest.fixture
def auditor(demonstration_database: Database, sign_in_to_demo: SignIn) -> FlaskClient:
    return sign_in_to_demo(login_of(demonstration_database, "auditor"))


def a_letter(app: Flask) -> str:
    """Return number and symbol of a directive that no other one has, issued where the auditor sees it."""
    query = select(directive.c.code).where(directive.c.id == directive.c.root, directive.c.code.like("%BTGTU")).group_by(directive.c.code).having(func.count() == 1)
    with app.extensions[EXTENSION].database.reading() as connection:
        return str(connection.execute(query.order_by(directive.c.code)).scalars().first())


def exported(app: Flask) -> list[dict[str, Any]]:
    query = select(history_record.c.body).where(history_record.c.action == "history.exported").order_by(history_record.c.seq)
    with app.extensions[EXTENSION].database.reading() as connection:
        return [opened(body) for body in connection.execute(query).scalars()]


@pytest.mark.parametrize(("form", "media_type", "suffix"), [("csv", "text/csv", ".csv"), ("ocel", "application/json", ".ocel.json"), ("xes", "application/xml", ".xes")])
def test_a_file_is_given_and_who_took_it_for_what_is_recorded(demo_app: Flask, auditor: FlaskClient, form: str, media_type: str, suffix: str) -> None:
    code = a_letter(demo_app)
    answer = send(auditor, ROOM, {**ASKED, "format": form, "directive": code})
    assert (answer.status_code, answer.mimetype) == (200, media_type)
    assert answer.headers["Content-Disposition"].endswith(f'{suffix}"')
    assert answer.headers["Content-Disposition"].isascii()
    (record,) = exported(demo_app)
    told = {change["field"]: change["new"] for change in record["changes"]}
    assert int(answer.headers["X-Chidao-Records"]) == told["records"] > 0
    assert (record["reason"]["text"], record["actor"]["type"]) == (ASKED["purpose"], "person")
    assert code in answer.text
    if form == "ocel":
        assert len(json.loads(answer.text)["events"]) == told["records"]


def test_what_was_taken_out_stands_on_the_page_with_a_link_to_its_record(demo_app: Flask, auditor: FlaskClient) -> None:
    send(auditor, ROOM, {**ASKED, "directive": a_letter(demo_app), "since": "01/03/2025"})
    (record,) = exported(demo_app)
    page = auditor.get(ROOM)
    assert read(page.text).faults() == []
    assert f'href="/audit/records/{record["log"]}/{record["seq"]}"' in page.text
    assert ASKED["purpose"] in page.text
    assert "từ ngày 01/03/2025" in page.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"purpose": " "}, "Cần ghi mục đích xuất"),
        ({"since": "32/01/2025"}, "32/01/2025"),
        ({"since": "02/03/2025", "until": "01/03/2025"}, "đứng trước ngày đầu"),
        ({"directive": "9/9"}, "Không có văn bản nào mang số"),
        ({"format": "xls"}, "Định dạng tệp phải là một trong"),
    ],
)
def test_what_cannot_be_taken_out_is_said_on_the_page_and_what_was_typed_stays(demo_app: Flask, auditor: FlaskClient, typed: dict[str, str], said: str) -> None:
    answer = send(auditor, ROOM, {**ASKED, **typed})
    assert (answer.status_code, exported(demo_app)) == (422, [])
    assert said in answer.text
    assert "Expected" not in answer.text
    assert typed.get("purpose", ASKED["purpose"]) in answer.text
    assert "X-Chidao-Records" not in answer.headers


def test_the_same_form_gives_the_same_file_once_more_and_another_one_when_it_asks_for_another(demo_app: Flask, auditor: FlaskClient) -> None:
    page = auditor.get(ROOM).text
    hidden = {unescape(name): unescape(value) for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)}
    fields = {**hidden, **ASKED, "directive": a_letter(demo_app)}
    first, again = (auditor.post(ROOM, data=fields) for _each in range(2))
    assert (first.status_code, first.text) == (200, again.text)
    assert len(exported(demo_app)) == 1
    assert auditor.post(ROOM, data={**fields, "format": "prov"}).mimetype == "application/json"
    assert len(exported(demo_app)) == 2


def test_the_page_of_a_directive_is_chosen_by_its_id(demo_app: Flask, auditor: FlaskClient) -> None:
    code = a_letter(demo_app)
    with demo_app.extensions[EXTENSION].database.reading() as connection:
        identity = connection.execute(select(directive.c.id).where(directive.c.code == code)).scalar_one()
    assert f'value="{code}"' in auditor.get(f"{ROOM}?directive={identity}").text
    assert auditor.get(f"{ROOM}?directive=none").status_code == 404


def test_it_is_no_page_of_a_specialist(demo_app: Flask, sign_in_to_demo: SignIn, demonstration_database: Database) -> None:
    client = sign_in_to_demo(login_of(demonstration_database, "specialist"))
    assert client.get(ROOM).status_code == 403
    assert exported(demo_app) == []
