"""Milestones in the database: written and checked with their letter, opened in order, handed in, cancelled together."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from engine.directives.milestone_table import chain_table
from engine.directives.milestones import cancel_milestones
from engine.directory.settings import ChangeSetting
from engine.history.transaction import Transaction
from engine.instances.commands import CompleteUserTask
from engine.kernel.actor import SYSTEM
from engine.kernel.errors import InvalidInput
from engine.storage import Database, UnitOfWork
from engine.storage.schema import (
    history_record,
    history_stream,
    inbox,
    instance,
    milestone,
    milestone_version,
    person,
    reminder,
    subscription,
    user_task,
)
from tests.door.office import Office

DRAFT = {
    "key": "draft",
    "title": "Dự thảo chương trình",
    "owner": "phuong",
    "appraiser": "btg",
    "approver": "btg",
    "due_date": "2024-04-12",
    "due_operator": "before",
    "appraise_due_date": "2024-04-19",
    "approve_due_date": "2024-04-20",
    "depends_on": [],
}
CONTRACT = {"key": "contract", "title": "Hợp đồng", "owner": "bao"}
IMPLEMENT = {
    "key": "implement",
    "title": "Triển khai",
    "owner": "bao",
    "due_date": "2024-04-26",
    "due_operator": "by",
    "depends_on": ["draft", "contract"],
}


@pytest.fixture
def office(deployed_database: Database) -> Office:
    return Office(deployed_database).deploy()


def letter(office: Office, *entries: dict[str, Any]) -> str:
    return office.receive(process="milestone_chain", obligation={"frequency": "none"}, milestones=list(entries))


def found(office: Office, query: Any) -> list[Any]:
    with office.database.reading() as connection:
        return list(connection.execute(query).all())


def statuses(office: Office) -> dict[str, str]:
    return {row.key: row.status for row in found(office, select(milestone))}


def fill(office: Office, form: str, unit: str, login: str, **data: Any) -> None:
    office.do(CompleteUserTask(task=office.task(form, unit).id, data=data), office.actor(login))
    office.drain()


def hand_in(office: Office, unit: str, login: str, **data: Any) -> None:
    fill(office, "milestone_submit", unit, login, note="Bản dự thảo.", **data)
    fill(office, "approve_sign", unit, login, decision="sign")


def appraise(office: Office, result: str) -> None:
    fill(office, "milestone_appraise", "btg", "chuyen.vien", result=result, comments="Đã đọc.")


def approve(office: Office) -> None:
    fill(office, "milestone_propose", "btg", "chuyen.vien", proposal="Trình duyệt.")
    fill(office, "approve_sign", "btg", "lanh.dao", decision="sign")
    fill(office, "milestone_approve", "btg", "lanh.dao", decision="approve", decided_at="2024-04-01")


def cancel(office: Office, directive_id: str) -> int:
    with UnitOfWork(office.database) as unit:
        stopped = cancel_milestones(Transaction(connection=unit.connection, now=office.clock.now(), actor=SYSTEM), directive_id, why={"code": "closed", "text": "đã xong"})
        unit.commit()
    return stopped


# --- written --------------------------------------------------------------------------------------------------------


def test_milestones_are_written_with_their_letter_and_those_that_wait_for_nothing_open(office: Office) -> None:
    letter(office, DRAFT, CONTRACT, IMPLEMENT)
    draft, contract, _ = found(office, select(milestone).order_by(milestone.c.position))
    assert statuses(office) == {"draft": "open", "contract": "open", "implement": "waiting"}
    assert (draft.last_day, draft.appraise_last_day, draft.approve_last_day) == ("2024-04-11", "2024-04-18", "2024-04-19")
    assert (contract.last_day, contract.due_operator, contract.process) == (None, None, "milestone")
    assert office.task("milestone_submit", "phuong").due_at == "2024-04-11T17:00:00.000Z"
    assert office.count(instance, instance.c.organisation.in_([office.unit("phuong"), office.unit("bao")])) == 2


def test_before_a_day_may_be_switched_to_include_it(office: Office) -> None:
    office.do(ChangeSetting(key="before_is_strict", value=False, reason="Quy định của tỉnh"))
    letter(office, DRAFT)
    assert found(office, select(milestone.c.last_day))[0].last_day == "2024-04-12"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"owner": "so-la"}, "as owner of the milestone 'Triển khai', but found 'so-la'"),
        ({"owner": None}, "as owner of the milestone 'Triển khai', but found None"),
        ({"appraiser": "so-la"}, "as appraiser of the milestone 'Triển khai'"),
        ({"process": "report_review"}, "Expected a process of milestones"),
        ({"depends_on": ["ký"]}, "'Triển khai' to wait for milestones of this letter (draft, contract, implement), but found 'ký'"),
        ({"key": "draft"}, "'draft' stands twice"),
        ({"due_date": "26/4/2024"}, "Expected due_date of the milestone 'Triển khai' as YYYY-MM-DD"),
        ({"due_date": "2024-04-18"}, "to be due no earlier than 'Dự thảo chương trình', for which it waits (2024-04-19), but found 2024-04-18"),
        ({"appraiser": "btg", "appraise_due_date": "2024-04-25"}, "to be delivered, appraised and approved in this order"),
        ({"due_operator": "around"}, "Expected an operator of"),
    ],
)
def test_a_milestone_that_cannot_be_is_refused_with_its_name_and_nothing_is_lost(
    office: Office, change: dict[str, Any], sentence: str
) -> None:
    before = office.contents()
    with pytest.raises(InvalidInput) as refusal:
        letter(office, DRAFT, CONTRACT, IMPLEMENT | change)
    assert sentence in refusal.value.message
    assert office.contents() == before


def test_milestones_that_wait_for_each_other_are_refused_with_the_circle(office: Office) -> None:
    first = {"key": "a", "title": "Mốc A", "owner": "bao", "depends_on": ["c"]}
    circle = [first, {**first, "key": "b", "title": "Mốc B", "depends_on": ["a"]}, {**first, "key": "c", "title": "Mốc C", "depends_on": ["b"]}]
    with pytest.raises(InvalidInput, match="a circle: 'Mốc A' → 'Mốc C' → 'Mốc B' → 'Mốc A'"):
        letter(office, *circle)


# --- worked on ------------------------------------------------------------------------------------------------------


def test_a_milestone_opens_when_the_last_of_those_before_it_is_reached(office: Office) -> None:
    letter(office, DRAFT, CONTRACT, IMPLEMENT)
    hand_in(office, "bao", "tong.bien.tap")
    assert statuses(office) == {"draft": "open", "contract": "reached", "implement": "waiting"}
    hand_in(office, "phuong", "bi.thu")
    appraise(office, "accept")
    approve(office)
    assert statuses(office) == {"draft": "reached", "contract": "reached", "implement": "open"}
    hand_in(office, "bao", "tong.bien.tap")
    assert set(statuses(office).values()) == {"reached"}
    assert office.count(inbox, inbox.c.consumed_ver.is_(None)) == 0


def test_every_version_keeps_who_decided_what(office: Office) -> None:
    letter(office, DRAFT)
    hand_in(office, "phuong", "bi.thu")
    appraise(office, "return")
    hand_in(office, "phuong", "bi.thu")
    appraise(office, "finalise")
    query = select(milestone_version, person.c.login).join(person, person.c.id == milestone_version.c.decided_by)
    versions = found(office, query.order_by(milestone_version.c.version))
    told = [(row.version, row.late, row.result, row.comments, row.login) for row in versions]
    assert told == [(1, 0, "return", "Đã đọc.", "chuyen.vien"), (2, 0, "finalise", "Đã đọc.", "chuyen.vien")]


def test_a_milestone_of_another_body_is_not_taken_and_the_person_is_told(office: Office) -> None:
    letter(office, DRAFT, CONTRACT)
    hand_in(office, "phuong", "bi.thu", milestone="contract")
    told = json.loads(office.task("milestone_submit", "phuong").context)["refusal"]
    assert told == (
        "Expected Đảng ủy phường Đông Sơn to hand in its own milestone, but found 'Hợp đồng', which Báo Mường Sương owes. "
        "Only its owner may hand it in."
    )
    assert (statuses(office)["draft"], office.count(milestone_version)) == ("open", 0)
    assert ("milestone.submitted", "refused") in office.outcomes()
    hand_in(office, "phuong", "bi.thu", milestone="draft")
    assert statuses(office)["draft"] == "submitted"


def test_a_file_that_is_not_stored_stops_the_instance_with_a_sentence(office: Office) -> None:
    letter(office, DRAFT)
    hand_in(office, "phuong", "bi.thu", document="0" * 64)
    assert (statuses(office)["draft"], office.count(milestone_version)) == ("open", 0)
    assert ("incident.raised", "failed") in office.outcomes()


def test_a_draft_that_is_missing_is_urged_once_and_the_room_of_what_follows_is_squeezed(office: Office) -> None:
    directive_id = letter(office, DRAFT, IMPLEMENT | {"depends_on": ["draft"]})
    office.clock.advance_to(datetime(2024, 4, 11, 17, 0, tzinfo=UTC))
    office.drain()
    about = found(office, select(reminder).where(reminder.c.content == DRAFT["title"]))
    assert {(row.organisation, row.urge_level, row.role) for row in about} == {
        (office.unit("phuong"), 0, "specialist"),
        (office.unit("phuong"), 1, "leader"),
        (office.unit("btg"), 0, "specialist"),
    }
    with office.database.reading() as connection:
        rows = chain_table(connection, directive_id, date(2024, 4, 12))
    assert [(row.stage, row.owner, row.last_day, row.late, row.earliest, row.float, row.critical) for row in rows] == [
        ("", "Đảng ủy phường Đông Sơn", "2024-04-11", True, "2024-04-12", -1, True),
        ("thẩm định", "Ban Tuyên giáo Tỉnh ủy Mường Sương", "2024-04-18", False, "2024-04-15", 2, False),  # 18/4 is a day off
        ("phê duyệt", "Ban Tuyên giáo Tỉnh ủy Mường Sương", "2024-04-19", False, "2024-04-15", 3, False),
        ("", "Báo Mường Sương", "2024-04-26", False, "2024-04-16", 7, False),
    ]


def test_the_table_of_the_chain_shows_any_day_as_it_was(office: Office) -> None:
    directive_id = letter(office, DRAFT, IMPLEMENT | {"depends_on": ["draft"]})
    for day, act in ((2, lambda: hand_in(office, "phuong", "bi.thu")), (3, lambda: appraise(office, "accept")), (4, lambda: approve(office))):
        office.clock.advance_to(datetime(2024, 4, day, 2, tzinfo=UTC))
        act()
    with office.database.reading() as connection:
        days = [chain_table(connection, directive_id, date(2024, 4, day)) for day in (1, 2, 3, 4)]
    assert [[row.status for row in rows[::3]] for rows in days] == [
        ["open", "waiting"],
        ["submitted", "waiting"],
        ["accepted", "waiting"],
        ["reached", "open"],
    ]
    assert [[row.float for row in rows] for rows in days] == [[8, 11, 12, 16], [None, 11, 12, 16], [None, 10, 11, 15], [None, None, None, 15]]
    assert {row.key: row.status for row in days[-1]} == statuses(office)


def test_every_fact_about_a_milestone_stands_in_the_stream_of_its_root(office: Office) -> None:
    root = letter(office, DRAFT)
    hand_in(office, "phuong", "bi.thu")
    appraise(office, "return")
    query = select(history_record.c.action).join(history_stream, history_stream.c.seq == history_record.c.seq)
    query = query.where(history_stream.c.stream == root, history_record.c.action.like("milestone.%"))
    facts = [row.action for row in found(office, query.order_by(history_record.c.seq))]
    assert facts == ["milestone.opened", "milestone.submitted", "milestone.returned"]
    assert office.intact()


# --- cancelled ------------------------------------------------------------------------------------------------------


def test_cancelled_milestones_stop_everybody_who_works_on_them(office: Office) -> None:
    directive_id = letter(office, DRAFT, CONTRACT, IMPLEMENT)
    hand_in(office, "phuong", "bi.thu")  # now the ward waits, the department appraises
    assert cancel(office, directive_id) == 3
    office.drain()
    assert set(statuses(office).values()) == {"cancelled"}
    assert office.count(subscription, subscription.c.message == "milestone.cancelled") == 0
    assert office.count(user_task, user_task.c.status == "open", user_task.c.form.like("milestone%")) == 0
    assert office.count(inbox, inbox.c.consumed_ver.is_(None)) == 0
    assert cancel(office, directive_id) == 0


def test_a_milestone_that_is_cancelled_before_anybody_began_never_begins(office: Office) -> None:
    command = office.letter(process="milestone_chain", obligation={"frequency": "none"}, milestones=[DRAFT, CONTRACT])
    directive_id = office.do(command, office.actor("van.thu"))["directive"]
    cancel(office, directive_id)
    office.drain()
    assert office.count(instance, instance.c.organisation == office.unit("phuong")) == 0
    assert office.count(inbox, inbox.c.consumed_ver.is_(None)) == 0
