"""Coming in: the demonstration offers its people."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.axe import Axe

Visit = Callable[..., Page]


@pytest.mark.parametrize("width", [320, 1280])
def test_the_door_of_the_demonstration_offers_its_people(visit: Visit, axe: Axe, width: int) -> None:
    page = visit(width=width)
    assert page.get_by_role("heading", name="Đăng nhập").is_visible()
    assert axe.violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button").filter(has_text=" ").nth(1).click()
    assert page.get_by_role("button", name="Đăng xuất").is_visible()


def test_nothing_is_asked_of_other_machines_and_the_policy_stops_nothing(visit: Visit, address: str) -> None:
    page = visit()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.reload()
    assert [url for url in asked if not url.startswith(address)] == []
    assert said == []
