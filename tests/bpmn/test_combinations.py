"""Elements in combination, each as BPMN 2.0 says (13.2 to 13.5)."""

from __future__ import annotations

import pytest

from engine.bpmn import compile_definition
from engine.kernel.errors import DefinitionInvalid
from tests.bpmn.diagrams import Run, chain, document, el, error, flow, many, message, process, timer

START = el("startEvent", "s")
TERMINATE = "<bpmn:terminateEventDefinition/>"
TWO_PEOPLE = {"people": ["An", "Bình"]}


def sub(id: str, inner: str, more: str = "", **attributes: str) -> str:
    return el("subProcess", id, more + el("startEvent", f"{id}_s") + inner, **attributes)


def main(body: str, **declared: tuple[str, ...]) -> bytes:
    return document(process(START + body), **declared)


def with_called(body: str, called: str, **declared: tuple[str, ...]) -> dict[str, bytes]:
    return {"p.bpmn": main(body, **declared), "q.bpmn": document(process(called, id="q"), **declared)}


# ------------------------------------------------------------------------------------------------ boundary events


def test_a_boundary_event_that_does_not_interrupt_leaves_the_many_alone() -> None:
    reminded = el("boundaryEvent", "remind", message("remind"), attachedToRef="sign", cancelActivity="false") + el("userTask", "urge")
    run = Run(main(el("userTask", "sign", many()) + reminded + el("userTask", "after") + chain("s", "sign", "after") + chain("remind", "urge"), messages=("remind",)), TWO_PEOPLE)
    run.deliver("remind")
    run.deliver("remind")
    assert run.open == ["sign", "sign", "urge", "urge"]
    run.complete("sign")
    run.complete("sign")
    assert (run.open, run.out.subscriptions) == (["after", "urge", "urge"], ())


@pytest.mark.parametrize("sequential", [True, False])
def test_an_error_in_one_of_many_ends_them_all(*, sequential: bool) -> None:
    inner = el("userTask", "check") + el("endEvent", "failed", error("E")) + chain("each_s", "check", "failed")
    shape = sub("each", inner, many(sequential=sequential)) + el("boundaryEvent", "oh", error("E"), attachedToRef="each") + el("userTask", "mend")
    run = Run(main(shape + chain("s", "each") + chain("oh", "mend"), errors=("E",)), TWO_PEOPLE)
    assert len(run.open) == (1 if sequential else 2)
    run.complete("check")
    assert run.open == ["mend"]
    assert "each" not in run.path


def test_the_timer_at_a_loop_is_one_for_all_rounds() -> None:
    loop = "<bpmn:standardLoopCharacteristics><bpmn:loopCondition>again</bpmn:loopCondition></bpmn:standardLoopCharacteristics>"
    late = el("boundaryEvent", "late", timer("P1D"), attachedToRef="a") + el("userTask", "urge")
    run = Run(main(el("userTask", "a", loop) + late + chain("s", "a") + chain("late", "urge")), {"again": True})
    (first,) = run.out.timers
    run.complete("a")
    assert run.out.timers == (first,)
    run.fire("late")
    assert (run.open, run.out.timers) == (["urge"], ())


def test_boundary_events_of_two_tokens_on_one_activity_are_two() -> None:
    late = el("boundaryEvent", "late", timer("P1D"), attachedToRef="a") + el("userTask", "urge")
    run = Run(main(el("parallelGateway", "g") + el("userTask", "a") + late + chain("s", "g") + flow("g", "a", id="one") + flow("g", "a", id="two") + chain("late", "urge")))
    assert (run.open, len(run.out.timers)) == (["a", "a"], 2)
    run.fire("late")
    assert (run.open, len(run.out.timers)) == (["a", "urge"], 1)
    run.complete("a")
    assert (run.open, run.out.timers) == (["urge"], ())


