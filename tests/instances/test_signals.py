"""Signals between instances: for all who wait in the same organisation, and for nobody else; several ways to begin a process."""

from __future__ import annotations

import json

import pytest

from engine.history.transaction import Transaction
from engine.instances.commands import CompleteUserTask, StartProcess
from engine.kernel.actor import SYSTEM
from engine.messages.inbox import send
from engine.storage import Database, UnitOfWork
from engine.storage.schema import inbox, instance, subscription
from tests.definitions.drawings import chain, drawing, lane
from tests.definitions.drawings import user_task as drawn_task
from tests.instances.bureau import BY_PERSON, Bureau, parameter

END = '<bpmn:endEvent id="e"/>'
ALARM = '<bpmn:signal id="a" name="alarm"/>'
HEARD = '<bpmn:signalEventDefinition signalRef="a"/>'
PAYLOAD = f"<bpmn:extensionElements>{parameter('level', '3')}</bpmn:extensionElements>"
WAITING = BY_PERSON + f'<bpmn:intermediateCatchEvent id="hear">{HEARD}</bpmn:intermediateCatchEvent>' + drawn_task("look") + END + chain("s", "hear", "look", "e")
CALLING = BY_PERSON + f'<bpmn:intermediateThrowEvent id="call">{PAYLOAD}{HEARD}</bpmn:intermediateThrowEvent>' + drawn_task("after") + END + chain("s", "call", "after", "e")
ASKED, TOLD = '<bpmn:message id="m1" name="asked"/>', '<bpmn:message id="m2" name="told"/>'
TWO_WAYS = (
    '<bpmn:startEvent id="s"><bpmn:messageEventDefinition messageRef="m1"/></bpmn:startEvent>'
    '<bpmn:startEvent id="s2"><bpmn:messageEventDefinition messageRef="m2"/></bpmn:startEvent>'
    + drawn_task("one")
    + drawn_task("two")
    + END
    + '<bpmn:endEvent id="e2"/>'
    + chain("s", "one", "e")
    + chain("s2", "two", "e2")
)


@pytest.fixture
def bureau(database: Database, monkeypatch: pytest.MonkeyPatch) -> Bureau:
    return Bureau.opened(database, monkeypatch)


@pytest.fixture
def calling(bureau: Bureau) -> Bureau:
    """An office where `w` waits for the alarm that `c` raises."""
    bureau.put(drawing(WAITING, id="w", head=ALARM, lanes=lane("s", "hear", "look", "e")), "w")
    bureau.put(drawing(CALLING, id="c", head=ALARM, lanes=lane("s", "call", "after", "e")), "c")
    return bureau


def post(bureau: Bureau, name: str, *, to: str | None = "btg", key: str = "K", source: str = "test", **payload: object) -> None:
    with UnitOfWork(bureau.database) as unit:
        transaction = Transaction(connection=unit.connection, now=bureau.clock.now(), actor=SYSTEM)
        send(transaction, message=name, key=key, to=[bureau.unit(to)] if to else [], payload=payload, source=source)
        unit.commit()
    bureau.drain()


def test_a_signal_reaches_every_instance_that_waits_in_the_same_organisation(calling: Bureau) -> None:
    waiting = [calling.begin("w"), calling.begin("w")]
    calling.begin("w", "phuong")
    assert {row.kind for row in calling.rows(subscription)} == {"signal"}
    calling.begin("c")
    assert calling.open() == ["after", "look", "look"]
    assert [calling.data(each)["level"] for each in waiting] == [3, 3]
    assert [row.organisation for row in calling.rows(subscription)] == [calling.unit("phuong")]
    assert calling.intact()


def test_a_signal_is_not_kept_for_those_who_come_late(calling: Bureau) -> None:
    calling.begin("c")
    calling.begin("w")
    assert (calling.open(), calling.count(inbox)) == (["after"], 0)


def test_a_signal_is_heard_once(calling: Bureau) -> None:
    """Both of one instance's events wait for it; the first that hears it silences the other."""
    events = f'<bpmn:eventBasedGateway id="g"/><bpmn:intermediateCatchEvent id="h1">{HEARD}</bpmn:intermediateCatchEvent>'
    events += f'<bpmn:intermediateCatchEvent id="h2">{HEARD}</bpmn:intermediateCatchEvent>' + drawn_task("one") + drawn_task("two") + '<bpmn:endEvent id="e2"/>'
    body = BY_PERSON + events + END + chain("s", "g", "h1", "one", "e") + chain("g", "h2", "two", "e2")
    calling.put(drawing(body, id="race", head=ALARM, lanes=lane("s", "g", "h1", "h2", "one", "two", "e", "e2")), "race")
    calling.begin("race")
    calling.begin("c")
    assert len(calling.open()) == 2
    assert sorted(row.consumed_ver for row in calling.rows(inbox)) == [0, 2]
    assert calling.listed() == []


