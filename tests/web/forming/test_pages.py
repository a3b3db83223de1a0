"""The pages of forms in a design: opened, changed, kept by edition, made; who may only read; what is refused stays on the page."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from engine.definitions.design_pages import ReadDesignFile
from engine.definitions.source import shipped_sources
from engine.kernel.actor import Actor
from tests.pages import person_of, send, signed_in
from tests.web.forming.conftest import DESIGNER
from web.door import EXTENSION

INSTRUCTION = "shared/forms/leader_instruction.schema.json"
AUDITOR, STAFF = "tanthuan.144", "buivanlan.8"


@pytest.fixture
def designer(demo_app: Flask) -> FlaskClient:
    return signed_in(demo_app, DESIGNER)


def page_of(design: str, path: str = INSTRUCTION, field: str = "") -> str:
    return f"/workbench/designs/{design}/form?path={path}" + (f"&field={field}" if field else "")


def press(client: FlaskClient, design: str, do: str = "keep", field: str = "", path: str = INSTRUCTION, **typed: Any) -> TestResponse:
    """Press a button of the editor: only what is typed differs from what stands on the page."""
    sent = {"path": path, "field": field, "edition": typed.pop("edition", 0), "do": do, **typed}
    return send(client, page_of(design, path, field), sent, to=f"/workbench/designs/{design}/form")


def kept(app: Flask, design: str, path: str = INSTRUCTION) -> tuple[dict[str, Any], int]:
    door = app.extensions[EXTENSION]
    found = door.ask(ReadDesignFile(design=design, path=path), Actor.person(person_of(door, DESIGNER), method="password"))
    return json.loads(found.text), found.edition


def test_a_form_is_shown_as_its_fields_and_as_staff_see_it(designer: FlaskClient, design: str) -> None:
    page = designer.get(page_of(design, field="/instruction"))
    assert page.status_code == 200
    assert all(words in page.text for words in ("Nội dung chỉ đạo", "Như cán bộ nhìn thấy", "sơ đồ đang dùng", "Cơ quan tự thực hiện"))


def test_nothing_typed_keeps_nothing(designer: FlaskClient, design: str, demo_app: Flask) -> None:
    assert press(designer, design).status_code == 303
    assert kept(demo_app, design)[1] == 0


def test_a_field_is_added_named_and_moved(designer: FlaskClient, design: str, demo_app: Flask) -> None:
    added = press(designer, design, "add", new_title="Ý kiến pháp chế", new_kind="long", new_inside="")
    assert "field=/y_kien_phap_che" in unescape(added.location).replace("%2F", "/")
    changed = press(designer, design, field="/y_kien_phap_che", edition=1, help="Nêu điều khoản.", needed="always", most="3000", route=["", "yes"])
    assert changed.status_code == 303
    press(designer, design, "up:/y_kien_phap_che", edition=2)
    root, edition = kept(demo_app, design)
    assert root["properties"]["y_kien_phap_che"] == {
        "title": "Ý kiến pháp chế", "type": "string", "minLength": 1, "maxLength": 3000, "description": "Nêu điều khoản.", "x-route": True,
    }  # fmt: skip
    assert list(root["properties"])[-2:] == ["y_kien_phap_che", "reason"]
    assert "y_kien_phap_che" in root["required"]
    assert edition == 3


def test_choices_are_changed_as_rows(designer: FlaskClient, design: str, demo_app: Flask) -> None:
    press(designer, design, field="/action", option=["execute", "", "legal"], option_title=["Tự làm", "", "Thẩm định"], sure="keep")
    assert kept(demo_app, design)[0]["properties"]["action"]["oneOf"] == [{"const": "execute", "title": "Tự làm"}, {"const": "legal", "title": "Thẩm định"}]


def test_choices_are_moved_up_and_down_and_keep_what_was_said_of_them(designer: FlaskClient, design: str, demo_app: Flask) -> None:
    before = json.loads(shipped_sources().files[INSTRUCTION])["properties"]["action"]["oneOf"]
    page = designer.get(page_of(design, field="/action")).text
    assert 'value="option-down:0"' in page
    assert 'value="option-up:0"' not in page
    titles = [each["title"] for each in before]
    titles[1] = "Chữ khác"
    moved = press(designer, design, "option-up:1", field="/action", option=[each["const"] for each in before], option_title=titles)
    assert moved.location.endswith("#edit-option")
    found = kept(demo_app, design)[0]["properties"]["action"]["oneOf"]
    assert found == [{**before[1], "title": "Chữ khác"}, before[0], *before[2:]]
    assert press(designer, design, "option-down:99", field="/action", edition=1).status_code == 303
    assert kept(demo_app, design)[0]["properties"]["action"]["oneOf"] == found


def test_a_form_leads_back_to_the_steps_that_have_it(designer: FlaskClient, design: str) -> None:
    page = designer.get(page_of(design)).text
    link = re.search(r'class="forming-of">.*?href="([^"]+)"', page)
    assert link
    back = designer.get(unescape(link[1]), follow_redirects=True)
    assert back.status_code == 200
    element = re.search(r"element=(\w+)", unescape(link[1]))
    assert element
    assert f'"element": "{element[1]}"' in back.text


def test_what_is_typed_wrongly_is_said_at_its_control_and_stays_there(designer: FlaskClient, design: str, demo_app: Flask) -> None:
    page = press(designer, design, field="/instruction", title="Chỉ đạo", most="nhiều lắm")
    assert page.status_code == 422
    assert 'value="nhiều lắm"' in page.text
    assert 'value="Chỉ đạo"' in page.text
    assert 'id="edit-most-wrong"' in page.text
    assert kept(demo_app, design)[1] == 0


def test_a_field_may_hold_a_personal_value(designer: FlaskClient, design: str, demo_app: Flask) -> None:
    assert press(designer, design, field="/instruction", personal="yes").status_code == 303
    assert kept(demo_app, design)[0]["properties"]["instruction"]["x-chidao-personal"] is True
    assert press(designer, design, field="/instruction", personal="", edition=1).status_code == 303
    assert "x-chidao-personal" not in kept(demo_app, design)[0]["properties"]["instruction"]


@pytest.mark.parametrize("typed", [{"do": "del:/action"}, {"field": "/action", "key": "way"}, {"field": "/action", "route": ""}])
def test_a_field_that_diagrams_use_is_not_lost_unasked(designer: FlaskClient, design: str, demo_app: Flask, typed: dict[str, str]) -> None:
    page = press(designer, design, **typed)
    assert page.status_code == 409
    assert "Sơ đồ đang dùng trường action" in page.text
    assert "coordination_monthly.bpmn" in page.text
    assert kept(demo_app, design)[1] == 0
    do = re.search(r'name="sure" value="([^"]*)"', page.text)
    assert do
    assert press(designer, design, **{**typed, "sure": unescape(do[1])}).status_code == 303
    assert "action" not in kept(demo_app, design)[0]["properties"] or typed.get("route") == ""


def test_a_field_that_nothing_uses_goes_at_once(designer: FlaskClient, design: str, demo_app: Flask) -> None:
    assert press(designer, design, "del:/due_reason", field="/due_reason").status_code == 303
    assert "due_reason" not in kept(demo_app, design)[0]["properties"]


def test_an_older_edition_writes_over_nothing_and_what_was_typed_stays(designer: FlaskClient, design: str, demo_app: Flask) -> None:
    press(designer, design, field="/instruction", title="Chỉ đạo")
    page = press(designer, design, field="/instruction", title="Ý kiến", help="Ngắn gọn.")
    assert page.status_code == 409
    assert 'value="Ý kiến"' in page.text
    assert 'name="edition" value="1"' in page.text
    assert kept(demo_app, design)[0]["properties"]["instruction"]["title"] == "Chỉ đạo"


def test_a_field_that_is_gone_meanwhile_is_said(designer: FlaskClient, design: str) -> None:
    page = press(designer, design, field="/nowhere", title="x")
    assert page.status_code == 409
    assert "Trường này không còn" in page.text


def test_the_preview_draws_what_is_typed_and_keeps_nothing(designer: FlaskClient, design: str, demo_app: Flask) -> None:
    typed = {"path": INSTRUCTION, "field": "/instruction", "title": "Ý kiến của đồng chí lãnh đạo"}
    drawn = send(designer, page_of(design), typed, to=f"/workbench/designs/{design}/form/preview")
    assert drawn.status_code == 200
    assert "Ý kiến của đồng chí lãnh đạo" in drawn.text
    assert "<html" not in drawn.text
    assert kept(demo_app, design)[1] == 0


def test_problems_are_said_by_the_check_that_deploys(designer: FlaskClient, design: str) -> None:
    page = designer.get(f"/workbench/designs/{design}/form/problems?path={INSTRUCTION}")
    assert "Không có gì sai" in page.text


def as_json(client: FlaskClient, design: str, text: str, **more: Any) -> TestResponse:
    return send(client, page_of(design), {"path": INSTRUCTION, "edition": 0, "text": text, **more}, to=f"/workbench/designs/{design}/form/text")


def test_json_that_is_none_is_refused_with_its_line_and_stays(designer: FlaskClient, design: str, demo_app: Flask) -> None:
    page = as_json(designer, design, '{\n  "title": "Ý kiến",\n  oops\n}')
    assert page.status_code == 422
    assert "Dòng 3" in page.text
    assert "oops" in page.text
    assert kept(demo_app, design)[1] == 0


def test_a_form_as_json_is_kept_and_what_is_no_form_can_be_mended_there(designer: FlaskClient, design: str, demo_app: Flask) -> None:
    assert as_json(designer, design, '{"type": "object", "properties": 1}', sure="text").status_code == 303
    page = designer.get(page_of(design))
    assert "Không hiện được các trường" in page.text
    assert press(designer, design, field="/x", title="y").status_code == 422
    asked = as_json(designer, design, '{"type": "object", "title": "Mới", "properties": {}}', edition=1)
    assert asked.status_code == 303
    assert kept(demo_app, design)[0]["title"] == "Mới"


def test_fields_that_diagrams_use_are_not_lost_by_json_unasked(designer: FlaskClient, design: str) -> None:
    page = as_json(designer, design, '{"type": "object", "properties": {}}')
    assert page.status_code == 409
    assert 'name="sure" value="text"' in page.text


def test_a_new_form_stands_beside_the_diagram(designer: FlaskClient, design: str, demo_app: Flask) -> None:
    page = f"/workbench/designs/{design}/forms/new?beside=coordination_monthly/coordination_monthly.bpmn"
    assert "<option selected>coordination_monthly/forms</option>" in designer.get(page).text
    made = send(designer, page, {"title": "Thẩm định pháp lý", "key": "", "folder": "coordination_monthly/forms"}, to=f"/workbench/designs/{design}/forms/new")
    assert made.status_code == 303
    path = "coordination_monthly/forms/tham_dinh_phap_ly.schema.json"
    assert kept(demo_app, design, path)[0]["title"] == "Thẩm định pháp lý"
    assert designer.get(page_of(design, path)).status_code == 200


@pytest.mark.parametrize("typed", [{"title": " "}, {"title": "X", "key": "a b"}, {"title": "X", "key": "leader_instruction"}, {"title": "X", "key": "x", "folder": "../x"}])
def test_a_form_that_cannot_be_made_is_refused_with_what_was_typed(designer: FlaskClient, design: str, typed: dict[str, str]) -> None:
    page = f"/workbench/designs/{design}/forms/new"
    answer = send(designer, page, {"folder": "shared/forms", **typed})
    assert answer.status_code == 422
    assert f'value="{typed["title"].strip()}"' in answer.text


def test_a_form_that_a_diagram_names_before_it_is_there_can_be_made(designer: FlaskClient, design: str) -> None:
    answer = designer.get(page_of(design, "shared/forms/legal.schema.json"))
    assert answer.status_code == 302
    assert "/forms/new?path=" in answer.location
    assert 'value="legal"' in designer.get(answer.location).text


@pytest.mark.parametrize("path", ["", "shared/forms/none.bpmn", "shared/none.schema.json", "../x/forms/y.schema.json", "shared/decisions/directive_shape.dmn"])
def test_what_is_no_form_of_the_design_is_not_found(designer: FlaskClient, design: str, path: str) -> None:
    assert designer.get(page_of(design, path)).status_code == 404


def test_others_read_and_cannot_change(demo_app: Flask, designer: FlaskClient, design: str) -> None:
    assert signed_in(demo_app, STAFF).get(page_of(design)).status_code == 403
    auditor = signed_in(demo_app, AUDITOR)
    page = auditor.get(page_of(design, field="/instruction"))
    assert page.status_code == 200
    assert "Chỉ xem" in page.text
    assert 'name="do"' not in page.text
    assert press(auditor, design, field="/instruction", title="x").status_code == 403
    assert as_json(auditor, design, "{}", sure="text").status_code == 403
    assert send(auditor, page_of(design), {"title": "x", "folder": "shared/forms"}, to=f"/workbench/designs/{design}/forms/new").status_code == 403
    assert kept(demo_app, design)[1] == 0


def test_without_the_token_nothing_is_changed(designer: FlaskClient, design: str, demo_app: Flask) -> None:
    for address in ("form", "form/text", "forms/new"):
        answer = designer.post(f"/workbench/designs/{design}/{address}", data={"path": INSTRUCTION, "title": "x", "key": "x", "text": "{}", "do": "del:/reason"})
        assert answer.status_code == 400
    assert kept(demo_app, design)[1] == 0
