"""The leader's page: what is late and what soon will be, counted, with the way to urge."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.storage.schema import organisation
from tests.pages import send
from tests.web.statements import counted
from web.door import EXTENSION

SignIn = Callable[[str], FlaskClient]
LEADER, CONSOLIDATOR, SPECIALIST = "vungocha.6", "lominhnam.10", "dothimai.9"
HIGHER = "nguyenvanan.1"  # leads the committee above their department
MOST_STATEMENTS = 20


def unit(app: Flask, name: str) -> str:
    with app.extensions[EXTENSION].database.reading() as connection:
        return str(connection.execute(select(organisation.c.id).where(organisation.c.name == name)).scalar_one())


@pytest.mark.parametrize("login", [LEADER, CONSOLIDATOR])
def test_whoever_leads_or_consolidates_sees_what_is_late_below(sign_in_to_demo: SignIn, login: str) -> None:
    page = sign_in_to_demo(login).get("/overview").text
    assert "Ban Tuyên giáo Tỉnh ủy Sơn Bình" in page
    assert "việc trễ hạn, " in page
    for heading in ("Văn bản đang thực hiện", "Đơn vị cấp dưới", "Báo cáo theo kỳ"):
        assert f">{heading}</h2>" in page


def test_every_chart_has_its_numbers_in_words_and_in_a_table(sign_in_to_demo: SignIn) -> None:
    page = sign_in_to_demo(CONSOLIDATOR).get("/overview").text
    assert page.count("<svg") == page.count("<title id=") + page.count('aria-hidden="true"')
    assert page.count("<desc id=") == page.count("<title id=") > 0
    assert "style=" not in page


def urging_form(page: str) -> dict[str, str]:
    form = page.split('action="/start"')[1].split("</form>", maxsplit=1)[0]
    return dict(re.findall(r'name="(process|organisation|directive)" value="([^"]+)"', form))


def test_whoever_drafts_urges_begins_one_in_two_clicks(sign_in_to_demo: SignIn) -> None:
    page = sign_in_to_demo(CONSOLIDATOR).get("/overview").text
    assert len(urging_form(page)) == 3
    assert "Soạn văn bản đôn đốc" in page


def test_a_leader_has_an_urge_drafted_in_two_clicks_and_learns_by_whom(sign_in_to_demo: SignIn) -> None:
    client = sign_in_to_demo(LEADER)
    page = client.get("/overview").text
    assert "Lò Minh Nam soạn văn bản đôn đốc, lãnh đạo ký" in page
    assert "Yêu cầu đôn đốc" in page
    begun = send(client, "/overview", urging_form(page), to="/start")
    assert begun.status_code == 303
    shown = client.get(begun.location).text
    assert "Đôn đốc bằng văn bản" in shown
    assert "Việc đầu tiên sẽ vào danh sách của người phụ trách" in shown


def test_nobody_else_begins_one(sign_in_to_demo: SignIn) -> None:
    fields = urging_form(sign_in_to_demo(LEADER).get("/overview").text)
    client = sign_in_to_demo(SPECIALIST)
    assert send(client, "/work", fields, to="/start").status_code == 403


def test_a_unit_below_is_opened_from_above_and_not_from_below_or_beside(sign_in_to_demo: SignIn, demo_app: Flask) -> None:
    department, district = unit(demo_app, "Ban Tuyên giáo Tỉnh ủy Sơn Bình"), unit(demo_app, "Thành ủy số 1 (Sơn Bình)")
    page = sign_in_to_demo(HIGHER).get(f"/overview?unit={department}")
    assert (page.status_code, "breadcrumb" in page.text) == (200, True)
    assert sign_in_to_demo(LEADER).get(f"/overview?unit={district}").status_code == 200
    assert sign_in_to_demo(LEADER).get(f"/overview?unit={unit(demo_app, 'Tỉnh ủy Sơn Bình')}").status_code == 403


def test_it_is_for_those_who_lead(sign_in_to_demo: SignIn, demo_app: Flask) -> None:
    assert sign_in_to_demo(SPECIALIST).get("/overview").status_code == 403
    assert sign_in_to_demo(LEADER).get("/overview?unit=nothing").status_code in {403, 404}
    assert demo_app.test_client().get("/overview").location.startswith("/sign-in")


def test_it_takes_a_few_statements_whatever_lies_below(sign_in_to_demo: SignIn) -> None:
    client = sign_in_to_demo(CONSOLIDATOR)
    client.get("/overview")
    with counted() as statements:
        client.get("/overview")
    assert len(statements) <= MOST_STATEMENTS
