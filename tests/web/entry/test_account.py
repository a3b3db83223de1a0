"""One's own account: posts, substitutions by date, where one is signed in, tokens, and links for forgotten passwords."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.access.password_links import MakePasswordLink, new_link_token
from engine.access.sessions import digest
from engine.access.tokens import API, CALENDAR, person_of_token
from engine.kernel.actor import SYSTEM
from engine.kernel.clock import SimulatedClock, local_date
from engine.storage.schema import access_token, holding, person, sign_in
from tests.pages import send, signed_in
from tests.web.statements import counted
from web.door import EXTENSION

LEADER, CLERK, SPECIALIST = "btg.truong.ban", "btg.van.thu", "btg.chuyen.vien"
WORDS = "bốn từ chẳng liên quan"


def clock(app: Flask) -> SimulatedClock:
    found: SimulatedClock = app.extensions[EXTENSION].clock
    return found


def day(app: Flask, days: int) -> str:
    return f"{local_date(clock(app).now()) + timedelta(days=days):%d/%m/%Y}"


def record(app: Flask, client: FlaskClient, **changes: str) -> Any:
    post = re.search(r'<option value="([^"]+)"[^>]*>Trưởng ban', client.get("/account").text)
    assert post
    fields = {"post": post[1], "substitute": SPECIALIST, "valid_from": day(app, 0), "valid_to": day(app, 4), "reason": "đi công tác", **changes}
    return send(client, "/account", fields, to="/account/substitutions")


def test_nobody_sees_an_account_without_signing_in(office_app: Flask) -> None:
    assert office_app.test_client().get("/account").headers["Location"] == "/sign-in?next=/account"


def test_the_account_shows_posts_and_the_name_in_the_bar_leads_there(office_app: Flask) -> None:
    page = signed_in(office_app, LEADER).get("/account").text
    assert '<a href="/account" aria-current="page">Trần Văn Nam</a>' in page
    assert "Trưởng ban" in page
    assert "Cử người làm thay" in page


def test_a_leader_lets_somebody_act_and_both_see_until_when(office_app: Flask) -> None:
    leader, specialist = signed_in(office_app, LEADER), signed_in(office_app, SPECIALIST)
    assert record(office_app, leader).status_code == 302
    until = day(office_app, 4)
    assert f"Phạm Minh An làm thay Trần Văn Nam đến hết ngày {until}" in leader.get("/account").text
    page = specialist.get("/account").text
    assert f"Đang làm thay Trần Văn Nam (Trưởng ban" in page  # noqa: F541  the bar says the rest
    assert f"đến hết ngày {until}" in page
    assert "Kết thúc việc làm thay" not in page


def test_after_the_last_day_the_substitute_stands_for_nobody_any_more(office_app: Flask) -> None:
    leader, specialist = signed_in(office_app, LEADER), signed_in(office_app, SPECIALIST)
    record(office_app, leader)
    assert specialist.get("/overview").status_code == 200  # a leader's page
    clock(office_app).advance_to(clock(office_app).now() + timedelta(days=5))
    later = signed_in(office_app, SPECIALIST)
    assert "Đang làm thay" not in later.get("/account").text
    assert later.get("/overview").status_code == 403


def test_the_holder_ends_it_and_says_why(office_app: Flask) -> None:
    leader = signed_in(office_app, LEADER)
    record(office_app, leader)
    with office_app.extensions[EXTENSION].database.reading() as connection:
        found = connection.execute(select(holding.c.id).where(holding.c.substitute_for.is_not(None))).scalar_one()
    without = send(leader, "/account", {"substitution": found, "end_reason": " "}, to="/account/substitutions/end")
    assert without.status_code == 422
    assert send(signed_in(office_app, CLERK), "/account", {"substitution": found, "end_reason": "x"}, to="/account/substitutions/end").status_code in {403, 422}
    assert send(leader, "/account", {"substitution": found, "end_reason": "đã về"}, to="/account/substitutions/end").status_code == 302
    assert "Đang làm thay" not in signed_in(office_app, SPECIALIST).get("/account").text


@pytest.mark.parametrize("changes", [{"valid_to": "hôm sau"}, {"valid_to": "31/02/2024"}, {"substitute": "khong.ai"}, {"reason": " "}])
def test_a_substitution_that_will_not_do_keeps_what_was_typed(office_app: Flask, changes: dict[str, str]) -> None:
    answer = record(office_app, signed_in(office_app, LEADER), **{"reason": "đi công tác dài ngày", **changes})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert ("đi công tác dài ngày" in answer.text) == ("reason" not in changes)


def test_who_is_no_leader_is_not_asked_and_not_let(office_app: Flask) -> None:
    clerk = signed_in(office_app, CLERK)
    assert "Cử người làm thay" not in clerk.get("/account").text
    with office_app.extensions[EXTENSION].database.reading() as connection:
        mine = select(holding.c.post).join(person, person.c.id == holding.c.person).where(person.c.login == CLERK)
        post = connection.execute(mine).scalar_one()
    fields = {"post": post, "substitute": SPECIALIST, "valid_from": day(office_app, 0), "valid_to": day(office_app, 1), "reason": "x"}
    assert send(clerk, "/account", fields, to="/account/substitutions").status_code == 422


def test_one_session_or_every_other_one_is_ended(office_app: Flask) -> None:
    here, there, elsewhere = (signed_in(office_app, CLERK) for _ in range(3))
    page = here.get("/account").text
    others = re.findall(r'name="session" value="([^"]+)"', page)
    assert (len(others), page.count("trình duyệt này")) == (2, 1)
    send(here, "/account", {"session": others[0]}, to="/account/sessions/end")
    assert sorted(client.get("/account").status_code for client in (there, elsewhere)) == [200, 302]
    send(here, "/account", {}, to="/account/sessions/end")
    assert [client.get("/account").status_code for client in (here, there, elsewhere)] == [200, 302, 302]


def test_nobody_ends_the_session_of_somebody_else(office_app: Flask) -> None:
    mine, theirs = signed_in(office_app, CLERK), signed_in(office_app, LEADER)
    with office_app.extensions[EXTENSION].database.reading() as connection:
        query = select(sign_in.c.id).join(person, person.c.id == sign_in.c.person).where(person.c.login == LEADER)
        found = connection.execute(query).scalar_one()
    assert send(mine, "/account", {"session": found}, to="/account/sessions/end").status_code == 403
    assert theirs.get("/account").status_code == 200


@pytest.mark.parametrize("kind", [API, CALENDAR])
def test_a_token_is_shown_once_and_revoked(office_app: Flask, kind: str) -> None:
    client, door = signed_in(office_app, CLERK), office_app.extensions[EXTENSION]
    answer = send(client, "/account", {"kind": kind, "name": "Sổ văn bản"}, to="/account/tokens")
    found = re.search(r"chidao_\w+_[\w-]{43}", answer.text)
    assert found
    with door.database.reading() as connection:
        row = person_of_token(connection, found[0], kind, door.clock.now())
        assert row is not None
        assert row.login == CLERK
        identity = connection.execute(select(access_token.c.id)).scalar_one()
    page = client.get("/account").text
    assert "Sổ văn bản" in page
    assert found[0] not in page
    assert send(signed_in(office_app, LEADER), "/account", {"token": identity}, to="/account/tokens/revoke").status_code == 403
    send(client, "/account", {"token": identity}, to="/account/tokens/revoke")
    with door.database.reading() as connection:
        assert person_of_token(connection, found[0], kind, door.clock.now()) is None


def test_a_token_without_a_name_is_not_made(office_app: Flask) -> None:
    answer = send(signed_in(office_app, CLERK), "/account", {"kind": API, "name": " "}, to="/account/tokens")
    assert answer.status_code == 422
    assert "chidao_api" not in answer.text


@pytest.mark.parametrize("path", ["substitutions", "substitutions/end", "sessions/end", "tokens", "tokens/revoke", "password"])
def test_nothing_is_changed_without_the_key_of_the_form(office_app: Flask, path: str) -> None:
    assert signed_in(office_app, LEADER).post(f"/account/{path}", data={"name": "x", "kind": API}).status_code == 400


def link(app: Flask) -> str:
    token, door = new_link_token(), app.extensions[EXTENSION]
    door.execute(MakePasswordLink(login=CLERK, token_hash=digest(token)), SYSTEM, key=f"link:{token}")
    return token


def test_a_link_opens_once_and_gives_the_password_with_which_one_signs_in(office_app: Flask) -> None:
    page, client = f"/password/{link(office_app)}", office_app.test_client()
    shown = client.get(page)
    assert "Dành cho Lê Thị Lan. Tên đăng nhập là btg.van.thu." in shown.text
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert send(client, page, {"password_new": WORDS, "password_again": "khác"}).status_code == 422
    assert send(client, page, {"password_new": "ngắn", "password_again": "ngắn"}).status_code == 422
    used = send(client, page, {"password_new": WORDS, "password_again": WORDS}, follow_redirects=True)
    assert "Vui lòng đăng nhập bằng mật khẩu mới" in used.text
    assert client.get(page).status_code == 404
    assert send(client, "/sign-in", {"login": CLERK, "password": WORDS}).status_code == 302


@pytest.mark.parametrize("token", ["x", "%00", "a" * 200])
def test_a_link_that_never_was_opens_nothing(office_app: Flask, token: str) -> None:
    answer = office_app.test_client().get(f"/password/{token}")
    assert answer.status_code == 404
    assert "không còn dùng được" in answer.text


def test_where_no_password_is_kept_none_is_changed(office_app: Flask) -> None:
    assert signed_in(office_app, CLERK).get("/account/password").status_code == 404


def test_the_account_costs_few_statements_however_much_is_in_it(office_app: Flask) -> None:
    client = signed_in(office_app, LEADER)
    record(office_app, client)
    for name in ("một", "hai", "ba"):
        send(client, "/account", {"kind": API, "name": name}, to="/account/tokens")
        signed_in(office_app, LEADER)
    with counted() as asked:
        client.get("/account")
    assert len([each for each in asked if each.lstrip().upper().startswith(("SELECT", "WITH"))]) <= 12
