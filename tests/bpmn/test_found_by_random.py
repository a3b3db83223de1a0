"""Defects that random processes found (tests/properties), each as small as it was shrunk to."""

from __future__ import annotations

import pytest

from engine.kernel.errors import StepFailed
from tests.bpmn.diagrams import Run, chain, document, el, flow, process, timer


def condition(text: str) -> str:
    return f"<bpmn:conditionalEventDefinition><bpmn:condition>{text}</bpmn:condition></bpmn:conditionalEventDefinition>"


def deadlocked() -> str:
    """A join that waits for ever unless n is 2."""
    inner = el("startEvent", "is") + el("parallelGateway", "g") + el("exclusiveGateway", "x", default="d") + el("parallelGateway", "j") + el("endEvent", "gone")
    return inner + chain("is", "g", "x") + chain("g", "j") + flow("x", "j", "n == 2") + flow("x", "gone", id="d")


def test_a_part_in_which_nothing_moves_waits_while_something_else_can_happen() -> None:
    shape = el("startEvent", "s") + el("subProcess", "in", deadlocked()) + el("boundaryEvent", "b", timer("P1D"), attachedToRef="in") + el("userTask", "after")
    run = Run(document(process(shape + chain("s", "in") + chain("b", "after"))), {"n": 1})
    run.fire("b")
    assert run.open == ["after"]


def test_a_part_in_which_nothing_moves_fails_the_step_when_nothing_else_is_open() -> None:
    shape = el("startEvent", "s") + el("userTask", "side") + el("subProcess", "in", deadlocked()) + chain("s", "in") + chain("s", "side")
    run = Run(document(process(shape)), {"n": 1})
    assert run.open == ["side"]
    with pytest.raises(StepFailed, match="at j tokens wait for others"):
        run.complete("side")


def test_a_receive_task_whose_message_has_come_cannot_be_interrupted_by_what_the_message_says() -> None:
    shape = el("startEvent", "s") + el("receiveTask", "r", messageRef="m_m_x") + el("boundaryEvent", "b", condition("n == 1"), attachedToRef="r") + el("userTask", "received") + el("userTask", "interrupted")
    run = Run(document(process(shape + chain("s", "r", "received") + chain("b", "interrupted")), messages=("m.x",)), {"n": 0})
    run.deliver("r", n=1)
    assert run.open == ["received"]
