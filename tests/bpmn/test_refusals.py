from __future__ import annotations

import pytest

from engine.bpmn import compile_definition
from engine.kernel.errors import DefinitionInvalid
from tests.bpmn.diagrams import chain, document, el, flow, many, process, timer


def findings(body: str, **more: tuple[str, ...]) -> list[tuple[str, str | None]]:
    with pytest.raises(DefinitionInvalid) as refusal:
        compile_definition("p", {"p.bpmn": document(body, **more)}, functions={})
    for finding in refusal.value.findings:
        assert finding.file == "p.bpmn"
        assert finding.line
        assert finding.severity == "error"
        assert "but" in finding.message
    return [(finding.rule, finding.element) for finding in refusal.value.findings]


def with_task(inner: str, *flows: str) -> str:
    return process(el("startEvent", "s") + el("userTask", "a") + chain("s", "a") + inner + "".join(flows))


START = el("startEvent", "s") + el("userTask", "a") + chain("s", "a")


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        (el("complexGateway", "x") + flow("a", "x"), ("unsupported_element", "x")),
        (el("subProcess", "x", el("userTask", "b"), triggeredByEvent="true"), ("event_sub_process", "x")),
        (el("subProcess", "y", el("startEvent", "x") + el("userTask", "b") + flow("x", "b"), triggeredByEvent="true"), ("event_sub_process", "x")),
        (el("subProcess", "x", el("startEvent", "i", timer("P1D")) + el("userTask", "b") + flow("i", "b"), triggeredByEvent="true") + flow("a", "x"), ("flow_into_start", "x")),
        (el("userTask", "x", isForCompensation="true"), ("compensation", "x")),
        (el("intermediateCatchEvent", "x", "<bpmn:conditionalEventDefinition/>") + flow("a", "x"), ("condition", "x")),
        (el("intermediateThrowEvent", "x", "<bpmn:compensateEventDefinition/>") + flow("a", "x"), ("compensation", "x")),
        (el("endEvent", "x", '<bpmn:errorEventDefinition errorRef="no"/>') + flow("a", "x"), ("reference", "x")),
        (el("intermediateThrowEvent", "x", "<bpmn:errorEventDefinition/>") + flow("a", "x"), ("unsupported_event", "x")),
        (el("endEvent", "x", "<bpmn:cancelEventDefinition/>") + flow("a", "x"), ("cancel", "x")),
        (el("boundaryEvent", "x", "<bpmn:compensateEventDefinition/>", attachedToRef="a"), ("compensation", "x")),
        (el("boundaryEvent", "x", timer("P1D") * 2, attachedToRef="a"), ("unsupported_event", "x")),
        (el("boundaryEvent", "x", attachedToRef="a"), ("unsupported_event", "x")),
        (el("boundaryEvent", "x", timer("P1D"), attachedToRef="s"), ("reference", "x")),
        (el("intermediateCatchEvent", "x") + flow("a", "x"), ("unsupported_event", "x")),
        (el("intermediateCatchEvent", "x", timer("")) + flow("a", "x"), ("timer", "x")),
        (el("intermediateCatchEvent", "x", timer("every monday")) + flow("a", "x"), ("expression", "x")),
        (el("intermediateCatchEvent", "x", '<bpmn:messageEventDefinition messageRef="no"/>') + flow("a", "x"), ("reference", "x")),
        (el("intermediateThrowEvent", "x", '<bpmn:linkEventDefinition name="L"/>') + flow("a", "x"), ("link", "x")),
        (el("businessRuleTask", "x") + flow("a", "x"), ("decision", "x")),
        (el("scriptTask", "x", "<bpmn:script>print(1)</bpmn:script>") + flow("a", "x"), ("script", "x")),
        (el("scriptTask", "x", "<bpmn:script>x = 1</bpmn:script>", scriptFormat="groovy") + flow("a", "x"), ("script_language", "x")),
        (el("callActivity", "x", calledElement="nowhere") + flow("a", "x"), ("reference", "x")),
        (el("receiveTask", "x", instantiate="true") + flow("a", "x"), ("unsupported_setting", "x")),
        (el("eventBasedGateway", "x") + flow("a", "x") + el("userTask", "b") + flow("x", "b"), ("event_gateway", "x")),
        (el("userTask", "x", many(None)) + flow("a", "x"), ("multi_instance", "x")),
        (el("userTask", "x", "<bpmn:standardLoopCharacteristics/>") + flow("a", "x"), ("loop", "x")),
        (el("userTask", "x"), ("unreachable", "x")),
        (flow("a", "nowhere", id="x"), ("reference", "x")),
        (el("userTask", "x", default="no") + flow("a", "x"), ("reference", "x")),
        (el("startEvent", "x") + flow("x", "a"), ("start", "x")),
        (el("endEvent", "x") + flow("a", "x") + flow("x", "a"), ("flow_out_of_end", "x")),
        (el("userTask", "x") + flow("a", "x", "(lambda: 1)()", id="y"), ("expression", "y")),
        (el("exclusiveGateway", "x") + flow("a", "x") + "".join(el("userTask", n) for n in "bcd") + flow("x", "b", "n") + flow("x", "c") + flow("x", "d"), ("condition", "x")),
        (el("inclusiveGateway", "x") + flow("a", "x") + "".join(el("userTask", n) for n in "bcd") + flow("x", "b", "n") + flow("x", "c") + flow("x", "d"), ("condition", "x")),
        (el("sendTask", "x", name="m", chidao__key="__import__('os')") + flow("a", "x"), ("expression", "x")),
        (el("userTask", "x", chidao__due="tomorrow at noon") + flow("a", "x"), ("expression", "x")),
        (el("userTask", "a"), ("duplicate_id", "a")),
    ],
)
def test_what_would_not_run_as_drawn_is_refused_with_its_place(element: str, expected: tuple[str, str]) -> None:
    assert expected in findings(process(START + element))


