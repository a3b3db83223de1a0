"""The page of a case in a browser: drawn and linked both ways with the keyboard too, complete without scripts."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.web.case.conftest import Find, desk

__all__ = ["desk"]
Visit = Callable[..., Page]


def test_the_drawing_and_the_table_lead_to_each_other(visit: Visit, desk: Find) -> None:
    mine = desk("leader_instruction", "province")
    page = visit(mine.login, f"/case/{mine.instance}")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.reload()
    page.locator("#diagram[data-ready]").wait_for()
    assert said == []  # the policy stops nothing
    expect(page.locator(".bjs-powered-by")).to_be_visible()
    expect(page.locator(".case-sign-late").first).to_contain_text("⚠ 1")  # the letter came more than a working day before
    page.locator('#diagram [data-element-id="in_instruct"]').first.click()
    expect(page.locator("#element-in_instruct")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator('#diagram [data-element-id="in_instruct"].case-shown').first).to_be_attached()


def test_without_scripts_the_table_says_the_same(visit: Visit, desk: Find) -> None:
    mine = desk("leader_instruction", "province")
    page = visit(mine.login, f"/case/{mine.instance}", scripts=False)
    expect(page.locator("noscript p")).to_be_visible()
    expect(page.locator("#element-in_instruct")).to_contain_text("1 đang mở")
    page.get_by_label("Ý kiến gửi những người cùng xử lý hồ sơ").fill("Đã rõ.")
    page.get_by_role("button", name="Gửi ý kiến").click()
    expect(page.locator("#comments")).to_contain_text("Đã rõ.")


def test_a_comment_beside_a_task_leaves_what_was_typed_in_the_form(visit: Visit, desk: Find) -> None:
    mine = desk("regular_report", "province")
    page = visit(mine.login, f"/task/{mine.task}")
    field = page.locator("[name='/general_assessment']")
    field.fill("Tốt.")
    page.get_by_label("Ý kiến gửi những người cùng xử lý hồ sơ").fill("Đề nghị góp ý.")
    page.get_by_role("button", name="Gửi ý kiến").click()
    expect(page.locator("#comments ol")).to_contain_text("Đề nghị góp ý.")
    expect(field).to_have_value("Tốt.")
