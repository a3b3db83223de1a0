"""Every rule: a drawing that breaks it, with the place that is named, and the same drawing set right."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from engine.definitions.check import examine
from engine.definitions.rules import RULES, WIRING
from tests.definitions.drawings import HEAD, MESSAGE, between, drawing, flow, lane, lint, simple, sources, user_task


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    rule: str
    element: str | None
    wrong: bytes
    right: bytes


def service(operation: str, inner: str = "") -> bytes:
    return drawing(between(("o", f'<bpmn:serviceTask id="o" {operation}>{inner}</bpmn:serviceTask>')))


def decided(attributes: str) -> bytes:
    return drawing(between(("o", f'<bpmn:businessRuleTask id="o" {attributes}/>')))


def script(text: str, attributes: str = "") -> bytes:
    return drawing(between(("x", f'<bpmn:scriptTask id="x" {attributes}><bpmn:script>{text}</bpmn:script></bpmn:scriptTask>')))


def split(*, default: str = "", yes: str = "", no: str = "", third: bool = False) -> bytes:
    gateway = f'<bpmn:exclusiveGateway id="g"{default}/>'
    return drawing(
        f'<bpmn:startEvent id="s"/>{gateway}<bpmn:endEvent id="a"/><bpmn:endEvent id="b"/>'
        + flow("s", "g")
        + flow("g", "a", yes, id="yes")
        + flow("g", "b", no, id="no")
        + (flow("g", "a", id="third") if third else "")
    )


def catch(inner: str, attributes: str = "") -> bytes:
    return drawing(between(("w", f'<bpmn:intermediateCatchEvent id="w" {attributes}>{inner}</bpmn:intermediateCatchEvent>')))


def timer(inner: str) -> bytes:
    return catch(f"<bpmn:timerEventDefinition>{inner}</bpmn:timerEventDefinition>")


def call(process: str) -> bytes:
    return drawing(between(("c", f'<bpmn:callActivity id="c" calledElement="{process}"/>')))


def sub_process(inner: str, attributes: str = "", *, outside: str = "") -> bytes:
    return drawing(between(("sub", f'<bpmn:subProcess id="sub" {attributes}>{inner}</bpmn:subProcess>')) + outside, head=MESSAGE + ERRORS)


def by_person(who: str, attributes: str = "", *, inner: str = "", role: str | None = "clerk") -> bytes:
    start = f'<bpmn:startEvent id="s" chidao:startedBy="{who}" {attributes}>{inner}</bpmn:startEvent>'
    return drawing(start + '<bpmn:endEvent id="e"/>' + flow("s", "e"), lanes=lane("s", "e", role=role))


def event_part(event: str, attributes: str = "", *, more: str = "", key: str = 'chidao:key="report"') -> str:
    """An event sub-process whose start event `hs` waits for `event`."""
    start = f'<bpmn:startEvent id="hs" {attributes} {key if event == LISTENING else ""}>{event}</bpmn:startEvent>'
    loop, more = (more, "") if more == MANY else ("", more)
    return f'<bpmn:subProcess id="h" triggeredByEvent="true">{loop}{start}<bpmn:endEvent id="he"/>{more}{flow("hs", "he")}</bpmn:subProcess>'


def event_sub(event: str, attributes: str = "", *, more: str = "", outside: str = "", key: str = 'chidao:key="report"') -> bytes:
    return drawing(between() + event_part(event, attributes, more=more, key=key) + outside, head=MESSAGE + ERRORS)


def bordered(host: str, event: str) -> str:
    return f'<bpmn:boundaryEvent id="b" attachedToRef="{host}">{event}</bpmn:boundaryEvent><bpmn:endEvent id="x"/>' + flow("b", "x")


def failing(handler: str = "", *, id: str = "p") -> bytes:
    """A process that ends in the error `no`, and what may catch it."""
    start, end = '<bpmn:startEvent id="s"/>', f'<bpmn:endEvent id="e">{ERROR}</bpmn:endEvent>'
    return drawing(start + end + flow("s", "e") + handler, id=id, head=MESSAGE + ERRORS)


INSIDE = '<bpmn:endEvent id="ie"/><bpmn:sequenceFlow id="if" sourceRef="is" targetRef="ie"/>'
PLAIN_INSIDE = f'<bpmn:startEvent id="is"/>{INSIDE}'
LISTENING = '<bpmn:messageEventDefinition messageRef="m"/>'
TIMER = "<bpmn:timerEventDefinition><bpmn:timeDuration>P1D</bpmn:timeDuration></bpmn:timerEventDefinition>"
ERROR = '<bpmn:errorEventDefinition errorRef="no"/>'
ERRORS = '<bpmn:error id="no" errorCode="no"/><bpmn:error id="late" errorCode="late"/>'
GIVEN = '<bpmn:extensionElements><chidao:parameter name="body" value="1"/></bpmn:extensionElements>'
THROUGH = '<bpmn:endEvent id="x"/>' + flow("h", "x")
MANY = "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>all</bpmn:loopDataInputRef></bpmn:multiInstanceLoopCharacteristics>"
FAILING_INSIDE = f'<bpmn:startEvent id="is"/>{INSIDE}'.replace('<bpmn:endEvent id="ie"/>', f'<bpmn:endEvent id="ie">{ERROR}</bpmn:endEvent>')
P = simple()
EXAMPLES = [
    Example(
        rule="unsupported_element",
        element="g",
        wrong=drawing(between(("g", '<bpmn:complexGateway id="g"/>'))),
        right=drawing(between(("g", '<bpmn:exclusiveGateway id="g"/>'))),
    ),
    Example(
        rule="unsupported_event",
        element="s",
        wrong=drawing(f'<bpmn:startEvent id="s">{ERROR}</bpmn:startEvent><bpmn:endEvent id="e"/>' + flow("s", "e"), head=ERRORS),
        right=timer("<bpmn:timeDuration>P1D</bpmn:timeDuration>"),
    ),
    Example(rule="unsupported_event", element="w", wrong=catch(""), right=catch(LISTENING, 'chidao:key="report"')),
    Example(
        rule="compensation",
        element="o",
        wrong=drawing(between(("o", '<bpmn:userTask id="o" chidao:form="slip" isForCompensation="true"/>')), lanes=lane("s", "o", "e")),
        right=P,
    ),
    Example(rule="unsupported_setting", element="s", wrong=drawing(between().replace('id="s"', 'id="s" startQuantity="2"')), right=drawing(between().replace('id="s"', 'id="s" isInterrupting="false"'))),
    Example(rule="unsupported_setting", element="hs", wrong=event_sub(ERROR, "isInterrupting='false'"), right=event_sub(ERROR)),
    Example(rule="unsupported_event", element="hs", wrong=event_sub("<bpmn:signalEventDefinition/><bpmn:linkEventDefinition/>"), right=event_sub(ERROR)),
    Example(rule="decision", element="o", wrong=decided(""), right=decided('chidao:decision="shape"')),
    Example(rule="decision", element="o", wrong=decided('chidao:decision="absent"'), right=decided('chidao:operation="dispatch"')),
    Example(rule="decision", element="o", wrong=decided('chidao:decision="shape" chidao:operation="dispatch"'), right=P),
    Example(rule="decision", element="o", wrong=service('chidao:operation="dispatch" chidao:decision="shape"'), right=P),
    Example(rule="started_by", element="s", wrong=by_person("anybody"), right=by_person("person")),
    Example(rule="started_by", element="s", wrong=by_person("person", role=None), right=by_person("person", 'chidao:subject="none"')),
    Example(rule="started_by", element="s", wrong=by_person("person", 'chidao:subject="report"'), right=by_person("person")),
    Example(rule="started_by", element="s", wrong=by_person("person", inner=LISTENING), right=P),
    Example(rule="event_sub_process", element="hs", wrong=event_sub(""), right=event_sub(LISTENING)),
    Example(rule="event_sub_process", element="h", wrong=event_sub(LISTENING, more='<bpmn:startEvent id="hs2"/>' + flow("hs2", "he")), right=event_sub(TIMER)),
    Example(rule="event_sub_process", element="h-x", wrong=event_sub(LISTENING, outside=THROUGH), right=event_sub(LISTENING)),
    Example(rule="event_sub_process", element="h", wrong=event_sub(LISTENING, more=MANY), right=event_sub(LISTENING)),
    Example(rule="event_sub_process", element="h", wrong=event_sub(LISTENING, outside=bordered("h", TIMER)), right=event_sub(TIMER)),
    Example(rule="message_key", element="hs", wrong=event_sub(LISTENING, key=""), right=event_sub(LISTENING)),
    Example(rule="reference", element="hs", wrong=event_sub('<bpmn:errorEventDefinition errorRef="none"/>'), right=event_sub(ERROR)),
    Example(rule="uncaught_error", element="e", wrong=failing(), right=failing(event_part(ERROR))),
    Example(rule="uncaught_error", element="e", wrong=failing(event_part('<bpmn:errorEventDefinition errorRef="late"/>')), right=failing(event_part("<bpmn:errorEventDefinition/>"))),
    Example(rule="uncaught_error", element="ie", wrong=sub_process(FAILING_INSIDE), right=sub_process(FAILING_INSIDE, outside=bordered("sub", ERROR))),
    Example(
        rule="missing_id",
        element="sequenceFlow_1",
        wrong=drawing('<bpmn:startEvent id="s"/><bpmn:endEvent id="e"/><bpmn:sequenceFlow sourceRef="s" targetRef="e"/>'),
        right=drawing(between()),
    ),
    Example(
        rule="duplicate_id",
        element="s",
        wrong=drawing('<bpmn:startEvent id="s"/><bpmn:endEvent id="s"/>'),
        right=drawing(between()),
    ),
    Example(
        rule="reference",
        element="f",
        wrong=drawing('<bpmn:startEvent id="s"/><bpmn:sequenceFlow id="f" sourceRef="s" targetRef="nowhere"/>'),
        right=drawing(between()),
    ),
    Example(rule="reference", element="w", wrong=catch('<bpmn:messageEventDefinition messageRef="other"/>'), right=catch(LISTENING)),
    Example(rule="reference", element="c", wrong=call("absent"), right=P),
    Example(rule="recursive_call", element="c", wrong=call("p"), right=P),
    Example(
        rule="process",
        element="d",
        wrong=f"{HEAD}{MESSAGE}</bpmn:definitions>".encode(),
        right=drawing(between()),
    ),
    Example(
        rule="start",
        element="s2",
        wrong=drawing('<bpmn:startEvent id="s"/><bpmn:startEvent id="s2"/><bpmn:endEvent id="e"/>' + flow("s", "e") + flow("s2", "e")),
        right=drawing(between()),
    ),
    Example(
        rule="start",
        element="is",
        wrong=sub_process(f'<bpmn:startEvent id="is">{LISTENING}</bpmn:startEvent>{INSIDE}'),
        right=sub_process(PLAIN_INSIDE),
    ),
    Example(
        rule="implicit_start",
        element="p",
        wrong=drawing('<bpmn:exclusiveGateway id="g"/><bpmn:endEvent id="e"/>' + flow("g", "e")),
        right=drawing(between()),
    ),
    Example(
        rule="implicit_end",
        element="g",
        wrong=drawing('<bpmn:startEvent id="s"/><bpmn:exclusiveGateway id="g"/>' + flow("s", "g")),
        right=drawing(between()),
    ),
    Example(
        rule="unreachable",
        element="x",
        wrong=drawing(between() + '<bpmn:exclusiveGateway id="x"/>' + flow("x", "e")),
        right=drawing(between(("x", '<bpmn:exclusiveGateway id="x"/>'))),
    ),
    Example(rule="undecided", element="g", wrong=split(), right=split(yes="urgent", default=' default="no"')),
    Example(rule="condition", element="no", wrong=split(yes="urgent", third=True), right=split(yes="urgent", default=' default="no"')),
    Example(rule="no_default", element="g", wrong=split(yes="a", no="b"), right=split(yes="a", default=' default="no"')),
    Example(rule="expression", element="yes", wrong=split(yes="${bean.urgent()}", default=' default="no"'), right=split(yes="urgent", default=' default="no"')),
    Example(rule="script", element="x", wrong=script("import os"), right=script("total = sum(figures)")),
    Example(rule="empty_script", element="x", wrong=script(""), right=script("total = sum(figures)")),
    Example(rule="script_language", element="x", wrong=script("x = 1", 'scriptFormat="groovy"'), right=script("x = 1")),
    Example(
        rule="expression",
        element="w",
        wrong=timer("<bpmn:timeDate>__import__('os')</bpmn:timeDate>"),
        right=timer("<bpmn:timeDate>working_days_after(today(), 3)</bpmn:timeDate>"),
    ),
    Example(rule="timer", element="w", wrong=timer("<bpmn:timeDate/>"), right=timer("<bpmn:timeDuration>P3D</bpmn:timeDuration>")),
    Example(rule="message", element="w", wrong=catch("<bpmn:messageEventDefinition/>"), right=catch(LISTENING)),
    Example(rule="message_key", element="w", wrong=catch(LISTENING), right=catch(LISTENING, 'chidao:key="report"')),
    Example(rule="unknown_form", element="u", wrong=simple(form="absent"), right=P),
    Example(rule="form", element="u", wrong=simple(form=""), right=P),
    Example(rule="role", element="u", wrong=drawing(between(("u", user_task()))), right=P),
    Example(rule="role", element="lane", wrong=drawing(between(("u", user_task())), lanes=lane("u", role=None)), right=P),
    Example(rule="operation", element="o", wrong=service(""), right=service('chidao:operation="dispatch"')),
    Example(rule="operation", element="o", wrong=service('chidao:operation="rm"'), right=service('chidao:operation="dispatch"')),
    Example(rule="parameter", element="o", wrong=service('chidao:operation="dispatch"', GIVEN.replace("body", "")), right=service('chidao:operation="dispatch"', GIVEN)),
]
NAMES = [f"{example.rule}-{number}" for number, example in enumerate(EXAMPLES)]


@pytest.mark.parametrize("example", EXAMPLES, ids=NAMES)
def test_a_rule_names_the_place_of_what_breaks_it(example: Example) -> None:
    found = [finding for finding in lint(example.wrong) if finding.rule == example.rule]
    assert found
    assert found[0].element == example.element
    assert found[0].file == "p.bpmn"
    assert found[0].line is not None
    assert found[0].severity == RULES[example.rule][0]
    assert found[0].message.startswith("Expected ")


@pytest.mark.parametrize("example", EXAMPLES, ids=NAMES)
def test_a_rule_is_silent_about_what_keeps_it(example: Example) -> None:
    assert [finding for finding in lint(example.right) if finding.rule == example.rule or finding.severity == "error"] == []


def test_a_finding_names_the_line_at_which_a_start_tag_begins() -> None:
    content = drawing(between(("u", '<bpmn:userTask\n  id="u"\n  name="Vào sổ"\n/>')))
    line = content.decode().split("<bpmn:userTask", maxsplit=1)[0].count("\n") + 1
    assert {finding.line for finding in lint(content) if finding.element == "u"} == {line}


def test_processes_that_call_each_other_are_refused_at_both_calls() -> None:
    findings = lint(call("q"), q=drawing(between(("c", '<bpmn:callActivity id="c" calledElement="p"/>')), id="q"))
    assert {(finding.file, finding.element) for finding in findings if finding.rule == "recursive_call"} == {("p.bpmn", "c"), ("q.bpmn", "c")}


def test_a_task_inside_a_sub_process_stands_in_its_lane() -> None:
    inside = '<bpmn:startEvent id="is"/><bpmn:endEvent id="ie"/>' + user_task() + flow("is", "u") + flow("u", "ie")
    drawn = drawing(between(("sub", f'<bpmn:subProcess id="sub">{inside}</bpmn:subProcess>')), lanes=lane("s", "sub", "e"))
    assert lint(drawn) == []


def test_a_flow_out_of_a_sub_process_is_refused() -> None:
    drawn = sub_process(PLAIN_INSIDE).replace(b'targetRef="ie"', b'targetRef="e"')
    assert "leaves its own" in " ".join(finding.message for finding in lint(drawn) if finding.rule == "crossing_flow")


def test_a_link_is_a_path() -> None:
    throw = '<bpmn:intermediateThrowEvent id="t"><bpmn:linkEventDefinition name="L"/></bpmn:intermediateThrowEvent>'
    land = '<bpmn:intermediateCatchEvent id="l"><bpmn:linkEventDefinition name="L"/></bpmn:intermediateCatchEvent>'
    drawn = drawing(f'<bpmn:startEvent id="s"/>{throw}{land}<bpmn:endEvent id="e"/>' + flow("s", "t") + flow("l", "e"))
    assert lint(drawn) == []


@pytest.mark.parametrize("event", [LISTENING, TIMER])
@pytest.mark.parametrize("interrupting", ["true", "false"])
def test_an_event_sub_process_is_drawn_in_a_lane_and_its_tasks_are_done_there(event: str, interrupting: str) -> None:
    start = f'<bpmn:startEvent id="hs" isInterrupting="{interrupting}" chidao:key="report">{event}</bpmn:startEvent>'
    inside = start + user_task() + '<bpmn:endEvent id="he"/>' + flow("hs", "u") + flow("u", "he")
    part = f'<bpmn:subProcess id="h" triggeredByEvent="true">{inside}</bpmn:subProcess>'
    assert lint(drawing(between() + part, lanes=lane("s", "h", "e"))) == []
    assert [finding.rule for finding in lint(drawing(between() + part))] == ["role"]


def test_the_message_of_an_event_sub_process_starts_no_process() -> None:
    files = sources({"p.bpmn": event_sub(LISTENING)})
    assert examine(files, operations=[]).definitions["p"].start_message is None


def test_an_error_may_be_left_to_the_caller() -> None:
    assert {finding.rule for finding in lint(call("q"), q=failing(id="q"))} == {"unused"}


def test_a_process_id_in_two_files_is_refused() -> None:
    assert [finding.rule for finding in lint(simple(), other=simple())] == ["duplicate_process"]


def test_what_the_standard_does_not_know_is_refused_with_its_line() -> None:
    findings = [finding for finding in lint(drawing(between() + "<bpmn:wizard/>")) if finding.rule == "xsd"]
    assert len(findings) == 1
    assert "wizard" in findings[0].message
    assert "{http" not in findings[0].message


def test_what_only_lacks_wiring_compiles_for_a_dry_run() -> None:
    waits = ('<bpmn:startEvent id="s"/>', '<bpmn:startEvent id="s"><bpmn:timerEventDefinition><bpmn:timeDuration>P1D</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:startEvent>')
    drawn = drawing(between(("o", '<bpmn:serviceTask id="o"/>'), ("r", '<bpmn:businessRuleTask id="r" chidao:decision="absent"/>'), ("u", user_task())).replace(*waits))
    assert examine(sources({"p.bpmn": drawn}), operations=[]).definitions == {}
    checked = examine(sources({"p.bpmn": drawn}), operations=[], wired=False)
    assert {finding.rule for finding in checked.findings if finding.severity == "error"} == WIRING
    assert "r" in checked.definitions["p"].elements
