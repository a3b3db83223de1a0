"""A trial in a browser: the story of a designer who drew a check, without a barrier, on a telephone, by the keyboard and without scripts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from engine.definitions.designs import KeepDesignFile
from tests.browser.axe import Axe
from tests.definitions.trials import FORM, FORM_PATH, PATH, PROCESS, drawn
from tests.web.workbench.conftest import begin_design
from web.door import EXTENSION

Visit = Callable[..., Page]


@pytest.fixture
def drawing(demo: Flask) -> tuple[str, str]:
    """A designer's login, and where the check that was drawn is tried."""
    login, actor, design = begin_design(demo)
    door = demo.extensions[EXTENSION]
    for path, text in ((PATH, drawn()), (FORM_PATH, FORM)):
        door.execute(KeepDesignFile(design=design, path=path, text=text, edition=0), actor, key=f"test:{path}")
    return login, f"/workbench/designs/{design}/try?process={PROCESS}"


def story(page: Page) -> None:
    """Begin, wait a week, see the reminder, go a step back, act as the leader with the form, save it as a scenario, run all."""
    page.get_by_role("button", name="Bắt đầu chạy thử").click()
    page.get_by_role("button", name="1 tuần").click()
    expect(page.locator("#waits")).to_contain_text("Nhắc lãnh đạo")
    page.get_by_role("button", name="Lùi một bước").click()
    expect(page.locator("#waits")).not_to_contain_text("Nhắc lãnh đạo")
    page.get_by_role("button", name="Hoàn thành", exact=True).last.click()
    expect(page.locator("#problem")).to_contain_text("Ý kiến")
    page.get_by_label("Đồng ý", exact=True).check()
    page.get_by_role("button", name="Hoàn thành", exact=True).last.click()
    expect(page.locator("#waits")).to_contain_text("Chọn hướng")
    page.get_by_label("Kịch bản này thử điều gì").fill("Lãnh đạo đồng ý")
    page.get_by_role("button", name="Lưu", exact=True).click()
    page.get_by_role("link", name="Chạy tất cả").click()
    expect(page.locator("main")).to_contain_text("1 trên 1 kịch bản đạt")


def test_the_story_of_a_new_check_without_a_barrier(visit: Visit, axe: Axe, drawing: tuple[str, str]) -> None:
    page = visit(*drawing)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    assert axe.violations(page) == []
    story(page)
    assert axe.violations(page) == []
    page.get_by_role("link", name="Lãnh đạo đồng ý", exact=True).click()
    page.locator("#diagram[data-ready]").wait_for()
    assert axe.violations(page) == []
    expect(page.locator(".bjs-powered-by")).to_be_visible()
    expect(page.locator('#diagram [data-element-id="way"].case-here')).to_be_attached()
    assert page.locator(".djs-connection.case-done").count() == 2
    page.locator('#diagram [data-element-id="check"]').first.click()
    expect(page.locator("#element-check")).to_be_focused()  # the table opens
    assert [each for each in said if "422" not in each] == []
    page.set_viewport_size({"width": 375, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_the_story_without_scripts(visit: Visit, drawing: tuple[str, str]) -> None:
    story(visit(*drawing, scripts=False))


def test_the_story_by_the_keyboard(visit: Visit, drawing: tuple[str, str]) -> None:
    page = visit(*drawing)
    page.get_by_role("button", name="Bắt đầu chạy thử").press("Enter")
    page.get_by_role("button", name="Đến hẹn giờ kế tiếp").press("Enter")
    expect(page.locator("#waits")).to_contain_text("Nhắc lãnh đạo")
    page.get_by_label("Đồng ý", exact=True).press("Space")
    page.get_by_label("Ghi chú").press("Control+Home")
    page.get_by_role("button", name="Hoàn thành", exact=True).last.press("Enter")
    expect(page.locator("#waits")).to_contain_text("Chọn hướng")


def test_what_a_case_is_given_is_typed_into_fields(visit: Visit, axe: Axe, drawing: tuple[str, str]) -> None:
    page = visit(*drawing, width=390)
    page.get_by_label("Văn bản (directive)").fill("CV-12")
    page.get_by_text("Dữ liệu khác, dạng JSON").click()
    page.get_by_label("Tên và giá trị").fill('{"places": ["Rọ"]}')
    assert axe.violations(page) == []
    page.get_by_label("Tên và giá trị").press("Tab")
    page.get_by_role("button", name="Bắt đầu chạy thử").press("Enter")
    expect(page.locator("main")).to_contain_text("CV-12")
    expect(page.locator("main")).to_contain_text("places")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
