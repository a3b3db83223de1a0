from __future__ import annotations

import itertools
import random

import pytest

from engine.bpmn import compile_definition, start
from engine.bpmn.step import _instance
from engine.kernel.errors import DefinitionInvalid, StepFailed
from tests.bpmn.diagrams import NOW, Run, chain, document, el, flow, process


def block(kind: str, name: str, tasks: int = 2) -> str:
    condition = "true" if kind == "inclusiveGateway" else None
    inner = "".join(el("userTask", f"{name}{i}") + flow(f"{name}s", f"{name}{i}", condition) + flow(f"{name}{i}", f"{name}j") for i in range(tasks))
    return el(kind, f"{name}s") + el(kind, f"{name}j") + inner


def test_the_first_true_condition_is_taken_and_else_the_default() -> None:
    gateway = el("exclusiveGateway", "g", default="d") + "".join(el("userTask", name) for name in "abc")
    xml = document(process(el("startEvent", "s") + gateway + chain("s", "g") + flow("g", "a", "n > 10") + flow("g", "b", "n > 5") + flow("g", "c", id="d")))
    assert [Run(xml, {"n": n}).open for n in (11, 6, 1)] == [["a"], ["b"], ["c"]]


def test_no_true_condition_fails_the_step_and_names_the_gateway() -> None:
    xml = document(process(el("startEvent", "s") + el("exclusiveGateway", "g") + el("userTask", "a") + el("userTask", "b") + chain("s", "g") + flow("g", "a", "n == 1") + flow("g", "b", "n == 2")))
    with pytest.raises(StepFailed, match="default flow at g") as failure:
        Run(xml, {"n": 3})
    assert failure.value.details["element"] == "g"


def test_the_only_way_without_a_condition_is_the_default() -> None:
    xml = document(process(el("startEvent", "s") + el("exclusiveGateway", "g") + el("userTask", "a") + el("userTask", "b") + chain("s", "g") + flow("g", "a") + flow("g", "b", "n == 2")))
    assert Run(xml, {"n": 3}).open == ["a"]
    assert Run(xml, {"n": 2}).open == ["b"]


def test_ways_without_any_condition_are_chosen_by_a_person() -> None:
    run = Run(document(process(el("startEvent", "s") + el("exclusiveGateway", "g") + el("userTask", "a") + el("userTask", "b") + chain("s", "g", "a") + flow("g", "b"))))
    assert run.open == []
    assert run.out.choices[0].flows == ("g-a", "g-b")
    run.choose("g", "g-b")
    assert run.open == ["b"]


def test_a_parallel_join_waits_for_every_branch_and_keeps_every_value() -> None:
    run = Run(document(process(el("startEvent", "s") + el("endEvent", "e") + block("parallelGateway", "g") + chain("s", "gs") + chain("gj", "e"))), {"status": "old", "log": []})
    run.complete("g0", status="approved", log=["g0"])
    assert not run.out.ended
    run.complete("g1", other=1)
    assert run.out.ended
    assert run.out.data == {"status": "approved", "log": ["g0"], "other": 1}


def test_an_inclusive_join_waits_for_the_branches_that_were_taken() -> None:
    tasks = "".join(el("userTask", name) + flow("g", name, f"'{name}' in chosen") + flow(name, "j") for name in "abc")
    xml = document(process(el("startEvent", "s") + el("inclusiveGateway", "g") + tasks + el("inclusiveGateway", "j") + el("userTask", "after") + el("endEvent", "e") + chain("s", "g") + chain("j", "after", "e")))
    run = Run(xml, {"chosen": ["a", "c"]})
    run.complete("c")
    assert run.open == ["a"]
    run.complete("a")
    assert run.open == ["after"]
    assert Run(xml, {"chosen": ["b"]}).complete("b").tasks[0].element == "after"


def test_an_inclusive_join_does_not_wait_for_a_branch_that_ends_elsewhere() -> None:
    shape = (
        el("startEvent", "s") + el("parallelGateway", "g") + el("userTask", "a") + el("userTask", "b") + el("exclusiveGateway", "x", default="away")
        + el("endEvent", "gone") + el("inclusiveGateway", "j") + el("userTask", "after") + el("endEvent", "e")
    )  # fmt: skip
    xml = document(process(shape + chain("s", "g", "a", "j", "after", "e") + chain("g", "b", "x") + flow("x", "j", "stay") + flow("x", "gone", id="away")))
    run = Run(xml)
    run.complete("a")
    assert run.open == ["b"]
    run.complete("b", stay=False)
    assert run.open == ["after"]


@pytest.mark.parametrize("kind", ["parallelGateway", "inclusiveGateway"])
@pytest.mark.parametrize("seed", range(10))
def test_a_join_inside_a_loop_waits_in_every_round_whatever_the_order(kind: str, seed: int) -> None:
    shape = el("startEvent", "s") + el("exclusiveGateway", "m") + block(kind, "g", 3) + el("userTask", "check") + el("exclusiveGateway", "x", default="out") + el("endEvent", "e")
    run = Run(document(process(shape + chain("s", "m", "gs") + chain("gj", "check", "x") + flow("x", "m", "again") + flow("x", "e", id="out"))))
    order = random.Random(seed)
    for round_ in range(12):
        names = ["g0", "g1", "g2"]
        order.shuffle(names)
        for name in names:
            assert "check" not in run.open
            run.complete(name)
        assert run.open == ["check"]
        run.complete("check", again=round_ < 11)
    assert run.out.ended