def test_a_call_activity_catches_errors_and_can_be_interrupted() -> None:
    called = el("startEvent", "i") + el("userTask", "b") + el("exclusiveGateway", "x", default="d") + el("endEvent", "fine") + el("endEvent", "failed", error("E"))
    called += chain("i", "b", "x") + flow("x", "failed", "bad") + flow("x", "fine", id="d")
    shape = el("callActivity", "call", calledElement="q") + el("boundaryEvent", "oh", error("E"), attachedToRef="call") + el("boundaryEvent", "late", timer("P1D"), attachedToRef="call")
    shape += el("userTask", "mend") + el("userTask", "urge") + el("userTask", "after") + chain("s", "call", "after") + chain("oh", "mend") + chain("late", "urge")
    files = with_called(shape, called, errors=("E",))
    for bad, then in ((True, ["mend"]), (False, ["after"])):
        run = Run(files)
        run.complete("b", bad=bad)
        assert (run.open, run.out.timers) == (then, ())
    late = Run(files)
    late.fire("late")
    assert late.open == ["urge"]


def test_an_error_is_caught_by_the_event_sub_process_inside_before_the_boundary_event_around() -> None:
    handler = sub("rescue", el("userTask", "tidy") + chain("rescue_s", "tidy"), triggeredByEvent="true").replace('<bpmn:startEvent id="rescue_s">', f'<bpmn:startEvent id="rescue_s">{error("E")}')
    inner = el("userTask", "a") + el("userTask", "b") + el("endEvent", "failed", error("E")) + chain("in_s", "a", "failed") + chain("in_s", "b") + handler
    shape = sub("in", inner) + el("boundaryEvent", "oh", error("E"), attachedToRef="in") + el("userTask", "mend") + el("userTask", "after") + chain("s", "in", "after") + chain("oh", "mend")
    run = Run(main(shape, errors=("E",)))
    run.complete("a")
    assert run.open == ["tidy"]
    run.complete("tidy")
    assert run.open == ["after"]


def test_an_error_in_the_event_sub_process_itself_goes_outward() -> None:
    begin = f'<bpmn:startEvent id="rescue_s">{error("E")}'
    handler = sub("rescue", el("endEvent", "again", error("E")) + chain("rescue_s", "again"), triggeredByEvent="true").replace('<bpmn:startEvent id="rescue_s">', begin)
    inner = el("userTask", "a") + el("endEvent", "failed", error("E")) + chain("in_s", "a", "failed") + handler
    shape = sub("in", inner) + el("boundaryEvent", "oh", error("E"), attachedToRef="in") + el("userTask", "mend") + chain("s", "in") + chain("oh", "mend")
    run = Run(main(shape, errors=("E",)))
    run.complete("a")
    assert run.open == ["mend"]


def test_an_interrupted_sub_process_takes_its_listeners_along() -> None:
    begin = f'<bpmn:startEvent id="ask_s" isInterrupting="false">{message("ask")}'
    handler = sub("ask", el("userTask", "tell") + chain("ask_s", "tell"), triggeredByEvent="true").replace('<bpmn:startEvent id="ask_s">', begin)
    shape = sub("in", el("userTask", "a") + chain("in_s", "a") + handler) + el("boundaryEvent", "late", timer("P1D"), attachedToRef="in") + el("userTask", "urge") + chain("s", "in") + chain("late", "urge")
    run = Run(main(shape, messages=("ask",)))
    run.deliver("ask_s")
    assert run.open == ["a", "tell"]
    run.fire("late")
    assert (run.open, run.out.subscriptions, run.out.timers) == (["urge"], (), ())


# ------------------------------------------------------------------------------------------------ terminate


def test_terminate_in_one_of_many_ends_that_one_only() -> None:
    inner = el("userTask", "a") + el("userTask", "b") + el("endEvent", "t", TERMINATE) + chain("each_s", "a", "t") + chain("each_s", "b")
    run = Run(main(sub("each", inner, many()) + el("userTask", "after") + chain("s", "each", "after")), TWO_PEOPLE)
    assert run.open == ["a", "a", "b", "b"]
    run.complete("a")
    assert run.open == ["a", "b"]
    run.complete("b")
    assert run.open == ["a"]
    run.complete("a")
    assert run.open == ["after"]


