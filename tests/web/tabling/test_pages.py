"""The pages of decision tables in a design: read as a plain table, kept as text by edition, made; who may not."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine.definitions.design_pages import CheckDesign, ReadDesignFile
from engine.kernel.actor import Actor
from tests.pages import person_of, send, signed_in
from tests.web.tabling.conftest import DESIGNER
from web.door import EXTENSION

SHAPE = "shared/decisions/directive_shape.dmn"


@pytest.fixture
def designer(demo_app: Flask) -> FlaskClient:
    return signed_in(demo_app, DESIGNER)


def page_of(design: str, path: str = SHAPE) -> str:
    return f"/workbench/designs/{design}/table?path={path}"


def kept(app: Flask, design: str, path: str = SHAPE) -> tuple[str, int]:
    door = app.extensions[EXTENSION]
    found = door.ask(ReadDesignFile(design=design, path=path), Actor.person(person_of(door, DESIGNER), method="password"))
    return found.text, found.edition


def test_a_table_is_read_without_scripts_and_only_styles_of_elements_are_let_in(designer: FlaskClient, design: str) -> None:
    page = designer.get(page_of(design))
    assert all(words in page.text for words in ("dòng đầu tiên khớp được chọn", "Vì sao", "&#34;coordination_monthly&#34;", "Loại quy trình"))
    policy = page.headers["Content-Security-Policy"]
    assert "style-src-attr 'unsafe-inline'" in policy
    assert "script-src 'self';" in policy


def test_a_table_is_kept_as_text_by_edition(designer: FlaskClient, design: str, demo_app: Flask) -> None:
    text = kept(demo_app, design)[0].replace("Vì sao", "Lý do")
    typed = {"path": SHAPE, "edition": 0, "text": text.replace("\n", "\r\n")}
    assert send(designer, page_of(design), typed, to=page_of(design)).status_code == 303
    assert kept(demo_app, design) == (text, 1)
    stale = send(designer, page_of(design), {**typed, "text": text.replace("Lý do", "Tại sao")}, to=page_of(design))
    assert stale.status_code == 409
    assert "Tại sao" in stale.text
    assert kept(demo_app, design) == (text, 1)


@pytest.mark.parametrize("text", ["<a", "<a/>", '{"not": "xml"}'])
def test_what_is_no_table_is_kept_and_shown_as_text(designer: FlaskClient, design: str, text: str) -> None:
    assert send(designer, page_of(design), {"path": SHAPE, "edition": 0, "text": text}, to=page_of(design)).status_code == 303
    page = designer.get(page_of(design))
    assert "Trong tệp không có bảng quyết định" in page.text
    assert '"drawable": false' in page.text


def test_a_new_table_can_be_deployed_as_it_is(designer: FlaskClient, design: str, demo_app: Flask) -> None:
    page = f"/workbench/designs/{design}/tables/new"
    made = send(designer, page, {"title": 'Phân loại "gấp" & thường', "key": "phan_loai", "folder": "coordination_monthly/decisions"})
    assert made.status_code == 303
    path = "coordination_monthly/decisions/phan_loai.dmn"
    assert "Phân loại" in designer.get(page_of(design, path)).text
    door = demo_app.extensions[EXTENSION]
    judged = door.ask(CheckDesign(design=design, path=path, text=kept(demo_app, design, path)[0]), Actor.person(person_of(door, DESIGNER), method="password"))
    assert [each for each in judged.findings if each.severity == "error"] == []


@pytest.mark.parametrize("typed", [{"title": ""}, {"title": "X", "key": "a b"}, {"title": "X", "key": "directive_shape"}, {"title": "X", "key": "x", "folder": "../x"}])
def test_a_table_that_cannot_be_made_is_refused(designer: FlaskClient, design: str, typed: dict[str, str]) -> None:
    assert send(designer, f"/workbench/designs/{design}/tables/new", {"folder": "shared/decisions", **typed}).status_code == 422


def test_a_table_that_a_diagram_names_before_it_is_there_can_be_made(designer: FlaskClient, design: str) -> None:
    answer = designer.get(page_of(design, "shared/decisions/legal.dmn"))
    assert answer.status_code == 302
    assert 'value="legal"' in designer.get(answer.location).text


@pytest.mark.parametrize("path", ["", "shared/none.dmn", "../x/decisions/y.dmn", "shared/forms/leader_instruction.schema.json"])
def test_what_is_no_table_of_the_design_is_not_found(designer: FlaskClient, design: str, path: str) -> None:
    assert designer.get(page_of(design, path)).status_code == 404


def test_staff_do_not_see_it_and_nobody_changes_it_without_the_token(demo_app: Flask, designer: FlaskClient, design: str) -> None:
    assert signed_in(demo_app, "buivanlan.8").get(page_of(design)).status_code == 403
    assert designer.post(page_of(design), data={"path": SHAPE, "text": "<a/>"}).status_code == 400
    assert designer.post(f"/workbench/designs/{design}/tables/new", data={"title": "x"}).status_code == 400
    assert kept(demo_app, design)[1] == 0
