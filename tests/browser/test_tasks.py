"""My work in a browser: by keyboard alone, without JavaScript."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

Visit = Callable[..., Page]
SPECIALIST = "dothimai.9"


def test_a_task_is_found_and_opened_by_keyboard_alone(visit: Visit) -> None:
    page = visit(SPECIALIST, "/work")
    page.get_by_label("Tìm trong danh sách này").focus()
    page.keyboard.type("thuc hien")
    page.keyboard.press("Enter")
    page.wait_for_url("**/work?q=thuc+hien*")
    row = page.get_by_role("link", name="Thực hiện và cập nhật").first
    for _ in range(40):
        page.keyboard.press("Tab")
        if row.evaluate("each => each === document.activeElement"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/task/**")
    assert "q%3Dthuc" in page.url


def test_without_scripts_a_task_is_put_aside_and_shown_again(visit: Visit) -> None:
    page = visit(SPECIALIST, "/work", scripts=False)
    rows = page.get_by_role("checkbox").count()
    page.get_by_role("checkbox").first.check()
    page.get_by_label("Tạm gác đến ngày").fill("31/12/2099")
    page.get_by_role("button", name="Tạm gác", exact=True).click()
    assert page.get_by_text("Đã xong 1 việc.").is_visible()
    assert page.get_by_role("checkbox").count() == rows - 1
    page.get_by_role("link", name="Tạm gác").click()
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Đưa lại vào danh sách").click()
    page.get_by_role("link", name="Việc đến").click()
    assert page.get_by_role("checkbox").count() == rows