def test_all_findings_are_told_at_once() -> None:
    found = findings(process(START + el("complexGateway", "x") + el("complexGateway", "y") + flow("a", "z", id="f")))
    assert {element for _, element in found} >= {"x", "y", "f"}


def test_a_start_event_of_another_kind_is_refused() -> None:
    error = "<bpmn:errorEventDefinition/>"
    assert ("unsupported_event", "s") in findings(process(el("startEvent", "s", error) + el("userTask", "a") + chain("s", "a")))
    assert ("unsupported_event", "i") in findings(process(START + el("subProcess", "x", el("startEvent", "i", timer("P1D"))) + flow("a", "x")))


def test_a_condition_in_another_language_is_refused() -> None:
    condition = '<bpmn:conditionExpression language="groovy">n</bpmn:conditionExpression>'
    assert ("expression", "y") in findings(process(START + el("endEvent", "e") + f'<bpmn:sequenceFlow id="y" sourceRef="a" targetRef="e">{condition}</bpmn:sequenceFlow>'))
    assert ("expression", "y") in findings(process(START + el("endEvent", "e") + flow("a", "e", "${bean.n()}", id="y")))


def test_a_process_that_is_not_there_is_refused() -> None:
    with pytest.raises(DefinitionInvalid, match="Expected the process p, but found q"):
        compile_definition("p", {"q.bpmn": document(process(START, id="q"))}, functions={})
    with pytest.raises(DefinitionInvalid, match="duplicate_process"):
        compile_definition("p", {"1": document(process(START)), "2": document(process(START))}, functions={})


BOMB = b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><definitions x="&b;">&b;</definitions>'
XXE = b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><definitions>&x;</definitions>'


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (BOMB, "xml"),
        (XXE, "xml"),
        (XXE.decode().replace('version="1.0"', 'version="1.0" encoding="UTF-16"').encode("utf-16"), "xml"),
        (b'<!DOCTYPE html SYSTEM "http://example.com/x.dtd"><definitions/>', "xml"),
        (b"", "xml"),
        (b"not xml", "xml"),
        (b"<definitions>", "xml"),
        (b"<a>&undeclared;</a>", "xml"),
        (b"<html/>", "xml"),
        (b"<a>" * 5000, "xml"),
        (b"<a/>" + b" " * 5_000_001, "xml"),
    ],
)
def test_unsafe_or_broken_xml_is_refused(content: bytes, rule: str) -> None:
    with pytest.raises(DefinitionInvalid) as refusal:
        compile_definition("p", {"p.bpmn": content}, functions={})
    assert [finding.rule for finding in refusal.value.findings] == [rule]


def test_the_same_bytes_are_compiled_once() -> None:
    files = {"p.bpmn": document(process(START))}
    first = compile_definition("p", files, functions={})
    second = compile_definition("p", dict(files), functions={})
    assert first.specs is second.specs
    assert compile_definition("p", files, functions={"other": len}).specs is not first.specs
