"""Coming in with a browser: the demonstration's door, the own account, and a session that ended while somebody typed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select

from engine.access.accounts import OpenAccount
from engine.access.passwords import hashed
from engine.kernel.actor import SYSTEM
from engine.kernel.clock import SimulatedClock
from engine.storage.schema import holding, person, post_role
from tests.browser.axe import Axe
from web.door import EXTENSION

Visit = Callable[..., Page]
WORDS = "bốn từ chẳng liên quan"


def leader(demo: Flask) -> str:
    """The login of somebody who leads an office, and now has a password."""
    door = demo.extensions[EXTENSION]
    query = select(person.c.login).join(holding, holding.c.person == person.c.id).join(post_role, post_role.c.post == holding.c.post)
    with door.database.reading() as connection:
        found = str(connection.execute(query.where(post_role.c.role == "leader").order_by(person.c.login)).scalars().first())
    door.execute(OpenAccount(login=found, password_hash=hashed(WORDS, login=found), must_change=False), SYSTEM, key="open")
    return found


def fits(page: Page, width: int) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth") <= width)


def test_the_door_of_the_demonstration_offers_its_people(visit: Visit) -> None:
    page = visit()
    assert page.get_by_role("heading", name="Đăng nhập").is_visible()
    page.get_by_label("Tên, chức vụ hoặc cơ quan").fill("hoi xuat ban")
    assert page.locator("#offices details:visible").count() == 1
    assert 1 <= page.locator("#offices li:visible").count() <= 5
    page.locator(".few button").first.click()
    assert page.get_by_role("button", name="Đăng xuất").is_visible()


def test_without_scripts_people_are_found_too(visit: Visit) -> None:
    page = visit(scripts=False)
    page.get_by_label("Tên, chức vụ hoặc cơ quan").fill("hoi xuat ban")
    page.get_by_role("button", name="Tìm").click()
    assert 1 <= page.locator("#offices li:visible").count() <= 5
    page.locator("#offices button").first.click()
    assert page.get_by_role("button", name="Đăng xuất").is_visible()


@pytest.mark.parametrize("width", [320, 1280])
def test_the_own_account_and_the_change_of_the_password(visit: Visit, demo: Flask, axe: Axe, width: int) -> None:
    page = visit(leader(demo), "/account", width=width)
    for summary in page.locator("summary").all():
        summary.click()
    page.get_by_label("Dùng cho").fill("Lịch trên điện thoại")
    page.get_by_role("button", name="Tạo mã truy cập").click()
    assert page.locator(".secret").is_visible()
    assert axe.violations(page) == []
    assert fits(page, width)
    page.goto("/account/password")
    page.locator("input:focus").wait_for()  # else what is typed on a busy machine goes nowhere
    page.keyboard.type(WORDS)
    for word in ("năm con gà trống", "năm con gà trống"):
        page.keyboard.press("Tab")
        page.keyboard.type(word)
    page.keyboard.press("Enter")
    page.get_by_text("Đã đổi mật khẩu").wait_for()


def test_a_session_that_ends_while_somebody_types_loses_nothing(visit: Visit, demo: Flask, axe: Axe) -> None:
    login = leader(demo)
    page = visit(login, "/account")
    demo.config["DEMO"] = False  # an office signs in with a password
    page.locator("summary", has_text="Tạo mã truy cập").click()
    page.get_by_label("Dùng cho").fill("Phần mềm của văn phòng")
    clock: SimulatedClock = demo.extensions[EXTENSION].clock
    clock.advance_to(clock.now() + timedelta(hours=13))
    page.get_by_role("button", name="Tạo mã truy cập").click()
    page.get_by_text("Nội dung đã nhập vẫn được giữ").wait_for()
    assert page.get_by_label("Tên đăng nhập").input_value() == login
    assert axe.violations(page) == []
    page.keyboard.type(WORDS)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Tạo mã truy cập").wait_for()
    assert page.get_by_label("Dùng cho").input_value() == "Phần mềm của văn phòng"
    assert page.locator(".secret").count() == 0


def test_nothing_is_asked_of_other_machines_and_the_policy_stops_nothing(visit: Visit, address: str) -> None:
    page = visit()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.reload()
    assert [url for url in asked if not url.startswith(address)] == []
    assert said == []
