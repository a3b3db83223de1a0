"""Every page in a browser: for everybody, on a telephone, by the keyboard, without scripts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize
from werkzeug.serving import make_server

from tests.browser import keyboard
from tests.browser.axe import Axe
from tests.browser.conftest import WAIT, Silent
from tests.pages import session_cookie
from tests.web.every_page import ADMINISTRATION, AUDIT, DESIGNING, DIRECTIVES, ENTRY, REPORTS, TASKS, VERSIONS, WORK
from tests.web.stage import CELL, CLERK, CONSOLIDATOR, LEADER, SPECIALIST, Stage, staged

WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 320, "height": 640}
HALF = len(ADMINISTRATION) // 2
GROUPS = {"work": ENTRY + WORK + TASKS, "texts": DIRECTIVES + REPORTS, "offices": ADMINISTRATION[:HALF], "settings": ADMINISTRATION[HALF:], "designs": DESIGNING, "versions": VERSIONS, "audit": AUDIT}
ON_A_TELEPHONE = ["target-size", "scrollable-region-focusable"]  # rules whose answer depends on the width; the others were asked before
BY_ARROWS = {"/workbench/designs/<design>/diagram", "/workbench/designs/<design>/table"}  # the keyboard there: test_outline.py, test_forming.py
DRAWN_BY_SCRIPTS = {"/workbench/designs/<design>/diagram"}  # without, the file is a text: tests/web/workbench/test_diagram.py
WHAT_IT_IS = "() => [document.querySelector('h1').innerText, document.querySelector('main .btn-primary')?.innerText]"
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def stage(demonstration_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with staged(demonstration_file, tmp_path_factory.mktemp("stage")) as made:
        yield made


@pytest.fixture(scope="module")
def served(stage: Stage) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, stage.app, threaded=True, request_handler=Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def open_for(browser: Browser, stage: Stage, served: str) -> Iterator[Open]:
    """The page of somebody (a login, or None), with scripts or without: one for each, whatever it shows."""
    kept: dict[tuple[str | None, bool], BrowserContext] = {}

    def page(login: str | None, *, scripts: bool = True) -> Page:
        if (login, scripts) not in kept:
            context = browser.new_context(
                base_url=served, viewport=WIDE, java_script_enabled=scripts, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh"
            )
            context.set_default_timeout(WAIT)
            if login:
                context.add_cookies([{"name": "chidao", "value": session_cookie(stage.app, login), "url": served}])
            kept[login, scripts] = context
            context.new_page()
        return kept[login, scripts].pages[0]

    yield page
    for context in kept.values():
        context.close()


@pytest.mark.parametrize("group", GROUPS)
def test_every_page_is_for_everybody(stage: Stage, open_for: Open, axe: Axe, group: str) -> None:
    found, seen = {}, set[str]()
    for each in GROUPS[group]:
        page, address = open_for(each.login(stage)), each.address(stage)
        page.set_viewport_size(WIDE)
        page.goto(address)
        wrong = barriers(page, axe, by_tab=each.route not in BY_ARROWS)
        if each.route not in seen | DRAWN_BY_SCRIPTS:
            wrong += without_scripts(page, open_for(each.login(stage), scripts=False), address)
        seen.add(each.route)
        if wrong:
            found[each.may, each.template] = wrong
    assert found == {}


def test_pages_that_nobody_asked_for_are_for_everybody_too(stage: Stage, open_for: Open, axe: Axe) -> None:
    page, found = open_for(CELL), {}
    for address in ("/password/none", "/nowhere", f"/task/{stage.ids['task']}", f"/directives/{stage.ids['directive']}"):
        page.set_viewport_size(WIDE)
        page.goto(address)
        found[address] = barriers(page, axe)
    page.set_viewport_size(WIDE)
    page.goto("/account")
    page.locator("summary", has_text="Tạo mã truy cập").click()
    page.get_by_label("Dùng cho").fill("Lịch trên điện thoại")
    page.context.add_cookies(
        [{"name": "chidao", "value": session_cookie(stage.app, CELL), "url": page.url}]
    )  # signed in anew in another tab
    page.get_by_role("button", name="Tạo mã truy cập").click()
    page.locator("#problem").wait_for()
    found["sent once more"] = barriers(page, axe)
    assert {address: wrong for address, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(
    ("login", "address"), [(CONSOLIDATOR, "/work"), (CLERK, "/directives/register"), (LEADER, "/overview"), (SPECIALIST, "/task/{task}")]
)
def test_tab_stops_at_everything_in_the_order_in_which_it_is_read(stage: Stage, open_for: Open, login: str, address: str) -> None:
    page = open_for(login)
    page.goto(address.format(**stage.ids))
    met, wanted = keyboard.walk(page)
    assert met == wanted


def barriers(page: Page, axe: Axe, *, by_tab: bool = True) -> list[str]:
    """Return what keeps somebody from using the page that is open: on a desk, by the keyboard, on a telephone.

    `by_tab`: whether the tab key alone leads to everything; elsewhere arrows do too.
    """
    found = axe.violations(page) + (keyboard.faults(page) if by_tab else [])
    if (first := page.locator("main .btn-primary:visible").count()) > 1:
        found.append(f"{first} main actions")
    page.set_viewport_size(NARROW)
    found += [f"on a telephone: {each}" for each in axe.violations(page, only=ON_A_TELEPHONE)]
    if (width := page.evaluate("document.documentElement.scrollWidth")) > NARROW["width"]:
        found.append(f"on a telephone: {width} pixels wide")
    return found


def without_scripts(page: Page, plain: Page, address: str) -> list[str]:
    """Return what is another page, or has another main action, without scripts."""
    plain.goto(address)
    whole, left = page.evaluate(WHAT_IT_IS), plain.evaluate(WHAT_IT_IS)
    return [] if whole == left else [f"without scripts: {left} for {whole}"]
