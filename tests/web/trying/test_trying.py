"""The pages of a trial: led with the forms that staff see, back, saved, run; wrong people, bad ids and broken steps are told so."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.history.record import ACCESS_LOG
from engine.storage.schema import definition_version, history_record, instance
from tests.definitions.trials import PATH, PROCESS, drawn
from tests.web.read_page import read
from tests.web.statements import counted
from tests.web.trying.conftest import Trying

SPECIALIST = "dothimai.9"
SCENARIO = re.compile(r'name="scenario" value="([^"]*)"')
FEW = 25  # statements of a page, whatever the number of steps


def shown(trying: Trying) -> str:
    assert trying.page is not None
    page = read(trying.page.text)
    assert page.faults() == []
    return page.main


def steps(trying: Trying) -> list[dict[str, object]]:
    assert trying.page is not None
    found = SCENARIO.search(trying.page.text)
    assert found
    return list(json.loads(unescape(found[1]))["steps"])


def test_the_leader_s_form_is_the_real_one_and_says_what_is_wrong_as_staff_are_told(trying: Trying) -> None:
    trying.begin()
    assert "Đang làm thay vai" in shown(trying)
    refused = trying.do("hand-in", **{"/note": "Đã xem."})
    assert refused.status_code == 422
    assert "Hãy chọn một mục." in shown(trying)
    assert "Đã xem." in refused.text
    trying.do("hand-in", **{"/opinion": "agree", "/note": "Đã xem."})
    assert "Chọn hướng" in shown(trying)
    assert steps(trying) == [{"complete": "check", "with": {"opinion": "agree"}}]  # the note is not routed: the process does not see it


def test_a_week_later_the_reminder_is_there_and_a_step_back_it_is_not(trying: Trying) -> None:
    trying.begin()
    trying.do("advance:P7D")
    assert "08:00 ngày 12/04/2024" in shown(trying)
    assert "Nhắc lãnh đạo" in shown(trying)
    trying.do("back")
    assert "08:00 ngày 05/04/2024" in shown(trying)
    assert "thao tác set_status" not in shown(trying)
    assert steps(trying) == []


def test_operations_choices_and_messages_lead_to_the_end(trying: Trying) -> None:
    trying.begin()
    trying.do("advance-to", until="12/04/2024 09:00")
    trying.do("open:operation:1:remind")
    trying.do("answer", data='{"status": "done"}')
    assert "status" in shown(trying)
    trying.do("hand-in", **{"/opinion": "object"})
    trying.do("choose:1:go_on")
    trying.do("answer", data='{"number": 7}', key="")
    assert "Quy trình đã kết thúc" in shown(trying)
    assert [next(iter(step)) for step in steps(trying)] == ["advance", "complete", "complete", "choose", "message"]
    trying.do("back:2")
    assert len(steps(trying)) == 2


def test_what_a_case_is_given_and_what_operations_and_messages_bring_are_fields(trying: Trying) -> None:
    page = read(trying.designer.client.get(trying.address, query_string={"process": PROCESS}).text)
    assert page.faults() == []
    assert "Văn bản (directive)" in page.main
    assert "Bắt đầu tại “begin”" in page.main
    trying.begin(start="", **{"/organisation": "btg", "/directive": "CV2", "/urgent": "1"})
    assert trying.page is not None
    scenario = SCENARIO.search(trying.page.text)
    assert scenario
    assert json.loads(unescape(scenario[1]))["start"] == {"organisation": "btg", "directive": "CV2", "urgent": 1}
    trying.do("advance:P7D")
    trying.do("open:operation:1:remind")
    trying.do("answer", **{"/status": "done"}, data='{"told": true}')
    trying.do("hand-in", **{"/opinion": "agree"})
    trying.do("choose:1:go_on")
    trying.do("answer", **{"/number": "7"})
    assert "Quy trình đã kết thúc" in shown(trying)
    operation, message = steps(trying)[1], steps(trying)[-1]
    assert operation["with"] == {"status": "done", "told": True}
    assert message["with"] == {"number": 7}


def test_a_saved_scenario_says_of_what_kind_a_field_is_and_what_does_not_fit_stands_there_again(trying: Trying) -> None:
    for name, of_what in (("Có số", {"number": 7, "day": "2024-05-01", "places": ["Rọ", "Chòi"], "asked": {"by": "btg"}}), ("Không số", {})):
        trying.begin()
        trying.do("hand-in", **{"/opinion": "agree"})
        trying.do("choose:1:go_on")
        if of_what:
            trying.do("answer", data=json.dumps(of_what))
            trying.do("save", name=name)
    assert trying.page is not None
    assert 'value="01/05/2024"' in trying.page.text
    refused = trying.do("answer", **{"/number": "bảy", "/day": "02/05/2024", "/places": "Rọ", "/asked/by": "phuong"})
    assert refused.status_code == 422
    assert 'value="bảy"' in refused.text
    trying.do("answer", **{"/number": "8", "/day": "02/05/2024", "/places": "Rọ", "/asked/by": "phuong"})
    assert steps(trying)[-1]["with"] == {"number": 8, "day": "2024-05-02", "places": ["Rọ"], "asked": {"by": "phuong"}}


@pytest.mark.parametrize(
    ("button", "fields", "said"),
    [
        ("advance-to", {"until": "01/04/2024"}, "2024"),
        ("advance-to", {"until": "mai"}, "15/04/2024"),
        ("choose:1:nowhere", {}, "nowhere"),
        ("fail", {"error": "E1"}, "E1"),
    ],
)
def test_what_cannot_be_done_is_said_and_the_trial_stays(trying: Trying, button: str, fields: dict[str, str], said: str) -> None:
    trying.begin()
    answer = trying.do(button, **fields)
    assert answer.status_code == 422
    problem = re.search(r'id="problem"><p>(.*?)</p>', answer.text)
    assert problem
    assert said in problem[1]
    assert steps(trying) == []


def test_data_that_are_no_json_stand_there_again(trying: Trying) -> None:
    trying.begin()
    trying.do("advance:P7D")
    trying.do("open:operation:1:remind")
    answer = trying.do("answer", data='{"status": ')
    assert answer.status_code == 422
    assert "{&#34;status&#34;: </textarea>" in answer.text


def test_a_name_that_nobody_has_given_is_asked_for_at_the_beginning(trying: Trying) -> None:
    answer = trying.begin("coordination_monthly", start="{}")
    assert answer.status_code == 422
    assert 'name="/directive"' in answer.text
    assert "Thiếu giá trị này, quy trình chưa bắt đầu được." in answer.text
    assert trying.begin(start="[]").status_code == 422
    assert trying.begin(now="hôm qua").status_code == 422


def test_steps_that_are_broken_or_too_many_begin_anew_with_a_sentence(trying: Trying) -> None:
    trying.begin()
    assert trying.page is not None
    for text in ("{", "[]", json.dumps({"steps": 1}), json.dumps({"steps": [{"advance": "P1D"}] * 10_000})):
        page = trying.designer.client.post(
            trying.address,
            data={
                "csrf_token": re.findall(r'name="csrf_token" value="([^"]+)"', trying.page.text)[0],
                "process": PROCESS,
                "scenario": text,
                "do": "advance:P1D",
            },
        )
        assert page.status_code == 422, text[:40]
        assert 'id="problem"' in page.text


def test_a_step_that_the_changed_design_no_longer_has_is_named_and_those_before_it_stay(trying: Trying) -> None:
    trying.begin()
    trying.do("advance:P7D")
    trying.do("open:user:1:check")
    trying.do("hand-in", **{"/opinion": "agree"})
    trying.keep(PATH, drawn(task="verify"), 1)
    answer = trying.do("open:choice:1:way")
    assert answer.status_code == 422
    assert "Bước 2 không còn thực hiện được" in shown(trying)
    assert steps(trying) == [{"advance": "P7D"}]


def test_a_process_with_an_error_names_it_with_a_link(trying: Trying) -> None:
    trying.keep(PATH, drawn().replace('sourceRef="begin"', 'sourceRef="nowhere"'), 1)
    answer = trying.begin()
    assert answer.status_code == 422
    assert f"path={PATH.replace('/', '%2F')}" in answer.text or f"path={PATH}" in answer.text


def test_a_trial_is_saved_run_opened_downloaded_and_removed(trying: Trying) -> None:
    trying.begin()
    trying.do("hand-in", **{"/opinion": "agree"})
    saved = trying.do("save", name="Lãnh đạo đồng ý")
    assert saved.status_code == 303
    client, room = trying.designer.client, trying.address
    listed = client.get(saved.location)
    assert "Lãnh đạo đồng ý" in listed.text
    trying.do("back:1")
    assert trying.do("save", name="Lãnh đạo đồng ý").status_code == 422
    assert 'name="again"' in (trying.page.text if trying.page else "")
    assert trying.do("save", name="Lãnh đạo đồng ý", again="yes").status_code == 303
    ran = read(client.get(f"{room}/scenarios", query_string={"process": PROCESS, "run": 1}).text)
    assert ran.faults() == []
    assert "1 trên 1 kịch bản đạt" in ran.main
    assert "Chưa đi tới" in ran.main
    identity = re.findall(r"scenario=([0-9a-f-]{36})", listed.text)[0]
    assert "Chọn hướng" in client.get(room, query_string={"process": PROCESS, "scenario": identity}).text
    file = client.get(f"{room}/scenario.json", query_string={"process": PROCESS, "scenario": identity})
    assert file.headers["Content-Disposition"] == f'attachment; filename="{PROCESS}.json"'
    assert file.get_json()["expect"]["waiting"] == ["way"]
    token = re.findall(r'name="csrf_token" value="([^"]+)"', listed.text)[0]
    assert client.post(f"{room}/scenarios/{identity}/remove", data={"csrf_token": token}).status_code == 303
    assert client.get(room, query_string={"process": PROCESS, "scenario": identity}).status_code == 404


def test_the_steps_so_far_are_downloaded_as_chidao_try_reads_them(trying: Trying) -> None:
    trying.begin()
    trying.do("advance:P1D")
    file = trying.do("download", name="Một ngày")
    assert file.mimetype == "application/json"
    assert json.loads(file.text)["steps"] == [{"advance": "P1D"}]


def test_a_finished_case_becomes_a_trial_without_names_and_the_look_is_recorded(trying: Trying) -> None:
    client = trying.designer.client
    listed = client.get(f"{trying.address}/scenarios", query_string={"process": "regular_report"})
    found = re.findall(r"instance=([0-9a-f-]{36})", listed.text)
    assert found
    trying.page = client.get(trying.address, query_string={"process": "regular_report", "instance": found[0]})
    assert trying.page.status_code == 200
    assert "Quy trình đã kết thúc" in shown(trying)
    running = select(instance.c.id).join(definition_version, definition_version.c.id == instance.c.definition_version)
    with trying.designer.door.database.reading() as connection:
        active = (
            connection.execute(running.where(instance.c.status == "active", definition_version.c.key == "regular_report")).scalars().first()
        )
        looks = connection.execute(select(history_record.c.action).where(history_record.c.log == ACCESS_LOG)).scalars().all()
    assert "definition.see" in looks
    assert client.get(trying.address, query_string={"process": "regular_report", "instance": active}).status_code == 422


def test_the_pages_are_designers_only(trying: Trying, sign_in_to_demo: Callable[[str], FlaskClient]) -> None:
    someone, room = sign_in_to_demo(SPECIALIST), trying.address
    for address in (
        room,
        f"{room}?process={PROCESS}",
        f"{room}/scenarios?process={PROCESS}",
        f"{room}/scenario.json?process={PROCESS}&scenario=x",
    ):
        assert someone.get(address).status_code == 403, address


def test_what_is_not_there_is_not_found_and_nothing_is_done_without_the_key_of_the_session(trying: Trying) -> None:
    client, room = trying.designer.client, trying.address
    for address in (
        "/workbench/designs/018e001b-0000-7000-8000-000000000000/try",
        f"{room}?process=nothing",
        f"{room}?process={PROCESS}&scenario=nothing",
        f"{room}?process={PROCESS}&instance=nothing",
        f"{room}/scenarios?process=nothing",
        f"{room}/scenario.json?process={PROCESS}&scenario=nothing",
    ):
        assert client.get(address).status_code == 404, address
    assert client.post(room, data={"do": "begin", "process": PROCESS}).status_code == 400
    assert client.post(f"{room}/scenarios/x/remove").status_code == 400


def test_a_long_trial_takes_no_more_statements_than_a_short_one(trying: Trying) -> None:
    trying.begin()
    with counted() as few:
        trying.do("advance:P1D")
    for _ in range(3):
        trying.do("advance:PT1H")
    with counted() as many:
        trying.do("advance:PT1H")
    assert len(many) <= len(few) <= FEW
