from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.bpmn import FireTimer, OpenTimer
from engine.kernel.errors import Refused, StepFailed
from tests.bpmn.diagrams import NOW, Run, chain, document, el, flow, message, process, timer


def waiting(event: str, **attributes: str) -> bytes:
    return document(process(el("startEvent", "s") + el("intermediateCatchEvent", "w", event, **attributes) + el("userTask", "a") + chain("s", "w", "a")), messages=("m.x",))


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("P3D", NOW + timedelta(days=3)),
        ('"PT90M"', NOW + timedelta(minutes=90)),
        ("P1M", datetime(2024, 5, 1, 1, tzinfo=UTC)),
        ("P1W", NOW + timedelta(days=7)),
        ("days(n) + hours(1)", NOW + timedelta(days=2, hours=1)),
        ("2026-01-01T00:00:00+07:00", datetime(2025, 12, 31, 17, tzinfo=UTC)),
        ("2026-01-01", datetime(2025, 12, 31, 17, tzinfo=UTC)),
        ("2026-01-01T08:00:00", datetime(2026, 1, 1, 1, tzinfo=UTC)),
        ("due", datetime(2024, 4, 9, 17, tzinfo=UTC)),
        ("date(due) - days(1)", datetime(2024, 4, 8, 17, tzinfo=UTC)),
        ("now() + minutes(5)", NOW + timedelta(minutes=5)),
    ],
)
@pytest.mark.parametrize("kind", ["timeDate", "timeDuration"])
def test_a_timer_is_due_at_a_moment_reckoned_once(kind: str, text: str, due: datetime) -> None:
    run = Run(waiting(timer(text, kind)), {"n": 2, "due": "2024-04-10"})
    assert run.out.timers == (OpenTimer(id=run.out.timers[0].id, element="w", due=due),)


def test_a_timer_fires_when_told_and_never_by_itself() -> None:
    run = Run(waiting(timer("2001-01-01")))
    assert run.open == []
    command = FireTimer(task=run.out.timers[0].id)
    run.do(command)
    assert run.open == ["a"]
    with pytest.raises(Refused):
        run.do(command)


@pytest.mark.parametrize("text", ["n", "'soon'", "'P1X'", "today() + 1", "[1]"])
def test_a_timer_that_is_no_moment_fails_the_step(text: str) -> None:
    with pytest.raises(StepFailed, match="At w: Expected"):
        Run(waiting(timer(text)), {"n": 2})


def test_a_month_later_than_the_31st_is_the_last_day() -> None:
    run = Run(waiting(timer("date('2024-01-31') + months(1)")))
    assert run.out.timers[0].due == datetime(2024, 2, 28, 17, tzinfo=UTC)


def test_a_subscription_has_the_key_that_the_data_gave_on_entering() -> None:
    xml = document(process(el("startEvent", "s") + el("parallelGateway", "g") + el("intermediateCatchEvent", "w", message("m.x"), chidao__key="org + '/' + period") + el("userTask", "b") + el("userTask", "a") + chain("s", "g", "w", "a") + chain("g", "b")), messages=("m.x",))
    run = Run(xml, {"org": "o1", "period": "2024-04"})
    run.complete("b", period="2024-05")
    (subscription,) = run.out.subscriptions
    assert (subscription.element, subscription.message, subscription.key) == ("w", "m.x", "o1/2024-04")
    run.deliver("w", accepted=True)
    assert run.out.tasks[0].data["accepted"] is True


def test_a_key_that_is_no_text_fails_the_step() -> None:
    with pytest.raises(StepFailed, match="Expected a text as the key at w"):
        Run(waiting(message("m.x"), chidao__key="[1]"))


def test_a_thrown_message_is_handed_out_once_with_key_address_and_payload() -> None:
    payload = '<bpmn:extensionElements><chidao:parameter name="code" value="\'03\'"/><chidao:parameter name="n" value="n + 1"/></bpmn:extensionElements>'
    shape = (
        el("startEvent", "s") + el("sendTask", "t", payload, messageRef="m_m_x", chidao__key="'k' + str(n)", chidao__to="issuer")
        + el("intermediateThrowEvent", "i", message("m.x"), chidao__to="[issuer, 'o2']") + el("userTask", "a") + el("endEvent", "e", message("m.x")) + chain("s", "t", "i", "a", "e")
    )  # fmt: skip
    run = Run(document(process(shape), messages=("m.x",)), {"n": 1, "issuer": "o1"})
    first, second = run.out.sent
    assert (first.element, first.message, first.key, first.to, first.payload) == ("t", "m.x", "k1", ("o1",), {"code": "03", "n": 2})
    assert (second.element, second.key, second.to, second.payload) == ("i", "", ("o1", "o2"), {})
    run.complete("a")
    assert [sent.element for sent in run.out.sent] == ["e"]
    assert run.out.ends == ("e",)


def test_a_message_goes_to_the_one_waiting_task_it_is_delivered_to() -> None:
    shape = el("startEvent", "s") + el("parallelGateway", "g") + "".join(el("receiveTask", f"r{i}", messageRef="m_m_x", chidao__key=f"'{i}'") + el("userTask", f"a{i}") + chain("g", f"r{i}", f"a{i}") for i in range(3)) + chain("s", "g")
    run = Run(document(process(shape), messages=("m.x",)))
    run.deliver("r1")
    assert run.open == ["a1"]
    assert sorted(each.key for each in run.out.subscriptions) == ["0", "2"]


