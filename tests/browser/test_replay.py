"""A case step by step in a browser: the slider moves the signs on one drawing, by keyboard too, and the address keeps the step."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from engine.storage import Database
from engine.storage.schema import instance, organisation, user_task
from tests.web.stage import AUDITOR, DEPARTMENT

Visit = Callable[..., Page]


@dataclass(frozen=True)
class Case:
    """A case in which one task waits: its id, and the element of the task."""

    id: str
    element: str


@pytest.fixture
def case(demonstration_database: Database) -> Case:
    """A case of the department in which one task waits."""
    waiting = (
        select(user_task.c.instance, func.max(user_task.c.element).label("element"))
        .join(instance, instance.c.id == user_task.c.instance)
        .join(organisation, organisation.c.id == instance.c.organisation)
        .where(user_task.c.status == "open", user_task.c.kind == "task", organisation.c.code == DEPARTMENT)
        .group_by(user_task.c.instance)
        .having(func.count() == 1)
        .order_by(user_task.c.instance)
    )
    with demonstration_database.reading() as connection:
        found = connection.execute(waiting.limit(1)).one()
    return Case(id=found.instance, element=found.element)


def test_the_slider_moves_the_signs_and_the_words_without_another_page(visit: Visit, case: Case) -> None:
    page = visit(AUDITOR, f"/audit/cases/{case.id}/replay")
    expect(page.locator("h1")).to_contain_text("Từng bước")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.locator("#diagram[data-ready]").wait_for()
    slider = page.get_by_role("slider")
    last = int(slider.input_value())
    here = page.locator(f'#diagram [data-element-id="{case.element}"].case-here, #diagram [data-element-id="{case.element}"].case-late')
    row = page.locator(f"#element-{case.element}")
    expect(here.first).to_be_attached()
    expect(row).to_contain_text("1 đang mở")
    page.evaluate("window.same = true")
    slider.focus()
    page.keyboard.press("Home")
    expect(page.locator("#replay-now")).to_contain_text(f"Bước 1 trên {last}")
    expect(row).not_to_contain_text("đang mở")
    expect(here).to_have_count(0)
    expect(page).to_have_url(re.compile(r"step=1&"))
    expect(slider).to_be_focused()
    assert page.evaluate("window.same") is True
    assert said == []


def test_without_scripts_links_and_the_form_do_the_same(visit: Visit, case: Case) -> None:
    page = visit(AUDITOR, f"/audit/cases/{case.id}/replay", scripts=False)
    page.get_by_role("link", name="Bước đầu").click()
    expect(page.locator("#replay-now")).to_contain_text("Bước 1 trên")
    page.get_by_role("link", name="Bước sau").click()
    expect(page.locator("#replay-now")).to_contain_text("Bước 2 trên")
    page.get_by_role("button", name="Xem bước này").click()
    expect(page.locator("#replay-now")).to_contain_text("Bước 2 trên")
