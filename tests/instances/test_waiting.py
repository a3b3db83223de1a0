"""What waits in an instance: timers that are never early, and incidents that stop one case alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine.instances.operations import ResolveIncident
from engine.kernel.errors import InvalidInput, Refused
from engine.storage import Database
from engine.storage.schema import holding, incident, instance, person, reminder, user_task
from tests.door.office import CHECKED, Office


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database=database).deploy()


def reminders(office: Office) -> int:
    return office.count(reminder)


def test_a_reminder_comes_at_the_next_working_day_and_once(office: Office) -> None:
    office.receive()
    office.clock.advance_to(office.clock.now() + timedelta(hours=15))  # Monday, 23 o'clock
    office.drain()
    assert reminders(office) == 0
    office.clock.advance_to(office.clock.now() + timedelta(hours=1))  # Tuesday begins
    office.drain()
    assert reminders(office) == 1
    office.clock.advance_to(office.clock.now() + timedelta(days=3))
    office.drain()
    assert reminders(office) == 1


def _instructed(office: Office) -> None:
    """Bring a case to the operation that needs a specialist, in an office that has lost its only one."""
    office.receive()
    gone = select(person.c.id).where(person.c.login == "chuyen.vien").scalar_subquery()
    office.change(holding.update().where(holding.c.person == gone).values(valid_to="2024-03-01"))
    office.complete("check_incoming", "van.thu", **CHECKED)
    office.complete(
        "register_incoming",
        "van.thu",
        arrival_date="2024-04-01",
        issuer_org=office.unit("tinh"),
        doc_symbol="CV/TU",
        issued_date="2024-04-01",
        doc_type="công văn",
        subject="tuyên truyền tháng Tư",
        urgency="normal",
        secrecy="normal",
        channel="paper",
    )
    office.complete(
        "leader_instruction", "lanh.dao", action="execute", lead_unit=office.unit("btg"), instruction="Giao chuyên viên."
    )


def test_an_operation_that_cannot_be_done_stops_its_case_and_says_why(office: Office) -> None:
    _instructed(office)
    with office.database.reading() as connection:
        row = connection.execute(select(incident)).one()
        assert connection.execute(select(instance.c.status).where(instance.c.id == row.instance)).scalar_one() == "incident"
    assert "Expected somebody with the role specialist" in row.message


def test_a_mended_case_goes_on_where_it_stopped(office: Office) -> None:
    _instructed(office)
    office.change(holding.update().values(valid_to=None))
    with office.database.reading() as connection:
        stopped = connection.execute(select(incident.c.instance)).scalar_one()
    with pytest.raises(InvalidInput, match="Expected a reason"):
        office.do(ResolveIncident(instance=stopped, reason=" "))
    office.do(ResolveIncident(instance=stopped, reason="đã bổ sung chuyên viên"))
    office.drain()
    with office.database.reading() as connection:
        opened = select(user_task.c.element).where(user_task.c.status == "open")
        assert connection.execute(opened).scalar_one() == "ex_update"
    with pytest.raises(Refused, match="has none"):
        office.do(ResolveIncident(instance=stopped, reason="lần nữa"))
