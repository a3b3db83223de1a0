"""Data objects and data associations (BPMN 2.0, 10.3)."""

from __future__ import annotations

import pytest

from engine.bpmn import compile_definition
from engine.kernel.errors import DefinitionInvalid
from tests.bpmn.diagrams import Run, chain, document, el, flow, many, message, process, timer

OBJECT = el("dataObject", "DataObject_1") + el("dataObjectReference", "Ref_1", name="report", dataObjectRef="DataObject_1")


def declared(inputs: str = "", outputs: str = "") -> str:
    ins = "".join(f'<bpmn:dataInput id="{name}" name="{name}"/>' for name in inputs.split())
    outs = "".join(f'<bpmn:dataOutput id="{name}" name="{name}"/>' for name in outputs.split())
    return f"<bpmn:ioSpecification>{ins}{outs}<bpmn:inputSet/><bpmn:outputSet/></bpmn:ioSpecification>"


def carry(kind: str, source: str | None, target: str, more: str = "") -> str:
    begin = f"<bpmn:sourceRef>{source}</bpmn:sourceRef>" if source else ""
    return f"<bpmn:data{kind}Association>{begin}<bpmn:targetRef>{target}</bpmn:targetRef>{more}</bpmn:data{kind}Association>"


def given(source: str | None, target: str, more: str = "") -> str:
    return carry("Input", source, target, more)


def taken(source: str | None, target: str, more: str = "") -> str:
    return carry("Output", source, target, more)


def assigned(value: str, target: str) -> str:
    return f"<bpmn:assignment><bpmn:from>{value}</bpmn:from><bpmn:to>{target}</bpmn:to></bpmn:assignment>"


def tasks(*drawn: str, beside: str = OBJECT, **declarations: tuple[str, ...]) -> bytes:
    ids = [f"t{number}" for number in range(len(drawn))]
    return document(process(beside + el("startEvent", "s") + "".join(el("userTask", id, inner) for id, inner in zip(ids, drawn, strict=True)) + chain("s", *ids)), **declarations)


def test_an_input_is_a_copy_and_an_output_is_copied_back() -> None:
    run = Run(tasks(declared("draft", "final") + given("Ref_1", "draft") + taken("final", "DataObject_1"), ""), {"report": "v1"})
    assert run.out.tasks[0].data == {"report": "v1", "draft": "v1", "final": None}
    assert run.out.data == {"report": "v1"}
    run.complete("t0", draft="changed", final="v2", note="n")
    assert run.out.data == {"report": "v2", "note": "n"}
    assert run.open == ["t1"]


def test_parallel_activities_have_inputs_of_their_own() -> None:
    shape = el("startEvent", "s") + el("parallelGateway", "g")
    for name in ("a", "b"):
        shape += el("dataObject", f"o_{name}", name=f"object_{name}") + el("userTask", name, declared().replace("<bpmn:inputSet/>", f'<bpmn:dataInput id="i_{name}" name="paper"/>') + given(f"o_{name}", f"i_{name}")) + flow("g", name)
    run = Run(document(process(shape + chain("s", "g"))), {"object_a": 1, "object_b": 2})
    assert {task.element: task.data["paper"] for task in run.out.tasks} == {"a": 1, "b": 2}
    run.complete("a")
    assert run.out.tasks[0].data["paper"] == 2


def test_a_variable_can_stand_at_either_end() -> None:
    run = Run(tasks(given("amount", "sum") + taken("answer", "decision")), {"amount": 3})
    assert run.out.tasks[0].data["sum"] == 3
    run.complete("t0", answer="yes")
    assert run.out.data == {"amount": 3, "decision": "yes"}


def test_what_is_not_set_is_not_copied() -> None:
    run = Run(tasks(declared("draft", "final") + given("Ref_1", "draft") + taken("final", "Ref_1")), {"other": 1})
    assert "draft" not in run.out.tasks[0].data
    run.complete("t0")
    assert run.out.data == {"other": 1}


