"""What people do with tasks that they have ticked: each task by itself, and what went wrong is said of each."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.storage.schema import person, user_task
from tests.pages import send
from tests.web.tasks.conftest import COLLEAGUE, LEADER, NAME, SPECIALIST
from tests.web.tasks.test_lists import tasks_on
from web.door import EXTENSION

SignIn = Callable[[str], FlaskClient]
CHANGES = ["/work/several", "/work/assign", "/work/release", "/work/together", "/work/filters", "/work/filters/x"]


def identity(app: Flask, login: str) -> str:
    with app.extensions[EXTENSION].database.reading() as connection:
        return str(connection.execute(select(person.c.id).where(person.c.login == login)).scalar_one())


def row(app: Flask, task: str) -> Any:
    with app.extensions[EXTENSION].database.reading() as connection:
        return connection.execute(select(user_task).where(user_task.c.id == task)).one()


@pytest.mark.parametrize("path", CHANGES)
def test_nothing_changes_without_the_forms_own_token(sign_in_to_demo: SignIn, path: str) -> None:
    assert sign_in_to_demo(SPECIALIST).post(path, data={"task": "x", "do": "take"}).status_code == 400


def test_several_are_taken_at_once(sign_in: SignIn) -> None:
    client = sign_in(SPECIALIST)
    queue = tasks_on(client.get("/work/queue").text)
    assert send(client, "/work/queue", {"task": queue, "do": "take"}, to="/work/several").location == "/work"
    assert tasks_on(client.get("/work").text) == queue


def test_nothing_ticked_is_said_and_nothing_done(sign_in_to_demo: SignIn) -> None:
    client = sign_in_to_demo(SPECIALIST)
    answer = send(client, "/work", {"do": "assign", "back": "/work?due=week"}, to="/work/several")
    assert answer.location == "/work?due=week"
    assert "Hãy chọn ít nhất một việc" in client.get("/work").text


def test_tasks_are_given_to_a_colleague_with_a_reason_and_the_earlier_holder_sees_it(sign_in: SignIn, demo_app: Flask) -> None:
    client = sign_in(SPECIALIST)
    queue = tasks_on(client.get("/work/queue").text)
    send(client, "/work/queue", {"task": queue, "do": "take"}, to="/work/several")
    chosen = send(client, "/work", {"task": queue[:2], "do": "assign"}, to="/work/several")
    assert chosen.location.startswith("/work/assign?task=")
    page = client.get(chosen.location).text
    assert "Giàng Thị Sung" in page
    given = {"task": queue[:2], "colleague": identity(demo_app, COLLEAGUE), "reason": "nghỉ phép", "back": "/work"}
    refused = send(client, chosen.location, {**given, "reason": " "}, to="/work/assign")
    assert refused.status_code == 422
    assert send(client, chosen.location, given, to="/work/assign").location == "/work"
    assert [row(demo_app, each).assignee for each in queue[:2]] == [given["colleague"]] * 2
    assert "nghỉ phép" in client.get("/work").text
    assert set(tasks_on(sign_in(COLLEAGUE).get("/work").text)) == set(queue[:2])


def test_a_leader_finds_with_whom_tasks_are_and_gives_them_to_another(sign_in: SignIn, demo_app: Flask) -> None:
    client, leader = sign_in(SPECIALIST), sign_in(LEADER)
    one = tasks_on(client.get("/work/queue").text)[0]
    send(client, "/work/queue", {"take": one}, to="/work/several")
    page = leader.get("/work/colleagues").text
    assert one in tasks_on(page)
    assert "Đỗ Thị Mai đang làm" in page
    given = {"task": one, "colleague": identity(demo_app, COLLEAGUE), "reason": "ốm"}
    assert send(leader, "/work/colleagues", given, to="/work/assign").status_code == 303
    assert row(demo_app, one).assignee == given["colleague"]


def test_tasks_are_given_back_with_a_reason(sign_in: SignIn, demo_app: Flask) -> None:
    client = sign_in(SPECIALIST)
    one = tasks_on(client.get("/work/queue").text)[0]
    send(client, "/work/queue", {"take": one}, to="/work/several")
    assert send(client, "/work", {"task": one, "reason": ""}, to="/work/release").status_code == 422
    assert send(client, "/work", {"task": one, "reason": "nhầm việc"}, to="/work/release").status_code == 303
    assert row(demo_app, one).assignee is None


def test_of_each_task_it_is_said_what_became_of_it(sign_in: SignIn) -> None:
    client, other = sign_in(SPECIALIST), sign_in(COLLEAGUE)
    queue = tasks_on(client.get("/work/queue").text)
    send(other, "/work/queue", {"take": queue[0]}, to="/work/several")
    answer = send(client, "/work/queue", {"task": queue, "do": "take"}, to="/work/several")
    assert answer.status_code == 422
    assert f"Đã xong {len(queue) - 1}/{len(queue)} việc" in answer.text


def test_tasks_are_put_aside_until_a_day_and_shown_again(sign_in_to_demo: SignIn) -> None:
    client = sign_in_to_demo(SPECIALIST)
    first, *rest = tasks_on(client.get("/work").text)
    send(client, "/work", {"task": first, "do": "later", "until": "31/12/2099"}, to="/work/several")
    assert tasks_on(client.get("/work").text) == rest
    later = client.get("/work/later").text
    assert (tasks_on(later), "tạm gác đến 31/12/2099" in later) == ([first], True)
    send(client, "/work/later", {"task": first, "do": "show", "back": "/work/later"}, to="/work/several")
    assert tasks_on(client.get("/work").text) == [first, *rest]


@pytest.mark.parametrize("until", ["", "2099/12/31", "31/02/2099", "mai"])
def test_a_day_that_is_none_puts_nothing_aside(sign_in_to_demo: SignIn, until: str) -> None:
    client = sign_in_to_demo(SPECIALIST)
    before = tasks_on(client.get("/work").text)
    send(client, "/work", {"task": before[0], "do": "later", "until": until}, to="/work/several")
    page = client.get("/work").text
    assert "ngày/tháng/năm, ví dụ" in page
    assert tasks_on(page) == before


def test_the_same_form_is_handed_in_for_several(sign_in_to_demo: SignIn, demo_app: Flask) -> None:
    client = sign_in_to_demo(SPECIALIST)
    alike = tasks_on(client.get("/work?q=du+thao+tra+loi").text)
    page = send(client, "/work", {"task": alike, "do": "complete"}, to="/work/several").location
    assert f"Nội dung nhập dưới đây được nộp cho từng việc trong {len(alike)} việc" in client.get(page).text
    empty = send(client, page, {"task": alike}, to="/work/together")
    assert empty.status_code == 422
    assert [row(demo_app, each).status for each in alike] == ["open"] * len(alike)


def written(demo: Flask, tasks: list[str]) -> list[tuple[str, str]]:
    with demo.extensions[EXTENSION].database.reading() as connection:
        return [(row.status, json.loads(row.data or "{}").get("text", "")) for row in (connection.execute(select(user_task).where(user_task.c.id == each)).one() for each in tasks)]


ANSWER = {"/handling": "answer", "/text": "Ghi chép thủ công, chuyển sang năm sau."}


def answers(client: FlaskClient) -> tuple[list[str], str]:
    """Tasks in which the same difficulty is answered, and the page on which they are answered together."""
    alike = tasks_on(client.get("/work?q=du+thao+tra+loi").text) or tasks_on(client.get("/work/queue?q=du+thao+tra+loi").text)
    assert len(alike) > 1
    return alike, str(send(client, "/work", {"task": alike, "do": "complete"}, to="/work/several").location)


def test_what_is_entered_once_is_handed_in_for_each(sign_in_to_demo: SignIn, demo_app: Flask) -> None:
    client = sign_in_to_demo(SPECIALIST)
    alike, page = answers(client)
    assert "Chọn hướng giải quyết và soạn trả lời" in client.get(page).text
    answer = send(client, page, {"task": alike, "back": "/work", **ANSWER}, to="/work/together")
    assert (answer.status_code, answer.location) == (303, "/work")
    assert f"Đã xong {len(alike)} việc" in client.get("/work").text
    assert written(demo_app, alike) == [("completed", ANSWER["/text"])] * len(alike)


def test_one_that_a_colleague_has_taken_meanwhile_is_said_kindly_and_keeps_what_was_entered(sign_in: SignIn, demo_app: Flask) -> None:
    client, other = sign_in(SPECIALIST), sign_in(COLLEAGUE)
    (taken, *rest), page = answers(client)
    shown = client.get(page).text
    assert send(other, "/work/queue", {"take": taken}, to="/work/several").status_code == 303
    answer = send(client, page, {"task": [taken, *rest], "back": "/work", **ANSWER}, to="/work/together")
    assert answer.status_code == 422
    assert f"Đã xong {len(rest)}/{len(rest) + 1} việc" in answer.text
    assert NAME in answer.text
    assert "Nội dung đã nhập được giữ lại" in answer.text
    assert written(demo_app, [taken, *rest]) == [("open", ""), *[("completed", ANSWER["/text"])] * len(rest)]
    assert f'href="/task/{taken}?back=/work"' in answer.text
    assert ANSWER["/text"] in client.get(f"/task/{taken}").text
    assert ANSWER["/text"] not in other.get(f"/task/{taken}").text
    assert 'name="/text"' in shown


def test_tasks_with_other_forms_are_not_handed_in_together(sign_in_to_demo: SignIn) -> None:
    client = sign_in_to_demo(SPECIALIST)
    page = client.get("/work/together", query_string={"task": tasks_on(client.get("/work").text), "back": "/work"})
    assert page.location == "/work"
    assert "dùng chung một biểu mẫu" in client.get("/work").text


@pytest.mark.parametrize("path", ["/work/assign", "/work/release", "/work/together"])
def test_tasks_of_others_and_tasks_that_are_none_are_not_found(sign_in_to_demo: SignIn, path: str) -> None:
    foreign = tasks_on(sign_in_to_demo("phamthudung.4").get("/work").text)
    for tasks in (foreign, ["nothing"]):
        assert sign_in_to_demo(SPECIALIST).get(path, query_string={"task": tasks}).status_code == 404


def test_filters_are_kept_shared_renamed_and_deleted(sign_in: SignIn) -> None:
    client, leader = sign_in(SPECIALIST), sign_in(LEADER)
    page = client.get("/work?due=overdue").text
    unit = page.split('name="organisation"')[1].split('<option value="')[2].split('"')[0]
    send(client, "/work?due=overdue", {"name": "Việc trễ", "organisation": unit, "back": "/work?due=overdue"}, to="/work/filters")
    shared = leader.get("/work").text
    assert ("Việc trễ" in shared, "/work?due=overdue" in shared, "/work/filters/" in shared) == (True, True, False)
    kept = client.get("/work").text.split('action="/work/filters/')[1].split('"')[0]
    stranger = send(leader, "/work", {"do": "drop"}, to=f"/work/filters/{kept}", follow_redirects=True)
    assert "Không tìm thấy bộ lọc này" in stranger.text
    send(client, "/work", {"do": "rename", "name": "Cần gấp"}, to=f"/work/filters/{kept}")
    assert "Cần gấp" in leader.get("/work").text
    send(client, "/work", {"do": "drop"}, to=f"/work/filters/{kept}")
    assert "Cần gấp" not in client.get("/work").text
