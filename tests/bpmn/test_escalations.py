"""Escalations: the nearest that catches one hears it; an interrupting one ends what it stands on, another lets it go on."""

from __future__ import annotations

import pytest

from tests.bpmn.diagrams import Run, chain, document, el, escalation, flow, many, process

RAISE = el("userTask", "a") + el("intermediateThrowEvent", "raise", escalation("late")) + el("userTask", "after") + chain("a", "raise", "after")


def around(inside: str, *borders: str) -> str:
    return el("startEvent", "s") + el("subProcess", "in", el("startEvent", "is") + flow("is", "a") + inside) + chain("s", "in") + "".join(borders)


def border(id: str, code: str, task: str, *, interrupting: str = "true", host: str = "in") -> str:
    return el("boundaryEvent", id, escalation(code), attachedToRef=host, cancelActivity=interrupting) + el("userTask", task) + flow(id, task)


@pytest.mark.parametrize(("interrupting", "expected"), [("true", ["told"]), ("false", ["after", "told"])])
def test_a_boundary_event_hears_an_escalation_from_inside(interrupting: str, expected: list[str]) -> None:
    run = Run(document(process(around(RAISE, border("b", "late", "told", interrupting=interrupting))), escalations=("late",)))
    run.complete("a")
    assert run.open == expected
    assert run.path == ["s", "is", "a", "raise", "b"]


def test_an_end_event_may_escalate() -> None:
    inside = el("userTask", "a") + el("endEvent", "raise", escalation("late")) + chain("a", "raise")
    run = Run(document(process(around(inside, border("b", "late", "told", interrupting="false")) + el("endEvent", "e") + flow("in", "e")), escalations=("late",)))
    run.complete("a")
    assert run.open == ["told"]
    assert run.complete("told").ended
    assert run.path == ["s", "is", "a", "raise", "b", "in", "e", "told"]


def test_an_escalation_that_nothing_catches_is_passed() -> None:
    run = Run(document(process(around(RAISE, border("b", "other", "told"))), escalations=("late", "other")))
    run.complete("a")
    assert run.open == ["after"]


def test_only_the_nearest_hears_it_and_one_without_a_code_hears_every_one() -> None:
    nested = el("subProcess", "inner", el("startEvent", "ns") + RAISE + flow("ns", "a")) + border("near", "", "near_told", host="inner", interrupting="false")
    body = el("startEvent", "s") + el("subProcess", "in", el("startEvent", "is") + flow("is", "inner") + nested) + flow("s", "in") + border("far", "late", "far_told")
    run = Run(document(process(body), escalations=("late",)))
    run.complete("a")
    assert run.open == ["after", "near_told"]


@pytest.mark.parametrize(("interrupting", "expected"), [("true", ["handle"]), ("false", ["after", "handle"])])
def test_an_event_sub_process_beside_the_thrower_is_nearer_than_a_boundary_event(interrupting: str, expected: list[str]) -> None:
    handler = el("subProcess", "h", el("startEvent", "hs", escalation("late"), isInterrupting=interrupting) + el("userTask", "handle") + flow("hs", "handle"), triggeredByEvent="true")
    run = Run(document(process(around(RAISE + handler, border("b", "late", "told"))), escalations=("late",)))
    run.complete("a")
    assert run.open == expected


def test_a_called_process_escalates_to_its_caller() -> None:
    main = document(process(el("startEvent", "s") + el("callActivity", "in", calledElement="q") + flow("s", "in") + border("b", "late", "told")), escalations=("late",))
    called = document(process(el("startEvent", "is") + flow("is", "a") + RAISE, id="q"), escalations=("late",))
    run = Run({"p": main, "q": called})
    run.complete("a")
    assert run.open == ["told"]


def test_one_of_many_escalates_and_the_others_go_on() -> None:
    inside = el("startEvent", "is") + flow("is", "a") + RAISE + many()
    body = el("startEvent", "s") + el("subProcess", "in", inside) + flow("s", "in") + border("b", "late", "told", interrupting="false")
    run = Run(document(process(body), escalations=("late",)), {"people": [1, 2]})
    run.complete("a")
    assert run.open == ["a", "after", "told"]
    run.complete("a")
    assert run.open == ["after", "after", "told", "told"]
