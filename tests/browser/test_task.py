"""The task page in a browser: by the keyboard, without scripts, on a phone; what is typed is saved by itself."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from engine.storage import Database
from tests.browser.axe import Axe
from tests.web.task.desk import desk

Visit = Callable[..., Page]


def test_what_is_wrong_with_a_form_is_said_to_everybody(visit: Visit, axe: Axe, demonstration_database: Database) -> None:
    for form in ("report_section", "leader_instruction", "consolidate"):
        ours = desk(demonstration_database, form)
        page = visit(ours.login, ours.page, width=320)
        page.get_by_role("button", name="Hoàn thành").click()
        expect(page.locator("#problem")).to_be_focused()
        assert axe.violations(page) == [], form
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, form


def test_a_clerk_completes_a_task_with_the_keyboard_alone(visit: Visit, demonstration_database: Database) -> None:
    ours = desk(demonstration_database, "check_incoming")
    page = visit(ours.login, ours.page)
    for name in ("Văn bản xác thực", "Văn bản nguyên vẹn", "Đúng nơi nhận"):
        page.get_by_role("group", name=name).get_by_label("Có").focus()
        page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert page.get_by_label("Tiếp nhận").is_checked()
    page.keyboard.press("Enter")  # in a field: the main action, not the first small button
    expect(page.get_by_text("Đã hoàn thành việc")).to_be_visible()


def test_fields_that_do_not_apply_step_aside_and_what_is_typed_is_saved(visit: Visit, demonstration_database: Database) -> None:
    ours = desk(demonstration_database, "report_section")
    page = visit(ours.login, ours.page)
    story = page.get_by_label("Kết quả thực hiện", exact=True)
    assert not story.is_visible()
    page.get_by_role("radio", name="Hoàn thành", exact=True).check()
    story.fill("Đã tổ chức ba buổi tuyên truyền.")
    expect(page.locator("#saved")).to_contain_text("Đã lưu nháp lúc")
    page.get_by_role("radio", name="Không phát sinh").check()
    assert story.is_visible(), "what stands in a field is never hidden"
    page.context.set_offline(True)
    page.get_by_label("Lý do không phát sinh").fill("Đơn vị mới thành lập.")
    page.get_by_role("button", name="Hoàn thành").click()
    expect(page.locator("#saved")).to_contain_text("Hiện không có kết nối")
    page.context.set_offline(False)
    expect(page.locator("#saved")).to_contain_text("Đã lưu nháp lúc")
    page.reload()
    assert page.get_by_label("Lý do không phát sinh").input_value() == "Đơn vị mới thành lập."


def test_without_scripts_everything_works(visit: Visit, demonstration_database: Database) -> None:
    ours = desk(demonstration_database, "consolidate")
    page = visit(ours.login, ours.page, scripts=False)
    page.locator("[name='/narrative']").fill("Các đơn vị đã thực hiện.")
    page.get_by_role("button", name="Thêm dòng").click()
    assert page.locator("[name='/narrative']").input_value() == "Các đơn vị đã thực hiện."
    page.get_by_role("button", name="Bỏ Dòng 1").click()
    page.get_by_role("button", name="Lưu nháp").click()
    assert page.get_by_text("Người khác chưa xem được").is_visible()
    page.get_by_role("button", name="Hoàn thành").last.click()
    assert page.get_by_text("Đã hoàn thành việc").is_visible()