def test_transformations_and_assignments_are_evaluated() -> None:
    more = "<bpmn:transformation>upper(report)</bpmn:transformation>"
    drawn = declared("loud length", "final") + given("Ref_1", "loud", more) + given(None, "length", assigned("len(report)", "length")) + taken("final", "Ref_1", assigned("final + [length]", "Ref_1"))
    run = Run(tasks(drawn), {"report": "abc"})
    assert (run.out.tasks[0].data["loud"], run.out.tasks[0].data["length"]) == ("ABC", 3)
    run.complete("t0", final=[1])
    assert run.out.data == {"report": [1, 3]}


def test_an_assignment_of_what_is_not_there_does_nothing() -> None:
    run = Run(tasks(given(None, "x", assigned("nowhere", "x"))))
    assert run.out.tasks[0].data == {}


@pytest.mark.parametrize(
    ("drawn", "rule"),
    [
        (given("Ref_1", "x", '<bpmn:transformation language="http://www.w3.org/1999/XPath">report</bpmn:transformation>'), "expression"),
        (given(None, "x", assigned("#{report}.trim()", "x")), "expression"),
        (given(None, "x", assigned("1", "getDataInput('x')")), "data_association"),
    ],
)
def test_another_language_is_refused_with_its_place(drawn: str, rule: str) -> None:
    with pytest.raises(DefinitionInvalid) as refusal:
        compile_definition("p", {"p.bpmn": tasks(drawn)}, functions={})
    assert [(finding.rule, finding.element) for finding in refusal.value.findings] == [(rule, "t0")]


def test_an_association_without_two_ends_is_a_picture() -> None:
    drawn = '<bpmn:property id="Property_1" name="__targetRef_placeholder"/>' + given("Ref_1", "Property_1") + taken(None, "Ref_1") + given("Store_1", "x") + taken("y", "Store_1")
    run = Run(tasks(drawn, beside=OBJECT + el("dataStoreReference", "Store_1", name="Archive")), {"report": 1})
    assert run.out.tasks[0].data == {"report": 1}
    assert run.complete("t0", y=2).data == {"report": 1, "y": 2}


def test_an_object_whose_name_no_expression_can_say_goes_by_its_id() -> None:
    beside = el("dataObject", "o1", name="Báo cáo tháng") + el("dataObjectReference", "r1", name="Báo cáo tháng [đã ký]", dataObjectRef="o1")
    run = Run(tasks(taken("result", "r1"), given("r1", "paper"), beside=beside))
    run.complete("t0", result=7)
    assert run.out.data == {"o1": 7}
    assert run.out.tasks[0].data["paper"] == 7


def test_an_object_of_a_sub_process_is_its_own_and_variables_are_shared() -> None:
    own = el("dataObject", "o", name="note") + el("dataObject", "l", name="notes", isCollection="true") + '<bpmn:property id="pr" name="mood"/>'
    inner = own + el("userTask", "a", taken("said", "o")) + el("userTask", "b", given("o", "heard")) + chain("a", "b")
    run = Run(document(process(el("startEvent", "s") + el("subProcess", "in", inner) + el("userTask", "after") + chain("s", "in", "after"))), {"note": "outside"})
    assert run.out.tasks[0].data == {"note": None, "notes": [], "mood": None, "said": None}
    run.complete("a", said="inside", other=1)
    assert (run.out.tasks[0].data["heard"], run.out.tasks[0].data["note"]) == ("inside", "inside")
    run.complete("b", mood="good", notes=[1])
    assert run.out.data == {"note": "outside", "other": 1}


def test_a_sub_process_in_a_loop_begins_with_fresh_objects() -> None:
    inner = el("dataObject", "o", name="notes", isCollection="true") + el("scriptTask", "add", "<bpmn:script>notes = notes + [1]\nseen = len(notes)</bpmn:script>") + el("userTask", "a") + chain("add", "a")
    looped = '<bpmn:standardLoopCharacteristics loopMaximum="3"/>'
    run = Run(document(process(el("startEvent", "s") + el("subProcess", "in", looped + inner) + chain("s", "in"))))
    for _ in range(3):
        assert run.out.tasks[0].data["notes"] == [1]
        run.complete("a")
    assert run.out.ended
    assert run.out.data == {"seen": 1}


