"""Joins at which tokens wait for others that cannot come: what is certain is refused, what may be is told."""

from __future__ import annotations

import itertools
import time

import pytest
from lxml import etree

from engine.bpmn import compile_definition
from engine.bpmn.soundness.merges import judge, may_wait_for_ever
from engine.bpmn.vocabulary import ident
from engine.bpmn.xml import parse
from engine.kernel.errors import DefinitionInvalid
from tests.bpmn.diagrams import Run, chain, document, el, error, flow, many, message, process, timer

AND, XOR, OR = "parallelGateway", "exclusiveGateway", "inclusiveGateway"
START = el("startEvent", "s")
TASKS = el("userTask", "a") + el("userTask", "b")
END = el("endEvent", "e")


def scope(body: str) -> etree._Element:
    return parse("p.bpmn", document(process(body), messages=("x",), errors=("E",))).root.find("{*}process")


def certain(body: str) -> list[str]:
    """Return the refused joins, by judging and by compiling."""
    with pytest.raises(DefinitionInvalid) as refusal:
        compile_definition("p", {"p.bpmn": document(process(body), messages=("x",), errors=("E",))}, functions={})
    for finding in refusal.value.findings:
        assert finding.rule == "waits_for_ever"
        assert finding.line
        assert "Expected a token by every flow into" in finding.message
        assert finding.message.endswith(".")
    return [finding.element or "" for finding in refusal.value.findings]


def possible(body: str) -> list[str]:
    """Return the joins that a rule warns of, in a drawing that compiles."""
    compile_definition("p", {"p.bpmn": document(process(body), messages=("x",), errors=("E",))}, functions={})
    return [ident(node) for node, _ in may_wait_for_ever(scope(body))]


def fork(split: str, join: str, *, condition: str | None = None) -> str:
    """Return s → g → (a, b) → j → e."""
    inner = START + el(split, "g") + TASKS + el(join, "j") + END + flow("s", "g") + flow("g", "a", condition) + flow("g", "b", condition)
    return inner + chain("a", "j", "e") + chain("b", "j")


@pytest.mark.parametrize(("split", "join"), [(AND, AND), (XOR, XOR), (OR, OR), (AND, OR), (XOR, OR), (AND, XOR)])
def test_what_parts_and_comes_together_rightly_is_left_alone(split: str, join: str) -> None:
    assert possible(fork(split, join, condition="n" if split == OR else None)) == []


def test_alternatives_that_a_parallel_gateway_brings_together_are_refused() -> None:
    assert certain(fork(XOR, AND, condition="n")) == ["j"]
    events = START + el("eventBasedGateway", "g") + el("intermediateCatchEvent", "a", timer("P1D")) + el("intermediateCatchEvent", "b", message("x")) + el(AND, "j")
    assert certain(events + chain("s", "g", "a", "j") + chain("g", "b", "j")) == ["j"]
    late = START + TASKS + el("boundaryEvent", "l", timer("P1D"), attachedToRef="a") + el(AND, "j")
    assert certain(late + chain("s", "a", "j") + chain("l", "b", "j")) == ["j"]


def test_two_start_events_that_a_parallel_gateway_brings_together_are_refused() -> None:
    assert certain(START + el("startEvent", "t", message("x")) + TASKS + el(AND, "j") + chain("s", "a", "j") + chain("t", "b", "j")) == ["j"]


def test_two_ways_to_begin_without_a_start_event_come_together() -> None:
    assert possible(TASKS + el(AND, "j") + chain("a", "j") + chain("b", "j")) == []


def test_a_loop_back_into_a_parallel_join_is_refused() -> None:
    looped = START + el(AND, "j") + el("userTask", "a") + el(XOR, "x", default="out") + END
    assert certain(looped + chain("s", "j", "a", "x") + flow("x", "j", "again") + flow("x", "e", id="out")) == ["j"]