def test_terminate_in_a_called_process_ends_that_one_only() -> None:
    called = el("startEvent", "i") + el("userTask", "a") + sub("deep", el("userTask", "b") + chain("deep_s", "b")) + el("endEvent", "t", TERMINATE) + chain("i", "a", "t") + chain("i", "deep")
    run = Run(with_called(el("callActivity", "call", calledElement="q") + el("userTask", "beside") + el("userTask", "after") + chain("s", "call", "after") + chain("s", "beside"), called))
    assert run.open == ["a", "b", "beside"]
    run.complete("a")
    assert run.open == ["after", "beside"]


def test_terminate_of_the_process_ends_everything_inside_it() -> None:
    shape = el("userTask", "a") + el("endEvent", "t", TERMINATE) + chain("s", "a", "t")
    shape += sub("each", el("userTask", "b") + chain("each_s", "b"), many()) + el("boundaryEvent", "late", timer("P1D"), attachedToRef="each") + chain("s", "each")
    run = Run(main(shape + el("userTask", "urge") + chain("late", "urge")), TWO_PEOPLE)
    assert run.open == ["a", "b", "b"]
    run.complete("a")
    assert run.out.ended
    assert (run.open, run.out.timers) == ([], ())


# ------------------------------------------------------------------------------------------------ event-based gateways


def race() -> str:
    events = el("intermediateCatchEvent", "soon", timer("P1D")) + el("intermediateCatchEvent", "later", timer("P3D")) + el("receiveTask", "told", messageRef="m_tell")
    return el("eventBasedGateway", "g") + events + chain("g", "soon") + chain("g", "later") + chain("g", "told")


def test_two_timers_and_a_receive_task_race_in_every_round_of_a_loop() -> None:
    shape = el("exclusiveGateway", "m") + race() + el("userTask", "check") + el("endEvent", "e") + el("exclusiveGateway", "x", default="out")
    shape += chain("s", "m", "g") + chain("soon", "check", "x") + chain("later", "check") + chain("told", "check") + flow("x", "m", "again") + flow("x", "e", id="out")
    run = Run(main(shape, messages=("tell",)))
    for winner in ("soon", "told", "later", "told"):
        assert sorted(timer.element for timer in run.out.timers) == ["later", "soon"]
        assert len({timer.due for timer in run.out.timers}) == 2
        if winner == "told":
            run.deliver("told")
        else:
            run.fire(winner)
        assert (run.open, run.out.timers, run.out.subscriptions) == (["check"], (), ())
        run.complete("check", again=True)
    run.fire("soon")
    assert run.complete("check", again=False).ended
    assert [run.path.count(each) for each in ("g", "soon", "told", "later")] == [5, 2, 2, 1]


def test_two_tokens_at_one_event_gateway_race_each_on_its_own() -> None:
    shape = el("parallelGateway", "f") + race() + "".join(el("userTask", name) for name in "abc") + chain("s", "f") + flow("f", "g", id="one") + flow("f", "g", id="two")
    run = Run(main(shape + chain("soon", "a") + chain("later", "b") + chain("told", "c"), messages=("tell",)))
    assert (len(run.out.timers), len(run.out.subscriptions)) == (4, 2)
    run.fire("later")
    assert (run.open, len(run.out.timers), len(run.out.subscriptions)) == (["b"], 2, 1)
    run.deliver("told")
    assert (run.open, run.out.timers, run.out.subscriptions) == (["b", "c"], (), ())


# ------------------------------------------------------------------------------------------------ links, splits, merges


