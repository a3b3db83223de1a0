"""Whether one wants the morning mail: asked once, kept, and nobody else's business."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine.storage import Database
from tests.door.office import Office
from tests.pages import application, send, signed_in
from tests.web.statements import counted

PAGE = "/account/mail"


@pytest.fixture
def app(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.delenv("CHIDAO_SMTP_URL", raising=False)
    return application(Office(sqlite_database).deploy().door)


@pytest.fixture
def clerk(app: Flask) -> FlaskClient:
    return signed_in(app, "van.thu")


def test_it_is_wanted_until_one_says_otherwise(clerk: FlaskClient) -> None:
    assert 'value="yes" checked' in clerk.get(PAGE).text
    answer = send(clerk, PAGE, {"digest": "no"})
    assert (answer.status_code, answer.location) == (303, PAGE)
    shown = clerk.get(PAGE).text
    assert "Từ nay không gửi thư buổi sáng nữa." in shown
    assert 'value="no" checked' in shown
    send(clerk, PAGE, {"digest": "yes"})
    assert 'value="yes" checked' in clerk.get(PAGE).text


def test_who_has_no_address_is_told_so(clerk: FlaskClient) -> None:
    assert "Tài khoản này chưa có địa chỉ thư điện tử" in clerk.get(PAGE).text


def test_nobody_else_sees_it_and_no_other_page_sends_it(app: Flask, clerk: FlaskClient) -> None:
    assert app.test_client().get(PAGE).status_code == 302
    assert clerk.post(PAGE, data={"digest": "no"}).status_code == 400
    assert 'value="yes" checked' in clerk.get(PAGE).text


def test_it_takes_few_statements(clerk: FlaskClient) -> None:
    clerk.get(PAGE)
    with counted() as seen:
        clerk.get(PAGE)
    assert len(seen) <= 8
