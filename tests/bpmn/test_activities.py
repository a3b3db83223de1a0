from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.bpmn import CompleteOperation, CompleteTask, DeliverMessage, FireTimer, RaiseError, advance, compile_definition, start, view
from engine.kernel.errors import InvalidInput, Refused, StepFailed
from tests.bpmn.diagrams import NOW, Run, chain, document, el, error, flow, many, message, process, timer

SIMPLE = document(process(el("startEvent", "s") + el("userTask", "a") + el("endEvent", "e") + chain("s", "a", "e")))


def sub(id: str, inner: str, more: str = "") -> str:
    return el("subProcess", id, more + el("startEvent", f"{id}_s") + inner + el("endEvent", f"{id}_e"))


def test_a_user_task_says_who_does_it_with_which_form_until_when() -> None:
    lanes = (
        '<bpmn:laneSet id="ls"><bpmn:lane id="l1" name="Văn phòng" chidao:role="clerk"><bpmn:childLaneSet id="c">'
        '<bpmn:lane id="l2" name="Văn thư"><bpmn:flowNodeRef>a</bpmn:flowNodeRef></bpmn:lane></bpmn:childLaneSet></bpmn:lane></bpmn:laneSet>'
    )
    task = el("userTask", "a", name="Đăng ký\n văn bản", chidao__form="register", chidao__due="date(issued) + days(2)")
    run = Run(document(process(lanes + el("startEvent", "s") + task + chain("s", "a"))), {"issued": "2024-04-01"})
    (open_task,) = run.out.tasks
    assert (open_task.name, open_task.role, open_task.form) == ("Đăng ký văn bản", "clerk", "register")
    assert open_task.due == datetime(2024, 4, 3, 17, tzinfo=UTC)  # the end of 3 April in Vietnam
    element = run.definition.elements["a"]
    assert (element.type, element.lane, element.role, element.process) == ("userTask", "Văn thư", "clerk", "p")
    assert element.line > 1


def test_a_due_date_that_is_null_is_none_and_such_a_timer_never_fires() -> None:
    asked = "date(last) if last else null"
    task = el("userTask", "a", chidao__due=asked) + el("boundaryEvent", "late", timer(asked, "timeDate"), attachedToRef="a", cancelActivity="false")
    drawing = document(process(el("startEvent", "s") + task + el("endEvent", "e") + chain("s", "a") + chain("late", "e")))
    never, once = Run(drawing, {"last": ""}).out, Run(drawing, {"last": "2024-04-03"}).out
    assert ([task.due for task in never.tasks], never.timers) == ([None], ())
    assert [entry.due for entry in (*once.tasks, *once.timers)] == [datetime(2024, 4, day, 17, tzinfo=UTC) for day in (3, 2)]


def test_a_task_can_be_completed_once() -> None:
    definition = compile_definition("p", {"p": SIMPLE}, functions={})
    out = start(definition, {}, now=NOW)
    command = CompleteTask(task=out.tasks[0].id)
    ended = advance(definition, out.state, command, now=NOW)
    assert ended.ended
    assert ended.ends == ("e",)
    with pytest.raises(Refused, match="has ended"):
        advance(definition, ended.state, command, now=NOW)
    assert advance(definition, out.state, command, now=NOW).ended  # the row that was given is as it was


def test_work_that_is_not_open_is_refused() -> None:
    run = Run(document(process(el("startEvent", "s") + el("parallelGateway", "g") + el("userTask", "a") + el("userTask", "b") + chain("s", "g", "a") + chain("g", "b"))))
    first = next(task.id for task in run.out.tasks if task.element == "a")
    run.complete("a")
    for wrong in (first, "no-uuid", "00000000-0000-0000-0000-000000000000", ""):
        with pytest.raises(Refused, match="done, withdrawn or unknown"):
            run.do(CompleteTask(task=wrong))
    other = run.out.tasks[0].id
    for command in (CompleteOperation(task=other), DeliverMessage(task=other), FireTimer(task=other)):
        with pytest.raises(Refused, match="b is a UserTask"):
            run.do(command)


