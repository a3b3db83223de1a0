"""The task page: filling in a form, handing it in, and what becomes of what was typed when somebody was faster."""

from __future__ import annotations

import json
import re
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select, update

from engine.directives.given_work import GivenWork, ShowGivenWork
from engine.directives.receive import ReceiveDocument
from engine.execution.poller import Poller
from engine.kernel.actor import Actor
from engine.storage import Database
from engine.storage.schema import directive, dispatch, document, draft, report_section, user_task
from engine.storage.unit_of_work import UnitOfWork
from tests.pages import send, signed_in
from tests.web.forms.typed import controls
from tests.web.statements import counted
from tests.web.task.desk import desk, desks
from web.door import EXTENSION

ACCEPT = {"do": "complete", "/authentic": "yes", "/intact": "yes", "/right_addressee": "yes", "/decision": "accept"}
REPORT = {"/assessment": "done", "/result_narrative": "Đã tổ chức ba buổi.", "/indicators/activities": "1.250", "/indicators/people": "3 000", "/indicators/articles": "0"}
MOST_STATEMENTS = 29  # signing in, the page, its form's choices, its panels, what stands beside it, who looked


@pytest.fixture
def database(demonstration_database: Database) -> Database:
    return demonstration_database


def row_of(database: Database, task: str) -> Any:
    with database.reading() as connection:
        return connection.execute(select(user_task).where(user_task.c.id == task)).one()


def drafts(database: Database) -> list[Any]:
    with database.reading() as connection:
        return list(connection.execute(select(draft)))


def hidden_fields(client: FlaskClient, page: str) -> dict[str, str]:
    sent = controls(client.get(page).text)
    return {name: sent[name] for name in ("csrf_token", "_once", "_for")}


def change(database: Database, task: str, **values: Any) -> None:
    with UnitOfWork(database) as unit:
        unit.connection.execute(update(user_task).where(user_task.c.id == task).values(**values))
        unit.commit()


def test_a_clerk_accepts_a_letter_and_is_led_to_the_next_task(demo_app: Flask, database: Database) -> None:
    ours = desk(database, "check_incoming")
    client = signed_in(demo_app, ours.login)
    shown = client.get(f"{ours.page}?back=/work").text
    assert "Kiểm tra, tiếp nhận" in shown
    assert "Văn bản xác thực" in shown
    answer = send(client, ours.page, {**ACCEPT, "back": "/work"})
    assert answer.status_code == 303
    assert answer.location.startswith(f"/work/next?after={ours.task}")
    done = row_of(database, ours.task)
    assert (done.status, json.loads(done.data)["decision"]) == ("completed", "accept")
    shown = client.get(answer.location, follow_redirects=True).text
    assert "Đã hoàn thành việc" in shown
    assert re.search(r"Biên nhận: bản ghi số \d+, mã [0-9a-f]{12}\.", shown)
    after = client.get(ours.page).text
    assert "đã hoàn thành việc này lúc" in after
    assert "Tiếp nhận" in after
    assert 'id="task-form"' not in after


def test_registering_begins_with_everything_that_the_letter_tells(demo_app: Flask, database: Database) -> None:
    ours = desk(database, "register_incoming")
    begun = controls(signed_in(demo_app, ours.login).get(ours.page).text)
    told = {name: begun[f"/{name}"] for name in ("signer_authority", "signer_title", "signer_name", "channel")}
    assert told == {"signer_authority": "K/T", "signer_title": "PHÓ TRƯỞNG BAN", "signer_name": "Trần Minh Đức", "channel": "paper"}


def test_whoever_carries_work_out_reads_what_it_is_and_what_the_leader_said(demo_app: Flask, database: Database) -> None:
    ours = desk(database, "execute_update")
    given = json.loads(row_of(database, ours.task).context)
    query = ShowGivenWork(directive=given["directive"], assignment=given["assignment"]["id"])
    work: GivenWork = demo_app.extensions[EXTENSION].ask(query, Actor.person(ours.person, method="test"))
    page = unescape(signed_in(demo_app, ours.login).get(ours.page).text)
    panel = page[page.index('id="panel-work"') : page.index('id="task-form"')]
    assert work.instruction
    assert all(words in panel for words in (work.text or "Toàn bộ văn bản.", work.instruction, work.lead))


