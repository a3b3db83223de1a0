"""What somebody is told who comes too late: who was faster, when, and what is to be done now; nobody else is told anything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from engine.access.authorise import load_matrix
from engine.demo.cast import EVERYTHING
from engine.directives.reassigning import ReassignAssignment
from engine.directory.directory_import import ImportDirectory
from engine.door import Door, Handler, Scope
from engine.history.record import Subject
from engine.instances.commands import ClaimTask, CompleteUserTask
from engine.kernel.actor import SYSTEM
from engine.kernel.clock import SimulatedClock, stamp
from engine.kernel.errors import Busy, Conflict, Denied, Refused
from engine.kernel.patience import ATTEMPTS, LONGEST, rest_before
from engine.kernel.registry import Registry
from engine.storage import Database, UnitOfWork
from engine.storage.schema import assignment
from tests.directives.ward import Ward
from tests.door.office import START, Office
from tests.interleavings.copies import Again
from tests.interleavings.desk import desk, task


@pytest.fixture
def office(sqlite_database: Database) -> Office:
    desk(sqlite_database)
    return Again(database=sqlite_database, clock=SimulatedClock(START))


def too_late(office: Office, row: Any, login: str) -> Refused:
    with pytest.raises(Refused) as refused:
        office.do(CompleteUserTask(task=row.id, data={}), office.actor(login))
    assert refused.value.details["task"] == row.id
    return refused.value


def test_who_completed_it_and_when_in_local_time(office: Office) -> None:
    row = task(office)
    office.do(CompleteUserTask(task=row.id, data={}), office.actor("van.thu"))
    office.clock.advance_to(START + timedelta(hours=3))
    told = too_late(office, row, "van.thu.2")
    assert told.message == (
        "Expected task 'Vào sổ' (u) to be open, but Lê Thị Lan completed this task at 08:00. "
        "What you entered was not kept; write to them if it should be otherwise."
    )
    assert (told.details["kind"], told.details["by"], told.details["at"]) == ("completed", "Lê Thị Lan", stamp(START))
    office.clock.advance_to(START + timedelta(hours=30))
    assert "completed this task at 08:00 on 2024-04-01." in too_late(office, row, "van.thu.2").message
    assert "but you yourself completed this task at 08:00 on 2024-04-01. It needs nothing more." in too_late(office, row, "van.thu").message


def test_only_those_who_may_see_it_are_told(office: Office) -> None:
    row = task(office)
    office.do(CompleteUserTask(task=row.id, data={}), office.actor("van.thu"))
    with pytest.raises(Denied) as denied:
        office.do(CompleteUserTask(task=row.id, data={}), office.actor("bi.thu"))
    assert "Lê Thị Lan" not in denied.value.message


def test_who_has_claimed_it_and_when(office: Office) -> None:
    row = task(office)
    office.clock.advance_to(START + timedelta(minutes=5))
    office.do(ClaimTask(task=row.id), office.actor("van.thu"))
    told = too_late(office, row, "van.thu.2")
    assert "to be free, but Lê Thị Lan has taken it at 08:05. Ask them to release it, or their leader." in told.message
    assert told.details == {"kind": "claimed", "task": row.id, "by": "Lê Thị Lan", "at": stamp(START + timedelta(minutes=5))}


def test_that_its_time_ran_out(office: Office) -> None:
    row = task(office)
    office.clock.advance_to(START + timedelta(hours=1))
    office.drain()
    told = too_late(office, row, "van.thu")
    assert "but the time for it ran out at 09:00 and it was withdrawn. What you entered was not kept" in told.message
    assert (told.details["kind"], told.details["at"]) == ("deadline", stamp(START + timedelta(hours=1)))


def test_that_the_directive_was_recalled_and_by_whom(sqlite_database: Database) -> None:
    ward = Ward(Office(sqlite_database))
    left = ward.office.task("execute_update", "phuong")
    ward.start("directive_change", "btg")
    ward.fill("change_request", "btg")
    ward.fill("approve_sign", "btg")
    ward.fill("send_change", "btg")
    ward.fill("see_change", "phuong")
    ward.fill("change_answer", "phuong")
    told = too_late(ward.office, left, "bi.thu")
    assert "but the directive 370-CV/BTGTU was recalled by Ban Tuyên giáo Tỉnh ủy Mường Sương at 08:00. Stop the work on it" in told.message
    assert (told.details["kind"], told.details["by"]) == ("recalled", "Ban Tuyên giáo Tỉnh ủy Mường Sương")


def test_that_the_assignment_has_another_lead(sqlite_database: Database) -> None:
    office = Office(sqlite_database)
    office.do(ImportDirectory(kind="people", text=f"login,name,organisation,title,roles\npho,Vừ A Sình,phuong,Phó bí thư,{EVERYTHING}\n", file="people.csv"))
    ward = Ward(office)
    left = office.task("execute_update", "phuong")
    office.do(ReassignAssignment(assignment=ward.row(assignment).id, lead="pho", reason="đi học"), office.actor("bi.thu"))
    office.drain()
    told = too_late(office, left, "bi.thu")
    assert "but Lò Văn Quân gave the assignment to Phó bí thư at 08:00. Whoever leads it now has the task anew." in told.message
    assert (told.details["kind"], told.details["by"], told.details["to"]) == ("reassigned", "Lò Văn Quân", "Phó bí thư")


def busy_door(database: Database, rests: list[float]) -> Door:
    """A door behind which somebody else is always faster."""

    def decide(_command: object, _reading: object) -> Any:
        def apply(_transaction: object) -> dict[str, Any]:
            raise Conflict("Expected instance 4711 at version 2, but it has moved on.")

        return apply

    with UnitOfWork(database) as unit:
        load_matrix(unit.connection)
        unit.commit()
    handlers: Registry[Handler] = Registry("command")
    handlers.add("Want", Handler(action="want", scope=lambda *_: Scope(organisation=None, subject=Subject(type="thing", id="1")), decide=decide))
    return Door(database=database, clock=SimulatedClock(START), handlers=handlers, queries=Registry("query"), rest=rests.append)


@dataclass(frozen=True)
class Want:
    """Anything."""


def test_whoever_is_never_the_fastest_rests_longer_each_time_and_is_told_so_in_the_end(sqlite_database: Database) -> None:
    rests: list[float] = []
    with pytest.raises(Busy) as busy:
        busy_door(sqlite_database, rests).execute(Want(), SYSTEM, key="1")
    assert busy.value.message == "Expected to be the only one who changes this, but others are changing it at this moment. Nothing was changed; send it again."
    assert "4711" not in busy.value.message
    assert len(rests) == ATTEMPTS
    assert rests[:2] == [0.0, 0.0]
    assert 0 < sum(rests) < 4.0
    assert all(rest_before(attempt) <= LONGEST for attempt in range(100))
