"""The one door: each command once, each refusal in the history, nothing half done."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Any

import psycopg
import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import InternalError

from engine.door import Door, Handler, Query, Scope
from engine.history.record import Fact, Subject, opened
from engine.history.transaction import Reading, Transaction
from engine.instances.commands import AdvanceInstance, ClaimTask, CompleteUserTask, ReleaseTask
from engine.kernel.actor import SYSTEM
from engine.kernel.errors import Denied, EngineError, InvalidInput, NotFound, Refused
from engine.kernel.points import listen
from engine.kernel.registry import Registry
from engine.storage import Database
from engine.storage.schema import command, directive, dispatch, history_record, holding, person, receipt_source, user_task
from tests.door.office import CHECKED, Office


@pytest.fixture
def office(deployed_database: Database) -> Office:
    """The office with a letter that the clerk has to check."""
    office = Office(deployed_database).deploy()
    office.receive()
    return office


def complete(office: Office, **data: Any) -> CompleteUserTask:
    return CompleteUserTask(task=office.task("check_incoming").id, data=data or CHECKED)


def refused(office: Office, error: type[EngineError], wanted: Any, login: str, match: str = "") -> tuple[str, str]:
    """Expect that the command is refused, changes nothing and leaves one record; return that record."""
    before, records = office.contents(), len(office.outcomes())
    with pytest.raises(error, match=match):
        office.do(wanted, office.actor(login))
    assert office.contents() == before
    assert len(office.outcomes()) == records + 1
    assert office.intact()
    return office.outcomes()[-1]


def test_the_same_key_is_answered_twice_and_done_once(office: Office) -> None:
    wanted, clerk = complete(office), office.actor("van.thu")
    first = office.do(wanted, clerk, key="once")
    records = office.outcomes()
    assert office.do(wanted, clerk, key="once") == first
    assert office.outcomes() == records
    assert office.count(command, command.c.key == "once") == 1


def test_a_key_cannot_be_used_for_another_command(office: Office) -> None:
    wanted, clerk = complete(office), office.actor("van.thu")
    office.do(wanted, clerk, key="once")
    with pytest.raises(Refused, match="new idempotency key"):
        office.do(ClaimTask(task=wanted.task), clerk, key="once")


def test_a_key_cannot_be_used_by_another_person(office: Office) -> None:
    wanted = complete(office)
    office.do(wanted, office.actor("van.thu"), key="once")
    with pytest.raises(Refused, match="new idempotency key"):
        office.do(wanted, office.actor("van.thu.2"), key="once")


def test_another_role_may_not_complete_the_task(office: Office) -> None:
    assert refused(office, Denied, complete(office), "chuyen.vien", "the role clerk") == ("task.complete", "denied")


def test_another_organisation_may_not_complete_the_task(office: Office) -> None:
    assert refused(office, Denied, complete(office), "bi.thu", "the role clerk") == ("task.complete", "denied")


def test_a_person_may_not_do_the_work_of_the_system(office: Office) -> None:
    instance = office.task("check_incoming").instance
    assert refused(office, Denied, AdvanceInstance(instance=instance), "lanh.dao", "the system itself")[1] == "denied"


def test_whose_holding_has_ended_is_denied(office: Office) -> None:
    place = select(person.c.id).where(person.c.login == "van.thu").scalar_subquery()
    office.change(update(holding).where(holding.c.person == place).values(valid_to="2024-03-31"))
    assert refused(office, Denied, complete(office), "van.thu", "on 2024-04-01")[1] == "denied"
    office.do(complete(office), office.actor("van.thu.2"))


def test_a_task_is_completed_once_and_the_second_learns_who_did_it_and_when(office: Office) -> None:
    wanted = complete(office)
    office.do(wanted, office.actor("van.thu"))
    assert refused(office, Refused, wanted, "van.thu.2", "Lê Thị Lan completed this task at 08:00") == ("task.complete", "refused")


def test_a_task_that_somebody_claimed_is_refused_to_others_until_it_is_released(office: Office) -> None:
    wanted = complete(office)
    office.do(ClaimTask(task=wanted.task), office.actor("van.thu"))
    refused(office, Refused, wanted, "van.thu.2", "Lê Thị Lan has taken it")
    refused(office, Refused, ClaimTask(task=wanted.task), "van.thu.2", "Lê Thị Lan has taken it")
    refused(office, InvalidInput, ReleaseTask(task=wanted.task, reason=" "), "lanh.dao", "a reason")
    office.do(ReleaseTask(task=wanted.task, reason="nghỉ ốm"), office.actor("lanh.dao"))
    office.do(wanted, office.actor("van.thu.2"))
    assert office.intact()


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({**CHECKED, "decision": "burn"}, "decision"),
        ({**CHECKED, "authentic": "yes"}, "authentic"),
        ({**CHECKED, "colour": "red"}, "colour"),
        ({name: value for name, value in CHECKED.items() if name != "decision"}, "decision"),
    ],
    ids=["not a choice", "not a boolean", "unknown field", "missing field"],
)
def test_a_wrong_form_is_refused_by_field_and_changes_nothing(office: Office, data: dict[str, Any], field: str) -> None:
    assert refused(office, InvalidInput, complete(office, **data), "van.thu", field) == ("task.complete", "refused")


def test_a_task_that_nobody_has_is_not_found(office: Office) -> None:
    refused(office, NotFound, CompleteUserTask(task="nothing", data={}), "van.thu", "'nothing'")


def test_a_document_that_arrives_again_is_a_further_source_of_the_one_receipt(office: Office) -> None:
    again = office.do(office.letter(), office.actor("van.thu"))
    assert again["duplicate"] is True
    assert (office.count(directive), office.count(dispatch), office.count(receipt_source)) == (1, 1, 1)


def test_of_two_who_complete_a_task_at_once_one_is_refused(office: Office) -> None:
    wanted, barrier = complete(office), Barrier(2)
    actors = [office.actor("van.thu"), office.actor("van.thu.2")]

    def race(number: int) -> str:
        barrier.wait(timeout=10)
        try:
            office.door.execute(wanted, actors[number], key=f"race:{number}")
        except Refused as error:
            return "refused" if "completed this task at 08:00" in error.message else error.message
        return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(race, range(2))) == ["done", "refused"]
    assert office.outcomes().count(("task.completed", "done")) == 1
    assert office.count(user_task, user_task.c.status == "completed") == 1
    assert office.intact()


def test_of_two_with_the_same_key_at_once_both_have_the_one_answer(office: Office) -> None:
    wanted, barrier, clerk = complete(office), Barrier(2), office.actor("van.thu")

    def race(_number: int) -> dict[str, Any]:
        barrier.wait(timeout=10)
        return office.door.execute(wanted, clerk, key="same")

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(race, range(2))
    assert first == second
    assert office.outcomes().count(("task.completed", "done")) == 1
    assert ("task.complete", "refused") not in office.outcomes()


@dataclass(frozen=True)
class Spill:
    """Writes, then fails."""

    name: str = "spilt"


def spilling_door(office: Office, error: Exception) -> Door:
    def decide(_command: Any, _reading: Reading) -> Any:
        def apply(transaction: Transaction) -> dict[str, Any]:
            transaction.connection.execute(insert(person).values(id="spilt", login="spilt", name="Spilt"))
            transaction.record(Fact(action="person.added", subject=Subject(type="person", id="spilt")))
            raise error

        return apply

    def scope(_command: Any, _reading: Reading) -> Scope:
        return Scope(organisation=None, subject=Subject(type="person", id="spilt"))

    handlers: Registry[Handler] = Registry("command")
    handlers.add("Spill", Handler(action="person.add", scope=scope, decide=decide))
    return Door(database=office.database, clock=office.clock, handlers=handlers, queries=Registry[Query]("query"))


def test_a_handler_that_is_refused_after_writing_leaves_only_the_refusal(database: Database) -> None:
    office = Office(database)
    before, records = office.contents(), office.outcomes()
    with pytest.raises(Refused, match="too late"):
        spilling_door(office, Refused("too late")).execute(Spill(), SYSTEM, key="spill")
    assert office.contents() == before
    assert office.outcomes() == [*records, ("person.add", "refused")]


def test_a_handler_that_breaks_after_writing_leaves_nothing_and_the_key_is_free(database: Database) -> None:
    office = Office(database)
    before, records = office.contents(), office.outcomes()
    with pytest.raises(ZeroDivisionError):
        spilling_door(office, ZeroDivisionError()).execute(Spill(), SYSTEM, key="spill")
    assert office.contents() == before
    assert office.outcomes() == records
    assert office.intact()


def test_who_was_stopped_in_a_transaction_for_too_long_does_it_again_when_going_on(office: Office) -> None:
    """PostgreSQL ends the session of a process that stood still inside a transaction, so that the others get its locks."""
    ended = [InternalError("UPDATE", {}, psycopg.errors.IdleInTransactionSessionTimeout("terminating connection"))]

    def stopped(point: str) -> None:
        if point == "door.sealed" and ended:
            raise ended.pop()

    wanted, stop = complete(office), listen(stopped)
    try:
        office.do(wanted, office.actor("van.thu"), key="once")
    finally:
        stop()
    assert ended == []
    assert office.count(user_task, user_task.c.id == wanted.task, user_task.c.status == "completed") == 1
    assert office.count(command, command.c.key == "once") == 1
    assert "refused" not in {outcome for _, outcome in office.outcomes()}
    assert office.intact()


def test_a_refusal_keeps_its_code_and_sentence(office: Office) -> None:
    with pytest.raises(Denied) as denied:
        office.do(complete(office), office.actor("bi.thu"))
    with office.database.reading() as connection:
        body = connection.execute(select(history_record.c.body).order_by(history_record.c.seq.desc()).limit(1)).scalar_one()
    sealed = opened(body)
    assert sealed["reason"] == {"code": "denied", "text": denied.value.message}
    assert sealed["actor"]["id"] == office.actor("bi.thu").id
