"""The leader's page in a browser: without violations, on a phone, and urging in two clicks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.axe import Axe

Visit = Callable[..., Page]
CONSOLIDATOR, LEADER = "lominhnam.10", "vungocha.6"


@pytest.mark.parametrize("width", [320, 1280])
def test_the_page_has_no_violations_and_fits(visit: Visit, axe: Axe, width: int) -> None:
    page = visit(CONSOLIDATOR, "/overview", width=width)
    assert axe.violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("link", name="Thành ủy số 1 (Sơn Bình)").click()
    page.wait_for_url("**/overview?unit=*")
    assert axe.violations(page) == []


@pytest.mark.parametrize(("login", "button"), [(CONSOLIDATOR, "Soạn văn bản đôn đốc"), (LEADER, "Yêu cầu đôn đốc")])
def test_an_urge_is_begun_in_two_clicks_without_scripts(visit: Visit, login: str, button: str) -> None:
    page = visit(login, "/overview", scripts=False)
    page.locator(".urging summary").first.click()
    page.get_by_role("button", name=button).first.click()
    assert page.get_by_role("heading", level=1).inner_text() == "Đôn đốc bằng văn bản"  # the case, until the list of who is late is made
