from __future__ import annotations

import pytest

from tests.bpmn.diagrams import Run, chain, document, el, error, flow, many, message, process, timer


def handler(event: str, *, interrupting: bool = True, inner: str = "handle", **attributes: str) -> str:
    start = el("startEvent", "hs", event, isInterrupting=str(interrupting).lower(), **attributes)
    return el("subProcess", "h", start + el("userTask", inner) + el("endEvent", "he") + chain("hs", inner, "he"), triggeredByEvent="true")


def case(event_sub: str) -> bytes:
    shape = el("startEvent", "s") + el("parallelGateway", "g") + el("userTask", "a") + el("userTask", "b") + el("endEvent", "e")
    return document(process(shape + chain("s", "g", "a", "e") + chain("g", "b", "e") + event_sub), messages=("m.x",))


def test_an_event_sub_process_that_is_not_needed_keeps_nothing_open() -> None:
    run = Run(case(handler(message("m.x"), chidao__key="'k'")))
    assert [(each.element, each.message, each.key) for each in run.out.subscriptions] == [("hs", "m.x", "k")]
    run.complete("a")
    run.complete("b")
    assert run.out.ended
    assert run.out.subscriptions == ()
    assert run.out.ends == ("e", "e")


def test_an_interrupting_one_ends_everything_else() -> None:
    run = Run(case(handler(message("m.x"))))
    run.deliver("hs", reason="recalled")
    assert run.open == ["handle"]
    assert run.out.subscriptions == ()
    run.complete("handle")
    assert run.out.ended
    assert run.out.data == {"reason": "recalled"}
    assert run.path == ["s", "g", "hs", "handle", "he", "h"]


def test_one_that_does_not_interrupt_runs_beside_and_may_run_again() -> None:
    run = Run(case(handler(message("m.x"), interrupting=False)))
    run.deliver("hs")
    run.deliver("hs")
    assert run.open == ["a", "b", "handle", "handle"]
    run.complete("a")
    run.complete("b")
    run.complete("handle")
    assert not run.out.ended
    run.complete("handle")
    assert run.out.ended


@pytest.mark.parametrize("interrupting", [True, False])
def test_a_timer_starts_one_once(*, interrupting: bool) -> None:
    run = Run(case(handler(timer("P2D"), interrupting=interrupting)))
    run.fire("hs")
    assert run.open == (["handle"] if interrupting else ["a", "b", "handle"])
    assert run.out.timers == ()


def test_one_inside_a_sub_process_concerns_that_sub_process_only() -> None:
    inner = el("startEvent", "is") + el("userTask", "a") + el("endEvent", "ie") + chain("is", "a", "ie") + handler(message("m.x"))
    shape = el("startEvent", "s") + el("parallelGateway", "g") + el("subProcess", "in", inner) + el("userTask", "side") + el("userTask", "after") + chain("s", "g", "in", "after") + chain("g", "side")
    run = Run(document(process(shape), messages=("m.x",)))
    run.deliver("hs")
    assert run.open == ["handle", "side"]
    run.complete("handle")
    assert run.open == ["after", "side"]


def test_an_interrupting_one_ends_what_is_inside_calls_repetitions_and_races() -> None:
    inner = el("startEvent", "is") + el("userTask", "deep") + el("endEvent", "ie") + chain("is", "deep", "ie")
    inner += el("boundaryEvent", "late", timer("P1D"), attachedToRef="deep", cancelActivity="false") + el("userTask", "remind") + chain("late", "remind")
    called = document(process(el("startEvent", "qs") + el("subProcess", "box", inner) + chain("qs", "box"), id="q"))
    race = el("eventBasedGateway", "race") + el("intermediateCatchEvent", "hear", message("m.y"), chidao__key="'k'") + el("intermediateCatchEvent", "wait", timer("P9D"))
    shape = (
        el("startEvent", "s") + el("parallelGateway", "g") + el("callActivity", "call", calledElement="q")
        + el("userTask", "each", many("people")) + race + chain("s", "g", "call") + chain("g", "each") + chain("g", "race", "hear") + flow("race", "wait")
    )  # fmt: skip
    main = document(process(shape + handler(message("m.x"), chidao__key="'k'")), messages=("m.x", "m.y"))
    run = Run({"p": main, "q": called}, {"people": ["an", "binh"]})
    run.fire("late")
    assert run.open == ["deep", "each", "each", "remind"]
    run.deliver("hs")
    assert run.open == ["handle"]
    assert run.out.subscriptions == run.out.timers == ()
    assert run.complete("handle").ended


def thrower(code: str = "no") -> str:
    inner = el("startEvent", "is") + el("parallelGateway", "f") + el("userTask", "a") + el("userTask", "other") + el("endEvent", "bad", error(code))
    return inner + chain("is", "f", "a", "bad") + chain("f", "other")


@pytest.mark.parametrize("caught", ["no", ""])
@pytest.mark.parametrize("repeat", [False, True])
def test_an_error_ends_the_sub_process_and_goes_on_at_the_boundary_that_catches_it(caught: str, *, repeat: bool) -> None:
    shape = (
        el("startEvent", "s") + el("subProcess", "in", (many() if repeat else "") + thrower()) + el("boundaryEvent", "wrong", error("other"), attachedToRef="in")
        + el("boundaryEvent", "b", error(caught), attachedToRef="in") + el("userTask", "handle") + el("userTask", "w") + chain("s", "in") + chain("b", "handle") + chain("wrong", "w")
    )  # fmt: skip
    run = Run(document(process(shape), errors=("no", "other")), {"people": [1, 2]})
    run.complete("a")
    assert run.open == ["handle"]
    assert run.out.subscriptions == run.out.timers == ()
    assert run.path[-2:] == ["bad", "b"]


def test_an_error_passes_outward_through_called_processes() -> None:
    main = document(process(el("startEvent", "s") + el("callActivity", "call", calledElement="q") + el("boundaryEvent", "b", error("no"), attachedToRef="call") + el("userTask", "handle") + chain("s", "call") + chain("b", "handle")), errors=("no",))
    called = document(process(el("startEvent", "qs") + el("subProcess", "in", thrower()) + chain("qs", "in"), id="q"), errors=("no",))
    run = Run({"p": main, "q": called})
    run.complete("a")
    assert run.open == ["handle"]


def test_an_event_sub_process_may_catch_an_error_where_it_is_thrown() -> None:
    run = Run(document(process(thrower() + handler(error("no"))), errors=("no",)))
    run.complete("a")
    assert run.open == ["handle"]
    assert run.complete("handle").ended


def test_an_error_that_nobody_catches_ends_the_instance_where_it_was_thrown() -> None:
    run = Run(document(process(thrower() + el("userTask", "beside") + flow("is", "beside")), errors=("no",)))
    out = run.complete("a")
    assert out.ended
    assert out.ends == (run.path[-1],)
    assert run.open == []


def test_an_empty_sub_process_is_passed() -> None:
    run = Run(document(process(el("startEvent", "s") + el("subProcess", "in") + el("userTask", "a") + chain("s", "in", "a") + flow("a", "in", "again"))))
    assert run.path == ["s", "in"]
    assert run.complete("a", again=True).tasks[0].element == "a"
