"""Administration in a browser: by keyboard alone, and without JavaScript."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.web.admin.conftest import login_with
from web.door import EXTENSION

Visit = Callable[..., Page]


@pytest.fixture
def admin(demo: Flask) -> str:
    with demo.extensions[EXTENSION].database.reading() as connection:
        return login_with(connection, "admin")


def test_a_person_is_registered_by_keyboard_and_what_is_wrong_is_said(visit: Visit, admin: str) -> None:
    page = visit(admin, "/admin/people/new")
    page.get_by_label("Họ và tên").focus()
    page.keyboard.type("Lò Thị Mây")
    page.keyboard.press("Tab")
    page.keyboard.type("Lo May")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("Theo tờ trình số 5")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Họ và tên")).to_have_value("Lò Thị Mây")
    page.get_by_label("Tên đăng nhập").fill("lo.may")
    page.get_by_role("button", name="Đăng ký").press("Enter")
    expect(page.get_by_role("heading", name="Lò Thị Mây")).to_be_visible()


def test_a_setting_is_changed_without_javascript(visit: Visit, admin: str) -> None:
    page = visit(admin, "/admin/settings", scripts=False)
    page.get_by_role("link", name="Số lần gia hạn của một việc").click()
    page.get_by_label("Giá trị").fill("3")
    page.get_by_label("Lý do").fill("Nghị quyết 12")
    page.get_by_role("button", name="Lưu thiết lập").click()
    expect(page.get_by_role("status")).to_contain_text("Thiết lập đã được sửa")
    expect(page.get_by_role("row").filter(has_text="Số lần gia hạn")).to_contain_text("3")
