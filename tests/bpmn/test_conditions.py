"""Conditional events: they fire when data make their condition true, once until it was false again."""

from __future__ import annotations

import pytest

from engine.bpmn import CompleteTask
from engine.kernel.errors import StepFailed
from tests.bpmn.diagrams import Run, chain, condition, document, el, error, flow, process, timer

FORK = el("startEvent", "s") + el("parallelGateway", "fork") + flow("s", "fork")
LOOP = el("userTask", "a") + flow("fork", "a") + el("exclusiveGateway", "g") + flow("a", "g") + flow("g", "a")


def waits(expression: str) -> str:
    return el("intermediateCatchEvent", "c", condition(expression)) + el("userTask", "then") + flow("fork", "c") + flow("c", "then")


def test_a_condition_is_waited_for_until_data_fulfil_it() -> None:
    run = Run(document(process(FORK + LOOP + waits("total &gt;= 3"))))
    assert [each.element for each in run.out.conditions] == ["c"]
    run.complete("a", total=2)
    assert run.open == ["a"]
    run.complete("a", total=3)
    assert run.open == ["a", "then"]
    assert run.out.conditions == ()


def test_a_condition_that_holds_already_is_passed_at_once() -> None:
    assert Run(document(process(FORK + LOOP + waits("ready"))), {"ready": True}).open == ["a", "then"]


def test_data_of_a_script_in_the_middle_of_a_step_fulfil_a_condition() -> None:
    scripts = el("scriptTask", "x", "<bpmn:script>n = 1</bpmn:script>") + el("scriptTask", "y", "<bpmn:script>n = 2</bpmn:script>") + chain("fork", "x", "y")
    assert Run(document(process(FORK + scripts + waits("n == 1")))).open == ["then"]


def test_a_boundary_event_interrupts_when_its_condition_becomes_true() -> None:
    body = FORK + LOOP + el("userTask", "w") + flow("fork", "w") + el("boundaryEvent", "b", condition("stop"), attachedToRef="w") + el("userTask", "stopped") + flow("b", "stopped")
    run = Run(document(process(body)), {"stop": False})
    run.complete("a", stop=True)
    assert run.open == ["a", "stopped"]


def test_one_that_does_not_interrupt_fires_again_only_after_it_was_false() -> None:
    body = FORK + LOOP + el("userTask", "w") + flow("fork", "w") + el("boundaryEvent", "b", condition("n &gt; 1"), attachedToRef="w", cancelActivity="false") + el("userTask", "told") + flow("b", "told")
    run = Run(document(process(body)), {"n": 0})
    for value, expected in ((2, 1), (3, 1), (0, 1), (5, 2)):
        run.complete("a", n=value)
        assert run.open.count("told") == expected


@pytest.mark.parametrize("interrupting", ["true", "false"])
def test_an_event_sub_process_begins_when_its_condition_becomes_true(interrupting: str) -> None:
    handler = el("subProcess", "h", el("startEvent", "hs", condition("stop"), isInterrupting=interrupting) + el("userTask", "handle") + flow("hs", "handle"), triggeredByEvent="true")
    run = Run(document(process(FORK + LOOP + handler)), {"stop": False})
    run.complete("a", stop=True)
    assert run.open == (["handle"] if interrupting == "true" else ["a", "handle"])


def test_a_condition_races_with_a_timer_behind_an_event_based_gateway() -> None:
    race = el("eventBasedGateway", "race") + flow("fork", "race") + el("intermediateCatchEvent", "c", condition("ready")) + el("intermediateCatchEvent", "t", timer("P1D")) + chain("race", "c") + chain("race", "t") + el("userTask", "then") + flow("c", "then")
    run = Run(document(process(FORK + LOOP + race)), {"ready": False})
    run.complete("a", ready=True)
    assert run.open == ["a", "then"]
    assert run.out.timers == ()


def test_a_condition_about_data_that_are_not_there_does_not_hold_and_a_wrong_one_fails_the_step() -> None:
    run = Run(document(process(FORK + LOOP + waits("count &gt; 1"))))
    assert run.open == ["a"]
    with pytest.raises(StepFailed, match="At c:"):
        run.do(CompleteTask(task=run.out.tasks[0].id, data={"count": "many"}))


def test_conditions_that_feed_each_other_without_end_are_stopped() -> None:
    flip = el("boundaryEvent", "b", condition("on"), attachedToRef="w", cancelActivity="false") + el("scriptTask", "off", "<bpmn:script>on = false</bpmn:script>") + el("scriptTask", "again", "<bpmn:script>on = true</bpmn:script>") + chain("b", "off", "again")
    run = Run(document(process(FORK + LOOP + el("userTask", "w") + flow("fork", "w") + flip)), {"on": False})
    with pytest.raises(StepFailed, match="without end"):
        run.complete("a", on=True)


def test_an_error_thrown_beside_silences_a_condition() -> None:
    inside = el("startEvent", "is") + el("userTask", "a") + el("endEvent", "bad", error("no")) + chain("is", "a", "bad") + el("intermediateCatchEvent", "c", condition("never")) + flow("is", "c")
    body = el("startEvent", "s") + el("subProcess", "in", inside) + el("boundaryEvent", "b", error("no"), attachedToRef="in") + el("userTask", "handle") + chain("s", "in") + chain("b", "handle")
    run = Run(document(process(body), errors=("no",)), {"never": False})
    run.complete("a")
    assert run.open == ["handle"]
    assert run.out.conditions == ()
