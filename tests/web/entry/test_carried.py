"""What was typed is never lost: a session that ended, a form opened before signing in anew; and nobody else sees it."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from html import unescape
from io import BytesIO

import pytest
from flask import Flask, render_template_string, request
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.access.accounts import OpenAccount
from engine.access.passwords import hashed
from engine.access.sessions import LONGEST
from engine.kernel.actor import SYSTEM
from engine.kernel.clock import SimulatedClock
from engine.storage.schema import carried_input
from tests.pages import signed_in
from web.application import create_app
from web.carried import carried, carried_files, shows_carried
from web.door import EXTENSION

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
FORM = """<form method="post" action="/letter">{{ sealed() }}<textarea name="/text">{{ typed["/text"] if typed }}</textarea>
{% for name in (typed.getlist("/row") if typed else []) %}[{{ name }}]{% endfor %}{{ files | join }}</form>"""
WORDS = "bốn từ chẳng liên quan"
SAID = "Kính gửi Ban Thường vụ\r\nđiều đã gõ & <b>rất dài</b>"
TYPED = {"/text": SAID, "/row": ["một", "hai"], "password_new": "không được giữ"}
Fields = dict[str, str]
CLERK, LEADER = "btg.van.thu", "btg.truong.ban"


@pytest.fixture
def desk(office_app: Flask) -> Flask:
    """Two pages with forms: one that shows what was typed by itself, and a plain one. `received`: what came in."""
    received: list[str] = []
    app = create_app(office_app.extensions[EXTENSION])  # one of its own, to which pages can be added
    app.extensions["received"] = received

    @shows_carried
    def write() -> str:
        return render_template_string(FORM, typed=carried(), files=carried_files())

    def take() -> str:
        received.append(request.form["/text"])
        return "taken"

    app.add_url_rule("/letter", "letter", write, methods=["GET"])
    app.add_url_rule("/letter", "take", take, methods=["POST"])
    app.add_url_rule("/plain", "plain", lambda: render_template_string(FORM), methods=["GET"])
    app.add_url_rule("/plain", "take_plain", take, methods=["POST"])
    for login in (CLERK, LEADER):
        open_account(office_app, login)
    return app


def open_account(app: Flask, login: str) -> None:
    door = app.extensions[EXTENSION]
    door.execute(OpenAccount(login=login, password_hash=hashed(WORDS, login=login), must_change=False), SYSTEM, key=f"open:{login}")


def hidden(text: str) -> Fields:
    return {unescape(name): unescape(value) for name, value in HIDDEN.findall(text)}


def seals(client: FlaskClient, page: str = "/letter") -> Fields:
    return {name: value for name, value in hidden(client.get(page).text).items() if name in {"csrf_token", "_once", "_for"}}


def hours_pass(app: Flask) -> None:
    clock: SimulatedClock = app.extensions[EXTENSION].clock
    clock.advance_to(clock.now() + LONGEST + timedelta(minutes=1))


def come_back(client: FlaskClient, text: str, login: str) -> str:
    fields = hidden(text[text.index('action="/sign-in"') :])
    return client.post("/sign-in", data={**fields, "login": login, "password": WORDS}, follow_redirects=True).text


def test_after_signing_in_again_the_page_shows_what_was_typed_and_nothing_was_sent(desk: Flask) -> None:
    client = signed_in(desk, CLERK)
    fields = seals(client)
    hours_pass(desk)
    answer = client.post("/letter", data={**fields, **TYPED})
    assert answer.status_code == 401
    assert "Nội dung đã nhập vẫn được giữ" in answer.text
    assert f'value="{CLERK}"' in answer.text
    assert "điều đã gõ" not in answer.text
    page = come_back(client, answer.text, CLERK)
    assert "điều đã gõ &amp; &lt;b&gt;rất dài" in page
    assert "[một][hai]" in page
    assert "không được giữ" not in page
    assert "điều đã gõ" not in client.get("/letter").text
    assert desk.extensions["received"] == []


def test_somebody_else_who_signs_in_never_sees_it(desk: Flask) -> None:
    client = signed_in(desk, CLERK)
    fields = seals(client)
    hours_pass(desk)
    text = client.post("/letter", data={**fields, **TYPED}).text
    page = come_back(client, text, LEADER)
    assert "Nội dung nhập trước đó là của người khác" in page
    assert "điều đã gõ" not in page + client.get("/letter").text + client.get("/account/again", follow_redirects=True).text
    with desk.extensions[EXTENSION].database.reading() as connection:
        assert connection.execute(select(carried_input)).all() == []


def test_files_have_to_be_chosen_again(desk: Flask) -> None:
    client = signed_in(desk, CLERK)
    fields = seals(client)
    hours_pass(desk)
    sent = {**fields, "/text": "x", "/file": (BytesIO(b"%PDF"), "báo cáo.pdf")}
    text = client.post("/letter", data=sent, content_type="multipart/form-data").text
    assert "Vui lòng chọn lại: báo cáo.pdf" in text
    assert "báo cáo.pdf" in come_back(client, text, CLERK)


def test_where_the_page_does_not_show_it_one_click_sends_it_again(desk: Flask) -> None:
    client = signed_in(desk, CLERK)
    fields = seals(client, "/plain")
    hours_pass(desk)
    page = come_back(client, client.post("/plain", data={**fields, **TYPED}).text, CLERK)
    assert 'action="/plain"' in page
    again = hidden(page[page.index('action="/plain"') :])
    assert client.post("/plain", data=again).text == "taken"
    assert [text.split() for text in desk.extensions["received"]] == [SAID.split()]


def test_a_form_opened_before_signing_in_anew_is_sent_with_one_click(desk: Flask) -> None:
    client = signed_in(desk, CLERK)
    before = seals(client)
    client.post("/sign-out", data=before)
    client.post("/sign-in", data={**hidden(client.get("/sign-in").text), "login": CLERK, "password": WORDS})
    answer = client.post("/letter", data={**before, **TYPED})
    assert answer.status_code == 400
    assert "Nội dung đã nhập vẫn đầy đủ" in answer.text
    assert desk.extensions["received"] == []
    assert client.post("/letter", data=hidden(answer.text[answer.text.index('action="/letter"') :])).text == "taken"


def test_a_form_that_somebody_else_had_opened_is_not_shown(desk: Flask) -> None:
    client = signed_in(desk, CLERK)
    before = seals(client)
    client.post("/sign-out", data=before)
    client.post("/sign-in", data={**hidden(client.get("/sign-in").text), "login": LEADER, "password": WORDS})
    answer = client.post("/letter", data={**before, **TYPED})
    assert answer.status_code == 400
    assert "do người khác mở" in answer.text
    assert "điều đã gõ" not in answer.text


@pytest.mark.parametrize("mark", ["", "forged", "ImEi.AAAA"])
def test_a_form_that_does_not_say_whose_it_is_carries_nothing(desk: Flask, mark: str) -> None:
    assert desk.test_client().post("/letter", data={**TYPED, "_for": mark}).status_code == 302
    assert signed_in(desk, CLERK).post("/letter", data={**TYPED, "_for": mark}).status_code == 400


def test_what_is_too_long_is_said_to_be_so(desk: Flask) -> None:
    client = signed_in(desk, CLERK)
    fields = seals(client)
    hours_pass(desk)
    noise = secrets.token_urlsafe(350_000)
    answer = client.post("/letter", data={**fields, "/text": noise})
    assert "quá dài để giữ lại" in answer.text
    assert len(answer.text) < 20_000


def test_what_was_given_up_is_forgotten(desk: Flask) -> None:
    client = signed_in(desk, CLERK)
    fields = seals(client)
    hours_pass(desk)
    text = client.post("/letter", data={**fields, **TYPED}).text
    hours_pass(desk)
    assert "điều đã gõ" not in come_back(client, text, CLERK)


def test_what_was_carried_is_not_believed_when_it_was_changed(desk: Flask) -> None:
    client = desk.test_client()
    fields = {**hidden(client.get("/sign-in").text), "login": CLERK, "password": WORDS, "_carried": "đã sửa"}
    assert client.post("/sign-in", data=fields).status_code == 302