def test_whoever_confirms_the_kind_of_a_letter_finds_what_is_proposed_chosen_and_the_reason(demo_app: Flask, database: Database) -> None:
    clerk = desk(database, "check_incoming")
    ours, door = row_of(database, clerk.task).organisation, demo_app.extensions[EXTENSION]
    with database.reading() as connection:
        issuer = connection.execute(select(directive.c.issuer).join(dispatch).where(dispatch.c.organisation == ours)).scalars().first()
    duty = {"frequency": "monthly", "report_type": "báo cáo công tác tháng", "first_period": "2026-12", "end_period": "2026-12"}
    body = {"process": "", "doc_type": "công văn", "symbol": "CV/VP", "subject": "trồng cây", "obligation": duty, "sunset": "2027-12-31"}
    letter = ReceiveDocument(organisation=ours, issuer=str(issuer), number=9001, issued="2026-01-05", body=body)
    door.execute(letter, Actor.person(clerk.person, method="test"), key="test:letter")
    Poller(door).drain()
    page = signed_in(demo_app, clerk.login).get(desk(database, "confirm_shape").page).text
    assert "<p>Yêu cầu báo cáo định kỳ.</p>" in page
    assert controls(page)["/process"] == "coordination_monthly"


def test_sending_the_same_form_twice_does_it_once(demo_app: Flask, database: Database) -> None:
    ours = desk(database, "check_incoming")
    client = signed_in(demo_app, ours.login)
    fields = {**ACCEPT, "_once": "the-same"}
    assert [send(client, desks(database, "check_incoming")[1].page, fields, to=ours.page).status_code for _ in range(2)] == [303, 303]


def test_what_is_missing_is_said_in_vietnamese_at_its_field_and_nothing_typed_is_lost(demo_app: Flask, database: Database) -> None:
    ours = desk(database, "report_section")
    client = signed_in(demo_app, ours.login)
    answer = send(client, ours.page, {"do": "complete", "/assessment": "done", "/indicators/activities": "mười hai", "/difficulties": "Thiếu kinh phí."})
    assert answer.status_code == 422
    assert 'href="#f-result_narrative"' in answer.text
    assert "Hãy điền nội dung này." in answer.text
    assert "Viết số nguyên, ví dụ 1.250.000." in answer.text
    assert 'value="mười hai"' in answer.text
    assert "Thiếu kinh phí." in answer.text
    assert row_of(database, ours.task).status == "open"
    assert "Thiếu kinh phí." in client.get(ours.page).text


def test_what_the_engine_refuses_keeps_what_was_typed(demo_app: Flask, database: Database) -> None:
    ours = desk(database, "report_section")
    client = signed_in(demo_app, ours.login)
    answer = send(client, ours.page, {"do": "complete", **REPORT, "/indicators/activities": ""})
    assert answer.status_code == 422
    assert 'id="problem"' in answer.text
    assert "Đã tổ chức ba buổi." in answer.text
    assert send(client, ours.page, {"do": "complete", **REPORT}).status_code == 303
    assert json.loads(row_of(database, ours.task).data)["indicators"] == {"activities": 1250, "people": 3000, "articles": 0}


def test_a_row_more_keeps_everything_as_a_draft_and_comes_back_to_it(demo_app: Flask, database: Database) -> None:
    ours = desk(database, "consolidate")
    client = signed_in(demo_app, ours.login)
    answer = send(client, ours.page, {"do": "add:/overrides", "/narrative": "Các đơn vị đã thực hiện."})
    assert (answer.status_code, answer.location) == (303, f"{ours.page}#f-overrides-0")
    shown = client.get(ours.page).text
    assert "Các đơn vị đã thực hiện." in shown
    assert 'name="/overrides/0/value"' in shown
    assert 'name="/overrides/0/value"' not in (send(client, ours.page, {"do": "del:/overrides:0", "/overrides#": "1"}), client.get(ours.page).text)[1]


