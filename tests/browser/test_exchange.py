"""Pictures of a diagram and imports in a browser: saved, printed with what they show, the mark of bpmn.io left on its canvas."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.axe import Axe
from tests.web.workbench.conftest import DRAWN, begin_design

Visit = Callable[..., Page]
FOREIGN = Path(__file__).parents[1] / "definitions" / "foreign"


def test_a_diagram_is_saved_as_a_picture_and_printed_alone(visit: Visit, demo: Flask) -> None:
    login, _actor, design = begin_design(demo)
    page = visit(login, f"/workbench/designs/{design}/diagram?path={DRAWN}")
    page.locator("body[data-ready=drawn]").wait_for()
    menu = page.locator(".modeler-save")
    menu.locator("summary").focus()
    for kind, begins in (("SVG", b"<?xml"), ("PNG", b"\x89PNG")):
        page.keyboard.press("Enter")
        with page.expect_download() as saved:
            menu.get_by_role("button", name=kind).press("Enter")
        content = Path(saved.value.path()).read_bytes()
        assert saved.value.suggested_filename == f"coordination_monthly.{kind.lower()}"
        assert content.startswith(begins)
        expect(menu.locator("summary")).to_be_focused()
        assert kind == "PNG" or all(each in content for each in ("phiên bản 1 đang áp dụng".encode(), b"@font-face", b"data:font/woff2;base64,"))
    page.evaluate("window.print = () => {}")
    page.keyboard.press("Enter")
    menu.get_by_role("button", name="In,").press("Enter")
    sheet = page.locator(".printing-sheet .sheet img")
    sheet.wait_for(state="attached")
    page.emulate_media(media="print")
    expect(sheet).to_be_visible()
    expect(page.locator("main")).to_be_hidden()
    page.emulate_media(media="screen")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    expect(page.locator(".sheet")).to_have_count(0)
    expect(page.locator(".bjs-powered-by")).to_be_visible()


def test_files_are_brought_by_keyboard_and_kept(visit: Visit, demo: Flask, axe: Axe) -> None:
    login, _actor, design = begin_design(demo)
    page = visit(login, f"/workbench/designs/{design}/import")
    assert axe.violations(page) == []
    page.locator("#files").set_input_files([FOREIGN / name for name in ("camunda7_loan.bpmn", "utf16.bpmn", "binary.bpmn")])
    page.get_by_role("button", name="Xem trước").press("Enter")
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(2)
    assert axe.violations(page) == []
    page.get_by_label("binary.bpmn", exact=True).press("Space")
    page.get_by_role("button", name="Lưu các tệp đã chọn").press("Enter")
    page.wait_for_url(f"**/designs/{design}")
    expect(page.get_by_role("status").first).to_contain_text("Đã lưu 3 tệp")
