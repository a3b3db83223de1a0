"""A designer's story: a legal check between the leader's instruction and forwarding, with a form of two fields, deployed without a programmer."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from flask import Flask
from playwright.sync_api import Locator, Page, expect

from engine.definitions.design_pages import EnterWorkbench
from engine.door import Door
from engine.kernel.actor import Actor
from tests.pages import person_of
from tests.web.workbench.conftest import DRAWN, designer_of
from web.door import EXTENSION

Visit = Callable[..., Page]
MOST_CLICKS = 25


class Hand:
    """Clicks, and counts them; choosing from a list is two."""

    def __init__(self) -> None:
        self.clicks = 0
        self.typed = 0

    def click(self, place: Locator) -> None:
        place.click()
        self.clicks += 1

    def choose(self, place: Locator, value: str) -> None:
        place.select_option(value)
        self.clicks += 2

    def write(self, place: Locator, text: str) -> None:
        place.fill(text)
        self.clicks += 1
        self.typed += len(text)


def test_a_legal_check_is_added_to_the_monthly_coordination_and_deployed(visit: Visit, demo: Flask, record_property: Callable[[str, object], None]) -> None:
    door: Door = demo.extensions[EXTENSION]
    login = designer_of(demo)
    page, hand, began = visit(login, "/workbench", width=1380), Hand(), perf_counter()

    hand.write(page.get_by_label("Sẽ thay đổi gì"), "Thẩm định pháp lý trước khi chuyển xuống")
    hand.click(page.get_by_role("button", name="Bắt đầu", exact=True))
    hand.click(page.get_by_role("link", name="Phối hợp thực hiện, báo cáo hằng tháng", exact=True))
    page.locator("body[data-ready=drawn]").wait_for()

    hand.click(page.locator('#modeler-outline [data-element="flow_action_gateway_work_split"]'))  # from "Hướng xử lý?", when it goes on
    hand.click(page.locator('#modeler-outline summary[data-act="add"]'))
    form = page.locator("#modeler-outline details[open] form")
    hand.write(form.locator("input"), "Thẩm định pháp lý")
    hand.click(form.get_by_role("button"))
    expect(page.locator("#p-id")).to_have_value("tham_dinh_phap_ly")
    hand.choose(page.get_by_label("Vai trò"), "specialist")

    hand.click(page.locator("#modeler-panel summary", has_text="Tạo biểu mẫu mới"))
    hand.click(page.locator("#modeler-panel").get_by_role("button", name="Tạo biểu mẫu mới"))
    hand.write(page.get_by_label("Tên biểu mẫu"), "Thẩm định pháp lý")
    hand.click(page.get_by_role("button", name="Tạo biểu mẫu"))
    hand.write(page.locator("#new_title"), "Đúng pháp luật")
    hand.choose(page.locator("#new_kind"), "yes_no")
    hand.click(page.get_by_role("button", name="Thêm", exact=True))

    hand.click(page.get_by_label("Vị trí hiện tại").get_by_role("link", name="Thẩm định pháp lý trước khi chuyển xuống"))
    hand.click(page.get_by_role("link", name="Phối hợp thực hiện, báo cáo hằng tháng", exact=True))
    page.locator("body[data-ready=drawn]").wait_for()
    expect(page.locator("#problems-count")).to_have_text("không có")
    hand.click(page.get_by_role("link", name="Triển khai"))
    hand.write(page.get_by_label("Lý do"), "Quy chế mới yêu cầu thẩm định.")
    hand.click(page.get_by_role("button", name="Triển khai"))
    expect(page.get_by_text("Bản thiết kế đã triển khai")).to_be_visible()

    seconds = round(perf_counter() - began, 1)
    for name, value in (("clicks", hand.clicks), ("typed", hand.typed), ("seconds", seconds)):
        record_property(name, value)
    print(f"legal check: {hand.clicks} clicks, {hand.typed} letters, {seconds} s")  # noqa: T201  the figure that the story is about
    designer = Actor.person(person_of(door, login), method="password")
    (line,) = (each for each in door.ask(EnterWorkbench(), designer).processes if each.path == DRAWN)
    assert line.version == 2
    assert hand.clicks <= MOST_CLICKS
