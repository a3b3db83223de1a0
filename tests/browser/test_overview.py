"""The leader's page in a browser: urging in two clicks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

Visit = Callable[..., Page]
CONSOLIDATOR, LEADER = "lominhnam.10", "vungocha.6"


@pytest.mark.parametrize(("login", "button"), [(CONSOLIDATOR, "Soạn văn bản đôn đốc"), (LEADER, "Yêu cầu đôn đốc")])
def test_an_urge_is_begun_in_two_clicks_without_scripts(visit: Visit, login: str, button: str) -> None:
    page = visit(login, "/overview", scripts=False)
    page.locator(".urging summary").first.click()
    page.get_by_role("button", name=button).first.click()
    assert page.get_by_role("heading", level=1).inner_text() == "Đôn đốc bằng văn bản"  # the case, until the list of who is late is made