def test_several_links_lead_to_one_place_in_a_sub_process_too() -> None:
    link = '<bpmn:linkEventDefinition name="L"/>'
    inner = el("exclusiveGateway", "x", default="d") + el("intermediateThrowEvent", "one", link) + el("intermediateThrowEvent", "two", link) + el("intermediateCatchEvent", "here", link) + el("userTask", "a")
    inner += chain("in_s", "x") + flow("x", "one", "n == 1") + flow("x", "two", id="d") + chain("here", "a")
    outer = el("intermediateThrowEvent", "out", link) + el("intermediateCatchEvent", "back", link) + el("userTask", "after")
    for n, way in ((1, "one"), (2, "two")):
        run = Run(main(sub("in", inner) + outer + chain("s", "in", "out") + chain("back", "after")), {"n": n})
        assert (run.open, run.path[-2:]) == (["a"], [way, "here"])
        run.complete("a")
        assert run.open == ["after"]


def test_ways_with_and_without_conditions_out_of_one_activity() -> None:
    shape = el("userTask", "t") + "".join(el("userTask", name) for name in "abc") + chain("s", "t") + flow("t", "a") + flow("t", "b", "n == 1") + flow("t", "c", "n == 2")
    for n, then in ((0, ["a"]), (1, ["a", "b"]), (2, ["a", "c"])):
        run = Run(main(shape))
        run.complete("t", n=n)
        assert run.open == then


def test_a_sub_process_may_part_by_conditions_too() -> None:
    shape = sub("in", el("userTask", "t") + chain("in_s", "t")).replace('id="in"', 'id="in" default="d"') + "".join(el("userTask", name) for name in "abc")
    shape += chain("s", "in") + flow("in", "a", "n > 0") + flow("in", "b", "n > 1") + flow("in", "c", id="d")
    for n, then in ((0, ["c"]), (1, ["a"]), (2, ["a", "b"])):
        run = Run(main(shape))
        run.complete("t", n=n)
        assert run.open == then


def test_every_token_of_a_merge_without_a_gateway_is_one_more_time() -> None:
    shape = el("parallelGateway", "g") + el("userTask", "a") + el("userTask", "b") + el("userTask", "c") + chain("s", "g", "a", "c") + chain("g", "b", "c")
    run = Run(main(shape))
    run.complete("a")
    run.complete("b")
    assert run.open == ["c", "c"]
    run.complete("c")
    assert not run.out.ended
    assert run.complete("c").ended


# ------------------------------------------------------------------------------------------------ sub-processes and calls


def test_a_sub_process_without_a_start_event_begins_at_everything_no_flow_leads_to() -> None:
    inner = el("userTask", "a") + el("parallelGateway", "j") + el("userTask", "b") + el("intermediateCatchEvent", "m", message("go")) + el("userTask", "c") + chain("a", "j", "c") + chain("b", "j") + chain("m", "j")
    inner += el("boundaryEvent", "late", timer("P1D"), attachedToRef="a", cancelActivity="false") + el("endEvent", "o") + chain("late", "o")
    run = Run(main(el("subProcess", "in", inner) + chain("s", "in"), messages=("go",)))
    assert (run.open, len(run.out.subscriptions), len(run.out.timers)) == (["a", "b"], 1, 1)
    run.complete("a")
    run.deliver("m")
    run.complete("b")
    assert run.open == ["c"]
    assert run.complete("c").ended


def test_two_tokens_in_one_sub_process_do_not_meet() -> None:
    inner = el("parallelGateway", "f") + el("userTask", "a") + el("userTask", "b") + el("parallelGateway", "j") + el("userTask", "c") + chain("in_s", "f", "a", "j", "c") + chain("f", "b", "j")
    run = Run(main(el("parallelGateway", "g") + sub("in", inner) + el("userTask", "after") + chain("s", "g") + flow("g", "in", id="one") + flow("g", "in", id="two") + chain("in", "after")))
    run.complete("a", which=0)
    run.complete("b", which=1)
    assert run.open == ["a", "b"]
    run.complete("b")
    assert run.open == ["a", "c"]
    run.complete("c")
    assert run.open == ["a", "after"]
    run.complete("a")
    run.complete("c")
    assert run.open == ["after", "after"]


