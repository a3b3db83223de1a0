"""What the examples of the rules do not show: the second case of a rule, and what it leaves in peace."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.bpmn import Choose, advance, start
from engine.bpmn.xsd import bpmn_vocabulary
from engine.definitions.check import examine
from engine.definitions.rules.unsupported_element import KNOWN, REMEDIES
from tests.definitions.drawings import HEAD, between, chain, drawing, flow, lane, lint, sources, user_task

NOW = datetime(2026, 11, 2, tzinfo=UTC)
TWO_WAYS = '<bpmn:startEvent id="s"/><bpmn:inclusiveGateway id="g"/><bpmn:endEvent id="a"/><bpmn:endEvent id="b"/>' + flow("g", "a") + flow("g", "b")
CAMUNDA = 'xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'


def rules(content: bytes) -> list[str]:
    return [finding.rule for finding in lint(content)]


def messages(content: bytes, rule: str) -> list[str]:
    return [finding.message for finding in lint(content) if finding.rule == rule]


ABSTRACT = """activity artifact baseElement baseElementWithMixedContent callableElement catchEvent choreographyActivity dataAssociation event
    eventDefinition flowElement flowNode gateway loopCharacteristics rootElement throwEvent"""
WITHIN = "activationCondition complexBehaviorDefinition correlationPropertyBinding dataPath implicitThrowEvent"  # of what is refused


def test_each_element_of_the_standard_is_run_shown_or_refused_on_purpose() -> None:
    declared = {str(each.get("name")) for schema in bpmn_vocabulary() for each in schema.iterfind("{http://www.w3.org/2001/XMLSchema}element")}
    inner = {str(each.get("name")) for schema in bpmn_vocabulary() for each in schema.iter("{http://www.w3.org/2001/XMLSchema}element") if each.get("name")}
    assert "userTask" in declared
    assert inner - KNOWN - {*REMEDIES} - {*ABSTRACT.split()} == {*WITHIN.split()}


def test_a_person_chooses_at_an_inclusive_gateway_without_conditions() -> None:
    checked = examine(sources({"p.bpmn": drawing(TWO_WAYS + flow("s", "g"))}), operations=[])
    assert [(finding.rule, finding.severity) for finding in checked.findings] == [("undecided", "warning")]
    waiting = start(checked.definitions["p"], {}, now=NOW)
    (choice,) = waiting.choices
    assert choice.flows == ("g-a", "g-b")
    assert advance(checked.definitions["p"], waiting.state, Choose(task=choice.id, flow="g-b"), now=NOW).ends == ("b",)


def test_an_inclusive_gateway_that_also_joins_cannot_be_chosen_at() -> None:
    twice = '<bpmn:parallelGateway id="f"/>' + flow("s", "f") + flow("f", "g") + flow("f", "g", id="again")
    found = [(finding.rule, finding.severity) for finding in lint(drawing(TWO_WAYS + twice))]
    assert found == [("condition", "error"), ("condition", "error")]


def test_a_lane_has_the_role_of_the_lane_around_it() -> None:
    inner = '<bpmn:childLaneSet id="cs"><bpmn:lane id="in" name="Tổ"><bpmn:flowNodeRef>u</bpmn:flowNodeRef></bpmn:lane></bpmn:childLaneSet>'
    outer = f'<bpmn:lane id="out" name="Phòng" chidao:role="clerk"><bpmn:flowNodeRef>s</bpmn:flowNodeRef>{inner}</bpmn:lane>'
    assert lint(drawing(between(("u", user_task())), lanes=outer)) == []


def test_a_misspelt_name_is_answered_with_the_nearest() -> None:
    drawn = drawing(between(("u", '<bpmn:userTask id="u" chidao:from="slip"/>')), lanes=lane("s", "u", "e"))
    assert "Write chidao:form." in messages(drawn, "vocabulary")[0]


def test_a_name_at_an_element_that_does_not_read_it_is_refused() -> None:
    drawn = drawing(between(("o", '<bpmn:serviceTask id="o" chidao:operation="dispatch" chidao:form="slip"/>')))
    assert "where nobody reads it" in messages(drawn, "vocabulary")[0]


def test_the_prefix_of_another_namespace_is_refused() -> None:
    drawn = drawing(between()).replace(b"urn:chidao:bpmn:1", b"urn:chidao:bpmn:2")
    assert "Correct xmlns:chidao." in messages(drawn, "vocabulary")[0]


def test_an_attribute_of_ours_written_as_an_element_is_refused_with_the_way_to_write_it() -> None:
    inner = "<bpmn:extensionElements><chidao:form>slip</chidao:form></bpmn:extensionElements>"
    drawn = drawing(between(("u", f'<bpmn:userTask id="u" chidao:form="slip">{inner}</bpmn:userTask>')), lanes=lane("s", "u", "e"))
    assert "Write it as the attribute chidao:form" in messages(drawn, "vocabulary")[0]


def test_each_kind_of_extension_is_told_once_in_a_file_with_its_elements() -> None:
    tasks = [(name, f'<bpmn:userTask id="{name}" chidao:form="slip" {CAMUNDA} camunda:asyncBefore="true" camunda:historyTimeToLive="5"/>') for name in ("u", "v", "w")]
    (message,) = messages(drawing(between(*tasks), lanes=lane("s", "u", "v", "w", "e")), "vendor_extension")
    assert "camunda:asyncBefore at u, v, w." in message


def test_a_sequence_flow_between_two_pools_is_refused_with_a_message_as_the_remedy() -> None:
    other = '<bpmn:process id="q" isExecutable="true"><bpmn:startEvent id="qs"/><bpmn:endEvent id="qe"/><bpmn:sequenceFlow id="qf" sourceRef="qs" targetRef="qe"/></bpmn:process>'
    drawn = drawing(between() + flow("s", "qe", id="over")).replace(b"</bpmn:definitions>", f"{other}</bpmn:definitions>".encode())
    assert [(finding.rule, finding.element) for finding in lint(drawn) if finding.severity == "error"][:1] == [("crossing_flow", "over")]
    assert "Send a message instead" in messages(drawn, "crossing_flow")[0]


def test_an_error_on_a_boundary_cannot_leave_its_activity_alone() -> None:
    border = '<bpmn:boundaryEvent id="b" attachedToRef="u" cancelActivity="false"><bpmn:errorEventDefinition/></bpmn:boundaryEvent>'
    drawn = drawing(between(("u", user_task())) + border + flow("b", "e"), lanes=lane("s", "u", "b", "e"))
    assert rules(drawn) == ["unsupported_setting"]


@pytest.mark.parametrize("source", ["now() > due", "= now() > due", "len([d for d in dates if d < today()]) > 0"])
def test_a_condition_that_reads_the_clock_anywhere_is_refused(source: str) -> None:
    said = f"<bpmn:conditionalEventDefinition><bpmn:condition>{source.replace('<', '&lt;')}</bpmn:condition></bpmn:conditionalEventDefinition>"
    drawn = drawing(between(("w", f'<bpmn:intermediateCatchEvent id="w">{said}</bpmn:intermediateCatchEvent>')))
    assert rules(drawn) == ["condition_clock"]


def test_a_circle_through_a_person_a_message_or_an_operation_waits() -> None:
    waits = (
        user_task(),
        '<bpmn:serviceTask id="u" chidao:operation="dispatch"/>',
        '<bpmn:receiveTask id="u" messageRef="m" chidao:key="k"/>',
        '<bpmn:subProcess id="u"><bpmn:startEvent id="is"/><bpmn:manualTask id="it" chidao:role="clerk"/><bpmn:endEvent id="ie"/>' + chain("is", "it", "ie") + "</bpmn:subProcess>",
    )
    for inner in waits:
        body = '<bpmn:startEvent id="s"/><bpmn:exclusiveGateway id="g" default="g-e"/><bpmn:endEvent id="e"/>' + inner
        drawn = drawing(body + chain("s", "u", "g", "e") + flow("g", "u", "again"), lanes=lane("s", "u", "g", "e"))
        assert rules(drawn) == []


def test_a_circle_through_a_link_is_one_too() -> None:
    throw = '<bpmn:intermediateThrowEvent id="t"><bpmn:linkEventDefinition name="L"/></bpmn:intermediateThrowEvent>'
    land = '<bpmn:intermediateCatchEvent id="l"><bpmn:linkEventDefinition name="L"/></bpmn:intermediateCatchEvent>'
    merge = '<bpmn:exclusiveGateway id="g"/>'
    drawn = drawing(f'<bpmn:startEvent id="s"/>{merge}{throw}{land}' + chain("s", "g", "t") + flow("l", "g"))
    assert rules(drawn) == ["endless_loop"]


def test_a_finding_at_what_has_no_id_names_the_nearest_that_has_one() -> None:
    drawn = f'{HEAD}<bpmn:process id="p"><bpmn:startEvent id="s"/><bpmn:endEvent id="e"/>{flow("s", "e")}<bpmn:association sourceRef="s" targetRef="e" chidao:rol="x"/></bpmn:process></bpmn:definitions>'
    (finding,) = [found for found in lint(drawn.encode()) if found.rule == "vocabulary"]
    assert finding.element == "p"
    assert finding.line is not None