def test_ids_stay_the_same_from_row_to_row() -> None:
    run = Run(document(process(el("startEvent", "s") + el("parallelGateway", "g") + el("userTask", "a") + el("userTask", "b") + chain("s", "g", "a") + chain("g", "b"))))
    kept = next(task.id for task in run.out.tasks if task.element == "b")
    run.complete("a")
    assert [task.id for task in run.out.tasks] == [kept]
    assert view(run.definition, run.out.state, now=NOW).tasks == run.out.tasks


def test_an_operation_waits_for_its_answer() -> None:
    parameters = '<bpmn:extensionElements><chidao:parameter name="to" value="[r[\'id\'] for r in rows]"/></bpmn:extensionElements>'
    run = Run(document(process(el("startEvent", "s") + el("serviceTask", "d", parameters, chidao__operation="dispatch") + el("userTask", "a") + chain("s", "d", "a"))), {"rows": [{"id": "x"}, {"id": "y"}]})
    (operation,) = run.out.operations
    assert (operation.operation, operation.parameters) == ("dispatch", {"to": ["x", "y"]})
    run.answer("d", sent=2)
    assert run.out.tasks[0].data["sent"] == 2
    assert run.path == ["s", "d"]


@pytest.mark.parametrize("bad", [{"x": object()}, {"x": {1, 2}}, {1: "x"}, {"x": float("nan")}, {"x": 10**100}])
def test_data_that_cannot_be_kept_is_refused(bad: dict[str, object]) -> None:
    run = Run(SIMPLE)
    with pytest.raises(InvalidInput, match="Expected"):
        run.do(CompleteTask(task=run.out.tasks[0].id, data=bad))


def test_data_come_back_as_they_were_given() -> None:
    data = {"typename": "UUID", "deep": {"typename": {"typename": 1}}, "f": 0.1, "big": 2**200, "tiếng": "Việt\ud800", "list": [1.0, None, True], "z": 1, "a": 2}
    run = Run(SIMPLE, data)
    task = run.out.tasks[0]
    assert task.data == data
    assert list(view(run.definition, run.out.state, now=NOW).tasks[0].data) == list(data)
    assert run.complete("a", data={"v": 1}, v=2).data == {**data, "data": {"v": 1}, "v": 2}


def test_a_small_process_is_a_small_row() -> None:
    run = Run(SIMPLE, {"directive": "877-CV/BTGTU", "organisation": "btg-hu-01", "period": "2024-04", "case": "0190e5a2-7c1b-7a3e"})
    assert len(run.out.state) < 400


@pytest.mark.parametrize("state", [b"", b"nonsense", __import__("zlib").compress(b"[]"), __import__("zlib").compress(b'{"v":1,"data":{},"ends":[],"tokens":[["00","x",8,{}]],"inside":[]}')])
def test_a_broken_row_fails_the_step(state: bytes) -> None:
    run = Run(SIMPLE)
    with pytest.raises(StepFailed, match="Expected"):
        advance(run.definition, state, CompleteTask(task=run.out.tasks[0].id), now=NOW)


def test_a_sub_process_shares_the_data_and_is_passed_when_all_inside_is_done() -> None:
    inner = el("parallelGateway", "g") + el("userTask", "a") + el("userTask", "b") + chain("in_s", "g", "a", "in_e") + chain("g", "b", "in_e")
    run = Run(document(process(el("startEvent", "s") + sub("in", inner) + el("userTask", "c") + chain("s", "in", "c"))))
    assert [task.call_path for task in run.out.tasks] == [("in",), ("in",)]
    run.complete("a", x=1)
    assert run.open == ["b"]
    run.complete("b", y=2)
    assert run.open == ["c"]
    assert run.out.data == {"x": 1, "y": 2}
    assert run.path == ["s", "in_s", "g", "a", "in_e", "b", "in_e", "in"]


def test_a_sub_process_needs_neither_start_nor_end_event() -> None:
    run = Run(document(process(el("startEvent", "s") + el("subProcess", "in", el("userTask", "a") + el("userTask", "b")) + chain("s", "in"))))
    assert run.open == ["a", "b"]
    run.complete("a")
    assert run.complete("b").ended