def test_calls_inside_calls_share_the_data_and_tell_where_they_are() -> None:
    files = {
        "p.bpmn": main(el("callActivity", "first", calledElement="q") + el("userTask", "after") + chain("s", "first", "after")),
        "q.bpmn": document(process(el("startEvent", "i") + el("callActivity", "second", many(), calledElement="r") + chain("i", "second"), id="q")),
        "r.bpmn": document(process(el("startEvent", "k") + el("userTask", "sign") + chain("k", "sign"), id="r")),
    }
    run = Run(files, {**TWO_PEOPLE, "log": []})
    assert [(task.call_path, task.data["person"]) for task in run.out.tasks] == [(("first", "second"), "An"), (("first", "second"), "Bình")]
    run.complete("sign", log=["An"])
    assert run.out.tasks[0].data["log"] == ["An"]
    run.complete("sign", log=["An", "Bình"])
    assert (run.open, run.out.data["log"]) == (["after"], ["An", "Bình"])


def test_a_called_process_that_only_a_message_starts_is_refused() -> None:
    called = el("startEvent", "i", message("x")) + el("userTask", "a") + chain("i", "a")
    with pytest.raises(DefinitionInvalid) as refusal:
        compile_definition("p", with_called(el("callActivity", "call", calledElement="q") + chain("s", "call"), called, messages=("x",)), functions={})
    assert "call" in [finding.element for finding in refusal.value.findings]


def test_an_escalation_from_a_called_process_lets_it_go_on() -> None:
    called = el("startEvent", "i") + el("userTask", "a") + el("intermediateThrowEvent", "up", "<bpmn:escalationEventDefinition/>") + el("userTask", "b") + chain("i", "a", "up", "b")
    shape = el("callActivity", "call", calledElement="q") + el("boundaryEvent", "hear", "<bpmn:escalationEventDefinition/>", attachedToRef="call", cancelActivity="false") + el("userTask", "look") + chain("s", "call") + chain("hear", "look")
    run = Run(with_called(shape, called))
    run.complete("a")
    assert run.open == ["b", "look"]


# ------------------------------------------------------------------------------------------------ many


def test_a_loop_comes_back_to_many_with_what_they_are_now() -> None:
    results = '<bpmn:loopDataOutputRef>answers</bpmn:loopDataOutputRef><bpmn:outputDataItem name="answer"/>'
    shape = el("exclusiveGateway", "m") + el("userTask", "sign", many(more=results)) + el("exclusiveGateway", "x", default="out") + el("endEvent", "e")
    run = Run(main(shape + chain("s", "m", "sign", "x") + flow("x", "m", "'no' in answers") + flow("x", "e", id="out")), TWO_PEOPLE)
    run.complete("sign", answer="no")
    run.complete("sign", answer="yes", people=["Chi"])
    assert [task.data["person"] for task in run.out.tasks] == ["Chi"]
    assert run.out.data["answers"] == ["no", "yes"]
    assert run.complete("sign", answer="yes").ended
    assert run.out.data["answers"] == ["yes"]


def test_a_completion_condition_ends_the_rest_of_the_many_with_all_that_is_inside() -> None:
    until = "<bpmn:completionCondition>numberOfCompletedInstances &gt;= 2 and numberOfActiveInstances + numberOfTerminatedInstances == 1</bpmn:completionCondition>"
    inner = el("userTask", "a") + el("boundaryEvent", "late", timer("P1D"), attachedToRef="a") + chain("each_s", "a")
    run = Run(main(sub("each", inner, many(more=until)) + el("userTask", "after") + chain("s", "each", "after")), {"people": ["An", "Bình", "Chi"]})
    run.complete("a")
    assert (run.open, len(run.out.timers)) == (["a", "a"], 2)
    run.complete("a")
    assert (run.open, run.out.timers) == (["after"], ())