def test_what_stands_behind_a_closed_join_is_not_told_again() -> None:
    second = el(XOR, "g2") + el("userTask", "a2") + el("userTask", "b2") + el(AND, "j2") + flow("e2", "g2") + flow("g2", "a2", "n") + flow("g2", "b2", "n")
    body = fork(XOR, AND, condition="n").replace('<bpmn:endEvent id="e">', '<bpmn:userTask id="e">').replace("</bpmn:endEvent>", "</bpmn:userTask>")
    body += second.replace('"e2"', '"e"').replace("e2-g2", "e-g2") + chain("a2", "j2") + chain("b2", "j2")
    assert certain(body) == ["j"]


def test_two_decisions_in_parallel_may_bring_tokens_to_both_flows() -> None:
    shape = START + el(AND, "g") + el(XOR, "m") + el(XOR, "x", default="d") + TASKS + el(AND, "j") + END
    shape += chain("s", "g") + flow("g", "m", id="one") + flow("g", "m", id="two") + chain("m", "x") + flow("x", "a", "n") + flow("x", "b", id="d")
    shape += chain("a", "j", "e") + chain("b", "j")
    assert possible(shape) == ["j"]
    run = Run(document(process(shape)), {"n": False})
    run.complete("b", n=True)
    assert run.open == ["b"]


def test_one_token_too_many_on_every_run_is_refused() -> None:
    shape = START + el(AND, "g") + el(XOR, "m") + TASKS + el("userTask", "c") + el(AND, "j") + END
    assert certain(shape + chain("s", "g", "a", "m", "j", "e") + chain("g", "b", "m") + chain("g", "c", "j")) == ["j"]


def test_one_token_too_many_is_no_matter_where_something_else_ends_everything() -> None:
    shape = START + el(AND, "g") + el(XOR, "m") + TASKS + el(AND, "j") + el("endEvent", "e", "<bpmn:terminateEventDefinition/>")
    assert possible(shape + chain("s", "g", "a", "m", "j", "e") + chain("g", "b", "m") + flow("g", "j", id="c")) == []


def test_what_an_error_from_inside_may_end_is_told_only() -> None:
    shape = START + el(AND, "g") + el(XOR, "m") + el("userTask", "b") + el("userTask", "c") + el(AND, "j") + chain("s", "g", "in", "m", "j") + chain("g", "b", "m") + chain("g", "c", "j")
    fine = el("subProcess", "in", el("startEvent", "i") + el("endEvent", "o") + chain("i", "o"))
    assert certain(shape + fine) == ["j"]
    assert possible(shape + fine.replace('<bpmn:endEvent id="o">', f'<bpmn:endEvent id="o">{error("E")}')) == ["j"]


def test_a_boundary_path_that_comes_back_before_a_join_is_told() -> None:
    shape = START + el(AND, "g") + TASKS + el(XOR, "m") + el(AND, "j") + END + chain("s", "g", "a", "m", "j", "e") + chain("g", "b", "j")
    beside = el("boundaryEvent", "l", timer("P1D"), attachedToRef="a", cancelActivity="false") + chain("l", "m")
    assert possible(shape + beside) == ["j"]
    assert possible(shape + beside.replace('cancelActivity="false"', "")) == []
    away = el("boundaryEvent", "l", timer("P1D"), attachedToRef="a", cancelActivity="false") + el("endEvent", "o") + chain("l", "o")
    assert possible(shape + away) == []


def test_a_boundary_path_that_a_join_waits_for_is_told() -> None:
    shape = START + TASKS + el(AND, "j") + END + chain("s", "a", "j", "e") + chain("l", "b", "j")
    assert possible(shape + el("boundaryEvent", "l", timer("P1D"), attachedToRef="a", cancelActivity="false")) == ["j"]


def test_a_way_out_of_one_branch_is_told() -> None:
    shape = START + el(AND, "g") + TASKS + el(XOR, "x", default="d") + el(AND, "j") + END + el("endEvent", "o")
    assert possible(shape + chain("s", "g", "a", "x") + flow("x", "j", id="d") + flow("x", "o", "n") + chain("g", "b", "j", "e")) == ["j"]


