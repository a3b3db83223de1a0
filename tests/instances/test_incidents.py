"""Automatic work that fails: only its piece waits, it is tried again, an administrator sees why."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier, BrokenBarrierError

import pytest
from sqlalchemy import update

from engine.audit.recording import record_instance
from engine.bootstrap import open_door
from engine.bpmn import Outcome
from engine.directory.settings import ChangeSetting
from engine.execution import due
from engine.execution.poller import Poller
from engine.history.transaction import Transaction
from engine.instances import advance as advancing
from engine.instances import begin
from engine.instances.commands import StartProcess
from engine.instances.operations import BusinessError, Call
from engine.instances.repairs import RetryIncident, SkipIncident
from engine.instances.show_incidents import ListIncidents
from engine.instances.transfer import end_instances
from engine.kernel.actor import SYSTEM
from engine.kernel.clock import stamp
from engine.kernel.errors import Denied, InvalidInput, Refused, StepFailed
from engine.messages.inbox import send
from engine.reports import operations as report_operations
from engine.reports import periods
from engine.storage import Database, UnitOfWork
from engine.storage.schema import incident, instance, operation, timer
from tests.definitions.drawings import LISTENS, chain, drawing, lane
from tests.definitions.drawings import user_task as drawn_task
from tests.instances.bureau import ADMIN, BY_PERSON, Bureau, parameter, service

END = '<bpmn:endEvent id="e"/>'
CLOSED = InvalidInput("Expected the archive to be open, but it is closed. Open it.")
KEEPING = BY_PERSON + service("keep") + drawn_task("look") + END + chain("s", "keep", "look", "e")
SCRIPT = '<bpmn:scriptTask id="share" scriptFormat="python"><bpmn:script>part = 100 / amount</bpmn:script></bpmn:scriptTask>'
SHARING = BY_PERSON + drawn_task("ask") + SCRIPT + END + chain("s", "ask", "share", "e")
TIMED = (
    BY_PERSON
    + drawn_task("ask")
    + '<bpmn:boundaryEvent id="late" attachedToRef="ask"><bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>'
    + '<bpmn:scriptTask id="share" scriptFormat="python"><bpmn:script>part = 100 / nothing</bpmn:script></bpmn:scriptTask><bpmn:endEvent id="le"/>'
    + END
    + chain("s", "ask", "e")
    + chain("late", "share", "le")
)


@pytest.fixture
def bureau(database: Database, monkeypatch: pytest.MonkeyPatch) -> Bureau:
    return Bureau.opened(database, monkeypatch)


def wait(bureau: Bureau, minutes: float) -> None:
    bureau.clock.advance_to(bureau.clock.now() + timedelta(minutes=minutes))
    bureau.drain()


def test_an_operation_that_fails_is_tried_again_later_each_time_and_then_left_to_an_administrator(bureau: Bureau) -> None:
    bureau.archive.answer = CLOSED
    kept = bureau.draw(KEEPING, "keep", "look", "e")
    told = bureau.listed()[0]
    assert (told["instance"], told["process"], told["kind"], told["element"], told["attempts"], told["status"]) == (kept, "p", "operation", "keep", 1, "retrying")
    assert told["message"] == CLOSED.message
    for attempts, minutes in enumerate((1, 5, 30, 120), start=1):
        assert bureau.incident().next_attempt == stamp(bureau.clock.now() + timedelta(minutes=minutes))
        wait(bureau, minutes - 0.5)
        assert bureau.incident().attempts == attempts
        wait(bureau, 0.5)
        assert bureau.incident().attempts == attempts + 1
    assert (bureau.incident().next_attempt, bureau.listed()[0]["status"]) == (None, "open")
    wait(bureau, 100_000)
    assert (len(bureau.archive.given), bureau.status(kept)) == (5, "active")
    outcomes = [outcome for outcome in bureau.outcomes() if outcome[0].startswith("incident.")]
    assert outcomes == [("incident.raised", "failed"), *[("incident.repeated", "failed")] * 4]


def test_what_mends_itself_goes_on_by_itself(bureau: Bureau) -> None:
    bureau.archive.answer = CLOSED
    bureau.draw(KEEPING, "keep", "look", "e")
    bureau.archive.answer = {}
    assert Poller(bureau.door).next_moment() == bureau.clock.now() + timedelta(minutes=1)
    wait(bureau, 1)
    assert bureau.open() == ["look"]
    assert (bureau.listed(), bureau.listed(all=True)[0]["resolution"]) == ([], "done")
    assert bureau.record("incident.resolved")["reason"]["code"] == "done"
    assert bureau.intact()


def test_how_often_it_is_tried_again_is_a_setting(bureau: Bureau) -> None:
    bureau.do(ChangeSetting(key="incident_retries", value=0, reason="kiểm tra"))
    bureau.archive.answer = CLOSED
    bureau.draw(KEEPING, "keep", "look", "e")
    assert bureau.incident().next_attempt is None


def test_what_a_rule_refuses_is_not_tried_again(bureau: Bureau) -> None:
    bureau.archive.answer = Refused("Expected an open register, but it is closed.")
    bureau.draw(KEEPING, "keep", "look", "e")
    assert (bureau.incident().attempts, bureau.incident().next_attempt) == (1, None)


def test_a_fault_of_the_program_is_told_in_a_sentence_and_logged(bureau: Bureau, caplog: pytest.LogCaptureFixture) -> None:
    bureau.archive.answer = KeyError("shelf")
    with caplog.at_level(logging.ERROR):
        kept = bureau.draw(KEEPING, "keep", "look", "e")
    assert bureau.incident().message == (
        "Expected 'system.RunOperation' to go through, but the program failed: KeyError: 'shelf'. The log of the server says where."
    )
    assert "Traceback" in caplog.text
    bureau.archive.answer = {}
    wait(bureau, 1)
    assert bureau.places(kept) == ["look"]


def test_the_incident_tells_what_the_operation_saw_and_where(bureau: Bureau) -> None:
    bureau.archive.answer = CLOSED
    inside = '<bpmn:subProcess id="sub"><bpmn:startEvent id="is"/>' + service("keep", parameters=parameter("shelf", "n + 1")) + '<bpmn:endEvent id="ie"/>'
    inside += chain("is", "keep", "ie") + "</bpmn:subProcess>"
    script = '<bpmn:scriptTask id="set" scriptFormat="python"><bpmn:script>n = 4</bpmn:script></bpmn:scriptTask>'
    bureau.draw(BY_PERSON + script + inside + END + chain("s", "set", "sub", "e"), "set", "sub", "e")
    (told,) = bureau.listed()
    assert (told["element"], told["call_path"], told["data"]["parameters"]) == ("keep", ["sub"], {"shelf": 5})
    assert told["data"]["data"] == {"organisation": bureau.unit("btg"), "directive": None, "process": "p", "n": 4}
    assert bureau.record("incident.raised")["call_path"] == ["sub"]


def test_the_other_branches_go_on(bureau: Bureau) -> None:
    bureau.archive.answer = CLOSED
    body = BY_PERSON + '<bpmn:parallelGateway id="f"/><bpmn:parallelGateway id="j"/>' + service("keep") + drawn_task("look") + drawn_task("write") + END
    body += chain("s", "f", "keep", "j", "e") + chain("f", "look", "write", "j")
    kept = bureau.draw(body, "f", "j", "keep", "look", "write", "e")
    bureau.hand_in("look")
    bureau.hand_in("write")
    assert sorted(bureau.places(kept)) == ["j", "keep"]
    bureau.archive.answer = {}
    wait(bureau, 1)
    assert bureau.status(kept) == "ended"


def test_the_result_of_an_operation_that_the_process_cannot_take_waits_while_the_others_go_on(bureau: Bureau) -> None:
    bureau.archive.answer = {"amount": 0}
    body = BY_PERSON + '<bpmn:parallelGateway id="f"/>' + service("keep") + SCRIPT + '<bpmn:endEvent id="e2"/>' + drawn_task("look") + drawn_task("write") + END
    body += chain("s", "f", "keep", "share", "e2") + chain("f", "look", "write", "e")
    kept = bureau.draw(body, "f", "keep", "share", "look", "write", "e", "e2")
    (told,) = bureau.listed()
    assert (told["kind"], told["element"], told["status"], told["data"]["payload"]) == ("result", "share", "open", {"amount": 0})
    bureau.hand_in("look")
    bureau.hand_in("write")
    assert bureau.places(kept) == ["keep"]
    assert [row.status for row in bureau.rows(operation)] == ["done"]


def test_one_instance_that_fails_starves_no_other(bureau: Bureau) -> None:
    bureau.archive.answer = CLOSED
    bureau.draw(KEEPING, "keep", "look", "e")
    bureau.archive.answer = {}
    bureau.begin()
    assert bureau.open() == ["look"]
    assert len(bureau.listed()) == 1


def test_a_person_whose_task_cannot_lead_on_keeps_it_and_is_told_and_so_is_the_administrator(bureau: Bureau) -> None:
    asked = bureau.draw(SHARING, "ask", "share", "e")
    before = bureau.rows(instance, instance.c.id == asked)
    for _ in range(2):
        with pytest.raises(StepFailed, match=r"At share: .* Task 'Vào sổ' stays open, and an administrator is told\."):
            bureau.hand_in("ask", amount=0)
    assert bureau.rows(instance, instance.c.id == asked) == before
    (told,) = bureau.listed()
    assert (told["kind"], told["element"], told["attempts"], told["status"]) == ("completion", "share", 2, "open")
    assert told["data"]["entered"] == {"amount": 0}
    assert bureau.outcomes()[-2:] == [("task.complete", "refused"), ("incident.repeated", "failed")]
    bureau.hand_in("ask", amount=5)
    assert (bureau.status(asked), bureau.listed()) == ("ended", [])
    assert bureau.intact()


def test_a_form_that_is_filled_in_wrongly_is_nobodys_incident(bureau: Bureau) -> None:
    bureau.draw(SHARING, "ask", "share", "e")
    with pytest.raises(InvalidInput):
        bureau.hand_in("ask", amount="viel")
    assert bureau.listed() == []


def test_a_timer_that_leads_into_an_error_is_held_and_falls_silent_with_its_task(bureau: Bureau) -> None:
    asked = bureau.draw(TIMED, "ask", "late", "share", "le", "e")
    wait(bureau, 60)
    (told,) = bureau.listed()
    assert (told["kind"], told["element"], told["status"]) == ("timer", "share", "open")
    assert [row.status for row in bureau.rows(timer)] == ["open"]
    assert Poller(bureau.door).next_moment() is None
    bureau.hand_in("ask")
    assert (bureau.status(asked), bureau.listed(), bureau.listed(all=True)[0]["resolution"]) == ("ended", [], "withdrawn")


def post(bureau: Bureau, name: str, **payload: object) -> None:
    with UnitOfWork(bureau.database) as unit:
        transaction = Transaction(connection=unit.connection, now=bureau.clock.now(), actor=SYSTEM)
        send(transaction, message=name, key="K", to=[bureau.unit("btg")], payload=payload, source="test")
        unit.commit()


def test_a_message_that_can_start_nothing_waits_and_the_sweep_goes_on(bureau: Bureau) -> None:
    head = '<bpmn:message id="m" name="asked"/>'
    for key in ("one", "two"):
        bureau.put(drawing(LISTENS + drawn_task("look") + END + chain("s", "look", "e"), id=key, head=head, lanes=lane("s", "look", "e")), key)
    post(bureau, "asked", process="nobody")
    bureau.drain()
    (told,) = bureau.listed()
    assert (told["kind"], told["instance"], told["status"]) == ("start", None, "retrying")
    assert told["message"] == "Expected one deployed process that starts with 'asked' (one, two), but found 'nobody'."
    bureau.draw(KEEPING, "keep", "look", "e")
    assert bureau.open() == ["look"]


def test_only_an_administrator_sees_incidents(bureau: Bureau) -> None:
    assert bureau.door.ask(ListIncidents(), bureau.actor(ADMIN)) == []
    with pytest.raises(Denied, match="admin"):
        bureau.door.ask(ListIncidents(), bureau.actor("van.thu"))


def test_workers_that_fail_at_the_same_time_make_one_incident(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    meeting, fails = Barrier(3), bureau.archive.enter

    def enter(call: Call) -> dict[str, object]:
        with suppress(BrokenBarrierError):
            meeting.wait(0.5 if call.transaction.connection.dialect.name == "sqlite" else 5)  # SQLite lets one in at a time
        return fails(call)

    bureau.archive.answer = CLOSED
    bureau.put(drawing(KEEPING, lanes=lane("s", "keep", "look", "e")), "p")
    monkeypatch.setitem(report_operations.OPERATIONS, "enter_archive", enter)  # for the workers' doors
    bureau.do(StartProcess(process="p", organisation=bureau.unit("btg"), directive=None))
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: Poller(open_door(bureau.database, bureau.clock)).drain(), range(3)))
    assert (len(bureau.rows(incident)), bureau.incident().attempts) == (1, 1)
    assert bureau.intact()


def test_a_fault_of_a_step_holds_its_piece_alone(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> Outcome:
        raise KeyError("token")

    with monkeypatch.context() as patched:
        patched.setattr(advancing, "advance", broken)
        kept = bureau.draw(KEEPING, "keep", "look", "e")
    (told,) = bureau.listed()
    assert (told["kind"], told["message"]) == (
        "result",
        "Expected the step of 'p' to go through, but the program failed: KeyError: 'token'. The log of the server says where.",
    )
    bureau.do(RetryIncident(incident=told["id"], reason="đã sửa"))
    bureau.drain()
    assert (bureau.places(kept), bureau.listed()) == (["look"], [])


def test_an_instance_whose_state_cannot_be_read_is_held_and_nobody_waits_for_it(bureau: Bureau) -> None:
    bureau.archive.answer = CLOSED
    kept = bureau.draw(KEEPING, "keep", "look", "e")
    whole = bureau.rows(instance, instance.c.id == kept)[0].state
    bureau.change(update(instance).where(instance.c.id == kept).values(state=b"none"))
    bureau.archive.answer = {}
    wait(bureau, 1)
    (told,) = bureau.listed()
    assert (told["kind"], told["instance"], told["data"]) == ("instance", kept, {})
    assert told["message"].startswith("Expected a state row, but found bytes that are none")
    bureau.do(RetryIncident(incident=told["id"], reason="kiểm tra"))
    bureau.drain()
    assert bureau.incident().attempts == 2
    bureau.change(update(instance).where(instance.c.id == kept).values(state=whole))
    wait(bureau, 5)
    assert (bureau.open(), bureau.listed()) == (["look"], [])


def test_what_an_ended_instance_left_open_is_nobodys_incident(bureau: Bureau) -> None:
    bureau.archive.answer = CLOSED
    kept = bureau.draw(KEEPING, "keep", "look", "e")
    with UnitOfWork(bureau.database) as unit:
        end_instances(Transaction(connection=unit.connection, now=bureau.clock.now(), actor=SYSTEM), [kept], reason="giải thể")
        unit.commit()
    wait(bureau, 10)
    assert ([row.resolution for row in bureau.rows(incident)], len(bureau.archive.given)) == (["withdrawn"], 1)


def test_a_chore_of_the_installation_that_fails_is_held_too(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_regime(*_: object) -> list[object]:
        raise InvalidInput("Expected a due day, but the reporting regime has none.")

    with monkeypatch.context() as patched:
        patched.setattr(periods, "due_obligations", no_regime)
        patched.setattr(due, "due_obligations", no_regime)
        bureau.draw(KEEPING, "keep", "look", "e")
        assert (bureau.open(), [(told["kind"], told["status"]) for told in bureau.listed()]) == (["look"], [("periods", "retrying")])
    with monkeypatch.context() as patched:
        patched.setattr(due, "due_obligations", lambda *_: [None])
        patched.setattr(periods, "due_obligations", lambda *_: [])
        wait(bureau, 1)
    assert bureau.listed() == []


def test_a_process_that_cannot_begin_leaves_nothing_behind(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    bureau.put(drawing(KEEPING, lanes=lane("s", "keep", "look", "e")), "p")
    before = bureau.contents()

    def broken(*_: object, **__: object) -> Outcome:
        raise KeyError("token")

    monkeypatch.setattr(begin, "start", broken)
    with pytest.raises(StepFailed, match="the program failed: KeyError: 'token'"):
        bureau.begin()
    assert (bureau.contents(), bureau.outcomes()[-1]) == (before, ("process.start", "refused"))


CATCHING = (
    BY_PERSON
    + service("keep")
    + drawn_task("look")
    + drawn_task("ask")
    + '<bpmn:boundaryEvent id="full" attachedToRef="keep"><bpmn:errorEventDefinition errorRef="x"/></bpmn:boundaryEvent>'
    + END
    + '<bpmn:endEvent id="e2"/>'
    + chain("s", "keep", "look", "e")
    + chain("full", "ask", "e2")
)


def test_a_business_error_of_an_operation_goes_the_way_that_the_diagram_has_for_it(bureau: Bureau) -> None:
    bureau.archive.answer = BusinessError("full", "Expected room in the archive, but it is full.", missing=3)
    head = '<bpmn:error id="x" errorCode="full"/>'
    kept = bureau.draw(CATCHING, "keep", "look", "ask", "full", "e", "e2", head=head)
    assert (bureau.open(), bureau.data(kept)["missing"], bureau.listed()) == (["ask"], 3, [])
    with bureau.database.reading() as connection:
        recorded = record_instance(connection, kept).scenario["steps"]
    assert recorded == [{"fail": "keep", "error": "full", "with": {"missing": 3}}]
    assert ([row.status for row in bureau.rows(operation)], bureau.intact()) == (["done"], True)


def test_a_business_error_that_nothing_catches_is_an_incident_and_can_be_passed_over(bureau: Bureau) -> None:
    bureau.archive.answer = BusinessError("lost", "Expected the file, but it is lost.")
    head = '<bpmn:error id="x" errorCode="full"/>'
    bureau.draw(CATCHING, "keep", "look", "ask", "full", "e", "e2", head=head)
    (told,) = bureau.listed()
    assert (told["kind"], told["element"], told["status"]) == ("result", "keep", "open")
    assert told["message"].startswith("Expected an error event that catches 'lost' around keep")
    bureau.do(SkipIncident(incident=told["id"], reason="đã tìm thấy"))
    assert (bureau.open(), bureau.listed()) == (["look"], [])
