"""Two versions beside each other in a browser: marked on both drawings, linked with the table, complete without scripts; a design deployed."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from playwright.sync_api import Page, expect

from engine.definitions.design_pages import ReadDesignFile
from engine.definitions.designs import KeepDesignFile
from engine.definitions.versions import ShowVersions
from engine.door import Door
from tests.browser.axe import Axe
from tests.definitions.test_design_deployment import renamed
from tests.web.workbench.conftest import DRAWN, begin_design
from web.door import EXTENSION

PROCESS = "coordination_monthly"
Visit = Callable[..., Page]


def test_a_design_is_compared_with_what_is_in_force_and_deployed(visit: Visit, demo: Flask, axe: Axe) -> None:
    login, actor, design = begin_design(demo)
    door: Door = demo.extensions[EXTENSION]
    text = door.ask(ReadDesignFile(design=design, path=DRAWN), actor).text
    more = '<bpmn:textAnnotation id="note"/><bpmn:dataObject id="extra" name="Bản thẩm định"/></bpmn:process>'
    changed = renamed(text, "Tên mới").replace("</bpmn:process>", more)
    door.execute(KeepDesignFile(design=design, path=DRAWN, text=changed, edition=0), actor, key="test:kept")
    current = door.ask(ShowVersions(process=PROCESS), actor).versions[0].id
    address = f"/workbench/compare?process={PROCESS}&old={current}&new=design:{design}"

    plain = visit(login, address, scripts=False)
    expect(plain.locator("#differences ~ .scroll table")).to_contain_text("Tên mới")

    page = visit(login, f"/workbench/designs/{design}/deploy")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    assert axe.violations(page) == []
    page.get_by_role("link", name="Xem trên sơ đồ").click()
    page.locator("#drawing-old[data-ready]").wait_for()
    page.locator("#drawing-new[data-ready]").wait_for()
    assert said == []  # the policy stops nothing
    for side in ("old", "new"):
        expect(page.locator(f"#drawing-{side} .change-sign.change-changed")).to_have_text("~")
        expect(page.locator(f"#drawing-{side} .bjs-powered-by")).to_be_visible()
    page.locator("#drawing-new .djs-shape.change-changed").first.click()
    expect(page.locator("tr[data-element]:focus")).to_contain_text("Tên mới")
    page.get_by_role("button", name="Chỉ trên sơ đồ").first.press("Enter")
    expect(page.locator("#drawing-old .change-shown").first).to_be_attached()
    assert axe.violations(page) == []

    page.get_by_label("Ý kiến", exact=True).fill("Ai thẩm định?")
    page.get_by_role("button", name="Lưu ý kiến").click()
    expect(page.locator(".remarks")).to_contain_text("Ai thẩm định?")

    page.goto(f"/workbench/designs/{design}/deploy")
    page.get_by_label("Lý do").fill("Theo kết luận họp giao ban.")
    page.get_by_role("button", name="Triển khai").click()
    expect(page.locator(".notice-good")).to_contain_text(f"{PROCESS} 2")
    page.goto(f"/workbench/processes/{PROCESS}")
    expect(page.locator("tbody tr").first).to_contain_text("Theo kết luận họp giao ban.")
    assert axe.violations(page) == []
