"""The pages of directives in a browser: by the keyboard, without scripts; the cascade unfolds and can be looked into."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select

from engine.storage.schema import directive
from tests.browser.axe import Axe
from tests.web.directives.test_registering import LETTER
from web.door import EXTENSION

Visit = Callable[..., Page]
CLERK = "buivanlan.8"


@pytest.fixture
def letter(demo: Flask) -> str:
    with demo.extensions[EXTENSION].database.reading() as connection:
        return str(connection.execute(select(directive.c.id).where(directive.c.code == "215-CV/BTGTU")).scalar_one())


def test_the_cascade_unfolds_by_the_keyboard_and_the_picture_says_where_one_is(visit: Visit, letter: str) -> None:
    said: list[str] = []
    page = visit(CLERK, f"/directives/{letter}/cascade")
    page.on("console", lambda message: said.append(message.text))
    link = page.locator("a.expand").first
    link.wait_for()
    rows = page.locator("table.cascade tbody tr:visible").count()
    link.focus()
    page.keyboard.press("Enter")
    page.locator("a.expand[aria-expanded=true]").wait_for()
    assert page.locator("table.cascade tbody tr:visible").count() > rows
    page.keyboard.press("Enter")
    assert page.locator("table.cascade tbody tr:visible").count() == rows
    page.get_by_role("button", name="Xem bên trong").click()
    page.get_by_role("button", name="Đơn vị sau").click()
    assert "Ban Tuyên giáo Tỉnh ủy Sơn Bình →" in page.locator(".path").inner_text()
    assert said == []


def test_a_clerk_registers_a_letter_without_scripts(visit: Visit, axe: Axe, tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text(LETTER, "utf-8")
    page = visit("leminhchi.3", "/directives/register", scripts=False)
    page.set_input_files("#file", file)
    page.get_by_role("button", name="Đọc tệp").click()
    assert page.get_by_label("Số", exact=True).input_value() == "240"
    page.get_by_role("button", name="Thêm mục").click()
    page.get_by_label("Ban Chỉ đạo phong trào đọc sách Trung ương").check()
    page.get_by_role("button", name="Xác nhận và đăng ký").click()
    page.get_by_text("Văn bản đã được đăng ký").wait_for()
    assert page.get_by_role("heading", level=1).inner_text().startswith("240-CV/BCĐ")


@pytest.mark.parametrize("width", [320, 1280])
def test_the_form_of_a_registration_has_no_barrier(visit: Visit, axe: Axe, tmp_path: Path, width: int) -> None:
    file = tmp_path / "letter.txt"
    file.write_text(LETTER, "utf-8")
    page = visit("leminhchi.3", "/directives/register", width=width)
    page.set_input_files("#file", file)
    page.get_by_role("button", name="Đọc tệp").click()
    assert axe.violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_label("Trích yếu").fill("")
    page.get_by_role("button", name="Xác nhận và đăng ký").click()
    assert axe.violations(page) == []
    assert page.get_by_role("link", name="Ghi trích yếu.").is_visible()
