"""An administrator's repairs: where tokens stand, moving them, correcting data, passing over what fails."""

from __future__ import annotations

import pytest

from engine.bpmn import CompleteTask, MoveToken, Outcome, SetData, advance, tokens
from engine.kernel.errors import InvalidInput, Refused, StepFailed
from tests.bpmn.diagrams import Run, chain, document, el, flow, many, message, process, timer

START, END = el("startEvent", "s"), el("endEvent", "e")


def places(run: Run) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.element, each.call_path) for each in tokens(run.definition, run.out.state, now=run.now) if not each.listens]


def at(run: Run, element: str) -> str:
    return next(each.id for each in tokens(run.definition, run.out.state, now=run.now) if each.element == element)


def move(run: Run, element: str, to: str, *also: str) -> Outcome:
    return run.do(MoveToken(task=at(run, element), to=to, also=tuple(at(run, other) for other in also)))


@pytest.fixture
def listening() -> Run:
    """A task with a reminder at its border, before another task."""
    events = el("boundaryEvent", "b", timer("P1D"), attachedToRef="a") + el("endEvent", "be")
    return Run(document(process(START + el("userTask", "a") + events + el("userTask", "c") + END + chain("s", "a", "c", "e") + chain("b", "be"))))


def test_a_moved_token_takes_what_it_left_with_it_and_begins_anew(listening: Run) -> None:
    assert (listening.open, [each.element for each in listening.out.timers]) == (["a"], ["b"])
    move(listening, "a", "c")
    assert (listening.open, listening.out.timers) == (["c"], ())
    move(listening, "c", "a")
    assert (listening.open, [each.element for each in listening.out.timers]) == (["a"], ["b"])
    assert "a" not in listening.path  # nobody has completed it
    move(listening, "a", "e")
    assert listening.out.ended


def test_a_token_goes_nowhere_that_flows_do_not_lead(listening: Run) -> None:
    for to, words in (("b", "begins by its event alone"), ("nowhere", r"\(a, be, c, e, s\)")):
        with pytest.raises(Refused, match=words):
            move(listening, "a", to)
    with pytest.raises(Refused, match="only listens"):
        move(listening, "b", "c")
    with pytest.raises(Refused, match="is done, withdrawn or unknown"):
        listening.do(MoveToken(task="nobody", to="c"))


def stuck() -> Run:
    """Two branches: `a` may turn away from the join at which `c` will wait."""
    gateways = el("parallelGateway", "f") + el("exclusiveGateway", "x", default="x-j") + el("parallelGateway", "j")
    tasks = "".join(el("userTask", name) for name in "ac") + el("userTask", "after") + el("endEvent", "away")
    flows = chain("s", "f", "a", "x", "j", "after", "e") + chain("f", "c", "j") + flow("x", "away", "turn")
    return Run(document(process(START + gateways + tasks + END + flows)), {"turn": False})


def test_tokens_that_would_wait_for_ever_are_led_past_their_join() -> None:
    run = stuck()
    run.complete("c")
    with pytest.raises(StepFailed, match="at j tokens wait for others"):
        run.complete("a", turn=True)
    assert sorted(places(run)) == [("a", ()), ("j", ())]
    move(run, "j", "after", "a")
    assert (run.open, places(run)) == (["after"], [("after", ())])


def test_a_token_on_a_join_waits_for_nobody() -> None:
    run = stuck()
    move(run, "a", "away")
    with pytest.raises(StepFailed, match="at j tokens wait"):  # the other branch would be left behind for ever
        run.complete("c")
    run = stuck()
    move(run, "c", "j", "a")
    assert run.open == ["after"]


