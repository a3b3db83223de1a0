"""A case step by step in a browser: the slider moves the signs on one drawing, by keyboard too, and the address keeps the step."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.web.case.conftest import Find, desk

__all__ = ["desk"]
AUDITOR = "tanthuan.144"
Visit = Callable[..., Page]


def test_the_slider_moves_the_signs_and_the_words_without_another_page(visit: Visit, desk: Find) -> None:
    mine = desk("leader_instruction", "district")
    page = visit(AUDITOR, f"/audit/cases/{mine.instance}/replay")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.locator("#diagram[data-ready]").wait_for()
    slider = page.get_by_role("slider")
    last = int(slider.input_value())
    expect(page.locator("#element-in_instruct")).to_contain_text("1 đang mở")
    page.evaluate("window.same = true")
    slider.focus()
    page.keyboard.press("Home")
    expect(page.locator("#replay-now")).to_contain_text(f"Bước 1 trên {last}")
    expect(page.locator("#element-in_instruct")).not_to_contain_text("đang mở")
    expect(page).to_have_url(re.compile(r"step=1&"))
    expect(page.locator('#diagram [data-element-id="in_instruct"].case-here')).to_have_count(0)
    expect(page.locator(".case-sign-here").first).to_contain_text("● 1")
    expect(slider).to_be_focused()
    assert page.evaluate("window.same") is True
    assert said == []


def test_without_scripts_links_and_the_form_do_the_same(visit: Visit, desk: Find) -> None:
    mine = desk("leader_instruction", "district")
    page = visit(AUDITOR, f"/audit/cases/{mine.instance}/replay", scripts=False)
    page.get_by_role("link", name="Bước đầu").click()
    expect(page.locator("#replay-now")).to_contain_text("Bước 1 trên")
    page.get_by_role("link", name="Bước sau").click()
    expect(page.locator("#replay-now")).to_contain_text("Bước 2 trên")
    page.get_by_role("button", name="Xem bước này").click()
    expect(page.locator("#replay-now")).to_contain_text("Bước 2 trên")