def test_what_one_of_many_puts_in_its_own_place_is_its_own() -> None:
    inner = el("scriptTask", "count", "<bpmn:script>mark = person + '!'\nseen = person</bpmn:script>") + el("userTask", "a") + chain("each_s", "count", "a")
    more = '<bpmn:loopDataOutputRef>marks</bpmn:loopDataOutputRef><bpmn:outputDataItem name="mark"/>'
    run = Run(main(sub("each", inner, many(more=more)) + chain("s", "each")), TWO_PEOPLE)
    assert [(task.data["mark"], task.data["seen"]) for task in run.out.tasks] == [("An!", "Bình"), ("Bình!", "Bình")]
    run.complete("a")
    assert run.complete("a").data == {**TWO_PEOPLE, "seen": "Bình", "marks": ["An!", "Bình!"]}


def test_a_signal_reaches_every_one_of_many() -> None:
    signal = '<bpmn:signalEventDefinition signalRef="sg"/>'
    begin = f'<bpmn:startEvent id="stop_s">{signal}'
    handler = sub("stop", el("userTask", "tidy") + chain("stop_s", "tidy"), triggeredByEvent="true").replace('<bpmn:startEvent id="stop_s">', begin)
    shape = sub("each", el("userTask", "a") + chain("each_s", "a") + handler, many()) + el("userTask", "boss") + el("intermediateThrowEvent", "halt", signal) + chain("s", "each") + chain("s", "boss", "halt")
    xml = main(shape).replace(b'<bpmn:process id="p"', b'<bpmn:signal id="sg" name="halt"/><bpmn:process id="p"')
    run = Run(xml, TWO_PEOPLE)
    run.complete("boss")
    assert run.open == ["tidy", "tidy"]
    run.complete("tidy")
    assert run.complete("tidy").ended


def test_an_inclusive_join_behind_a_boundary_event_waits_for_the_activity() -> None:
    shape = el("userTask", "a") + el("boundaryEvent", "late", timer("P1D"), attachedToRef="a", cancelActivity="false") + el("userTask", "urge") + el("inclusiveGateway", "j") + el("userTask", "after")
    run = Run(main(shape + chain("s", "a", "j", "after") + chain("late", "urge", "j")))
    run.fire("late")
    run.complete("urge")
    assert run.open == ["a"]
    run.complete("a")
    assert run.open == ["after"]
    quiet = Run(main(shape + chain("s", "a", "j", "after") + chain("late", "urge", "j")))
    quiet.complete("a")
    assert quiet.open == ["after"]


def test_many_operations_messages_and_waits_have_their_own_parameters_and_keys() -> None:
    given = '<bpmn:extensionElements><chidao:parameter name="who" value="person"/></bpmn:extensionElements>'
    shape = el("serviceTask", "c", given + many(), chidao__operation="o") + el("sendTask", "out", given + many(), messageRef="m_x", chidao__to="person")
    shape += el("receiveTask", "back", many(), messageRef="m_x", chidao__key="person") + chain("s", "c", "out", "back")
    run = Run(main(shape, messages=("x",)), TWO_PEOPLE)
    assert [operation.parameters["who"] for operation in run.out.operations] == ["An", "Bình"]
    run.answer("c")
    run.answer("c")
    assert [(sent.to, sent.payload) for sent in run.out.sent] == [(("An",), {"who": "An"}), (("Bình",), {"who": "Bình"})]
    assert [entry.key for entry in run.out.subscriptions] == ["An", "Bình"]
    run.deliver("back")
    assert run.deliver("back").ended


