"""Around the canvas of the editor: drawn by keyboard alone, copied between diagrams, laid out by itself, in Vietnamese to the last word."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import ConsoleMessage, Page, expect

from engine.definitions.designs import KeepDesignFile
from engine.definitions.starting_points import AddDesignFile
from engine.door import Door
from tests.browser.axe import Axe
from tests.web.workbench.conftest import DRAWN, begin_design
from web.door import EXTENSION

PASTED = re.compile(r'chidao:operation="set_status" name="Báo hoàn thành \(06\)".*<chidao:parameter name="code" value="&#34;06&#34;" />', re.DOTALL)
CALLED = re.compile(r'<bpmn:callActivity [^>]*calledElement="directive_intake"')
Visit = Callable[..., Page]
NEW = "legal/legal.bpmn"
BARE = "bare/bare.bpmn"
WITHOUT_DRAWING = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:chidao="urn:chidao:bpmn:1" id="d" targetNamespace="x">
  <collaboration id="c"><participant id="pool" name="Nhập từ nơi khác" processRef="bare"/><participant id="other" name="Bên ngoài"/></collaboration>
  <process id="bare" name="Nhập từ nơi khác" isExecutable="true">
    <laneSet id="ls">
      <lane id="l1" name="Văn thư" chidao:role="clerk"><flowNodeRef>s</flowNodeRef><flowNodeRef>a</flowNodeRef><flowNodeRef>e</flowNodeRef></lane>
      <lane id="l2" name="Lãnh đạo" chidao:role="leader"><flowNodeRef>g</flowNodeRef><flowNodeRef>b</flowNodeRef></lane>
    </laneSet>
    <startEvent id="s" name="Đến" chidao:startedBy="person" chidao:subject="none"/>
    <userTask id="a" name="Đăng ký"/><exclusiveGateway id="g" name="Đạt?" default="f4"/><userTask id="b" name="Ký"/><endEvent id="e" name="Xong"/>
    <sequenceFlow id="f1" sourceRef="s" targetRef="a"/><sequenceFlow id="f2" sourceRef="a" targetRef="g"/>
    <sequenceFlow id="f3" sourceRef="g" targetRef="a" name="Không"><conditionExpression>ok == false</conditionExpression></sequenceFlow>
    <sequenceFlow id="f4" sourceRef="g" targetRef="b"/><sequenceFlow id="f5" sourceRef="b" targetRef="e"/>
    <group id="grp"/>
  </process>
</definitions>"""


@pytest.fixture
def drawing(visit: Visit, demo: Flask) -> Iterator[Callable[[str], Page]]:
    """Open the editor at a file of a design that has an empty diagram and one without a drawing."""
    login, actor, design = begin_design(demo)
    door: Door = demo.extensions[EXTENSION]
    door.execute(AddDesignFile(design=design, process="legal", name="Thẩm định"), actor, key="test:new")
    door.execute(KeepDesignFile(design=design, path=BARE, text=WITHOUT_DRAWING, edition=0), actor, key="test:bare")
    context: list[Page] = []
    untranslated: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        untranslated.extend([message.text] if message.text.startswith("Expected the Vietnamese") else [])

    def opened(path: str) -> Page:
        if context:
            page = context[0].context.new_page()
            page.on("console", listen)
        else:
            page = visit(login, "/health")
            page.on("console", listen)
            context.append(page)
        page.goto(f"/workbench/designs/{design}/diagram?path={path}")
        page.locator("body[data-ready=drawn]").wait_for()
        return page

    yield opened
    assert untranslated == []


def lines(page: Page) -> list[str]:
    return page.locator(".outline-line").all_inner_texts()


def reach(page: Page, name: str) -> None:
    """Go down the list by arrow keys to an element that is called so."""
    page.locator(".outline-line[tabindex='0']").focus()
    page.keyboard.press("Home")
    for _ in range(60):
        if name in page.evaluate("document.activeElement.innerText"):
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{name} is not in the list")


def test_a_task_is_added_connected_renamed_undone_and_deleted_by_keyboard_alone(drawing: Callable[[str], Page], axe: Axe) -> None:
    page = drawing(NEW)
    assert lines(page) == ["Thẩm định Khung quy trình (mở)", "Chuyên viên Làn", "Bắt đầu", "→ Kết thúc", "Kết thúc"]
    reach(page, "Bắt đầu")
    page.keyboard.press("a")  # a task of a person comes first in the list of kinds, between the two is where it goes
    page.keyboard.press("Tab")
    page.keyboard.type("Thẩm định pháp lý")
    page.keyboard.press("Enter")
    expect(page.locator("#modeler-told")).to_have_text("Đã thêm: “Thẩm định pháp lý”.")
    expect(page.locator(".outline-line[aria-pressed=true]")).to_be_focused()
    assert lines(page)[2:] == ["Bắt đầu", "→ Thẩm định pháp lý", "Thẩm định pháp lý Việc của người", "→ Kết thúc", "Kết thúc"]
    page.keyboard.press("F2")
    page.keyboard.type("Thẩm định")
    page.keyboard.press("Enter")
    expect(page.locator(".outline-line").nth(4)).to_have_text("Thẩm định Việc của người")
    page.keyboard.press("Control+z")
    expect(page.locator(".outline-line").nth(4)).to_have_text("Thẩm định pháp lý Việc của người")
    page.keyboard.press("d")  # the way to the end comes first
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".outline-flow")).to_have_count(1)
    page.keyboard.press("c")  # a start is not among what it can lead to
    page.keyboard.type("Kết")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#modeler-told")).to_have_text("Đã nối đến “Kết thúc”.")
    expect(page.locator(".outline-flow")).to_have_count(2)
    page.keyboard.press("e")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#modeler-told")).to_contain_text("Ở cạnh: thời gian")
    page.keyboard.press("Delete")
    reach(page, "pháp lý Việc")
    page.keyboard.press("Delete")
    expect(page.locator("#modeler-told")).to_have_text("Đã xóa: “Thẩm định pháp lý”.")
    assert lines(page)[2:] == ["Bắt đầu", "→ Kết thúc", "Kết thúc"]
    assert axe.violations(page) == []


