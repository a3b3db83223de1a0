"""The door: who comes in, who waits, and what nobody learns there."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from engine.access.accounts import ChangePassword, DisableAccount, OpenAccount, ResetPassword, account_of
from engine.access.attempts import FREE, KEPT, LONGEST
from engine.access.passwords import hashed
from engine.history.record import opened
from engine.kernel.actor import SYSTEM
from engine.kernel.clock import SimulatedClock
from engine.storage.schema import history_record, sign_in, sign_in_failure
from tests.pages import send, signed_in
from tests.web.statements import counted
from web.door import EXTENSION

CLERK = "btg.van.thu"
WORDS = "bốn từ chẳng liên quan"
HOME = "/work"


@pytest.fixture
def door_app(office_app: Flask) -> Flask:
    do(office_app, OpenAccount(login=CLERK, password_hash=hashed(WORDS, login=CLERK), must_change=False))
    return office_app


def do(app: Flask, command: Any) -> None:
    door = app.extensions[EXTENSION]
    door.execute(command, SYSTEM, key=f"{type(command).__name__}:{door.clock.now().isoformat()}")


def later(app: Flask, time: timedelta) -> None:
    clock: SimulatedClock = app.extensions[EXTENSION].clock
    clock.advance_to(clock.now() + time)


def try_in(client: FlaskClient, password: str = WORDS, login: str = CLERK, **how: Any) -> TestResponse:
    return send(client, "/sign-in", {"login": login, "password": password}, **how)


def said(answer: TestResponse) -> str:
    found = re.search(r'id="problem"><p>(.*?)</p>', answer.text)
    return found[1] if found else ""


def history(app: Flask, action: str) -> list[dict[str, Any]]:
    query = select(history_record.c.body).where(history_record.c.action == action).order_by(history_record.c.seq)
    with app.extensions[EXTENSION].database.reading() as connection:
        return [opened(body) for body in connection.execute(query).scalars()]


def test_who_knows_the_password_comes_in_and_goes_where_the_way_led(door_app: Flask) -> None:
    client = door_app.test_client()
    assert client.get("/account").headers["Location"] == "/sign-in?next=/account"
    page = client.get("/sign-in?next=/account")
    assert 'name="next" value="/account"' in page.text
    answer = try_in(client)
    assert answer.status_code == 302
    assert history(door_app, "session.begun")[-1]["changes"] == [{"field": "method", "new": "password", "old": None}]
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize("elsewhere", ["https://example.org/", "//example.org", "/\\example.org", "/\t/example.org"])
def test_nobody_is_led_elsewhere(door_app: Flask, elsewhere: str) -> None:
    answer = send(door_app.test_client(), "/sign-in", {"login": CLERK, "password": WORDS, "next": elsewhere})
    assert "example.org" not in answer.headers["Location"]


def test_a_wrong_password_and_an_unknown_login_are_answered_alike(door_app: Flask) -> None:
    known, unknown = try_in(door_app.test_client(), "sai mật khẩu rồi"), try_in(door_app.test_client(), login="khong.ai.ca")
    assert (known.status_code, unknown.status_code) == (422, 422)
    assert said(known) == said(unknown) != ""
    records = history(door_app, "session.failed")
    assert [each["subject"]["type"] for each in records] == ["person", "login"]
    assert "khong.ai.ca" not in json.dumps(records)
    with door_app.extensions[EXTENSION].database.reading() as connection:
        rows = connection.execute(select(sign_in_failure.c.about)).scalars().all()
    assert {len(each) for each in rows} == {64}


@pytest.mark.parametrize("login", [CLERK, "khong.ai.ca"])
def test_after_some_failures_one_waits_ever_longer_whoever_one_is(door_app: Flask, login: str) -> None:
    client = door_app.test_client()
    for _ in range(FREE["login"]):
        assert try_in(client, "sai mật khẩu rồi", login).status_code == 422
    first = try_in(client, WORDS, login)
    assert (first.status_code, first.headers["Retry-After"]) == (429, "30")
    assert "Vui lòng chờ 30 giây" in said(first)
    later(door_app, timedelta(seconds=31))
    assert try_in(client, "sai mật khẩu rồi", login).status_code == 422
    assert "Vui lòng chờ 60 giây" in said(try_in(client, WORDS, login))
    for _ in range(6):
        later(door_app, LONGEST)
        try_in(client, "sai mật khẩu rồi", login)
    assert "Vui lòng chờ 15 phút" in said(try_in(client, WORDS, login))


def test_a_wait_ends_and_who_comes_in_begins_anew(door_app: Flask) -> None:
    client = door_app.test_client()
    for _ in range(FREE["login"]):
        try_in(client, "sai mật khẩu rồi")
    later(door_app, timedelta(seconds=31))
    assert try_in(client).status_code == 302
    assert try_in(door_app.test_client(), "sai mật khẩu rồi").status_code == 422
    assert try_in(door_app.test_client()).status_code == 302


def test_one_address_that_tries_many_logins_waits_and_others_do_not(door_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FREE, "address", 4)
    client = door_app.test_client()
    for number in range(FREE["address"]):
        try_in(client, "sai", f"ai.{number}")
    assert try_in(client).status_code == 429
    assert try_in(client, environ_base={"REMOTE_ADDR": "203.0.113.9"}).status_code == 302


def test_old_failures_are_forgotten(door_app: Flask) -> None:
    client = door_app.test_client()
    try_in(client, "sai mật khẩu rồi")
    later(door_app, KEPT)
    try_in(client, "sai mật khẩu rồi")
    with door_app.extensions[EXTENSION].database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(sign_in_failure)).scalar_one() == 2


def test_a_closed_account_says_so_only_to_who_knows_the_password_and_its_sessions_end(door_app: Flask) -> None:
    client = door_app.test_client()
    try_in(client)
    do(door_app, DisableAccount(login=CLERK, reason="nghỉ hưu"))
    assert client.get("/account").status_code == 302
    assert "đã bị khóa" in said(try_in(client))
    assert "không khớp" in said(try_in(client, "sai mật khẩu rồi"))


def test_who_has_to_change_the_password_reaches_nothing_else_until_it_is_changed(door_app: Flask) -> None:
    client = door_app.test_client()
    do(door_app, ResetPassword(login=CLERK, password_hash=hashed("mật khẩu tạm thời", login=CLERK)))
    try_in(client, "mật khẩu tạm thời")
    for path in ("/account", "/account/again"):
        assert client.get(path).headers["Location"] == "/account/password"
    page = client.get("/account/password")
    assert "Mật khẩu hiện tại do người khác đặt" in page.text
    new = {"password_old": "mật khẩu tạm thời", "password_new": WORDS, "password_again": WORDS}
    assert send(client, "/account/password", new).status_code == 302
    assert client.get("/account").status_code == 200


def test_changing_the_password_ends_every_other_session(door_app: Flask) -> None:
    here, elsewhere = door_app.test_client(), door_app.test_client()
    try_in(here)
    try_in(elsewhere)
    new = {"password_old": WORDS, "password_new": "năm con gà trống", "password_again": "năm con gà trống"}
    assert send(here, "/account/password", new, follow_redirects=True).status_code == 200
    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302
    assert try_in(elsewhere, "năm con gà trống").status_code == 302
    assert try_in(door_app.test_client()).status_code == 422


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"password_old": "sai mật khẩu rồi"}, "Mật khẩu cũ"),
        ({"password_new": "ngắn", "password_again": "ngắn"}, "12"),
        ({"password_new": "Mật Khẩu 123456", "password_again": "Mật Khẩu 123456"}, "ai cũng thử"),
        ({"password_again": "khác với lần đầu"}, "Hai lần"),
        ({"password_new": WORDS, "password_again": WORDS}, "trùng với"),
    ],
)
def test_a_password_that_will_not_do_is_not_taken(door_app: Flask, changes: dict[str, str], sentence: str) -> None:
    client = signed_in(door_app, CLERK)
    answer = send(client, "/account/password", {"password_old": WORDS, "password_new": "năm con gà trống", "password_again": "năm con gà trống", **changes})
    assert answer.status_code == 422
    assert sentence in said(answer)
    assert try_in(door_app.test_client()).status_code == 302


def test_an_open_screen_is_no_place_to_guess_the_password(door_app: Flask) -> None:
    client = signed_in(door_app, CLERK)
    wrong = {"password_old": "sai mật khẩu rồi", "password_new": "năm con gà trống", "password_again": "năm con gà trống"}
    for _ in range(FREE["login"]):
        send(client, "/account/password", wrong)
    assert "nhiều lần" in said(send(client, "/account/password", {**wrong, "password_old": WORDS}))


def test_a_session_lasts_a_working_day_and_no_longer(door_app: Flask) -> None:
    client = door_app.test_client()
    try_in(client)
    for _ in range(11):
        later(door_app, timedelta(hours=1))
        assert client.get("/account").status_code == 200
    later(door_app, timedelta(hours=1))
    assert client.get("/account").status_code == 302


def test_a_page_that_was_open_too_long_keeps_the_login(door_app: Flask) -> None:
    answer = door_app.test_client().post("/sign-in", data={"login": CLERK, "password": WORDS})
    assert answer.status_code == 400
    assert f'value="{CLERK}"' in answer.text
    assert "đăng nhập lại" in answer.text


def test_a_password_is_nowhere_in_the_history_or_the_sessions(door_app: Flask) -> None:
    client = door_app.test_client()
    try_in(client)
    with door_app.extensions[EXTENSION].database.reading() as connection:
        stored = account_of(connection, CLERK).password_hash
        told = str(connection.execute(select(history_record.c.body)).all()) + str(connection.execute(select(sign_in)).all())
    assert WORDS not in told
    assert stored not in told
    assert WORDS not in repr(ChangePassword(known=stored, password_hash=WORDS, session="x"))


def test_the_door_costs_few_statements(door_app: Flask) -> None:
    with counted() as asked:
        door_app.test_client().get("/sign-in")
    assert asked == []
