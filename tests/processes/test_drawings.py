"""The shipped drawings: valid, tidy, complete, and each of them runs through the engine with made-up data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from engine.bootstrap import installed_operations
from engine.bpmn import (
    CompleteOperation,
    CompleteTask,
    Definition,
    DeliverMessage,
    FireTimer,
    Outcome,
    advance,
    compile_definition,
    start,
)
from engine.bpmn.expressions import check
from engine.bpmn.xsd import bpmn_schema
from engine.definitions.check import check as check_definitions
from engine.definitions.forms import Form
from engine.definitions.functions import FUNCTIONS
from engine.definitions.source import shipped_sources
from engine.kernel.errors import InvalidInput

PROCESSES = Path(__file__).parents[2] / "processes"
DRAWINGS = sorted(PROCESSES.rglob("*.bpmn"))
FORMS = sorted(PROCESSES.rglob("*.schema.json"))
NS = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
}
CHIDAO = "{urn:chidao:bpmn:1}"
ROLES = {"clerk", "leader", "office_head", "specialist", "consolidator", "standing_board"}
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
        return (
            self.left <= other.left and self.top <= other.top and other.right <= self.right and other.bottom <= self.bottom
        )

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
        edge.get("bpmnElement", ""): [
            (float(point.get("x", "")), float(point.get("y", ""))) for point in edge.iterfind("di:waypoint", NS)
        ]
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
    clashes = [
        (one, two) for one, two in combinations(nodes, 2) if boxes[one].overlaps(boxes[two]) and not _belong(nodes, one, two)
    ]
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
def test_a_parameter_that_names_a_form_names_a_user_task_of_the_drawing(path: Path) -> None:
    tasks = {task.get("id") for task in root_of(path).iterfind(".//bpmn:userTask", NS)}
    names = {"form", "draft", "numbering", "sections", "revised", "merged"}
    for parameter in root_of(path).iter(CHIDAO + "parameter"):
        if parameter.get("name") in names:
            assert json.loads(parameter.get("value", "")) in tasks


# --- forms --------------------------------------------------------------------------------------------------------


def form(key: str) -> Form:
    path = PROCESSES / "shared/forms" / f"{key}.schema.json"
    return Form(key, json.loads(path.read_text("utf-8")))


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


SECTION = {"assessment": "done", "result_narrative": "Đã tổ chức 3 buổi.", "indicators": {"activities": 3}}
FILLED: dict[str, dict[str, Any]] = {
    "check_incoming": {"authentic": True, "intact": True, "right_addressee": True, "decision": "accept"},
    "register_incoming": {
        "arrival_date": "2024-04-10",
        "issuer_org": "Ban Tuyên giáo Tỉnh ủy",
        "doc_number": "993",
        "doc_symbol": "CV/BTGTU",
        "issued_date": "2024-04-09",
        "doc_type": "công văn",
        "subject": "tăng cường tuyên truyền",
        "urgency": "normal",
        "secrecy": "normal",
        "channel": "axis",
    },
    "leader_instruction": {"action": "both", "lead_unit": "phong-tuyen-truyen", "instruction": "Triển khai."},
    "draft_directive": {
        "process": "coordination_monthly",
        "doc_type": "công văn",
        "symbol": "CV/BTGTU",
        "subject": "phối hợp tuyên truyền",
        "basis": ["993-CV/BTGTU"],
        "recipient_groups": ["dang-bo-co-so"],
        "items": [{"item_no": "1", "text": "Tuyên truyền.", "addressees": ["Các đảng bộ cơ sở"], "mode": "ongoing"}],
        "obligation": {
            "frequency": "monthly",
            "report_type": "báo cáo công tác tuyên giáo",
            "first_period": "2024-04",
            "end_period": None,
        },
        "indicators": [{"key": "activities", "label": "Số buổi", "unit": "buổi", "aggregation": "sum", "required": True}],
        "noi_nhan": [{"body": "Như trên", "marker": None}, {"body": "Thường trực Thành ủy", "marker": "b/c"}],
        "signer_authority": "K/T",
        "signer_title": "PHÓ TRƯỞNG BAN",
        "signer_name": "Nguyễn Thị Hải Yến",
        "sunset": "2025-04-15",
    },
    "check_form": {"result": "pass"},
    "approve_sign": {"decision": "sign"},
    "number_dispatch": {"issued_date": "2024-04-15"},
    "execute_update": {"status": "done", "activity_date": "2024-04-20", "narrative": "Đã làm."},
    "handle_refusal": {"decision": "withdraw", "note": "Gửi nhầm."},
    "close_directive": {"reason": "fulfilled", "date": "2025-04-15"},
    "report_section": SECTION,
    "revise_report": {"sections": [{"section": "O1", **SECTION}]},
    "regular_report": {"general_assessment": "Tốt."},
    "review_report": {"decision": "accept"},
    "consolidate": {"narrative": "Các đơn vị đã thực hiện."},
}


@each_form
def test_a_form_takes_what_people_would_write(path: Path) -> None:
    key = path.name.removesuffix(".schema.json")
    form(key).validate(FILLED[key])


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
        form(key).validate(FILLED[key] | change)
    assert field in refusal.value.details["fields"]


# --- running ------------------------------------------------------------------------------------------------------

NOW = datetime(2024, 4, 10, 2, 0, tzinfo=UTC)  # a Wednesday, nine o'clock in Vietnam
FILES = {path.name: path.read_bytes() for path in DRAWINGS}


@cache
def definition(process: str) -> Definition:
    return compile_definition(process, FILES, functions=FUNCTIONS)


class Walk:
    """One instance, led by the hand: every step starts from the saved bytes of the one before."""

    def __init__(self, process: str, **data: Any) -> None:
        self.definition = definition(process)
        self.sent: list[Any] = []
        self.passed: list[str] = []
        self._take(start(self.definition, {"organisation": "ORG", "process": process, **data}, now=NOW))

    def complete(self, element: str, **changes: Any) -> Walk:
        """Complete the user task with its form; only routed values reach the process, as in the product."""
        task = one(self.outcome.tasks, element)
        filled = FILLED[task.form] | changes
        form(task.form).validate(filled)
        return self._step(CompleteTask(task=task.id, data=form(task.form).route(filled)))

    def answer(self, element: str, **result: Any) -> Walk:
        return self._step(CompleteOperation(task=one(self.outcome.operations, element).id, result=result))

    def deliver(self, message: str, key: str, **payload: Any) -> Walk:
        waiting = [entry for entry in self.outcome.subscriptions if (entry.message, entry.key) == (message, key)]
        assert len(waiting) == 1, self.open
        return self._step(DeliverMessage(task=waiting[0].id, payload=payload))

    def fire(self, element: str) -> Walk:
        return self._step(FireTimer(task=one(self.outcome.timers, element).id))

    @property
    def open(self) -> set[str]:
        outcome = self.outcome
        return {entry.element for entry in (*outcome.tasks, *outcome.operations, *outcome.timers, *outcome.subscriptions)}

    def parameters(self, element: str) -> dict[str, Any]:
        return dict(one(self.outcome.operations, element).parameters)

    def _step(self, command: Any) -> Walk:
        self._take(advance(self.definition, self.outcome.state, command, now=NOW))
        return self

    def _take(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.sent += outcome.sent
        self.passed += [passage.element for passage in outcome.completed]


def one(entries: tuple[Any, ...], element: str) -> Any:
    found = [entry for entry in entries if entry.element == element]
    assert len(found) == 1, (element, [entry.element for entry in entries])
    return found[0]


def test_what_is_shipped_deploys_without_a_complaint() -> None:
    assert check_definitions(shipped_sources(), operations=set(installed_operations())) == []


def test_every_drawing_compiles() -> None:
    started = {path.stem: definition(path.stem).start_message for path in DRAWINGS}
    assert started == {
        "coordination_monthly": "directive.dispatched",
        "regular_report": "period.opened",
        "consolidate_period": "consolidation.opened",
        "report_review": "report.submitted",
        "directive_intake": None,
        "directive_issue": None,
        "directive_execute": None,
        "directive_close": None,
    }


def test_every_task_of_people_is_offered_to_the_role_of_its_lane() -> None:
    elements = definition("directive_issue").elements
    roles = {name: element.role for name, element in elements.items() if element.type == "userTask"}
    assert roles == {"is_draft": "specialist", "is_form": "office_head", "is_sign": "leader", "is_number": "clerk"}


# The case of a directive


def case() -> Walk:
    return Walk("coordination_monthly", directive="D1", issuer="PROVINCE", sunset="2025-04-15")


def intake(walk: Walk, action: str, assignments: list[str]) -> Walk:
    assert walk.parameters("in_ack") == {"directive": "D1", "code": "01"}
    walk.answer("in_ack").complete("in_check").complete("in_register")
    assert walk.parameters("in_record") == {"form": "in_register"}
    walk.answer("in_record", arrival_number=7).answer("in_accept").complete("in_instruct", action=action)
    assert walk.parameters("in_assign") == {"form": "in_instruct"}
    walk.answer("in_assign", assignments=assignments)
    assert walk.parameters("in_assigned") == {"directive": "D1", "code": "04"}
    return walk.answer("in_assigned")


def issue(walk: Walk, child: str) -> Walk:
    walk.complete("is_draft").complete("is_form").complete("is_sign").complete("is_number")
    assert walk.parameters("is_dispatch") == {"draft": "is_draft", "numbering": "is_number", "directive": "D1"}
    return walk.answer("is_dispatch", child=child)


def execute(walk: Walk, assignments: list[str]) -> Walk:
    for expected in assignments:
        assert one(walk.outcome.tasks, "ex_update").data["assignment"] == expected
        walk.complete("ex_update")
    assert walk.parameters("ex_record") == {"form": "ex_update"}
    return walk.answer("ex_record").answer("ex_status")


def close(walk: Walk, child: str) -> Walk:
    walk.complete("cl_close")
    assert walk.parameters("cl_record") == {"directive": child, "form": "cl_close"}
    walk.answer("cl_record", recipients=["A", "B"])
    closed = walk.sent[-1]
    assert (closed.message, closed.key, closed.to, closed.payload) == ("directive.closed", child, ("A", "B"), {})
    return walk


def finish(walk: Walk) -> None:
    assert walk.parameters("set_done") == {"directive": "D1", "code": "06"}
    walk.answer("set_done")
    assert (walk.outcome.ended, walk.outcome.ends[-1]) == (True, "end_done")
    assert walk.open == set()


def test_a_directive_that_is_forwarded_and_executed_is_tracked_until_it_is_closed() -> None:
    walk = intake(case(), "both", ["A1", "A2"])
    issue(execute(walk, ["A1", "A2"]), "D2")
    assert walk.open == {"tracking_closed", "tracking_sunset", "child_refused"}
    finish(close(walk.deliver("directive.closed", "D1"), "D2"))


def test_the_branches_of_both_may_end_in_either_order_without_losing_the_child() -> None:
    walk = execute(issue(intake(case(), "both", ["A1"]), "D2"), ["A1"])
    finish(close(walk.deliver("directive.closed", "D1"), "D2"))


def test_a_directive_that_is_only_executed_ends_without_anything_to_close_below() -> None:
    walk = execute(intake(case(), "execute", ["A1"]), ["A1"])
    finish(walk.deliver("directive.closed", "D1"))


def test_a_directive_that_is_only_forwarded_ends_at_its_sunset() -> None:
    walk = issue(intake(case(), "forward", []), "D2")
    assert one(walk.outcome.timers, "tracking_sunset").due == datetime(2025, 4, 14, 17, 0, tzinfo=UTC)
    finish(close(walk.fire("tracking_sunset"), "D2"))


def test_a_directive_that_is_only_filed_ends_at_once() -> None:
    walk = intake(case(), "file", []).answer("set_filed")
    assert walk.outcome.ends == ("end_filed",)


def test_executing_without_an_assignment_asks_nobody() -> None:
    walk = intake(case(), "execute", []).answer("ex_status")
    assert "ex_update" not in walk.passed


def test_a_refused_directive_goes_back_to_its_issuer_with_a_message() -> None:
    walk = case().answer("in_ack").complete("in_check", decision="return", reason="Không đúng nơi nhận.")
    assert walk.parameters("in_refuse_status") == {"directive": "D1", "code": "02", "form": "in_check"}
    walk.answer("in_refuse_status")
    assert walk.outcome.ends == ("end_refused",)
    refused = walk.sent[-1]
    assert (refused.message, refused.key, refused.to) == ("directive.refused", "D1", ("PROVINCE",))
    assert refused.payload == {"refused_directive": "D1", "refused_by": "ORG"}


def test_a_duplicate_is_set_aside() -> None:
    walk = case().answer("in_ack").complete("in_check", decision="duplicate", reason="Đã nhận bản giấy.")
    assert (walk.outcome.ends, walk.sent) == (("end_duplicate",), [])


def test_a_refusal_from_below_reaches_the_leader_and_disturbs_nothing() -> None:
    walk = issue(intake(case(), "forward", []), "D2")
    walk.deliver("directive.refused", "D2", refused_directive="D2", refused_by="B", sender="B")
    task = one(walk.outcome.tasks, "handle_refusal")
    assert (task.role, task.data["refused_by"], task.data["organisation"]) == ("leader", "B", "ORG")
    walk.complete("handle_refusal")
    finish(close(walk.deliver("directive.closed", "D1"), "D2"))


def test_two_recipients_may_refuse() -> None:
    walk = issue(intake(case(), "forward", []), "D2")
    for unit in ("B", "C"):
        walk.deliver("directive.refused", "D2", refused_directive="D2", refused_by=unit).complete("handle_refusal")
    finish(close(walk.deliver("directive.closed", "D1"), "D2"))


def test_a_refusal_may_be_handled_after_the_case_was_closed() -> None:
    walk = issue(intake(case(), "forward", []), "D2").deliver("directive.refused", "D2", refused_by="B")
    close(walk.deliver("directive.closed", "D1"), "D2").answer("set_done")
    assert not walk.outcome.ended
    walk.complete("handle_refusal")
    assert walk.outcome.ended


# Its parts alone


def test_a_clerk_who_lets_a_document_lie_is_reported_to_the_head_of_the_office() -> None:
    walk = Walk("directive_intake", directive="D1", issuer="PROVINCE").answer("in_ack")
    assert one(walk.outcome.timers, "in_check_late").due == datetime(2024, 4, 10, 17, 0, tzinfo=UTC)
    walk.fire("in_check_late")
    assert walk.parameters("in_check_remind") == {"role": "office_head", "about": "in_check"}
    walk.answer("in_check_remind").complete("in_check").complete("in_register").answer("in_record").answer("in_accept")
    walk.fire("in_instruct_late").complete("in_instruct").answer("in_instruct_remind")
    walk.answer("in_assign", assignments=[]).answer("in_assigned")
    assert walk.outcome.ended


def test_a_draft_goes_back_until_its_form_and_its_text_are_right() -> None:
    walk = Walk("directive_issue", directive="D1").complete("is_draft").complete("is_form", result="fail", comments="Thiếu ngày.")
    walk.complete("is_draft").complete("is_form").complete("is_sign", decision="return", comment="Viết gọn.")
    walk.complete("is_draft").complete("is_form").complete("is_sign").fire("is_number_late").complete("is_number")
    walk.answer("is_dispatch", child="D2").answer("is_number_remind")
    assert (walk.outcome.ended, walk.outcome.data["child"]) == (True, "D2")


def test_closing_a_directive_tells_its_recipients() -> None:
    assert close(Walk("directive_close", child="D2"), "D2").outcome.ended


# Reports


def report(*, has_subordinates: bool) -> Walk:
    walk = Walk("regular_report", report_type="báo cáo công tác tuyên giáo", period="2024-04")
    assert walk.parameters("rr_open") == {"report_type": "báo cáo công tác tuyên giáo", "period": "2024-04"}
    dates = {"due": "2024-04-25", "cutoff": "2024-04-26", "next_opens": "2024-05-15"}
    walk.answer("rr_open", report="R1", sections=["O1", "O2"], has_subordinates=has_subordinates, **dates)
    for expected in ("O1", "O2"):
        task = one(walk.outcome.tasks, "rr_write")
        assert (task.data["section"], task.due) == (expected, datetime(2024, 4, 25, 17, 0, tzinfo=UTC))
        walk.complete("rr_write")
    return walk


def submit(walk: Walk, revision: int) -> Walk:
    walk.complete("rr_issue")
    forms = {"sections": "rr_write", "revised": "rr_revise", "merged": "rr_merge", "numbering": "rr_issue"}
    assert walk.parameters("rr_submit") == {"report": "R1", **forms}
    walk.answer("rr_submit", superiors=["PROVINCE", "CITY"], revision=revision)
    submitted = walk.sent[-1]
    assert (submitted.message, submitted.key, submitted.to) == ("report.submitted", "R1", ("PROVINCE", "CITY"))
    assert submitted.payload == {"report": "R1", "revision": revision, "reporter": "ORG", "period": "2024-04"}
    assert walk.open == {"rr_accepted", "rr_returned", "rr_next_period"}
    return walk


def test_a_report_is_written_merged_signed_submitted_and_accepted() -> None:
    walk = report(has_subordinates=False).complete("rr_merge").complete("rr_sign")
    submit(walk, 1).deliver("report.accepted", "R1")
    assert (walk.outcome.ended, walk.outcome.ends, walk.open) == (True, ("end_accepted",), set())


def test_a_report_waits_for_what_the_subordinates_sent() -> None:
    walk = report(has_subordinates=True)
    assert walk.open == {"rr_children", "rr_cutoff"}
    walk.deliver("period.consolidated", "R1")
    assert walk.open == {"rr_merge", "rr_merge_late"}


def test_a_report_waits_no_longer_than_the_cut_off() -> None:
    assert report(has_subordinates=True).fire("rr_cutoff").open == {"rr_merge", "rr_merge_late"}


def test_a_report_that_lies_is_called_to_mind_the_working_day_before_it_is_due() -> None:
    walk = report(has_subordinates=False)
    assert one(walk.outcome.timers, "rr_merge_late").due == datetime(2024, 4, 23, 17, 0, tzinfo=UTC)
    walk.fire("rr_merge_late")
    assert walk.parameters("rr_merge_remind") == {"role": "specialist", "about": "rr_merge"}


def test_a_returned_report_is_revised_and_submitted_again() -> None:
    walk = report(has_subordinates=False).complete("rr_merge").complete("rr_sign", decision="return", comment="Thiếu số liệu.")
    submit(walk.complete("rr_merge").complete("rr_sign"), 1)
    walk.deliver("report.returned", "R1", returned_revision=1).complete("rr_revise").complete("rr_sign")
    submit(walk, 2).deliver("report.accepted", "R1")
    assert walk.outcome.ended


def test_a_report_that_nobody_answers_ends_when_the_next_period_opens() -> None:
    walk = submit(report(has_subordinates=False).complete("rr_merge").complete("rr_sign"), 1)
    walk.fire("rr_next_period").answer("rr_unanswered")
    assert walk.outcome.ends == ("end_unanswered",)


def consolidation() -> Walk:
    walk = Walk("consolidate_period", report_type="báo cáo công tác tuyên giáo", period="2024-04")
    dates = {"remind_at": "2024-04-18", "urge_at": "2024-04-22", "urge_again_at": "2024-04-23", "cutoff": "2024-04-24"}
    return walk.answer("co_expect", consolidation="C1", expected=2, **dates)


def test_a_consolidation_closes_when_all_reports_are_in() -> None:
    walk = consolidation().deliver("reports.complete", "C1").answer("co_totals").complete("co_merge").complete("co_approve")
    assert walk.parameters("co_close") == {"consolidation": "C1", "form": "co_merge"}
    walk.answer("co_close")
    assert (walk.outcome.ended, walk.open) == (True, set())


def test_a_consolidation_reminds_urges_twice_and_closes_at_the_cut_off() -> None:
    walk = consolidation()
    dues = {timer.element: timer.due.day for timer in walk.outcome.timers}
    assert dues == {"co_remind_due": 17, "co_urge_due": 21, "co_urge_again_due": 22, "co_cutoff": 23}  # the eve, in UTC
    walk.fire("co_remind_due").answer("co_remind").fire("co_urge_due")
    assert walk.parameters("co_urge") == {"consolidation": "C1", "level": 1}
    walk.answer("co_urge").fire("co_urge_again_due")
    assert walk.parameters("co_urge_again") == {"consolidation": "C1", "level": 2}
    walk.answer("co_urge_again").fire("co_cutoff")
    assert walk.open == {"co_totals"}


def test_the_leader_may_send_a_consolidation_back() -> None:
    walk = consolidation().fire("co_cutoff").answer("co_totals").complete("co_merge")
    walk.complete("co_approve", decision="return", comment="Thiếu nguyên nhân.").complete("co_merge").complete("co_approve")
    assert walk.open == {"co_close"}


@pytest.mark.parametrize(
    ("verdict", "message", "payload"),
    [("accepted", "report.accepted", {}), ("returned", "report.returned", {"returned_revision": 1}), ("pending", None, None)],
)
def test_a_reporter_hears_what_all_superiors_together_decided(verdict: str, message: str | None, payload: Any) -> None:
    walk = Walk("report_review", report="R1", revision=1, reporter="B", period="2024-04").complete("rv_check")
    assert walk.parameters("rv_decide") == {"report": "R1", "revision": 1, "form": "rv_check"}
    walk.answer("rv_decide", verdict=verdict)
    assert (walk.outcome.ended, walk.outcome.ends) == (True, (f"end_{verdict}",))
    assert [(sent.message, sent.key, sent.to, sent.payload) for sent in walk.sent] == (
        [(message, "R1", ("B",), payload)] if message else []
    )
