"""A scenario recorded from a real instance goes the same way in memory, and names nobody."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.audit.recording import Recording, record_instance
from engine.bpmn import view
from engine.definitions.command import DeployDefinitions
from engine.definitions.dry_run import dry_run
from engine.definitions.repository import definition, stored_sources
from engine.history.record import opened
from engine.history.transaction import Transaction
from engine.instances.commands import CompleteUserTask, StartProcess
from engine.instances.repairs import MoveToken, SkipIncident
from engine.kernel.actor import SYSTEM
from engine.kernel.errors import NotFound, Refused
from engine.messages.inbox import send
from engine.storage import Database, UnitOfWork
from engine.storage.schema import history_record, instance, user_task
from tests.definitions.drawings import MESSAGE, chain, drawing, flow, form, lane
from tests.definitions.drawings import user_task as drawn_task
from tests.door.office import Office
from tests.instances.bureau import ADMIN, BY_PERSON, Bureau, service

TIMER = "<bpmn:timerEventDefinition><bpmn:{0}>{1}</bpmn:{0}></bpmn:timerEventDefinition>"
EACH = (
    '<bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>names</bpmn:loopDataInputRef><bpmn:inputDataItem id="who" name="who"/>'
    "</bpmn:multiInstanceLoopCharacteristics>"
)
NODES = (
    '<bpmn:startEvent id="s" chidao:startedBy="person" chidao:subject="none"/>' + drawn_task("enter"),
    '<bpmn:boundaryEvent id="nag" attachedToRef="enter" cancelActivity="false">' + TIMER.format("timeCycle", "R/P1D") + "</bpmn:boundaryEvent>",
    '<bpmn:endEvent id="nagged"/><bpmn:exclusiveGateway id="again" default="on"/>',
    '<bpmn:property id="names" name="names"/>',
    f'<bpmn:userTask id="each" name="Từng người">{EACH}</bpmn:userTask>',
    '<bpmn:eventBasedGateway id="race"/>',
    '<bpmn:intermediateCatchEvent id="answer" chidao:key="organisation"><bpmn:messageEventDefinition messageRef="m"/></bpmn:intermediateCatchEvent>',
    '<bpmn:intermediateCatchEvent id="silence">' + TIMER.format("timeDuration", "P3D") + "</bpmn:intermediateCatchEvent>",
    '<bpmn:exclusiveGateway id="meet"/><bpmn:exclusiveGateway id="which" name="Cách nào?"/>',
    '<bpmn:endEvent id="good"/><bpmn:endEvent id="bad"/>',
    chain("s", "enter", "again"),
    chain("nag", "nagged"),
    flow("again", "enter", "decision == &quot;return&quot;", id="back"),
    flow("again", "each", id="on"),
    chain("each", "race", "answer", "meet", "which"),
    chain("race", "silence", "meet"),
    flow("which", "good", id="to_good"),
    flow("which", "bad", id="to_bad"),
)
PROPERTY = NODES[3]
BODY = PROPERTY + "".join(node for node in NODES if node is not PROPERTY)
LANES = lane("s", "enter", "again", "each", "race", "answer", "silence", "meet", "which", "good", "bad", "nag", "nagged")
SLIP = form(
    properties={
        "decision": {"type": "string", "title": "Quyết định", "x-route": True},
        "names": {"type": "array", "title": "Những ai", "items": {"type": "string"}, "x-route": True},
        "note": {"type": "string", "title": "Ghi chú"},
    },
    required=["decision"],
)


@pytest.fixture
def office(database: Database) -> Office:
    office = Office(database)
    files = {"p.bpmn": drawing(BODY, id="asking", lanes=LANES), "forms/slip.schema.json": SLIP}
    office.do(DeployDefinitions(files={name: content.hex() for name, content in files.items()}, reason="test"))
    return office


def begun(office: Office) -> str:
    started = office.do(StartProcess(process="asking", organisation=office.unit("btg"), directive=None), office.actor("van.thu"))
    office.drain()
    return str(started["instance"])


def complete(office: Office, element: str, **data: Any) -> None:
    """Complete the newest open task of an element."""
    query = select(user_task.c.id).where(user_task.c.element == element, user_task.c.status == "open").order_by(user_task.c.id.desc())
    with office.database.reading() as connection:
        task = connection.execute(query).scalars().first()
    office.do(CompleteUserTask(task=str(task), data=data), office.actor("van.thu"))
    office.drain()


def wait(office: Office, **length: int) -> None:
    office.clock.advance_to(office.clock.now() + timedelta(**length))
    office.drain()


def message(office: Office, **payload: Any) -> None:
    with UnitOfWork(office.database) as unit:
        transaction = Transaction(connection=unit.connection, now=office.clock.now(), actor=SYSTEM)
        send(transaction, message="report.submitted", key=office.unit("btg"), payload=payload, source=f"test:{payload}")
        unit.commit()
    office.drain()


def recorded(office: Office, identity: str) -> Recording:
    with office.database.reading() as connection:
        return record_instance(connection, identity)


def left(office: Office, identity: str) -> list[str]:
    """The elements that the history saw the instance leave."""
    query = select(history_record.c.body).where(history_record.c.instance == identity).order_by(history_record.c.seq)
    with office.database.reading() as connection:
        bodies = [opened(body) for body in connection.execute(query).scalars()]
    return [thing["id"] for body in bodies for thing in body["objects"] if thing["qualifier"] == "left"]


def replayed(office: Office, identity: str, scenario: dict[str, Any]) -> dict[str, Any]:
    with office.database.reading() as connection:
        row = connection.execute(select(instance).where(instance.c.id == identity)).one()
        sources = stored_sources(connection, row.definition_version)
    return dry_run(sources, scenario, operations=[], now=office.clock.now())


def test_loops_timers_and_choices_are_recorded_and_go_the_same_way(office: Office) -> None:
    identity = begun(office)
    wait(office, days=1)
    wait(office, days=3, hours=2)  # nobody looked for three days: the worker came late, and once
    complete(office, "enter", decision="return", note="Bổ sung")
    complete(office, "enter", decision="go", names=["một", "hai"], note="Được")
    wait(office, minutes=10)
    complete(office, "each")
    complete(office, "each")
    wait(office, days=4)
    complete(office, "which", choose="to_bad")
    recording = recorded(office, identity)
    assert recording.differences == ()
    answer = replayed(office, identity, recording.scenario)
    assert (answer["ended"], answer["ends"]) == (True, ["nagged", "nagged", "bad"])
    assert answer["path"] == left(office, identity) == recording.scenario["expect"]["path"]
    assert recording.scenario["steps"][:2] == [{"advance": "2024-04-02T08:00"}, {"advance": "2024-04-05T10:00", "fires": ["nag"]}]
    assert {"choose": "to_bad"} in recording.scenario["steps"]
    assert "Bổ sung" not in json.dumps(recording.scenario, ensure_ascii=False)


def test_a_message_is_recorded_with_what_it_brought_and_the_data_are_the_same(office: Office) -> None:
    identity = begun(office)
    complete(office, "enter", decision="go", names=["một"])
    complete(office, "each")
    message(office, report="R1", figures=[1, 2])
    recording = recorded(office, identity)
    assert recording.differences == ()
    answer = replayed(office, identity, recording.scenario)
    assert [(entry["type"], entry["element"]) for entry in answer["waiting"]] == [("choice", "which")]
    assert answer["path"] == left(office, identity)
    with office.database.reading() as connection:
        row = connection.execute(select(instance).where(instance.c.id == identity)).one()
        real = view(definition(connection, row.definition_version).definition, bytes(row.state), now=office.clock.now()).data
    assert {**answer["data"], "organisation": ""} == {**real, "organisation": ""}
    assert (real["report"], answer["data"]["organisation"]) == ("R1", "btg")


def test_people_and_offices_are_named_by_their_title_and_code(office: Office) -> None:
    identity = begun(office)
    leader = office.actor("lanh.dao").id
    complete(office, "enter", decision="go", names=["đồng chí Trần Văn Nam", leader, office.unit("phuong"), "Trần Văn Nam"])
    recording = recorded(office, identity)
    assert recording.differences == ()
    text = json.dumps(recording.scenario, ensure_ascii=False)
    assert "Nam" not in text
    assert leader not in text
    step = recording.scenario["steps"][-1]
    assert step["with"]["names"] == ["đồng chí Trưởng ban", "Trưởng ban", "phuong", "Trưởng ban"]


def test_what_no_scenario_can_do_is_said(office: Office) -> None:
    identity = begun(office)
    office.change(update(instance).where(instance.c.id == identity).values(status="ended"))
    assert "it was ended by a decision" in recorded(office, identity).differences[0]


def test_an_unknown_instance_is_refused(office: Office) -> None:
    with pytest.raises(NotFound, match="which nobody has"):
        recorded(office, "nobody")


# --- signals, incidents and what administrators do ----------------------------------------------------------------


ALARM = '<bpmn:signal id="a" name="alarm"/>'
HEARD = '<bpmn:signalEventDefinition signalRef="a"/>'
TWICE = (
    BY_PERSON
    + "".join(f'<bpmn:{kind} id="{id}">{inner}</bpmn:{kind}>' for kind, id, inner in (
        ("parallelGateway", "f", ""), ("intermediateCatchEvent", "h1", HEARD), ("intermediateCatchEvent", "h2", HEARD), ("parallelGateway", "j", ""),
    ))
    + drawn_task("look") + '<bpmn:endEvent id="e"/>' + chain("s", "f", "h1", "j", "look", "e") + chain("f", "h2", "j")
)  # fmt: skip
CALLING = BY_PERSON + f'<bpmn:intermediateThrowEvent id="call">{HEARD}</bpmn:intermediateThrowEvent><bpmn:endEvent id="e"/>' + chain("s", "call", "e")
KEEPING = BY_PERSON + service("keep") + drawn_task("look") + '<bpmn:endEvent id="e"/>' + chain("s", "keep", "look", "e")


@pytest.fixture
def bureau(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> Bureau:
    return Bureau.opened(sqlite_database, monkeypatch)


def test_a_signal_that_is_heard_twice_is_one_step(bureau: Bureau) -> None:
    bureau.put(drawing(TWICE, id="w", head=ALARM, lanes=lane("s", "f", "h1", "h2", "j", "look", "e")), "w")
    bureau.put(drawing(CALLING, id="c", head=ALARM, lanes=lane("s", "call", "e")), "c")
    waiting = bureau.begin("w")
    bureau.begin("c")
    assert bureau.open() == ["look"]
    recording = recorded(bureau, waiting)
    assert recording.differences == ()
    (step,) = recording.scenario["steps"]
    assert (step["signal"], step.get("heard", ["h2", "h1"])) == ("alarm", ["h2", "h1"])  # named only where others would hear first


def test_of_two_that_wait_for_one_message_the_one_that_had_it_goes_on(bureau: Bureau) -> None:
    heard = '<bpmn:messageEventDefinition messageRef="m"/>'
    both = TWICE.replace(HEARD, heard).replace('id="h1"', 'id="h1" chidao:key="organisation"').replace('id="h2"', 'id="h2" chidao:key="organisation"')
    ends = both.replace(chain("h1", "j"), chain("h1", "look1")).replace(chain("h2", "j"), chain("h2", "look2")) + drawn_task("look1") + drawn_task("look2")
    ends = ends.replace('<bpmn:parallelGateway id="j"></bpmn:parallelGateway>', "").replace(chain("j", "look", "e"), "").replace(drawn_task("look") + '<bpmn:endEvent id="e"/>', "")
    identity = bureau.draw(ends, "f", "h1", "h2", "look1", "look2", id="w", head=MESSAGE)
    message(bureau, number=1)  # which of them it is, chance decides
    first = recorded(bureau, identity)
    assert (first.differences, first.scenario["expect"]["waiting"]) == ((), sorted(set(bureau.places(identity))))
    message(bureau, number=2)
    assert recorded(bureau, identity).scenario["expect"]["waiting"] == ["look1", "look2"]


def test_an_operation_that_was_passed_over_is_completed_with_what_was_given(bureau: Bureau) -> None:
    bureau.archive.answer = Refused("Expected the archive to be open, but it is closed. Open it.")
    identity = bureau.draw(KEEPING, "keep", "look", "e")
    bureau.do(SkipIncident(incident=bureau.incident().id, reason="đã kiểm tra", result={"shelf": 9}), bureau.actor(ADMIN))
    bureau.drain()
    recording = recorded(bureau, identity)
    assert (recording.differences, recording.scenario["steps"]) == ((), [{"complete": "keep", "with": {"shelf": 9}}])


def test_a_token_that_was_moved_ends_the_scenario(bureau: Bureau) -> None:
    identity = bureau.draw(KEEPING, "keep", "look", "e")
    bureau.do(MoveToken(instance=identity, token="look", to="keep", also=(), reason="làm lại"), bureau.actor(ADMIN))
    bureau.drain()
    recording = recorded(bureau, identity)
    assert recording.differences[0].endswith("a token was moved by hand; the scenario leads up to there.")
    assert recording.scenario["expect"]["waiting"] == ["look"]


def test_one_of_several_starts_is_the_first_step(bureau: Bureau) -> None:
    ways = '<bpmn:startEvent id="s"><bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent>' + drawn_task("one") + chain("s", "one")
    ways += ways.replace('"s"', '"s2"').replace("one", "two").replace('"m"', '"m2"').replace("s-two", "s2-two")
    bureau.put(drawing(ways, id="w", head=MESSAGE + MESSAGE.replace('"m"', '"m2"').replace("report.submitted", "told"), lanes=lane("s", "one", "s2", "two")), "w")
    with UnitOfWork(bureau.database) as unit:
        transaction = Transaction(connection=unit.connection, now=bureau.clock.now(), actor=SYSTEM)
        send(transaction, message="told", key="K", to=[bureau.unit("btg")], payload={"n": 1}, source="test")
        unit.commit()
    bureau.drain()
    (row,) = bureau.rows(instance)
    recording = recorded(bureau, row.id)
    assert (recording.differences, recording.scenario["steps"]) == ((), [{"message": "told", "with": {"n": 1}}])
    assert recording.scenario["expect"]["path"] == ["s2"]


def test_what_people_begin_in_an_ad_hoc_sub_process_is_recorded_as_choices(bureau: Bureau) -> None:
    inner = service("one") + service("two") + drawn_task("look")
    body = BY_PERSON + f'<bpmn:adHocSubProcess id="any">{inner}</bpmn:adHocSubProcess><bpmn:endEvent id="e"/>' + chain("s", "any", "e")
    identity = bureau.draw(body, "any", "one", "two", "look", "e")
    bureau.hand_in("any", choose="two")
    bureau.hand_in("look", amount=4)
    bureau.hand_in("any", choose="one")
    recording = recorded(bureau, identity)
    assert recording.differences == ()
    said = [step.get("choose") or step.get("complete") for step in recording.scenario["steps"]]
    assert said == ["two", "two", "look", "one", "one"]
    assert recording.scenario["expect"]["ended"]