def test_a_signal_starts_every_process_that_begins_with_it(calling: Bureau) -> None:
    begins = f'<bpmn:startEvent id="s">{HEARD}</bpmn:startEvent>' + drawn_task("check") + END + chain("s", "check", "e")
    for key in ("one", "two"):
        calling.put(drawing(begins, id=key, head=ALARM, lanes=lane("s", "check", "e")), key)
    calling.begin("c", "phuong")
    started = calling.rows(instance, instance.c.id.in_([row.instance for row in calling.rows_of("check")]))
    assert {(row.organisation, row.status) for row in started} == {(calling.unit("phuong"), "active")}
    assert sorted(json.loads(row.context)["process"] for row in calling.rows_of("check")) == ["one", "two"]
    assert {json.loads(row.context)["level"] for row in calling.rows_of("check")} == {3}


def test_each_of_several_messages_starts_a_process_at_its_own_event(bureau: Bureau) -> None:
    bureau.put(drawing(TWO_WAYS, head=ASKED + TOLD, lanes=lane("s", "s2", "one", "two", "e", "e2")), "p")
    post(bureau, "told")
    assert bureau.open() == ["two"]
    post(bureau, "asked")
    assert bureau.open() == ["one", "two"]


def test_a_start_event_begins_a_new_instance_each_time_also_for_the_same_key(bureau: Bureau) -> None:
    bureau.put(drawing(TWO_WAYS, head=ASKED + TOLD, lanes=lane("s", "s2", "one", "two", "e", "e2")), "p")
    for source in ("first", "second"):
        post(bureau, "told", source=source)
    assert (bureau.open(), {row.business_key for row in bureau.rows(instance)}) == (["two", "two"], {"K"})


def test_a_message_is_for_whoever_waits_for_it_before_it_starts_something_new(bureau: Bureau) -> None:
    bureau.put(drawing(TWO_WAYS, head=ASKED + TOLD, lanes=lane("s", "s2", "one", "two", "e", "e2")), "p")
    catch = '<bpmn:intermediateCatchEvent id="c" chidao:key="\'K\'"><bpmn:messageEventDefinition messageRef="m2"/></bpmn:intermediateCatchEvent>'
    bureau.put(drawing(BY_PERSON + catch + drawn_task("heard") + END + chain("s", "c", "heard", "e"), id="w", head=TOLD, lanes=lane("s", "c", "heard", "e")), "w")
    bureau.begin("w")
    post(bureau, "told")
    assert bureau.open() == ["heard"]
    post(bureau, "told", source="again")
    assert bureau.open() == ["heard", "two"]


def test_a_message_to_nobody_starts_a_process_where_it_was_sent(bureau: Bureau) -> None:
    bureau.put(drawing(TWO_WAYS, head=ASKED + TOLD, lanes=lane("s", "s2", "one", "two", "e", "e2")), "p")
    post(bureau, "asked", to=None, sender=bureau.unit("phuong"))
    assert bureau.work("one").organisation == bureau.unit("phuong")
    post(bureau, "told", to=None)
    assert bureau.incident().message.startswith("Expected an organisation in which 'told' starts 'p', but found none.")


def test_a_version_that_is_no_longer_in_force_starts_nothing(bureau: Bureau) -> None:
    bureau.put(drawing(TWO_WAYS, head=ASKED + TOLD, lanes=lane("s", "s2", "one", "two", "e", "e2")), "p")
    bureau.clock.advance_to(bureau.clock.now().replace(hour=3))
    bureau.put(drawing(BY_PERSON + drawn_task("one") + END + chain("s", "one", "e"), lanes=lane("s", "one", "e")), "p")
    post(bureau, "told")
    assert (bureau.open(), bureau.listed(), [row.kind for row in bureau.rows(inbox)]) == ([], [], ["message"])


def test_a_cycle_fires_again_and_again(bureau: Bureau) -> None:
    event = '<bpmn:boundaryEvent id="often" cancelActivity="false" attachedToRef="look"><bpmn:timerEventDefinition><bpmn:timeCycle>R3/PT1H</bpmn:timeCycle></bpmn:timerEventDefinition></bpmn:boundaryEvent>'
    body = BY_PERSON + drawn_task("look") + event + drawn_task("remind") + END + '<bpmn:endEvent id="oe"/>' + chain("s", "look", "e") + chain("often", "remind", "oe")
    bureau.draw(body, "look", "often", "remind", "e", "oe")
    seen = []
    for hour in range(2, 8):
        bureau.clock.advance_to(bureau.clock.now().replace(hour=hour))
        bureau.drain()
        seen.append(len(bureau.rows_of("remind")))
    assert seen == [1, 2, 3, 3, 3, 3]


def test_nothing_stays_unread_that_was_for_an_instance_that_has_ended(calling: Bureau) -> None:
    terminate = '<bpmn:endEvent id="t"><bpmn:terminateEventDefinition/></bpmn:endEvent>'
    body = BY_PERSON + f'<bpmn:parallelGateway id="f"/><bpmn:intermediateCatchEvent id="hear">{HEARD}</bpmn:intermediateCatchEvent>' + drawn_task("look") + END
    calling.put(drawing(body + terminate + chain("s", "f", "hear", "e") + chain("f", "look", "t"), id="both", head=ALARM, lanes=lane("s", "f", "hear", "look", "e", "t")), "both")
    calling.begin("both")
    calling.do(StartProcess(process="c", organisation=calling.unit("btg"), directive=None))
    calling.do(CompleteUserTask(task=calling.work("look").id, data={}), calling.actor("van.thu"))
    assert [row.consumed_ver for row in calling.rows(inbox)] == [0]