def test_what_is_inside_a_sub_process_is_judged_too() -> None:
    inner = fork(XOR, AND, condition="n").replace('id="s"', 'id="i"').replace('sourceRef="s"', 'sourceRef="i"')
    assert certain(START + el("subProcess", "in", inner) + chain("s", "in")) == ["j"]
    leak = el("startEvent", "i") + el(AND, "g") + el(XOR, "m") + el(AND, "j") + chain("i", "g") + flow("g", "m", id="1") + flow("g", "m", id="2") + flow("g", "j", id="3") + chain("m", "j")
    assert certain(START + el("subProcess", "in", leak) + chain("s", "in")) == ["j"]
    rescued = el("boundaryEvent", "l", timer("P1D"), attachedToRef="in") + END + chain("l", "e")
    assert possible(START + el("subProcess", "in", leak) + rescued + chain("s", "in")) == ["j"]


def test_what_people_choose_inside_an_ad_hoc_sub_process_is_not_judged() -> None:
    inner = TASKS + el(AND, "j") + chain("a", "j") + chain("b", "j") + "<bpmn:completionCondition>n</bpmn:completionCondition>"
    assert possible(START + el("adHocSubProcess", "in", inner) + chain("s", "in")) == []


def test_links_conditions_and_loops_are_followed() -> None:
    link = '<bpmn:linkEventDefinition name="L"/>'
    shape = START + el("userTask", "g", default="d") + TASKS + el("intermediateThrowEvent", "out", link) + el("intermediateCatchEvent", "in", link) + el(AND, "j")
    assert certain(shape.replace(el("userTask", "g", default="d"), el(XOR, "g", default="d")) + flow("s", "g") + flow("g", "a", "n") + flow("g", "b", id="d") + chain("a", "out") + chain("in", "j") + chain("b", "j")) == ["j"]
    some = shape + flow("s", "g") + flow("g", "a", "n") + flow("g", "b", "m") + flow("g", "e", id="d") + END + chain("a", "out") + chain("in", "j") + chain("b", "j")
    assert possible(some) == ["j"]


def test_an_endless_round_beside_a_join_is_not_called_certain() -> None:
    shape = START + el(AND, "g") + el(XOR, "m") + TASKS + chain("s", "g", "m", "a", "m") + el(XOR, "n") + el(AND, "j") + flow("g", "n", id="1") + flow("g", "n", id="2") + flow("n", "j") + chain("g", "b", "j")
    assert possible(shape) == []


def test_joins_that_wait_for_errors_or_instances_of_many_are_no_trouble() -> None:
    deep = el("subProcess", "in", many() + el("startEvent", "i") + el("userTask", "c") + el("endEvent", "f", error("E")) + chain("i", "c", "f"))
    shape = START + el(AND, "g") + deep + el("boundaryEvent", "l", error("E"), attachedToRef="in") + el("userTask", "b") + el(XOR, "m") + el(AND, "j") + END
    assert possible(shape + chain("s", "g", "in", "m", "j", "e") + chain("l", "m") + chain("g", "b", "j")) == []


def large(kind: str) -> etree._Element:
    """Return 400 blocks in a row: 2,000 nodes with their flows."""
    body, before = START, "s"
    for number in range(400):
        names = [f"{name}{number}" for name in ("g", "a", "b", "c", "j")]
        split, *tasks, join = names
        body += el(kind, split) + el(AND, join) + "".join(el("userTask", name) for name in tasks) + flow(before, split) + "".join(flow(split, name) + flow(name, join) for name in tasks)
        before = join
    return scope(body + END + flow(before, "e"))


def tangled() -> etree._Element:
    """Return 2,000 nodes that each lead back and forth."""
    body = START + "".join(el((AND, XOR, "userTask")[number % 3], f"n{number}") for number in range(2000)) + flow("s", "n0")
    body += "".join(flow(f"n{one}", f"n{other}") for one, other in itertools.pairwise(range(2000)))
    return scope(body + "".join(flow(f"n{number * 7 % 2000}", f"n{number * 13 % 2000}", id=f"x{number}") for number in range(1, 700)))


@pytest.mark.parametrize(("drawing", "found"), [(large(AND), 0), (large(XOR), 1), (tangled(), None)])
def test_two_thousand_elements_are_judged_in_a_moment(drawing: etree._Element, found: int | None) -> None:
    begun = time.process_time()
    verdict = judge(drawing)
    assert time.process_time() - begun < 0.5
    assert found is None or len(verdict.certain) == found