def test_many_are_carried_out_over_an_object_and_fill_another() -> None:
    beside = el("dataObject", "all", name="offices", isCollection="true") + el("dataObject", "got", name="answers", isCollection="true")
    more = '<bpmn:loopDataOutputRef>out</bpmn:loopDataOutputRef><bpmn:outputDataItem name="answer"/>'
    drawn = declared("list", "out") + given("all", "list") + taken("out", "got") + many("list", item="office", more=more)
    run = Run(tasks(drawn, beside=beside), {"offices": ["An", "Bình"]})
    assert [task.data["office"] for task in run.out.tasks] == ["An", "Bình"]
    run.complete("t0", answer=1)
    run.complete("t0", answer=2)
    assert run.out.data == {"offices": ["An", "Bình"], "answers": [1, 2]}
    direct = Run(tasks(many("all", item="office"), beside=beside), {"offices": ["An", "Bình"]})
    assert [task.data["office"] for task in direct.out.tasks] == ["An", "Bình"]


def test_events_copy_what_they_hear_and_operations_what_they_are_given() -> None:
    catch = el("intermediateCatchEvent", "m", '<bpmn:dataOutput id="do" name="letter"/>' + taken("do", "DataObject_1") + message("x"))
    parameters = '<bpmn:extensionElements><chidao:parameter name="what" value="paper"/></bpmn:extensionElements>'
    service = el("serviceTask", "c", parameters + declared("paper", "result") + given("Ref_1", "paper") + taken("result", "Ref_1"))
    run = Run(document(process(OBJECT + el("startEvent", "s") + catch + service + el("userTask", "a") + chain("s", "m", "c", "a")), messages=("x",)))
    run.deliver("m", letter="hello", sender="An")
    assert run.out.data == {"report": "hello", "sender": "An"}
    assert run.out.operations[0].parameters == {"what": "hello"}
    run.answer("c", result="done")
    assert run.out.data == {"report": "done", "sender": "An"}


def test_what_begins_a_process_is_copied_too() -> None:
    begin = el("startEvent", "s", '<bpmn:dataOutput id="do" name="letter"/>' + taken("do", "DataObject_1") + message("x"))
    run = Run(document(process(OBJECT + begin + el("userTask", "a") + chain("s", "a")), messages=("x",)), {"letter": "hello"}, message="x")
    assert run.out.data == {"letter": "hello", "report": "hello"}


def test_ways_out_and_boundary_events_see_the_data_not_the_inputs() -> None:
    late = el("boundaryEvent", "late", timer("P1D"), attachedToRef="t", cancelActivity="false") + el("userTask", "urge")
    task = el("userTask", "t", declared("report") + given("Ref_1", "report") + taken("report", "Ref_1"), default="no") + el("userTask", "yes") + el("userTask", "other")
    run = Run(document(process(OBJECT + el("startEvent", "s") + task + late + chain("s", "t") + chain("late", "urge") + flow("t", "yes", "report == 2") + flow("t", "other", id="no"))), {"report": 1})
    run.fire("late")
    run.complete("urge", seen=True)
    run.complete("t", report=2)
    assert run.open == ["yes"]
    assert run.out.data == {"report": 2, "seen": True}


def test_a_sub_process_and_a_called_process_see_their_inputs() -> None:
    main = document(process(OBJECT + el("startEvent", "s") + el("callActivity", "call", declared("paper", "answer") + given("Ref_1", "paper") + taken("answer", "Ref_1"), calledElement="q") + chain("s", "call")))
    called = document(process(el("startEvent", "i") + el("userTask", "inner") + chain("i", "inner"), id="q"))
    run = Run({"p.bpmn": main, "q.bpmn": called}, {"report": 1})
    assert run.out.tasks[0].data["paper"] == 1
    assert run.complete("inner", answer=5, paper=9).data == {"report": 5}


def test_a_boundary_event_that_goes_on_listening_copies_every_time() -> None:
    heard = '<bpmn:dataOutput id="do" name="letter"/>' + taken("do", "DataObject_1") + message("x")
    shape = el("userTask", "t") + el("boundaryEvent", "m", heard, attachedToRef="t", cancelActivity="false") + el("userTask", "read") + chain("s", "t") + chain("m", "read")
    run = Run(document(process(OBJECT + el("startEvent", "s") + shape), messages=("x",)))
    for letter in ("one", "two"):
        run.deliver("m", letter=letter)
        assert run.out.data == {"report": letter}
    assert run.open == ["read", "read", "t"]