def test_a_call_activity_runs_the_called_process_from_another_file() -> None:
    main = document(process(el("startEvent", "StartEvent_1") + el("callActivity", "call", calledElement="q") + el("userTask", "after") + chain("StartEvent_1", "call", "after")))
    called = document(process(el("startEvent", "StartEvent_1") + el("subProcess", "deep", el("userTask", "inner")) + chain("StartEvent_1", "deep"), id="q"))
    run = Run({"p.bpmn": main, "q.bpmn": called}, {"n": 1})
    assert run.out.tasks[0].call_path == ("call", "deep")
    run.complete("inner", n=2)
    assert run.open == ["after"]
    assert run.out.data == {"n": 2}
    assert run.definition.elements["q/StartEvent_1"].process == "q"


def test_a_process_that_calls_itself_without_end_fails_the_step() -> None:
    with pytest.raises(StepFailed, match="inside each other"):
        Run(document(process(el("startEvent", "s") + el("callActivity", "c", calledElement="p") + chain("s", "c"))))


def test_a_terminate_end_ends_its_own_process_only() -> None:
    stop = el("endEvent", "t", "<bpmn:terminateEventDefinition/>")
    inner = el("parallelGateway", "g") + el("userTask", "a") + el("userTask", "b") + stop + chain("in_s", "g", "a", "t") + chain("g", "b", "in_e")
    run = Run(document(process(el("startEvent", "s") + el("parallelGateway", "f") + sub("in", inner) + el("userTask", "side") + el("userTask", "after") + chain("s", "f", "in", "after") + chain("f", "side"))))
    run.complete("a")
    assert run.open == ["after", "side"]
    top = Run(document(process(el("startEvent", "s") + el("parallelGateway", "f") + sub("in", el("userTask", "b") + chain("in_s", "b", "in_e")) + el("userTask", "a") + stop + chain("s", "f", "in") + chain("f", "a", "t"))))
    assert top.complete("a").ended
    assert top.out.ends == ("t",)


@pytest.mark.parametrize("sequential", [True, False])
def test_many_instances_have_their_own_item_and_share_the_rest(*, sequential: bool) -> None:
    output = '<bpmn:loopDataOutputRef>opinions</bpmn:loopDataOutputRef><bpmn:outputDataItem name="opinion"/>'
    task = el("userTask", "sign", many(sequential=sequential, more=output.replace("<bpmn:outputDataItem", "<bpmn:outputDataItem")))
    run = Run(document(process(el("startEvent", "s") + task + el("userTask", "after") + chain("s", "sign", "after"))), {"people": ["An", "Bình", "Chi"]})
    seen = []
    while "sign" in run.open:
        assert len(run.out.tasks) == (1 if sequential else 3 - len(seen))
        last = run.out.tasks[-1].data
        seen.append(last["person"])
        run.complete("sign", which=-1, opinion=f"{last['person']} {last['loopCounter']}", note=last["person"])
    assert seen == (["An", "Bình", "Chi"] if sequential else ["Chi", "Bình", "An"])
    assert run.out.data == {"people": ["An", "Bình", "Chi"], "opinions": ["An 1", "Bình 2", "Chi 3"], "note": seen[-1]}
    assert run.path == ["s", "sign", "sign", "sign"]


def test_many_instances_of_nothing_are_passed_at_once() -> None:
    run = Run(document(process(el("startEvent", "s") + el("userTask", "sign", many()) + el("userTask", "after") + chain("s", "sign", "after"))), {"people": []})
    assert run.open == ["after"]
    with pytest.raises(StepFailed, match="list called people at sign"):
        Run(document(process(el("startEvent", "s") + el("userTask", "sign", many()) + chain("s", "sign"))), {"people": "An"})


