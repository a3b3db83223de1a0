"""The editors of forms and decision tables in a browser: what a designer does on a morning, and no barrier on either page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page

from engine.definitions.designs import BeginDesign
from engine.kernel.actor import Actor
from tests.browser.axe import Axe
from tests.pages import person_of
from web.door import EXTENSION

Visit = Callable[..., Page]
DESIGNER = "nguyenducbinh.145"
FORM = "form?path=shared/forms/leader_instruction.schema.json"
TABLE = "table?path=shared/decisions/directive_shape.dmn"


@pytest.fixture
def design(demo: Flask) -> str:
    door = demo.extensions[EXTENSION]
    mine = Actor.person(person_of(door, DESIGNER), method="password")
    return str(door.execute(BeginDesign(name="Thêm thẩm định pháp lý"), mine, key="test:design")["design"])


def test_a_designer_changes_a_form_and_sees_it_as_staff_do(visit: Visit, axe: Axe, design: str) -> None:
    said: list[str] = []
    page = visit(DESIGNER, f"/workbench/designs/{design}/{FORM}")
    page.on("console", lambda message: said.append(message.text))
    page.locator(".forming-problems").get_by_text("Không có gì sai").wait_for()
    page.get_by_role("button", name="Nội dung chỉ đạo", exact=True).click()
    page.get_by_role("heading", name="Nội dung chỉ đạo").wait_for()
    page.locator("#edit-title").fill("Nội dung chỉ đạo (ngắn gọn)")
    page.locator("#preview").get_by_text("Nội dung chỉ đạo (ngắn gọn)").wait_for()
    page.locator("#edit-title").press("Enter")
    page.get_by_role("heading", name="Nội dung chỉ đạo (ngắn gọn)").wait_for()
    page.locator("#new_title").fill("Ý kiến pháp chế")
    page.get_by_role("button", name="Thêm", exact=True).click()
    page.get_by_role("heading", name="Ý kiến pháp chế").wait_for()
    page.locator("#preview").get_by_text("Ý kiến pháp chế").wait_for()
    page.locator(".forming-problems").get_by_text("Không có gì sai").wait_for()
    assert axe.violations(page) == []
    assert said == []


def test_a_form_is_changed_without_scripts_on_a_telephone(visit: Visit, design: str) -> None:
    page = visit(DESIGNER, f"/workbench/designs/{design}/{FORM}", scripts=False, width=320)
    page.get_by_role("button", name="Hướng xử lý", exact=True).click()
    page.get_by_role("button", name="Bỏ trường này").click()
    assert "coordination_monthly.bpmn" in page.get_by_role("alert").inner_text()
    page.get_by_role("link", name="Giữ nguyên").click()
    page.get_by_role("button", name="Chuyển xuống: Hướng xử lý").click()
    assert page.locator(".forming-line .forming-name button").nth(1).inner_text() == "Chủ trì"
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_decision_table_is_drawn_changed_and_checked(visit: Visit, axe: Axe, design: str) -> None:
    said: list[str] = []
    page = visit(DESIGNER, f"/workbench/designs/{design}/{TABLE}")
    page.on("console", lambda message: said.append(message.text))
    page.locator("body[data-ready=drawn]").wait_for()
    assert axe.violations(page) == []
    assert page.locator(".bjs-powered-by").is_visible()
    cell = page.locator("td.input-cell").first
    cell.click()
    page.keyboard.press("Control+A")
    page.keyboard.type(">= 1 +")
    page.locator("#problems li", has_text="dòng 1").wait_for()
    page.locator("td.input-cell").nth(1).click()
    cell.click()
    page.keyboard.press("Control+A")
    page.keyboard.type("true")
    page.locator("#problems li").first.wait_for(state="detached")
    page.get_by_text("Đã lưu lúc").wait_for()
    page.reload()
    page.locator("body[data-ready=drawn]").wait_for()
    assert page.locator("td.input-cell").first.inner_text().strip() == "true"
    assert said == []