def test_a_token_stays_in_its_own_sub_process() -> None:
    inside = el("subProcess", "sub", el("startEvent", "is") + el("userTask", "a") + el("userTask", "b") + el("endEvent", "ie") + chain("is", "a", "b", "ie"))
    run = Run(document(process(START + inside + el("userTask", "c") + END + chain("s", "sub", "c", "e"))))
    assert places(run) == [("sub", ()), ("a", ("sub",))]
    with pytest.raises(Refused, match=r"\(a, b, ie, is\), but found 'c'"):
        move(run, "a", "c")
    move(run, "a", "b")
    assert places(run) == [("sub", ()), ("b", ("sub",))]
    with pytest.raises(Refused, match="stands in another"):
        move(run, "sub", "c", "b")
    move(run, "sub", "c")
    assert places(run) == [("c", ())]


def test_one_of_many_stays_with_the_others_and_all_go_together() -> None:
    run = Run(document(process(START + el("userTask", "a", many()) + el("userTask", "c") + END + chain("s", "a", "c", "e"))), {"people": ["x", "y"]})
    with pytest.raises(Refused, match="one of many"):
        run.do(MoveToken(task=run.out.tasks[0].id, to="c"))
    move(run, "a", "c")
    assert run.open == ["c"]


def test_events_that_race_go_together_and_begin_together() -> None:
    events = "".join(el("intermediateCatchEvent", name, inner) for name, inner in (("m", message("x")), ("t", timer("P1D"))))
    body = START + el("userTask", "a") + el("eventBasedGateway", "g") + events + END + chain("s", "a", "g", "m", "e") + chain("g", "t", "e")
    run = Run(document(process(body), messages=("x",)))
    with pytest.raises(Refused, match="races with others"):
        move(run, "a", "m")
    move(run, "a", "g")
    assert (len(run.out.subscriptions), len(run.out.timers)) == (1, 1)
    move(run, "m", "a")
    assert (run.open, run.out.subscriptions, run.out.timers) == (["a"], (), ())


def test_corrected_data_are_read_again_by_an_open_operation() -> None:
    parameters = '<bpmn:extensionElements><chidao:parameter name="to" value="amount + 1"/></bpmn:extensionElements>'
    run = Run(document(process(START + el("serviceTask", "o", parameters, chidao__operation="pay") + END + chain("s", "o", "e"))), {"amount": 1})
    run.do(SetData(task=run.out.operations[0].id, values={"amount": 5, "new": [1]}))
    assert (run.out.data["amount"], run.out.data["new"], run.out.operations[0].parameters) == (5, [1], {"to": 6})
    with pytest.raises(InvalidInput):
        run.do(SetData(task=run.out.operations[0].id, values={"bad": object()}))


def test_an_element_that_fails_is_passed_over_with_a_given_result() -> None:
    script = el("scriptTask", "z", "<bpmn:script>share = 1 / n</bpmn:script>")
    run = Run(document(process(START + el("userTask", "a") + script + el("userTask", "c") + END + chain("s", "a", "z", "c", "e"))), {"n": 0})
    with pytest.raises(StepFailed) as failure:
        run.complete("a")
    assert failure.value.details == {"element": "z", "call_path": ()}
    step = CompleteTask(task=run.out.tasks[0].id)
    run.take(advance(run.definition, run.out.state, step, now=run.now, over={"z": {"share": 7}}))
    assert (run.open, run.out.data["share"], run.path) == (["c"], 7, ["s", "a", "z"])


def test_what_decides_the_way_is_not_passed_over() -> None:
    run = stuck()
    step = CompleteTask(task=run.out.tasks[0].id)
    for element, words in (("x", "only decides where"), ("e", "only decides where"), ("nowhere", "an element of this process")):
        with pytest.raises(Refused, match=words):
            advance(run.definition, run.out.state, step, now=run.now, over={element: {}})


def test_in_an_ad_hoc_sub_process_people_choose_and_nothing_is_moved() -> None:
    inner = el("userTask", "a") + el("userTask", "b")
    run = Run(document(process(START + el("adHocSubProcess", "any", inner) + el("userTask", "c") + END + chain("s", "any", "c", "e"))))
    with pytest.raises(Refused, match="in any people choose what is done next"):
        move(run, "a", "b")
    move(run, "any", "c")
    assert run.open == ["c"]
