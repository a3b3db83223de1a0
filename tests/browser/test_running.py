"""How a process runs, in a browser: numbers stand on the drawing, which leads to the table and from there to the cases."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.axe import Axe
from tests.web.running.conftest import demonstration_file
from tests.web.workbench.conftest import designer_of

__all__ = ["demonstration_file"]
Visit = Callable[..., Page]
ROOM = "/workbench/processes/coordination_monthly/running?diagram=directive_intake"


def test_the_numbers_stand_on_the_drawing_and_lead_to_the_cases(visit: Visit, demo: Flask, axe: Axe) -> None:
    page = visit(designer_of(demo), ROOM)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.reload()
    page.locator("#diagram[data-ready]").wait_for()
    assert said == []  # the policy stops nothing
    expect(page.locator(".bjs-powered-by")).to_be_visible()
    expect(page.locator(".case-sign-flow").first).to_be_visible()
    assert axe.violations(page) == []
    page.locator('#diagram [data-element-id="in_instruct"]').first.click()
    row = page.locator("#element-in_instruct")
    expect(row).to_be_focused()
    row.locator("a[href*='figure=here']").click()
    expect(page.locator("h1")).to_have_text("Hồ sơ hiện ở bước này")
    assert axe.violations(page) == []
