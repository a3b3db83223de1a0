"""What waits in an instance: timers that are never early, and incidents that stop one case alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine import bootstrap
from engine.definitions.command import DeployDefinitions
from engine.instances.commands import StartProcess
from engine.instances.operations import Call, ResolveIncident
from engine.kernel.errors import InvalidInput, Refused
from engine.storage import Database
from engine.storage.schema import incident, instance, reminder, user_task
from tests.definitions.drawings import chain, drawing, form, lane
from tests.definitions.drawings import user_task as drawn_task
from tests.door.office import Office


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


class Archive:
    """What an operation needs: it fails until somebody has opened it."""

    closed = True

    def enter(self, _call: Call) -> dict[str, Any]:
        if self.closed:
            raise InvalidInput("Expected the archive to be open, but it is closed. Open it.")
        return {}


@pytest.fixture
def archive(monkeypatch: pytest.MonkeyPatch) -> Archive:
    archive = Archive()
    monkeypatch.setitem(bootstrap.REPORT_OPERATIONS, "enter_archive", archive.enter)
    return archive


def stopped_at_the_archive(database: Database) -> tuple[Office, str]:
    """An office with an instance that an operation has stopped."""
    body = (
        '<bpmn:startEvent id="s" chidao:startedBy="person" chidao:subject="none"/><bpmn:serviceTask id="keep" chidao:operation="enter_archive"/>'
        f'{drawn_task("look")}<bpmn:endEvent id="e"/>' + chain("s", "keep", "look", "e")
    )
    files = {"p.bpmn": drawing(body, id="keeping", lanes=lane("s", "keep", "look", "e")), "forms/slip.schema.json": form()}
    office = Office(database=database)
    office.do(DeployDefinitions(files={name: content.hex() for name, content in files.items()}, reason="test"))
    started = office.do(StartProcess(process="keeping", organisation=office.unit("btg"), directive=None), office.actor("van.thu"))
    office.drain()
    return office, str(started["instance"])


def test_an_operation_that_cannot_be_done_stops_its_case_and_says_why(archive: Archive, database: Database) -> None:
    office, stopped = stopped_at_the_archive(database)
    with office.database.reading() as connection:
        row = connection.execute(select(incident)).one()
        assert (row.instance, row.element) == (stopped, "keep")
        assert connection.execute(select(instance.c.status).where(instance.c.id == stopped)).scalar_one() == "incident"
    assert "Expected the archive to be open" in row.message


def test_an_incident_stops_one_case_alone(archive: Archive, database: Database) -> None:
    office, _ = stopped_at_the_archive(database)
    office.deploy().receive()
    assert office.task("check_incoming").status == "open"


def test_a_mended_case_goes_on_where_it_stopped(archive: Archive, database: Database) -> None:
    office, stopped = stopped_at_the_archive(database)
    archive.closed = False
    with pytest.raises(InvalidInput, match="Expected a reason"):
        office.do(ResolveIncident(instance=stopped, reason=" "))
    office.do(ResolveIncident(instance=stopped, reason="đã mở kho lưu trữ"))
    office.drain()
    with office.database.reading() as connection:
        assert connection.execute(select(user_task.c.element).where(user_task.c.status == "open")).scalar_one() == "look"
    with pytest.raises(Refused, match="has none"):
        office.do(ResolveIncident(instance=stopped, reason="lần nữa"))
