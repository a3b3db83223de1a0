"""A task that stands in no lane with a role: whoever holds a post in the office may do it, and nobody else."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from engine.definitions.command import DeployDefinitions
from engine.directory.organisations import holders
from engine.history.record import opened
from engine.instances.commands import ClaimTask, CompleteUserTask, StartProcess
from engine.kernel.clock import local_date
from engine.kernel.errors import Denied
from engine.storage import Database
from engine.storage.schema import history_record, organisation, post_role
from tests.access.test_substitution import record
from tests.definitions.drawings import chain, drawing, form, lane
from tests.definitions.drawings import user_task as drawn_task
from tests.door.office import START, Office

SLIP = {"subject": "Lịch trực"}


def waiting(database: Database) -> Office:
    """An office in which a task waits that stands in no lane."""
    body = '<bpmn:startEvent id="s" chidao:startedBy="person" chidao:subject="none"/>' + drawn_task() + '<bpmn:endEvent id="e"/>' + chain("s", "u", "e")
    files = {"p.bpmn": drawing(body, id="roster", lanes=lane("s")), "forms/slip.schema.json": form()}
    office = Office(database=database)
    office.do(DeployDefinitions(files={name: content.hex() for name, content in files.items()}, reason="test"))
    office.do(StartProcess(process="roster", organisation=office.unit("btg"), directive=None), office.actor("van.thu"))
    return office


def body_of_the_last(office: Office, action: str) -> dict[str, object]:
    query = select(history_record.c.body).where(history_record.c.action == action).order_by(history_record.c.seq.desc())
    with office.database.reading() as connection:
        found: dict[str, object] = opened(connection.execute(query.limit(1)).scalar_one())
    return found


def test_whoever_holds_a_post_in_the_office_may_do_it_even_one_without_a_role(database: Database) -> None:
    office = waiting(database)
    office.change(delete(post_role).where(post_role.c.role.in_(["specialist", "consolidator"])))
    office.do(ClaimTask(task=office.task("slip").id), office.actor("chuyen.vien"))
    office.complete("slip", "chuyen.vien", **SLIP)
    assert body_of_the_last(office, "task.completed")["policy"] == "task.complete:anybody:own"


def test_nobody_of_another_office_may_do_it(database: Database) -> None:
    office = waiting(database)
    with pytest.raises(Denied, match=r"Expected someone who holds a post in Ban Tuyên giáo .* but Lò Văn Quân does not"):
        office.do(CompleteUserTask(task=office.task("slip").id, data=SLIP), office.actor("bi.thu"))


def test_a_substitute_from_the_office_does_it_in_a_post_of_their_own(database: Database) -> None:
    office = waiting(database)
    office.do(record(office), office.actor("lanh.dao"))
    office.complete("slip", "chuyen.vien", **SLIP)
    assert body_of_the_last(office, "task.completed").get("on_behalf_of") is None


def test_for_a_body_without_an_account_the_representing_clerk_does_it(database: Database) -> None:
    office = waiting(database)
    office.change(organisation.update().where(organisation.c.code == "btg").values(represented_by=office.unit("phuong")))
    office.complete("slip", "bi.thu", **SLIP)
    assert body_of_the_last(office, "task.completed")["policy"] == "task.complete:clerk:represents"


def test_those_who_may_do_it_are_all_holders_of_a_post(database: Database) -> None:
    office = waiting(database)
    with database.reading() as connection:
        found = holders(connection, office.unit("btg"), "", local_date(START))
    assert [row.name for row in found] == ["Lê Thị Lan", "Phạm Minh An", "Trần Văn Nam", "Vũ Thị Mai"]
