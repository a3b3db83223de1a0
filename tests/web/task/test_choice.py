"""Where a diagram leaves the way to a person: chosen on the task page, by its lane alone, and only once."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine.instances.commands import ClaimTask
from engine.storage import Database
from engine.storage.schema import user_task
from tests.definitions.drawings import chain
from tests.definitions.drawings import user_task as drawn_task
from tests.instances.bureau import BY_PERSON, Bureau, service
from tests.pages import application, send, signed_in

ASKED = "Chọn nơi xử lý; nơi được chọn nhận việc ngay."
CHOOSING = (
    BY_PERSON
    + f'<bpmn:exclusiveGateway id="x" name="Ai làm?"><bpmn:documentation>{ASKED}</bpmn:documentation></bpmn:exclusiveGateway>'
    + drawn_task("own")
    + service("keep")
    + '<bpmn:endEvent id="e"/>'
    + '<bpmn:sequenceFlow id="here" name="Tự làm" sourceRef="x" targetRef="own"/>'
    + '<bpmn:sequenceFlow id="there" name="Lưu hồ sơ" sourceRef="x" targetRef="keep"/>'
    + chain("s", "x")
    + chain("own", "e")
    + chain("keep", "e")
)


@pytest.fixture
def bureau(database: Database, monkeypatch: pytest.MonkeyPatch) -> Bureau:
    """The office with a process in which a clerk chooses the way; it waits for that."""
    made = Bureau.opened(database, monkeypatch)
    made.draw(CHOOSING, "x", "own", "keep", "e")
    return made


@pytest.fixture
def app(bureau: Bureau) -> Flask:
    return application(bureau.door)


@pytest.fixture
def page(bureau: Bureau) -> str:
    return f"/task/{bureau.work('x').id}"


def clerk(app: Flask, login: str = "van.thu") -> FlaskClient:
    return signed_in(app, login)


def test_a_clerk_finds_the_choice_chooses_a_way_and_the_case_goes_on(app: Flask, bureau: Bureau, page: str) -> None:
    client = clerk(app)
    assert page in client.get("/work/queue").text
    shown = client.get(page).text
    for said in ("Ai làm?", ASKED, "Tiếp tục theo hướng nào?", 'value="choose:here">Tự làm', 'value="choose:there">Lưu hồ sơ'):
        assert said in shown
    answer = send(client, page, {"do": "choose:here", "back": "/work/queue"})
    assert answer.status_code == 303
    assert answer.location.startswith("/work/next?")
    assert "Đã hoàn thành việc “Ai làm?”. Bước tiếp theo: Vào sổ" in client.get(answer.location, follow_redirects=True).text
    (row,) = bureau.rows(user_task, user_task.c.element == "x")
    assert (row.status, json.loads(row.data)) == ("completed", {"choose": "here"})
    assert bureau.open() == ["own"]
    after = client.get(page).text
    assert "Đã chọn: Tự làm" in after
    assert 'value="choose:' not in after


def test_sending_the_same_choice_twice_chooses_once(app: Flask, bureau: Bureau, page: str) -> None:
    client, own = clerk(app), {"do": "choose:here", "_once": "the-same"}
    assert [send(client, "/account", own, to=page).status_code for _ in range(2)] == [303, 303]
    assert len(bureau.rows(user_task, user_task.c.element == "own")) == 1


@pytest.mark.parametrize("do", ["choose:elsewhere", "choose:", "complete", "draft"])
def test_a_way_that_is_none_is_said_kindly_and_nothing_moves(app: Flask, bureau: Bureau, page: str, do: str) -> None:
    refused = send(clerk(app), page, {"do": do})
    assert refused.status_code == 422
    assert 'id="problem"' in refused.text
    assert "cần chọn một trong các hướng" in refused.text
    assert 'value="choose:here"' in refused.text
    assert bureau.open() == ["x"]


def test_it_is_the_lanes_alone(app: Flask, bureau: Bureau, page: str) -> None:
    stranger = clerk(app, "chuyen.vien")
    assert stranger.get(page).status_code in {200, 403}
    assert 'value="choose:' not in stranger.get(page).text
    assert send(stranger, "/account", {"do": "choose:here"}, to=page).status_code == 403
    assert app.test_client().get(page).location.startswith("/sign-in")
    assert clerk(app).post(page, data={"do": "choose:here"}).status_code == 400
    assert bureau.open() == ["x"]


def test_whoever_is_slower_learns_who_has_it_and_who_has_chosen(app: Flask, bureau: Bureau, page: str) -> None:
    slower = clerk(app, "van.thu.2")
    bureau.do(ClaimTask(task=page.rpartition("/")[2]), bureau.actor("van.thu"))
    refused = send(slower, "/account", {"do": "choose:there"}, to=page)
    assert refused.status_code == 409
    assert "Lê Thị Lan" in refused.text
    assert 'value="choose:' not in refused.text
    assert send(clerk(app), page, {"do": "choose:here"}).status_code == 303
    late = send(slower, "/account", {"do": "choose:there"}, to=page)
    assert late.status_code == 409
    assert "Lê Thị Lan" in late.text
    assert bureau.open() == ["own"]
