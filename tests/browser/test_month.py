"""A month, clicked through by three people: a specialist writes, the leader signs, the superior's consolidator accepts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from engine.directory.organisations import holders
from engine.door import Door
from engine.execution.poller import Poller
from engine.kernel.clock import local_date
from engine.storage.schema import obligation, organisation, person, user_task

Visit = Callable[..., Page]
STORY = "Đã tổ chức ba buổi sinh hoạt, hai trăm người dự."


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """An office without others below it, which has yet to write its section, and the one to which it reports. Logins."""

    name: str
    organisation: str
    specialist: str
    leader: str
    superior: str
    consolidator: str


@pytest.fixture
def door(demo: Flask) -> Door:
    found: Door = demo.extensions["chidao_door"]
    return found


@pytest.fixture
def unit(door: Door) -> Unit:
    waiting = select(user_task.c.context, organisation.c.id, organisation.c.name).join(organisation, organisation.c.id == user_task.c.organisation)
    with door.database.reading() as connection:
        for row in connection.execute(waiting.where(user_task.c.form == "report_section", user_task.c.status == "open", organisation.c.level == "grassroots")):
            context = json.loads(row.context)
            if context["has_subordinates"] or context["period"] == "final":
                continue
            superior = connection.execute(select(obligation.c.superior).where(obligation.c.id == context["sections"][0])).scalar_one()

            def login(where: str, role: str) -> str:
                held = holders(connection, where, role, local_date(door.clock.now()))[0]
                return str(connection.execute(select(person.c.login).where(person.c.id == held.person)).scalar_one())

            return Unit(
                name=row.name,
                organisation=row.id,
                specialist=login(row.id, "specialist"),
                leader=login(row.id, "leader"),
                superior=superior,
                consolidator=login(superior, "consolidator"),
            )
    raise AssertionError("Expected an office in the demonstration that has yet to write its section, but found none.")


def task(door: Door, unit: str, form: str) -> str:
    """Do what the worker would do, then return the newest task with a form that waits in an office."""
    Poller(door).drain()
    with door.database.reading() as connection:
        waiting = select(user_task.c.id).where(user_task.c.organisation == unit, user_task.c.form == form, user_task.c.status == "open")
        return str(connection.execute(waiting.order_by(user_task.c.created_at.desc(), user_task.c.id.desc())).scalars().first())


def hand_in(page: Page) -> None:
    page.get_by_role("button", name="Hoàn thành").last.click()
    expect(page.get_by_text("Đã hoàn thành việc")).to_be_visible()


def test_a_month_from_the_section_to_its_acceptance(visit: Visit, door: Door, unit: Unit) -> None:
    specialist = visit(unit.specialist, "/work")
    page = specialist
    page.goto(f"/task/{task(door, unit.organisation, 'report_section')}")
    page.get_by_role("radio", name="Hoàn thành", exact=True).check()
    page.get_by_role("textbox", name="Kết quả thực hiện").fill(STORY)
    for field in page.locator("[name^='/indicators/']").all():
        field.fill("12")
    hand_in(page)

    page.goto(f"/task/{task(door, unit.organisation, 'regular_report')}")
    page.get_by_role("textbox", name="Đánh giá chung").fill("Thực hiện tốt.")
    hand_in(page)

    leader = visit(unit.leader, f"/task/{task(door, unit.organisation, 'approve_sign')}")
    leader.get_by_role("radio", name="Ký", exact=True).check()
    hand_in(leader)

    page.goto(f"/task/{task(door, unit.organisation, 'number_dispatch')}")
    page.get_by_role("textbox", name="Ngày ban hành").fill("22/11/2026")
    hand_in(page)

    consolidator = visit(unit.consolidator, f"/task/{task(door, unit.superior, 'review_report')}")
    expect(consolidator.get_by_text(STORY).first).to_be_visible()
    consolidator.get_by_role("radio", name="Tiếp nhận", exact=True).check()
    hand_in(consolidator)
    Poller(door).drain()

    page.goto("/reports")
    line = page.get_by_role("row").filter(has_text="11/2026").filter(has_text="đã tiếp nhận")
    expect(line).to_be_visible()
    line.get_by_role("link").first.click()
    expect(page.get_by_text(STORY)).to_be_visible()