def test_a_completion_condition_ends_the_instances_that_are_open() -> None:
    until = "<bpmn:completionCondition>numberOfCompletedInstances &gt;= 2</bpmn:completionCondition>"
    inner = many(more=until) + el("userTask", "a")
    run = Run(document(process(el("startEvent", "s") + el("subProcess", "each", inner) + el("userTask", "after") + chain("s", "each", "after"))), {"people": [1, 2, 3, 4]})
    run.complete("a")
    assert run.open == ["a", "a", "a"]
    run.complete("a")
    assert run.open == ["after"]


def test_a_standard_loop_repeats_while_its_condition_holds() -> None:
    loop = '<bpmn:standardLoopCharacteristics loopMaximum="3"><bpmn:loopCondition>again</bpmn:loopCondition></bpmn:standardLoopCharacteristics>'
    run = Run(document(process(el("startEvent", "s") + el("userTask", "a", loop) + el("userTask", "after") + chain("s", "a", "after"))))
    run.complete("a", again=True)
    run.complete("a")
    assert run.open == ["a"]
    run.complete("a")
    assert run.open == ["after"]


def test_a_boundary_event_on_many_instances_ends_all_of_them() -> None:
    shape = el("startEvent", "s") + el("userTask", "sign", many()) + el("boundaryEvent", "late", timer("P2D"), attachedToRef="sign") + el("userTask", "urge") + chain("s", "sign") + chain("late", "urge")
    run = Run(document(process(shape)), {"people": [1, 2]})
    assert len(run.out.timers) == 1
    run.complete("sign")
    run.fire("late")
    assert run.open == ["urge"]
    assert run.out.timers == ()


def test_a_script_task_assigns() -> None:
    script = el("scriptTask", "c", "<bpmn:script>\n  total = sum(figures)\n  ok = total &gt; 2\n</bpmn:script>", scriptFormat="python")
    assert Run(document(process(el("startEvent", "s") + script + chain("s", "c"))), {"figures": [1, 2]}).out.data == {"figures": [1, 2], "total": 3, "ok": True}
    with pytest.raises(StepFailed, match="At c: Expected the process data to have 'figures'"):
        Run(document(process(el("startEvent", "s") + script + chain("s", "c"))))


def test_a_process_may_begin_with_one_of_several_messages_or_without() -> None:
    body = el("startEvent", "by_hand") + el("startEvent", "by_post", message("directive.dispatched")) + el("userTask", "a") + chain("by_hand", "a") + chain("by_post", "a")
    xml = document(process(body), messages=("directive.dispatched",))
    assert Run(xml).path == ["by_hand"]
    by_post = Run(xml, message="directive.dispatched")
    assert by_post.path == ["by_post"]
    assert by_post.definition.start_message == "directive.dispatched"
    with pytest.raises(Refused, match="starts p"):
        Run(xml, message="other")
    only = document(process(el("startEvent", "m", message("x")) + el("userTask", "a") + chain("m", "a")), messages=("x",))
    assert Run(only).path == ["m"]


def test_flow_order_does_not_depend_on_the_drawing() -> None:
    run = Run(document(process(el("endEvent", "e") + flow("a", "e") + flow("s", "a") + el("userTask", "a") + el("startEvent", "s"))))
    assert run.complete("a").ended


@pytest.mark.parametrize(("kind", "repeat"), [("userTask", ""), ("serviceTask", ""), ("userTask", many())])
def test_a_task_may_fail_with_an_error_that_its_border_catches(kind: str, repeat: str) -> None:
    border = el("boundaryEvent", "b", error("no"), attachedToRef="w") + el("userTask", "handle") + flow("b", "handle")
    run = Run(document(process(el("startEvent", "s") + el(kind, "w", repeat) + flow("s", "w") + border), errors=("no", "other")), {"people": [1, 2]})
    (task, *_) = run.out.tasks or run.out.operations
    with pytest.raises(Refused, match="'other' around w"):
        run.do(RaiseError(task=task.id, code="other"))
    out = run.do(RaiseError(task=task.id, code="no", data={"why": "paper lost"}))
    assert run.open == ["handle"]
    assert out.data["why"] == "paper lost"
    assert out.operations == ()
