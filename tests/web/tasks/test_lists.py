"""The pages of one's own work: which list holds what, filters in the address, and the way on to the next task."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.history.record import ACCESS_LOG
from engine.storage import Database
from engine.storage.schema import history_record, instance, organisation, report, user_task
from tests.pages import send
from tests.web.statements import counted
from tests.web.task.desk import desk
from tests.web.tasks.conftest import COLLEAGUE, SPECIALIST
from web.door import EXTENSION

SignIn = Callable[[str], FlaskClient]
LISTS = ["/work", "/work/queue", "/work/colleagues", "/work/later", "/work/done"]
MOST_STATEMENTS = 15


def tasks_on(page: str) -> list[str]:
    """The ids of the tasks of a list, in its order."""
    return re.findall(r'name="task" value="([^"]+)"', page)


@pytest.mark.parametrize("path", LISTS)
def test_every_list_is_there_and_needs_somebody(sign_in_to_demo: SignIn, demo_app: Flask, path: str) -> None:
    assert sign_in_to_demo(SPECIALIST).get(path).status_code == 200
    turned_away = demo_app.test_client().get(path)
    assert (turned_away.status_code, turned_away.location.partition("?")[0]) == (302, "/sign-in")


def test_whoever_is_the_only_one_finds_the_work_in_the_inbox_with_its_due_day_in_words(sign_in_to_demo: SignIn) -> None:
    page = sign_in_to_demo(SPECIALIST).get("/work").text
    assert tasks_on(page)
    assert "trễ 1 ngày" in page
    assert "Có 1 việc đã trễ hạn" in page


def test_a_report_to_be_reviewed_says_whose_it_is(sign_in_to_demo: SignIn, demonstration_database: Database) -> None:
    ours = desk(demonstration_database, "review_report")
    with demonstration_database.reading() as connection:
        sent = select(organisation.c.name).join(report).join(instance, instance.c.business_key == report.c.id).join(user_task, user_task.c.instance == instance.c.id)
        name = connection.execute(sent.where(user_task.c.id == ours.task)).scalar_one()
    page = unescape(sign_in_to_demo(ours.login).get("/work").text)
    row = next(each for each in page.split("<tr") if ours.task in each)
    assert name in row


def test_what_two_may_do_is_in_the_queue_until_one_takes_it(sign_in: SignIn) -> None:
    mine, theirs = sign_in(SPECIALIST), sign_in(COLLEAGUE)
    queue = tasks_on(mine.get("/work/queue").text)
    assert tasks_on(theirs.get("/work/queue").text) == queue
    assert tasks_on(mine.get("/work").text) == []
    taken = send(mine, "/work/queue", {"take": queue[0], "back": "/work/queue"}, to="/work/several")
    assert (taken.status_code, taken.location) == (303, f"/task/{queue[0]}?back=/work/queue")
    assert tasks_on(mine.get("/work").text) == queue[:1]
    assert queue[0] not in tasks_on(theirs.get("/work/queue").text)


def test_whoever_comes_too_late_is_told_kindly_who_was_faster_and_when(sign_in: SignIn) -> None:
    mine, theirs = sign_in(SPECIALIST), sign_in(COLLEAGUE)
    one = tasks_on(mine.get("/work/queue").text)[0]
    send(theirs, "/work/queue", {"take": one}, to="/work/several")
    answer = send(mine, "/work/done", {"take": one}, to="/work/several")
    assert answer.status_code == 422
    assert "Giàng Thị Sung" in answer.text
    assert 'role="alert"' in answer.text
    assert "Expected" not in answer.text


def test_filters_stand_in_the_address_and_find_without_marks(sign_in_to_demo: SignIn) -> None:
    client = sign_in_to_demo(SPECIALIST)
    drafts = client.get("/work?q=du+thao+tra+loi").text
    assert len(tasks_on(drafts)) == drafts.count(">Dự thảo trả lời</a>") > 1
    page = client.get("/work?due=overdue").text
    assert len(tasks_on(page)) == 1
    assert "back=/work?due%3Doverdue" in page, "opening a task keeps the filter"
    assert "Không có việc nào khớp" in client.get("/work?q=khong+co+gi").text


@pytest.mark.parametrize("address", ["/work?due=yesterday", "/work?sort=size", "/work?page=99999999", "/work?page=-1", "/work?page=٣", "/work?q=" + "x" * 5000])
def test_what_an_address_says_wrongly_is_left_out(sign_in_to_demo: SignIn, address: str) -> None:
    assert sign_in_to_demo(SPECIALIST).get(address).status_code == 200


def test_an_empty_list_says_what_will_appear(sign_in_to_demo: SignIn) -> None:
    assert "sẽ hiện ở đây" in sign_in_to_demo(SPECIALIST).get("/work/queue").text


def test_after_a_task_comes_the_next_one_of_the_same_list(sign_in_to_demo: SignIn) -> None:
    client = sign_in_to_demo(SPECIALIST)
    first, second, *_, last = tasks_on(client.get("/work").text)
    assert client.get(f"/work/next?after={first}").location == f"/task/{second}?back=/work"
    assert client.get(f"/work/next?after={last}").location == f"/task/{first}?back=/work"
    one, other, *_ = tasks_on(client.get("/work?q=du+thao").text)
    assert client.get(f"/work/next?after={one}&back=/work?q=du+thao").location == f"/task/{other}?back=/work?q%3Ddu%2Bthao"
    assert client.get(f"/work/next?after={first}&back=/work/queue").location == "/work/queue"


@pytest.mark.parametrize("back", ["https://example.org/work", "//example.org/work", "javascript:alert(1)", "/admin", ""])
def test_nobody_is_led_out_of_the_lists(sign_in_to_demo: SignIn, back: str) -> None:
    answer = sign_in_to_demo(SPECIALIST).get("/work/next", query_string={"after": "x", "back": back})
    assert answer.location.endswith("back=/work")


def test_who_looked_at_their_work_is_written_down(sign_in_to_demo: SignIn, demo_app: Flask) -> None:
    sign_in_to_demo(SPECIALIST).get("/work")
    query = select(history_record.c.action).where(history_record.c.log == ACCESS_LOG)
    with demo_app.extensions[EXTENSION].database.reading() as connection:
        assert "work.see" in connection.execute(query).scalars().all()


@pytest.mark.parametrize("path", LISTS)
def test_a_list_takes_a_few_statements_whatever_its_length(sign_in_to_demo: SignIn, path: str) -> None:
    client = sign_in_to_demo(SPECIALIST)
    client.get(path)
    with counted() as statements:
        client.get(path)
    assert len(statements) <= MOST_STATEMENTS