def test_a_draft_is_ones_own_is_saved_while_typing_and_goes_when_it_is_handed_in(demo_app: Flask, database: Database) -> None:
    ours = desk(database, "check_incoming")
    client = signed_in(demo_app, ours.login)
    saved = send(client, ours.page, {"/reason": "Đang xem", "/decision": "return"}, to=f"{ours.page}/draft")
    assert "Đã lưu nháp lúc " in saved.get_json()["saved"]
    assert [(row.person, json.loads(row.data)["reason"]) for row in drafts(database)] == [(ours.person, "Đang xem")]
    assert "Đang xem" in client.get(ours.page).text
    send(client, ours.page, {}, to=f"{ours.page}/forget")
    assert drafts(database) == []
    send(client, ours.page, {"/reason": "Đang xem"}, to=f"{ours.page}/draft")
    assert send(client, ours.page, ACCEPT).status_code == 303
    assert drafts(database) == []


def test_who_was_slower_learns_who_was_faster_and_can_copy_what_was_typed(demo_app: Flask, database: Database) -> None:
    ours = desk(database, "check_incoming")
    other = next(each for each in desks(database, "check_incoming") if each.person != ours.person)
    client = signed_in(demo_app, ours.login)
    hidden = hidden_fields(client, ours.page)
    change(database, ours.task, assignee=other.person)
    answer = client.post(ours.page, data={**hidden, **ACCEPT, "/reason": "Lý do đã viết kỹ", "/decision": "return"})
    assert answer.status_code == 409
    assert "Lý do đã viết kỹ" in answer.text
    assert 'id="task-form"' not in answer.text


def test_a_withdrawn_task_says_why(demo_app: Flask, database: Database) -> None:
    ours = desk(database, "check_incoming")
    change(database, ours.task, status="cancelled", withdrawn=json.dumps({"kind": "timer", "at": "2026-11-20T02:00:00.000000Z"}))
    shown = signed_in(demo_app, ours.login).get(ours.page).text
    assert "notice-watch" in shown
    assert 'id="task-form"' not in shown