def test_two_tokens_on_one_flow_wait_for_their_own_partners() -> None:
    shape = el("startEvent", "s") + el("parallelGateway", "g") + el("exclusiveGateway", "m") + "".join(el("userTask", n) for n in "abc") + el("parallelGateway", "j") + el("userTask", "after")
    shape += el("exclusiveGateway", "x", default="on") + el("endEvent", "gone")  # without this way out it would be refused
    run = Run(document(process(shape + chain("s", "g", "a", "m", "j", "after") + chain("g", "b", "x") + flow("x", "m", id="on") + flow("x", "gone", "stop") + chain("g", "c", "j"))))
    run.complete("a")
    run.complete("b", stop=False)
    assert run.open == ["c"]
    run.complete("c")
    assert run.open == ["after"]
    with pytest.raises(StepFailed, match="at j tokens wait for others that can no longer come"):
        run.complete("after")


def test_twelve_parallel_blocks_in_a_row_start_with_a_handful_of_library_tasks() -> None:
    names = [f"n{i}x" for i in range(12)]
    xml = document(process(el("startEvent", "s") + el("endEvent", "e") + "".join(block("parallelGateway", name) for name in names) + chain("s", "n0xs") + "".join(flow(f"{a}j", f"{b}s") for a, b in itertools.pairwise(names)) + flow("n11xj", "e")))
    definition = compile_definition("p", {"p": xml}, functions={})
    instance = _instance(definition, NOW, 1000)
    instance.begin(["s"])
    instance.go()
    assert len(instance.tasks) < 10
    run = Run(xml)
    for name in names:
        run.complete(f"{name}1")
        run.complete(f"{name}0")
    assert run.out.ended


def test_fifteen_hundred_rounds_cost_and_weigh_what_one_does() -> None:
    shape = el("startEvent", "s") + el("exclusiveGateway", "m") + block("parallelGateway", "g") + el("exclusiveGateway", "x", default="out") + el("endEvent", "e")
    run = Run(document(process(shape + chain("s", "m", "gs") + chain("gj", "x") + flow("x", "m", "again") + flow("x", "e", id="out"))))
    sizes = set()
    for round_ in range(1500):
        run.complete("g1", again=True)
        run.complete("g0")
        assert run.open == ["g0", "g1"], round_
        sizes.add(len(run.out.state))
    assert max(sizes) - min(sizes) < 30
    run.complete("g0")
    run.complete("g1", again=False)
    assert run.out.ended


def test_an_automatic_loop_without_end_fails_the_step() -> None:
    xml = document(process(el("startEvent", "s") + el("scriptTask", "c", "<bpmn:script>n = n + 1</bpmn:script>") + el("exclusiveGateway", "m") + chain("s", "m", "c", "m")))
    definition = compile_definition("p", {"p": xml}, functions={})
    with pytest.raises(StepFailed, match="goes on without end") as failure:
        start(definition, {"n": 0}, now=NOW)
    assert failure.value.details["element"] in {"c", "m"}


def test_several_flows_out_of_a_task_are_a_split_and_conditions_on_them_count() -> None:
    xml = document(process(el("startEvent", "s") + el("userTask", "t", default="d") + "".join(el("userTask", n) for n in "abc") + chain("s", "t") + flow("t", "a", "n > 1") + flow("t", "b", "n > 2") + flow("t", "c", id="d")))
    assert _after(xml, 3) == ["a", "b"]
    assert _after(xml, 2) == ["a"]
    assert _after(xml, 0) == ["c"]


def _after(xml: bytes, n: int) -> list[str]:
    run = Run(xml)
    run.complete("t", n=n)
    return run.open


def test_links_are_flows_drawn_in_two_pieces() -> None:
    link = '<bpmn:linkEventDefinition name="L"/>'
    xml = document(process(el("startEvent", "s") + el("intermediateThrowEvent", "out", link) + el("intermediateCatchEvent", "in", link) + el("userTask", "a") + chain("s", "out") + chain("in", "a")))
    assert Run(xml).open == ["a"]


def test_a_path_may_end_without_an_end_event() -> None:
    run = Run(document(process(el("startEvent", "s") + el("userTask", "a") + chain("s", "a"))))
    assert run.complete("a").ended
    assert run.out.ends == ("a",)


def test_elements_without_ids_and_library_names_are_no_trouble() -> None:
    xml = document(
        '<bpmn:process id="p"><bpmn:startEvent id="Start"/><bpmn:userTask id="End"/><bpmn:endEvent id="p.EndJoin"/>'
        '<bpmn:sequenceFlow sourceRef="Start" targetRef="End"/><bpmn:sequenceFlow sourceRef="End" targetRef="p.EndJoin"/></bpmn:process>'
    )
    run = Run(xml)
    assert run.open == ["End"]
    assert run.complete("End").ended


def test_a_long_chain_of_elements_is_no_trouble() -> None:
    names = [f"t{i}" for i in range(900)]
    body = "".join(el("scriptTask", name, f"<bpmn:script>n = {i}</bpmn:script>") for i, name in enumerate(names))
    run = Run(document(process(el("startEvent", "s") + body + chain("s", *names))))
    assert run.out.ended
    assert run.out.data == {"n": 899}


@pytest.mark.parametrize("kind", ["parallelGateway", "eventBasedGateway"])
def test_conditions_where_bpmn_ignores_them_are_refused(kind: str) -> None:
    xml = document(process(el("startEvent", "s") + el(kind, "g") + el("userTask", "a") + chain("s", "g") + flow("g", "a", "n == 1")))
    with pytest.raises(DefinitionInvalid, match="condition_ignored"):
        Run(xml)
