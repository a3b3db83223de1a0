"""The shipped drawings and forms: valid, tidy, complete. What they do is tested beside, one file per process."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from engine.bootstrap import installed_operations
from engine.bpmn.language.expressions import check
from engine.bpmn.xsd import bpmn_schema
from engine.definitions.check import check as check_definitions
from engine.definitions.forms import Form
from engine.definitions.functions import FUNCTIONS
from engine.definitions.source import shipped_sources
from engine.kernel.errors import InvalidInput
from tests.processes.walk import DRAWINGS, PROCESSES, definition, filled, form

FORMS = sorted(PROCESSES.rglob("*.schema.json"))
NS = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
}
CHIDAO = "{urn:chidao:bpmn:1}"
ROLES = {"clerk", "leader", "office_head", "specialist", "consolidator", "standing_board"}
SENTENCES = re.compile(r"[A-ZĐÀ-Ỹ][^!?]{40,400}\.")  # what a task asks, for whoever does it: whole sentences, not a page
NODE = re.compile(r"(Event|Gateway|[a-z]Task|callActivity|subProcess)$")

each_drawing = pytest.mark.parametrize("path", DRAWINGS, ids=lambda path: path.stem)
each_form = pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name.removesuffix(".schema.json"))


# --- what is drawn ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Box) -> bool:
        return self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom

    def contains(self, other: Box) -> bool:
        return self.left <= other.left and self.top <= other.top and other.right <= self.right and other.bottom <= self.bottom

    def has_on_border(self, x: float, y: float) -> bool:
        within = self.left <= x <= self.right and self.top <= y <= self.bottom
        return within and (x in {self.left, self.right} or y in {self.top, self.bottom})


def local(element: etree._Element) -> str:
    return etree.QName(element).localname


@cache
def root_of(path: Path) -> etree._Element:
    return etree.parse(path).getroot()


def nodes_of(path: Path) -> dict[str, etree._Element]:
    process = root_of(path).find("bpmn:process", NS)
    assert process is not None
    return {node.get("id", ""): node for node in process.iter("{*}*") if NODE.search(local(node))}


def flows_of(path: Path) -> list[etree._Element]:
    return list(root_of(path).iterfind(".//bpmn:sequenceFlow", NS))


def lanes_of(path: Path) -> dict[str, etree._Element]:
    """Node id → its lane."""
    lanes = root_of(path).iterfind(".//bpmn:lane", NS)
    return {ref.text or "": lane for lane in lanes for ref in lane.iterfind("bpmn:flowNodeRef", NS)}


def boxes_of(path: Path) -> dict[str, Box]:
    found = {}
    for shape in root_of(path).iterfind(".//bpmndi:BPMNShape", NS):
        bounds = shape.find("dc:Bounds", NS)
        assert bounds is not None
        left, top, width, height = (float(bounds.get(name, "")) for name in ("x", "y", "width", "height"))
        found[shape.get("bpmnElement", "")] = Box(left=left, top=top, right=left + width, bottom=top + height)
    return found


def edges_of(path: Path) -> dict[str, list[tuple[float, float]]]:
    return {
        edge.get("bpmnElement", ""): [(float(point.get("x", "")), float(point.get("y", ""))) for point in edge.iterfind("di:waypoint", NS)]
        for edge in root_of(path).iterfind(".//bpmndi:BPMNEdge", NS)
    }


def expressions_of(path: Path) -> Iterator[str]:
    for element in root_of(path).iter("{*}*"):
        yield from (element.attrib[CHIDAO + name] for name in ("key", "to", "due") if CHIDAO + name in element.attrib)
        if element.tag == CHIDAO + "parameter":
            yield element.get("value", "")
        elif local(element) in {"conditionExpression", "timeDate", "timeDuration"}:
            yield element.text or ""


@each_drawing
def test_a_drawing_keeps_the_schema_of_bpmn(path: Path) -> None:
    bpmn_schema().assertValid(root_of(path))


@each_drawing
def test_every_id_is_used_once_and_reads_like_a_name_in_code(path: Path) -> None:
    ids = [element.get("id") for element in root_of(path).iter("{*}*") if element.get("id")]
    assert len(ids) == len(set(ids))
    assert [name for name in [*nodes_of(path)] if not re.fullmatch(r"[a-z][a-z0-9_]*", name)] == []
    assert root_of(path).get("targetNamespace") == "urn:chidao:processes"


@each_drawing
def test_the_file_is_called_like_its_process(path: Path) -> None:
    assert [process.get("id") for process in root_of(path).iterfind("bpmn:process", NS)] == [path.stem]


@each_drawing
def test_everything_is_drawn_and_nothing_else(path: Path) -> None:
    root = root_of(path)
    bands = [element.get("id") for name in ("participant", "lane") for element in root.iterfind(f".//bpmn:{name}", NS)]
    assert set(boxes_of(path)) == {*nodes_of(path), *bands}
    assert set(edges_of(path)) == {flow.get("id") for flow in flows_of(path)}


@each_drawing
def test_no_shape_lies_on_another(path: Path) -> None:
    nodes, boxes = nodes_of(path), boxes_of(path)
    clashes = [(one, two) for one, two in combinations(nodes, 2) if boxes[one].overlaps(boxes[two]) and not _belong(nodes, one, two)]
    assert clashes == []


def _belong(nodes: Mapping[str, etree._Element], one: str, two: str) -> bool:
    """Tell whether one node sits on the border of the other or inside it."""
    return any(
        nodes[inner].get("attachedToRef") == outer or nodes[outer] in nodes[inner].iterancestors()
        for inner, outer in ((one, two), (two, one))
    )


@each_drawing
def test_lanes_are_bands_of_the_pool_and_hold_their_nodes(path: Path) -> None:
    boxes, lanes = boxes_of(path), lanes_of(path)
    participant = root_of(path).find(".//bpmn:participant", NS)
    assert participant is not None
    pool = boxes[participant.get("id", "")]
    bands = sorted({boxes[lane.get("id", "")].top: boxes[lane.get("id", "")] for lane in lanes.values()}.values(), key=lambda box: box.top)
    assert (bands[0].top, bands[-1].bottom) == (pool.top, pool.bottom)
    assert all(upper.bottom == lower.top for upper, lower in pairwise(bands))
    assert [name for name, lane in lanes.items() if not boxes[lane.get("id", "")].contains(boxes[name])] == []
    inner = {name for name, node in nodes_of(path).items() if local(node.getparent()) == "subProcess"}
    assert set(lanes) == set(nodes_of(path)) - inner


@each_drawing
def test_every_flow_runs_straight_from_shape_to_shape_and_through_none(path: Path) -> None:
    nodes, boxes, edges = nodes_of(path), boxes_of(path), edges_of(path)
    for flow in flows_of(path):
        points, ends = edges[flow.get("id", "")], (flow.get("sourceRef", ""), flow.get("targetRef", ""))
        assert boxes[ends[0]].has_on_border(*points[0]), flow.get("id")
        assert boxes[ends[1]].has_on_border(*points[-1]), flow.get("id")
        for (x1, y1), (x2, y2) in pairwise(points):
            assert x1 == x2 or y1 == y2, flow.get("id")
            line = Box(left=min(x1, x2) - 1, top=min(y1, y2) - 1, right=max(x1, x2) + 1, bottom=max(y1, y2) + 1)
            around = {host for end in ends for host in (end, nodes[end].get("attachedToRef")) if host}
            around |= {name for name in nodes if any(nodes[name] in nodes[end].iterancestors() for end in ends)}
            crossed = [name for name in nodes if name not in around and line.overlaps(boxes[name])]
            assert crossed == [], flow.get("id")


@each_drawing
def test_an_exclusive_split_has_a_default_and_a_named_condition_on_every_other_way(path: Path) -> None:
    flows = flows_of(path)
    for gateway in root_of(path).iterfind(".//bpmn:exclusiveGateway", NS):
        leaving = [flow for flow in flows if flow.get("sourceRef") == gateway.get("id")]
        if len(leaving) > 1:
            assert all(flow.get("name") for flow in leaving)
            conditional = {flow.get("id") for flow in leaving if flow.find("bpmn:conditionExpression", NS) is not None}
            assert {flow.get("id") for flow in leaving} - conditional == {gateway.get("default")}


@each_drawing
def test_every_expression_is_in_our_language(path: Path) -> None:
    for expression in expressions_of(path):
        check(expression, FUNCTIONS)


@each_drawing
def test_every_task_of_people_names_a_form_and_stands_in_a_lane_with_a_role(path: Path) -> None:
    forms = {form.name.removesuffix(".schema.json") for form in FORMS}
    lanes = lanes_of(path)
    assert {lane.get(CHIDAO + "role") for lane in lanes.values()} <= ROLES
    for task in root_of(path).iterfind(".//bpmn:userTask", NS):
        assert task.get(CHIDAO + "form") in forms, task.get("id")


@each_drawing
def test_every_task_of_people_says_what_is_expected(path: Path) -> None:
    asked = {name: node.findtext("bpmn:documentation", "", NS) for name, node in nodes_of(path).items() if local(node) == "userTask"}
    assert [name for name, said in asked.items() if not SENTENCES.fullmatch(said)] == []


@each_drawing
def test_a_parameter_that_names_a_form_names_a_user_task_of_the_drawing(path: Path) -> None:
    tasks = {task.get("id") for task in root_of(path).iterfind(".//bpmn:userTask", NS)}
    names = {"form", "draft", "numbering", "sections", "added", "revised", "merged"}
    for parameter in root_of(path).iter(CHIDAO + "parameter"):
        if parameter.get("name") in names:
            assert json.loads(parameter.get("value", "")) in tasks


# --- forms --------------------------------------------------------------------------------------------------------


def titled(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, inner in schema.get("properties", {}).items():
        yield name, inner.get("title")
        yield from titled(inner)
        yield from titled(inner.get("items", {}))


@each_form
def test_a_form_is_a_closed_json_schema_with_titles(path: Path) -> None:
    schema = json.loads(path.read_text("utf-8"))
    assert schema["additionalProperties"] is False
    assert Form(path.name.removesuffix(".schema.json"), schema).title == schema["title"]
    assert [name for name, title in titled(schema) if not title] == []


@each_form
def test_a_form_is_asked_for_by_some_drawing(path: Path) -> None:
    wanted = {task.get(CHIDAO + "form") for drawing in DRAWINGS for task in root_of(drawing).iterfind(".//bpmn:userTask", NS)}
    assert path.name.removesuffix(".schema.json") in wanted


@each_drawing
def test_a_choice_that_a_gateway_compares_with_is_one_that_the_form_offers(path: Path) -> None:
    offered: dict[str, set[str]] = {}
    for file in FORMS:
        for name, inner in json.loads(file.read_text("utf-8"))["properties"].items():
            if inner.get("x-route"):
                offered.setdefault(name, set()).update(choice["const"] for choice in inner["oneOf"])
    for condition in root_of(path).iter("{*}conditionExpression"):
        compared = re.fullmatch(r'(\w+) == "(\w+)"', condition.text or "")
        if compared and compared[1] in offered:
            assert compared[2] in offered[compared[1]]


@each_form
def test_a_form_takes_what_people_would_write(path: Path) -> None:
    key = path.name.removesuffix(".schema.json")
    form(key).validate(filled(key))


@pytest.mark.parametrize(
    ("key", "change", "field"),
    [
        ("check_incoming", {"decision": "return"}, "reason"),
        ("leader_instruction", {"action": "execute", "lead_unit": ""}, "lead_unit"),
        ("check_form", {"result": "fail"}, "comments"),
        ("approve_sign", {"decision": "return"}, "comment"),
        ("review_report", {"decision": "return"}, "reason"),
        ("report_section", {"assessment": "nil"}, "nil_reason"),
        ("report_section", {"result_narrative": ""}, "result_narrative"),
        ("revise_report", {"sections": [{"section": "O1", "assessment": "nil", "indicators": {}}]}, "sections.0.nil_reason"),
        ("draft_directive", {"obligation": {"frequency": "monthly"}}, "obligation.report_type"),
        ("draft_directive", {"recipient_groups": []}, "recipient_groups"),
        ("number_dispatch", {"issued_date": "15/4/2024"}, "issued_date"),
        ("register_incoming", {"doc_symbol": "X" * 31}, "doc_symbol"),
    ],
)
def test_a_form_asks_for_what_the_answer_needs(key: str, change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        form(key).validate(filled(key) | change)
    assert field in refusal.value.details["fields"]


# --- deploying ------------------------------------------------------------------------------------------------------


def test_what_is_shipped_deploys_without_a_complaint() -> None:
    assert check_definitions(shipped_sources(), operations=set(installed_operations())) == []


def test_every_drawing_compiles() -> None:
    started = {path.stem: definition(path.stem).start_message for path in DRAWINGS}
    assert {started["coordination_monthly"], started["directive_intake"]} == {"directive.dispatched", None}


def test_every_task_of_people_is_offered_to_the_role_of_its_lane() -> None:
    elements = definition("directive_issue").elements
    roles = {name: element.role for name, element in elements.items() if element.type == "userTask"}
    signing = {"is_sign": "leader", "is_sign_collective": "standing_board"}
    assert roles == {"is_draft": "specialist", "is_form": "office_head", **signing, "is_number": "clerk", "is_copy": "clerk"}
