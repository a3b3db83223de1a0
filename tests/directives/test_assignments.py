"""Assignments: one lead each, supporting units, due dates, reminders, what is overdue, another lead."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from engine.directives.reassigning import ReassignAssignment
from engine.kernel.errors import Denied, InvalidInput, Refused
from engine.storage import Database
from engine.storage.schema import activity, assignment, assignment_support, history_record, holding, reminder, user_task
from tests.door.office import CHECKED, Office
from tests.processes.walk import filled

ONE_OFF = {"item_no": "1", "text": "Gửi danh sách.", "addressees": ["Ban"], "mode": "one_off", "due_date": "2024-04-20", "due_operator": "before", "deliverable": "danh sách"}
ONGOING = {"item_no": "2", "text": "Tuyên truyền.", "addressees": ["Ban"], "mode": "ongoing"}


@pytest.fixture
def office(deployed_database: Database) -> Office:
    return Office(deployed_database).deploy()


def instruct(office: Office, *, items: tuple[dict[str, Any], ...] = (), **instruction: Any) -> None:
    office.receive(items=list(items))
    office.complete("check_incoming", "van.thu", **CHECKED)
    office.complete("register_incoming", "van.thu", **filled("register_incoming"))
    office.complete("leader_instruction", "lanh.dao", action="execute", instruction="Triển khai.", **instruction)


def rows(office: Office, table: Any) -> list[Any]:
    with office.database.reading() as connection:
        return list(connection.execute(select(table).order_by(*table.primary_key.columns)))


def post_of(office: Office, login: str) -> str:
    return next(row.post for row in rows(office, holding) if row.person == office.actor(login).id)


def problem(office: Office, **instruction: Any) -> str:
    instruct(office, **instruction)
    assert office.count(assignment) == 0
    return str(json.loads(office.task("leader_instruction").context)["problem"])


def work(office: Office, number: int) -> Any:
    """The open task of the n-th assignment."""
    wanted = rows(office, assignment)[number].id
    tasks = [row for row in rows(office, user_task) if row.form == "execute_update" and row.status == "open"]
    return next(row for row in tasks if json.loads(row.context)["assignment"]["id"] == wanted)


def test_every_item_has_one_lead_and_the_supporting_units(office: Office) -> None:
    instruct(office, items=(ONE_OFF, ONGOING), lead_unit="lanh.dao", coordinating_units=["bao", "phuong"])
    found = rows(office, assignment)
    assert {row.lead for row in found} == {post_of(office, "lanh.dao")}
    assert {row.due_at for row in found} == {"2024-04-19", None}
    assert office.count(assignment_support) == 4
    assert {work(office, 0).due_at[:10], work(office, 1).due_at[:10]} == {"2024-04-19", "2024-05-31"}


def test_a_letter_without_items_is_one_assignment_of_the_specialist(office: Office) -> None:
    instruct(office, due_at="2024-04-25")
    (row,) = rows(office, assignment)
    assert (row.item, row.lead, row.due_at, row.extensions) == (None, post_of(office, "chuyen.vien"), "2024-04-25", 0)


def test_the_lead_may_be_named_by_post_or_by_the_own_organisation(office: Office) -> None:
    instruct(office, lead_unit=post_of(office, "van.thu"))
    assert rows(office, assignment)[0].lead == post_of(office, "van.thu")
    office.receive(8)
    office.complete("check_incoming", "van.thu", **CHECKED)
    office.complete("register_incoming", "van.thu", **filled("register_incoming"))
    office.complete("leader_instruction", "lanh.dao", action="execute", instruction="Triển khai.", lead_unit="btg")
    assert {row.lead for row in rows(office, assignment)} == {post_of(office, "van.thu"), post_of(office, "chuyen.vien")}


def test_a_lead_whom_nobody_knows_goes_back_to_the_leader_with_those_who_are_there(office: Office) -> None:
    said = problem(office, lead_unit="bi.thu")  # of another organisation
    assert "Expected a person or a post of Ban Tuyên giáo" in said
    assert "chuyen.vien (Phạm Minh An, Chuyên viên)" in said


def test_a_supporting_unit_that_nobody_knows_goes_back_to_the_leader(office: Office) -> None:
    assert "found 'phuong-x', which none has. Codes that begin alike: phuong." in problem(office, coordinating_units=["phuong-x"])


def test_a_later_due_date_than_the_letter_allows_wants_a_sentence(office: Office) -> None:
    said = problem(office, items=(ONE_OFF,), due_at="2024-04-25")
    assert said.startswith("Expected a due date by 2024-04-19, when item 1 of 07-CV/TU is due, but found 2024-04-25.")
    office.complete("leader_instruction", "lanh.dao", action="execute", instruction="Làm.", due_at="2024-04-25", due_reason="Đã xin ý kiến Thường trực.")
    assert rows(office, assignment)[0].due_at == "2024-04-25"


def test_work_that_is_done_once_comes_back_until_its_leader_confirms_it(office: Office) -> None:
    instruct(office, items=(ONE_OFF,))
    diary = {"activity_date": "2024-04-02", "narrative": "Đang làm."}
    office.complete("execute_update", "chuyen.vien", status="in_progress", **diary)
    office.complete("execute_update", "chuyen.vien", status="done", **diary)
    assert rows(office, assignment)[0].status == "reported"
    office.complete("confirm_completion", "lanh.dao", decision="rework", comment="Thiếu tên.")
    office.complete("execute_update", "chuyen.vien", status="done", **diary)
    office.complete("confirm_completion", "lanh.dao", decision="accept")
    assert (rows(office, assignment)[0].status, office.count(activity)) == ("done", 3)


def test_ongoing_work_is_written_down_once_and_then_followed_by_reports(office: Office) -> None:
    instruct(office, items=(ONGOING,))
    office.complete("execute_update", "chuyen.vien", status="in_progress", activity_date="2024-04-02", narrative="Đã quán triệt.")
    assert rows(office, assignment)[0].status == "in_progress"
    assert office.count(user_task, user_task.c.form == "execute_update", user_task.c.status == "open") == 0


def test_overdue_work_is_told_to_the_leader_once_after_two_reminders(office: Office) -> None:
    instruct(office, items=(ONE_OFF,))
    for day in (16, 18, 19):
        office.clock.advance_to(datetime(2024, 4, day, 1, 0, tzinfo=UTC))
        office.drain()
    assert office.count(reminder, reminder.c.role == "specialist") == 2
    assert office.count(assignment, assignment.c.status == "overdue") == 0
    office.clock.advance_to(datetime(2024, 4, 22, 1, 0, tzinfo=UTC))
    office.drain()
    assert office.count(assignment, assignment.c.status == "overdue") == 1
    assert office.count(reminder, reminder.c.role == "leader", reminder.c.urge_level == 1) == 1
    office.complete("execute_update", "chuyen.vien", status="in_progress", activity_date="2024-04-22", narrative="Gần xong.")
    assert rows(office, assignment)[0].status == "overdue"


def test_another_lead_gets_the_work_anew_and_the_history_keeps_both(office: Office) -> None:
    instruct(office)
    (row,) = rows(office, assignment)
    command = ReassignAssignment(assignment=row.id, lead="van.thu", reason="Chuyên viên đi học.")
    for login in ("chuyen.vien", "bi.thu"):
        with pytest.raises(Denied):
            office.do(command, office.actor(login))
    office.do(command, office.actor("lanh.dao"))
    office.drain()
    assert rows(office, assignment)[0].lead == post_of(office, "van.thu")
    assert sorted(task.status for task in rows(office, user_task) if task.form == "execute_update") == ["cancelled", "open"]
    with office.database.reading() as connection:
        query = select(history_record.c.body).where(history_record.c.action == "assignment.reassigned", history_record.c.outcome == "done")
        body = connection.execute(query).scalar_one().decode()
    assert row.lead in body
    assert post_of(office, "van.thu") in body
    assert office.intact()


def test_an_assignment_is_not_handed_to_whoever_has_it_nor_without_a_reason_nor_when_it_is_done(office: Office) -> None:
    instruct(office, items=(ONE_OFF | {"deliverable": ""},))
    (row,) = rows(office, assignment)

    def reassign(lead: str, reason: str) -> None:
        office.do(ReassignAssignment(assignment=row.id, lead=lead, reason=reason), office.actor("lanh.dao"))

    with pytest.raises(Refused, match="Expected another lead than Chuyên viên"):
        reassign("chuyen.vien", "Nhầm.")
    with pytest.raises(InvalidInput, match="Expected a reason"):
        reassign("van.thu", " ")
    with pytest.raises(InvalidInput, match=r"There are: chuyen\.vien"):
        reassign("ai.do", "Nhầm.")
    office.complete("execute_update", "chuyen.vien", status="done", activity_date="2024-04-02", narrative="Xong.")
    with pytest.raises(Refused, match="this one is done"):
        reassign("van.thu", "Nhầm.")
    with pytest.raises(InvalidInput, match="which none has"):
        office.do(ReassignAssignment(assignment="A?", lead="van.thu", reason="Nhầm."), office.actor("lanh.dao"))