def test_what_is_copied_in_one_tab_is_pasted_in_another_with_all_that_it_says(drawing: Callable[[str], Page]) -> None:
    first = drawing(DRAWN)
    first.locator(".outline-line:not(.outline-flow)", has_text="Báo hoàn thành (06)").first.click()
    first.keyboard.press("Control+c")
    expect(first.locator("#modeler-told")).to_contain_text("Đã sao chép 1 phần tử")
    second = drawing(NEW)
    reach(second, "Chuyên viên")
    second.keyboard.press("Control+v")
    expect(second.locator("#modeler-told")).to_have_text("Đã dán 1 phần tử.")
    second.locator("#as-text summary").click()
    expect(second.locator("#text")).to_have_value(PASTED)
    assert 'id="set_filed"' not in second.locator("#text").input_value()


def test_a_diagram_without_a_drawing_is_laid_out_and_so_is_any_other_on_demand(drawing: Callable[[str], Page]) -> None:
    page = drawing(BARE)
    expect(page.locator("#modeler-told")).to_contain_text("1 phần tử không đặt được")  # the group
    boxes = {name: page.locator(f"[data-element-id={name}]").first.bounding_box() for name in ("s", "a", "g", "b", "e", "l1", "l2")}
    found = {name: box for name, box in boxes.items() if box}
    assert found["s"]["x"] < found["a"]["x"] < found["g"]["x"] < found["b"]["x"] < found["e"]["x"]
    assert found["l1"]["y"] < found["a"]["y"] < found["l2"]["y"] < found["b"]["y"]
    page = drawing(DRAWN)
    before = page.locator("[data-element-id=track]").get_attribute("transform")
    page.get_by_role("button", name="Sắp xếp lại").click()
    expect(page.locator("#modeler-told")).to_have_text("Đã sắp xếp lại. Có thể hoàn tác.")
    assert page.locator("[data-element-id=track]").get_attribute("transform") != before
    page.get_by_role("button", name="Hoàn tác").click()
    expect(page.locator("[data-element-id=track]")).to_have_attribute("transform", before or "")


def test_every_menu_of_the_canvas_is_in_vietnamese(drawing: Callable[[str], Page]) -> None:
    page = drawing(DRAWN)
    assert page.locator(".djs-palette .entry[title='']").count() == 0
    for element in ("start", "init", "intake", "outcome_gateway", "ev_withdrawn", "end_refused", "pool_coordination_monthly", "flow_init_intake"):
        page.locator(f".outline-line[data-element={element}]").click()
        page.locator(".djs-context-pad.open .entry").first.wait_for()
        change = page.locator(".djs-context-pad.open [data-action=replace]")
        if change.count():
            change.dispatch_event("click")
            page.locator(".djs-popup .entry").first.wait_for()
            page.keyboard.press("Escape")


def test_an_element_is_found_without_marks_and_the_map_says_its_state(drawing: Callable[[str], Page]) -> None:
    page = drawing(DRAWN)
    page.locator("#outline-filter").fill("hoan thanh 06")
    expect(page.locator(".outline-line", has_text="Báo hoàn thành (06)").first).to_be_visible()
    expect(page.locator(".outline-line", has_text="Văn bản trùng")).to_have_count(0)
    page.get_by_role("button", name="Tìm", exact=True).click()
    page.locator(".djs-search-input input").press_sequentially("tiep nhan")
    expect(page.locator(".djs-search-result").first).to_contain_text("Tiếp nhận văn bản")
    page.keyboard.press("Escape")
    chart = page.get_by_role("button", name="Bản đồ", exact=True)
    chart.press("Enter")
    expect(chart).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".djs-minimap.open")).to_be_visible()
    page.get_by_role("button", name="Phím tắt").click()
    expect(page.get_by_role("dialog", name="Phím tắt")).to_be_visible()


def test_a_shared_process_is_called_after_what_is_chosen(drawing: Callable[[str], Page]) -> None:
    page = drawing(NEW)
    reach(page, "Bắt đầu")
    page.keyboard.press("Enter")
    page.locator(".modeler-call summary").press("Enter")
    page.get_by_label("Quy trình được gọi").select_option("directive_intake")
    page.locator(".modeler-call button").press("Enter")
    expect(page.locator(".outline-line", has_text="Gọi quy trình khác")).to_have_count(1)
    page.locator("#as-text summary").click()
    expect(page.locator("#text")).to_have_value(CALLED)