def event_gateway() -> bytes:
    shape = (
        el("startEvent", "s") + el("eventBasedGateway", "g") + el("intermediateCatchEvent", "w1", message("m.x"), chidao__key="'1'")
        + el("receiveTask", "w2", messageRef="m_m_x", chidao__key="'2'") + el("intermediateCatchEvent", "t1", timer("P1D")) + el("intermediateCatchEvent", "t2", timer("P2D"))
        + "".join(el("userTask", f"a_{name}") + chain("g", name, f"a_{name}") for name in ("w1", "w2", "t1", "t2")) + chain("s", "g")
    )  # fmt: skip
    return document(process(shape), messages=("m.x",))


@pytest.mark.parametrize("first", ["w1", "w2", "t1", "t2"])
def test_the_first_event_behind_an_event_gateway_silences_the_others(first: str) -> None:
    run = Run(event_gateway())
    assert {each.element: each.due for each in run.out.timers} == {"t1": NOW + timedelta(days=1), "t2": NOW + timedelta(days=2)}
    if first.startswith("w"):
        run.deliver(first, got=1)
    else:
        run.fire(first)
    assert run.open == [f"a_{first}"]
    assert run.out.timers == run.out.subscriptions == ()
    assert run.path == ["s", "g", first]


def guarded(event: str, *, interrupting: bool, host: str = "userTask", **attributes: str) -> bytes:
    shape = (
        el("startEvent", "s") + el(host, "work", **attributes) + el("boundaryEvent", "b", event, attachedToRef="work", cancelActivity=str(interrupting).lower(), chidao__key="'k'")
        + el("userTask", "handle") + el("endEvent", "he") + el("endEvent", "e") + chain("s", "work", "e") + chain("b", "handle", "he")
    )  # fmt: skip
    return document(process(shape), messages=("m.x",))


def test_an_interrupting_timer_ends_the_task() -> None:
    run = Run(guarded(timer("P1D"), interrupting=True))
    run.fire("b")
    assert run.open == ["handle"]
    run.complete("handle")
    assert run.out.ended
    assert run.path == ["s", "b", "handle", "he"]


def test_a_boundary_event_falls_silent_when_its_task_is_done() -> None:
    for event in (timer("P1D"), message("m.x")):
        run = Run(guarded(event, interrupting=True))
        run.complete("work")
        assert run.out.ended
        assert run.out.timers == run.out.subscriptions == ()


def test_a_timer_that_does_not_interrupt_fires_once_and_the_task_stays() -> None:
    run = Run(guarded(timer("P1D"), interrupting=False))
    run.fire("b")
    assert run.open == ["handle", "work"]
    assert run.out.timers == ()
    run.complete("work")
    assert run.open == ["handle"]
    run.complete("handle")
    assert run.out.ended


def test_a_message_that_does_not_interrupt_may_come_again() -> None:
    run = Run(guarded(message("m.x"), interrupting=False))
    subscription = run.out.subscriptions
    run.deliver("b", n=1)
    run.deliver("b", n=2)
    assert run.open == ["handle", "handle", "work"]
    assert run.out.subscriptions == subscription
    run.complete("work")
    assert run.out.subscriptions == ()
    run.complete("handle")
    run.complete("handle")
    assert run.out.ended
    assert run.out.data == {"n": 2}


@pytest.mark.parametrize(
    ("host", "attributes"),
    [("receiveTask", {"messageRef": "m_m_x"}), ("serviceTask", {"chidao__operation": "o"}), ("callActivity", {"calledElement": "q"})],
)
def test_every_waiting_activity_can_be_interrupted(host: str, attributes: dict[str, str]) -> None:
    main = guarded(timer("P1D"), interrupting=True, host=host, **attributes)
    called = document(process(el("startEvent", "qs") + el("userTask", "inner") + chain("qs", "inner"), id="q"))
    run = Run({"p": main, "q": called})
    run.fire("b")
    assert run.open == ["handle"]
    assert run.out.subscriptions == run.out.operations == run.out.timers == ()


def test_a_boundary_path_that_joins_the_main_path_again_does_not_brick_the_instance() -> None:
    shape = (
        el("startEvent", "s") + el("userTask", "work") + el("boundaryEvent", "b", timer("P1D"), attachedToRef="work", cancelActivity="false") + el("userTask", "remind")
        + el("parallelGateway", "f") + el("userTask", "side") + el("exclusiveGateway", "m") + el("parallelGateway", "j") + el("endEvent", "e")
    )  # fmt: skip
    run = Run(document(process(shape + chain("s", "f", "work", "m", "j", "e") + chain("f", "side", "j") + chain("b", "remind", "m"))))
    run.fire("b")
    run.complete("remind")
    run.complete("side")
    assert run.open == ["work"]
    with pytest.raises(StepFailed, match="at j"):  # a second token that has no partner: the drawing is wrong, and it says so
        run.complete("work")


def test_a_reminder_chain_of_timers_on_one_task() -> None:
    reminders = "".join(el("boundaryEvent", f"t{n}", timer(f"date(due) - days({n})"), attachedToRef="work", cancelActivity="false") + el("sendTask", f"remind{n}", messageRef="m_m_x") + el("endEvent", f"e{n}") + chain(f"t{n}", f"remind{n}", f"e{n}") for n in (3, 1, 0))
    run = Run(document(process(el("startEvent", "s") + el("userTask", "work") + reminders + flow("s", "work")), messages=("m.x",)), {"due": "2024-04-20"})
    assert [each.due.isoformat() for each in run.out.timers] == ["2024-04-16T17:00:00+00:00", "2024-04-18T17:00:00+00:00", "2024-04-19T17:00:00+00:00"]
    for name in ("t3", "t1", "t0"):
        run.fire(name)
        assert [sent.message for sent in run.out.sent] == ["m.x"]
    assert run.complete("work").ended
