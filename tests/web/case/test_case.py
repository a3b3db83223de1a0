"""The page of a case: where it stands, what was done, by whom."""

from __future__ import annotations

import json
import re
from html import unescape

from flask import Flask
from sqlalchemy import func, select

from engine.history.record import ACCESS_LOG
from engine.storage import Database
from engine.storage.schema import comment, history_record
from tests.pages import send
from tests.web.case.conftest import Desk, Find
from tests.web.conftest import SignIn
from tests.web.statements import counted

MOST_STATEMENTS = 14


def plain(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_the_case_says_where_it_stands_and_how_it_came_there(sign_in_to_demo: SignIn, desk: Find) -> None:
    mine = desk("leader_instruction", "province")
    page = sign_in_to_demo(mine.login).get(f"/case/{mine.instance}")
    assert page.status_code == 200
    words = plain(page.text)
    assert "Đang ở Cho ý kiến chỉ đạo · lãnh đạo" in words
    assert "hoàn thành việc “Đăng ký văn bản đến”" in words
    assert "Hệ thống mở hồ sơ." in words
    assert re.search(r"\(Văn thư, [^)]+\) hoàn thành việc “Kiểm tra, tiếp nhận”", words)


def test_each_step_is_counted_over_all_passes_in_the_diagram_and_in_the_table(sign_in_to_demo: SignIn, desk: Find) -> None:
    mine = desk("leader_instruction", "province")
    page = sign_in_to_demo(mine.login).get(f"/case/{mine.instance}").text
    (data,) = re.findall(r'id="diagram-data">(.*?)</script>', page, re.DOTALL)
    drawn = json.loads(data)
    stands = {each["id"]: each for each in drawn["stands"]}
    assert stands["in_check"]["done"] == stands["in_register"]["done"] == 1
    assert stands["in_instruct"]["here"] == 1
    assert set(re.findall(r'data-element="([^"]+)"', page)) == set(stands)
    assert "<bpmn:process" in drawn["xml"]


def test_a_late_task_is_said_to_be_late(sign_in_to_demo: SignIn, desk: Find, demonstration_database: Database) -> None:
    mine = desk("execute_update", "province")
    page = plain(sign_in_to_demo(mine.login).get(f"/case/{mine.instance}?process=assignment_work").text)
    assert re.search(r"Thực hiện và cập nhật .* 1 đang mở", page)


def test_another_diagram_of_the_case_can_be_chosen_and_no_other(sign_in_to_demo: SignIn, desk: Find) -> None:
    mine = desk("leader_instruction", "province")
    client = sign_in_to_demo(mine.login)
    assert 'data-element="in_check"' not in client.get(f"/case/{mine.instance}?process=coordination_monthly").text
    assert client.get(f"/case/{mine.instance}?process=nothing").status_code == 404


def test_whoever_looked_is_written_down(sign_in_to_demo: SignIn, desk: Find, demonstration_database: Database) -> None:
    mine = desk("check_incoming", "province")
    sign_in_to_demo(mine.login).get(f"/case/{mine.instance}")
    query = select(func.count()).where(history_record.c.log == ACCESS_LOG, history_record.c.action == "case.see", history_record.c.subject == mine.instance)
    with demonstration_database.reading() as connection:
        assert connection.execute(query).scalar_one() == 1


def test_a_stranger_is_not_let_in_and_a_wrong_address_is_told(sign_in_to_demo: SignIn, desk: Find, stranger: str) -> None:
    mine = desk("check_incoming", "province")
    assert sign_in_to_demo(stranger).get(f"/case/{mine.instance}").status_code == 403
    assert sign_in_to_demo(mine.login).get("/case/nobody").status_code == 404


def test_nobody_is_asked_to_sign_in(demo_app: Flask, desk: Find) -> None:
    mine = desk("check_incoming", "province")
    for address in (f"/case/{mine.instance}", f"/documents/{mine.document}", f"/documents/{mine.document}/text"):
        answer = demo_app.test_client().get(address)
        assert answer.status_code == 302
        assert "/sign-in" in answer.headers["Location"]


def test_the_page_takes_a_few_statements(sign_in_to_demo: SignIn, desk: Find) -> None:
    mine = desk("execute_update", "province")
    client = sign_in_to_demo(mine.login)
    for address in (f"/case/{mine.instance}", f"/documents/{mine.document}/text"):
        client.get(address)
        with counted() as statements:
            assert client.get(address).status_code == 200
        assert len(statements) <= MOST_STATEMENTS, statements


# --- comments ---------------------------------------------------------------------------------------------------------


def said(database: Database, mine: Desk) -> list[tuple[str, str, str | None]]:
    with database.reading() as connection:
        rows = connection.execute(select(comment.c.text, comment.c.title, comment.c.task).where(comment.c.instance == mine.instance))
        return [(row.text, row.title, row.task) for row in rows]


def test_a_comment_is_kept_with_name_and_post_and_shown_to_the_others(sign_in_to_demo: SignIn, desk: Find, demonstration_database: Database) -> None:
    mine = desk("check_incoming", "province")
    client = sign_in_to_demo(mine.login)
    answer = send(client, f"/case/{mine.instance}", {"text": "Đã gọi điện hỏi nơi gửi.", "task": mine.task}, to=f"/case/{mine.instance}/comments")
    assert answer.status_code == 303
    ((text, title, task),) = said(demonstration_database, mine)
    assert (text, task) == ("Đã gọi điện hỏi nơi gửi.", mine.task)
    assert title.startswith("Văn thư, ")
    shown = plain(client.get(answer.headers["Location"]).text)
    assert "Đã gọi điện hỏi nơi gửi." in shown
    assert "Văn thư, " in shown


def test_an_empty_comment_is_told_and_what_was_typed_stays(sign_in_to_demo: SignIn, desk: Find, demonstration_database: Database) -> None:
    mine = desk("check_incoming", "province")
    client = sign_in_to_demo(mine.login)
    answer = send(client, f"/case/{mine.instance}", {"text": "  "}, to=f"/case/{mine.instance}/comments")
    assert answer.status_code == 422
    assert 'id="comment-problem"' in answer.text
    long = send(client, f"/case/{mine.instance}", {"text": "x" * 4001}, to=f"/case/{mine.instance}/comments")
    assert long.status_code == 422
    assert "x" * 4001 in long.text
    assert said(demonstration_database, mine) == []


def test_a_comment_needs_the_key_of_the_session_and_the_right(sign_in_to_demo: SignIn, desk: Find, stranger: str) -> None:
    mine = desk("check_incoming", "province")
    assert sign_in_to_demo(mine.login).post(f"/case/{mine.instance}/comments", data={"text": "x"}).status_code == 400
    refused = send(sign_in_to_demo(stranger), "/account", {"text": "x"}, to=f"/case/{mine.instance}/comments")
    assert refused.status_code == 403


def test_a_comment_is_not_about_a_task_of_another_case(sign_in_to_demo: SignIn, desk: Find) -> None:
    mine, other = desk("check_incoming", "province"), desk("leader_instruction", "province")
    client = sign_in_to_demo(mine.login)
    answer = send(client, f"/case/{mine.instance}", {"text": "x", "task": other.task}, to=f"/case/{mine.instance}/comments")
    assert answer.status_code == 422
