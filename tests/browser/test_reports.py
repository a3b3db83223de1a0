"""The pages of reports in a browser: without scripts, and a consolidation by the keyboard alone."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select

from engine.storage.schema import organisation, user_task

Visit = Callable[..., Page]
CONSOLIDATOR = "lominhnam.10"
WARD, STAFF = "dang-bo-xa-1-huyen-uy-so-1-son-binh", "phamthanhlan.112"


def task_of(demo: Flask, form: str) -> str:
    with demo.extensions["chidao_door"].database.reading() as connection:
        query = select(user_task.c.id).join(organisation, organisation.c.id == user_task.c.organisation).where(organisation.c.code == WARD)
        return str(connection.execute(query.where(user_task.c.status == "open", user_task.c.form == form)).scalars().first())


def test_a_consolidation_is_completed_with_the_keyboard_alone(visit: Visit, demo: Flask) -> None:
    task = task_of(demo, "consolidate")
    page = visit(STAFF, f"/task/{task}")
    reach(page, "document.activeElement.tagName === 'SUMMARY'")
    page.keyboard.press("Enter")  # who is in
    assert page.get_by_role("table", name="Các đơn vị phải báo cáo").first.is_visible()
    reach(page, "document.activeElement.name === '/narrative'")
    page.keyboard.type("Các chi bộ đã thực hiện.")
    reach(page, "document.activeElement.value === 'complete' && !document.activeElement.hidden && document.activeElement.tabIndex === 0")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: task not in url)
    with demo.extensions["chidao_door"].database.reading() as connection:
        assert connection.execute(select(user_task.c.status).where(user_task.c.id == task)).scalar_one() == "completed"


def test_without_scripts_the_list_is_filtered_and_a_figure_traced(visit: Visit) -> None:
    page = visit(CONSOLIDATOR, "/reports", scripts=False)
    page.get_by_label("Năm").select_option("2025")
    page.get_by_role("button", name="Xem").click()
    page.get_by_role("region", name="Từ cấp dưới").get_by_role("link", name="tháng 03/2025").click()
    page.get_by_role("link", name="xem nguồn").first.click()
    assert page.get_by_role("table", name="Nguồn của số liệu").is_visible()


def reach(page: Page, condition: str, most: int = 120) -> None:
    """Go on with Tab until the focus is where it is wanted."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate(condition):
            return
    raise AssertionError(f"Expected the keyboard to reach what has {condition}, but it did not.")