def test_a_file_is_stored_once_and_carried_with_the_form(demo_app: Flask, database: Database) -> None:
    ours = desk(database, "execute_update")
    client = signed_in(demo_app, ours.login)
    fields = {"do": "complete", "/status": "done", "/activity_date": "20-11-2026", "file:/evidence": (BytesIO(b"anh"), "Ảnh hội nghị.jpg")}
    answer = send(client, ours.page, fields, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "Ảnh hội nghị.jpg" in answer.text
    with database.reading() as connection:
        stored = connection.execute(select(document.c.sha256).where(document.c.name == "Ảnh hội nghị.jpg")).scalar_one()
    assert f'value="{stored}"' in answer.text
    fields = {"do": "complete", "/status": "done", "/activity_date": "20-11-2026", "/narrative": "Xong", "/evidence": stored}
    assert send(client, ours.page, fields).status_code == 303
    assert json.loads(row_of(database, ours.task).data)["evidence"] == [stored]
    assert json.loads(row_of(database, ours.task).data)["activity_date"] == "2026-11-20"


def test_taking_a_task_and_giving_it_back(demo_app: Flask, database: Database) -> None:
    ours = desk(database, "check_incoming")
    client = signed_in(demo_app, ours.login)
    assert send(client, ours.page, {}, to=f"{ours.page}/claim").status_code == 303
    assert row_of(database, ours.task).assignee == ours.person
    assert send(client, ours.page, {"reason": ""}, to=f"{ours.page}/release").status_code == 409
    assert send(client, ours.page, {"reason": "Nhờ đồng chí khác"}, to=f"{ours.page}/release").status_code == 303
    assert row_of(database, ours.task).assignee is None


def test_what_is_done_again_begins_with_what_was_handed_in_last(demo_app: Flask, database: Database) -> None:
    ours = desk(database, "consolidate")
    before = {**row_of(database, ours.task)._mapping, "id": "00000000-0000-7000-8000-000000000009", "status": "completed"}
    with UnitOfWork(database) as unit:
        unit.connection.execute(insert(user_task).values({**before, "data": json.dumps({"narrative": "Lần trước đã viết."}), "completed_at": before["created_at"]}))
        unit.commit()
    assert "Lần trước đã viết." in signed_in(demo_app, ours.login).get(ours.page).text


def test_who_mends_a_report_finds_its_sections(demo_app: Flask, database: Database) -> None:
    ours = desk(database, "regular_report")
    with database.reading() as connection:
        newest = connection.execute(select(report_section).where(report_section.c.narrative != "")).first()
    assert newest is not None
    context = json.loads(row_of(database, ours.task).context) | {"report": newest.report}
    change(database, ours.task, form="revise_report", context=json.dumps(context))
    shown = signed_in(demo_app, ours.login).get(ours.page).text
    assert newest.narrative in unescape(shown)
    assert f'value="{newest.obligation}"' in shown


def test_what_was_typed_comes_back_after_the_session_had_ended(demo_app: Flask, database: Database) -> None:
    ours = desk(database, "check_incoming")
    client = signed_in(demo_app, ours.login)
    hidden = hidden_fields(client, ours.page)
    client.delete_cookie("chidao")
    asked = client.post(ours.page, data={**hidden, "/reason": "Đã viết rất lâu", "/decision": "return", "do": "complete"})
    assert asked.status_code == 401
    again = {**controls(asked.text), "person": ours.person}
    shown = client.post("/sign-in/demonstration", data=again, follow_redirects=True)
    assert "Đã viết rất lâu" in shown.text
    assert "chưa có gì được gửi đi" in shown.text
    assert row_of(database, ours.task).status == "open"


def test_a_choice_offers_its_ways(demo_app: Flask, database: Database) -> None:
    ours = desk(database, "check_incoming")
    change(database, ours.task, kind="choice", form="", context=json.dumps({"ways": [{"flow": "w1", "name": "Họp trực tiếp"}]}))
    client = signed_in(demo_app, ours.login)
    assert 'value="choose:w1">Họp trực tiếp' in client.get(ours.page).text
    assert send(client, ours.page, {"do": "choose:none"}).status_code == 422


def test_nobody_is_led_elsewhere(demo_app: Flask, database: Database) -> None:
    ours = desk(database, "check_incoming")
    client = signed_in(demo_app, ours.login)
    for address in ("javascript:alert(1)", "//example.org", "https://example.org"):
        shown = client.get(ours.page, query_string={"back": address}).text
        assert f'href="{address}' not in shown
        assert f'name="back" value="{address}' not in shown


def test_it_is_nobody_elses(demo_app: Flask, database: Database) -> None:
    ours = desk(database, "check_incoming")
    stranger = next(each for each in desks(database, "execute_update") if each.person != ours.person)
    assert signed_in(demo_app, stranger.login).get(ours.page).status_code == 403
    nobody = demo_app.test_client().get(ours.page)
    assert nobody.status_code == 302
    assert nobody.location.startswith("/sign-in")
    client = signed_in(demo_app, ours.login)
    assert client.get("/task/none").status_code == 404
    client.post(ours.page, data=ACCEPT)
    assert row_of(database, ours.task).status == "open"


@pytest.mark.parametrize("form", ["check_incoming", "report_section", "leader_instruction", "consolidate", "execute_update", "urge"])
def test_a_page_asks_the_database_a_few_times(demo_app: Flask, database: Database, form: str) -> None:
    ours = desk(database, form)
    client = signed_in(demo_app, ours.login)
    client.get(ours.page)
    with counted() as asked:
        assert client.get(ours.page).status_code == 200
    assert len(asked) <= MOST_STATEMENTS, "\n\n".join(asked)