def test_what_is_interrupted_far_out_takes_along_what_is_deep_inside() -> None:
    deep = el("userTask", "a", many()) + el("boundaryEvent", "soon", timer("P1D"), attachedToRef="a", cancelActivity="false") + el("userTask", "u") + chain("o2_s", "a") + chain("soon", "u")
    shape = sub("o1", sub("o2", deep) + el("serviceTask", "c") + chain("o1_s", "o2") + chain("o1_s", "c")) + el("boundaryEvent", "late", timer("P2D"), attachedToRef="o1") + el("userTask", "z")
    run = Run(main(shape + chain("s", "o1") + chain("late", "z")), TWO_PEOPLE)
    run.fire("soon")
    assert run.open == ["a", "a", "u"]
    run.fire("late")
    assert (run.open, run.out.timers, run.out.operations) == (["z"], (), ())


def test_an_error_that_leads_back_begins_the_sub_process_anew_each_time() -> None:
    inner = el("userTask", "a") + el("endEvent", "failed", error("E")) + el("endEvent", "fine") + el("exclusiveGateway", "x", default="d")
    inner += chain("in_s", "a", "x") + flow("x", "failed", "bad") + flow("x", "fine", id="d")
    shape = el("exclusiveGateway", "m") + sub("in", inner) + el("boundaryEvent", "oh", error("E"), attachedToRef="in") + chain("s", "m", "in") + chain("oh", "m")
    run = Run(main(shape, errors=("E",)))
    size = len(run.out.state)
    for _ in range(20):
        run.complete("a", bad=True)
        assert run.open == ["a"]
    assert len(run.out.state) < size + 60
    assert run.complete("a", bad=False).ended


def test_a_link_leads_back_into_a_loop() -> None:
    link = '<bpmn:linkEventDefinition name="L"/>'
    shape = el("exclusiveGateway", "m") + el("userTask", "a") + el("exclusiveGateway", "x", default="d") + el("intermediateThrowEvent", "again", link) + el("intermediateCatchEvent", "here", link) + el("endEvent", "e")
    run = Run(main(shape + chain("s", "m", "a", "x") + flow("x", "again", "more") + flow("x", "e", id="d") + chain("here", "m")))
    for _ in range(3):
        run.complete("a", more=True)
        assert run.open == ["a"]
    assert run.complete("a", more=False).ended


def test_one_of_many_calls_has_data_objects_of_its_own() -> None:
    inner = el("dataObject", "o", name="mine") + el("scriptTask", "c", "<bpmn:script>mine = person</bpmn:script>") + el("userTask", "u") + chain("c", "u")
    run = Run(with_called(el("callActivity", "call", many(), calledElement="q") + chain("s", "call"), el("startEvent", "i") + el("subProcess", "in", inner) + chain("i", "in")), TWO_PEOPLE)
    assert [task.data["mine"] for task in run.out.tasks] == ["An", "Bình"]
    assert run.out.data == TWO_PEOPLE


def test_a_link_of_which_one_end_is_refused_is_no_traceback() -> None:
    link = '<bpmn:linkEventDefinition name="L"/>'
    for out, back in ((link * 2, link), (link, link * 2)):
        shape = el("intermediateThrowEvent", "out", out) + el("intermediateCatchEvent", "back", back) + el("userTask", "a") + chain("s", "out") + chain("back", "a")
        with pytest.raises(DefinitionInvalid) as refusal:
            compile_definition("p", {"p.bpmn": main(shape)}, functions={})
        assert [finding.rule for finding in refusal.value.findings] == ["unsupported_event"]


@pytest.mark.parametrize("kind", ["endEvent", "exclusiveGateway", "intermediateThrowEvent"])
def test_only_activities_are_carried_out_several_times(kind: str) -> None:
    with pytest.raises(DefinitionInvalid) as refusal:
        compile_definition("p", {"p.bpmn": main(el(kind, "x", many()) + chain("s", "x"))}, functions={})
    assert [(finding.rule, finding.element) for finding in refusal.value.findings] == [("unsupported_setting", "x")]
