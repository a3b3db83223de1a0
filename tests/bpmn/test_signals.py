"""Signals: everyone in the instance who waits hears one, at once; whoever runs the step tells the others."""

from __future__ import annotations

import pytest

from tests.bpmn.diagrams import Run, chain, document, el, flow, many, process, signal


def fork(*branches: str) -> str:
    return el("startEvent", "s") + el("parallelGateway", "fork") + flow("s", "fork") + "".join(flow("fork", branch) for branch in branches)


THROW = {
    "thrown between": el("userTask", "a") + el("intermediateThrowEvent", "throw", signal("go")) + el("userTask", "after") + chain("a", "throw", "after"),
    "at an end": el("userTask", "a") + el("endEvent", "throw", signal("go")) + chain("a", "throw"),
}


@pytest.mark.parametrize("thrower", THROW.values(), ids=THROW)
def test_a_signal_is_heard_by_everyone_who_waits_in_the_instance(thrower: str) -> None:
    waiting = el("intermediateCatchEvent", "c", signal("go")) + el("userTask", "heard") + chain("c", "heard")
    inside = el("subProcess", "in", el("startEvent", "is") + el("userTask", "w") + el("boundaryEvent", "b", signal("go"), attachedToRef="w") + el("userTask", "x") + chain("is", "w") + chain("b", "x"))
    run = Run(document(process(fork("a", "c", "in") + thrower + waiting + inside), signals=("go",)))
    assert {(each.message, each.kind) for each in run.out.subscriptions} == {("go", "signal")}
    run.complete("a")
    assert run.open == sorted(["heard", "x"] + (["after"] if "after" in thrower else []))
    assert [(each.element, each.signal) for each in run.out.signals] == [("throw", "go")]
    assert run.path.count("throw") == 1


def test_another_signal_is_not_heard() -> None:
    body = fork("a", "c") + THROW["at an end"] + el("intermediateCatchEvent", "c", signal("stop"))
    run = Run(document(process(body), signals=("go", "stop")))
    run.complete("a")
    assert [each.element for each in run.out.subscriptions] == ["c"]
    assert run.deliver("c").ended


def test_a_signal_nobody_waits_for_is_forgotten() -> None:
    body = el("startEvent", "s") + el("intermediateThrowEvent", "throw", signal("go")) + el("intermediateCatchEvent", "c", signal("go")) + chain("s", "throw", "c")
    run = Run(document(process(body), signals=("go",)))
    assert [each.element for each in run.out.subscriptions] == ["c"]
    assert len(run.out.signals) == 1


def test_a_boundary_event_that_hears_the_signal_of_its_own_inside_ends_the_thrower() -> None:
    inside = el("startEvent", "is") + el("intermediateThrowEvent", "throw", signal("go")) + el("userTask", "never") + chain("is", "throw", "never")
    body = el("startEvent", "s") + el("subProcess", "in", inside) + el("boundaryEvent", "b", signal("go"), attachedToRef="in") + el("userTask", "after") + chain("s", "in") + chain("b", "after")
    run = Run(document(process(body), signals=("go",)))
    assert run.open == ["after"]
    assert run.path == ["s", "is", "throw", "b"]


def test_a_boundary_event_that_does_not_interrupt_hears_every_signal() -> None:
    loop = el("userTask", "a") + el("intermediateThrowEvent", "throw", signal("go")) + chain("a", "throw") + flow("throw", "a")
    body = fork("a", "w") + loop + el("userTask", "w") + el("boundaryEvent", "b", signal("go"), attachedToRef="w", cancelActivity="false") + el("userTask", "heard") + flow("b", "heard")
    run = Run(document(process(body), signals=("go",)))
    run.complete("a")
    run.complete("a")
    assert run.open == ["a", "heard", "heard", "w"]


def test_a_signal_races_behind_an_event_based_gateway() -> None:
    body = fork("a", "g") + THROW["at an end"] + el("eventBasedGateway", "g") + el("intermediateCatchEvent", "c", signal("go")) + el("intermediateCatchEvent", "d", signal("stop")) + el("userTask", "heard") + chain("g", "c", "heard") + flow("g", "d")
    run = Run(document(process(body), signals=("go", "stop")))
    run.complete("a")
    assert run.open == ["heard"]
    assert run.out.subscriptions == ()


@pytest.mark.parametrize("interrupting", ["true", "false"])
def test_an_event_sub_process_hears_a_signal(interrupting: str) -> None:
    handler = el("subProcess", "h", el("startEvent", "hs", signal("go"), isInterrupting=interrupting) + el("userTask", "handle") + chain("hs", "handle"), triggeredByEvent="true")
    run = Run(document(process(fork("a", "w") + THROW["at an end"] + el("userTask", "w") + handler), signals=("go",)))
    run.complete("a")
    assert run.open == (["handle"] if interrupting == "true" else ["handle", "w"])


def test_a_signal_ends_all_instances_of_a_multi_instance_activity() -> None:
    body = fork("a", "m") + THROW["at an end"] + el("userTask", "m", many()) + el("boundaryEvent", "b", signal("go"), attachedToRef="m") + el("userTask", "after") + flow("b", "after")
    run = Run(document(process(body), signals=("go",)), {"people": [1, 2, 3]})
    assert run.open == ["a", "m", "m", "m"]
    run.complete("a")
    assert run.open == ["after"]


def test_a_process_may_begin_with_a_signal_among_others() -> None:
    body = el("startEvent", "s") + el("startEvent", "t", signal("go")) + el("userTask", "a") + el("userTask", "b") + chain("s", "a") + chain("t", "b")
    assert Run(document(process(body), signals=("go",))).open == ["a"]
    run = Run(document(process(body), signals=("go",)), signal="go")
    assert run.open == ["b"]
    assert run.definition.start_signals == {"go": "t"}


def test_a_signal_without_a_declaration_bears_the_name_of_its_event() -> None:
    body = fork("c", "throw") + el("intermediateThrowEvent", "throw", "<bpmn:signalEventDefinition/>", name="đi")
    run = Run(document(process(body + el("intermediateCatchEvent", "c", "<bpmn:signalEventDefinition/>", name="đi"))))
    assert run.out.ended
