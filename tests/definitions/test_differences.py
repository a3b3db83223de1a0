"""What two versions differ in, told with old and new values; a picture that was moved is no difference."""

from __future__ import annotations

import json
from typing import Any

from engine.definitions.differences import differences
from engine.definitions.differences_text import difference_lines
from engine.definitions.outline import outline
from engine.definitions.source import Sources
from tests.bpmn.tables import table
from tests.definitions.drawings import between, chain, drawing, flow, form, lane, sources, user_task

TIMER = '<bpmn:boundaryEvent id="late" attachedToRef="u"><bpmn:timerEventDefinition><bpmn:timeDuration>{}</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>'


def one(body: str, **more: Any) -> Sources:
    return sources({"p.bpmn": drawing(body, **more)})


def compared(old: Sources, new: Sources, process: str = "p") -> dict[str, Any]:
    found = differences(outline(old), outline(new), process)
    assert json.loads(json.dumps(found)) == found
    assert all(isinstance(text, str) for text in difference_lines(found))
    return found


def changes(old: Sources, new: Sources, element: str) -> dict[str, tuple[Any, Any]]:
    (part,) = [each for each in compared(old, new)["elements"]["changed"] if each["element"] == element]
    return {entry["attribute"]: (entry["old"], entry["new"]) for entry in part["changes"]}


def test_the_same_files_are_identical_wherever_they_lie() -> None:
    old = one(between(("u", user_task())))
    found = compared(old, Sources(files={f"elsewhere/{path}": content for path, content in old.files.items()}))
    assert found["identical"]
    assert not found["layout_only"]


def test_a_picture_that_was_moved_is_no_difference() -> None:
    old = one(between(("u", user_task())))
    shape = b'<di:BPMNDiagram xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" id="pic"><di:BPMNPlane id="plane" bpmnElement="p"/></di:BPMNDiagram></bpmn:definitions>'
    new = Sources(files={**old.files, "p.bpmn": old.files["p.bpmn"].replace(b"</bpmn:definitions>", shape)})
    found = compared(old, new)
    assert found["layout_only"]
    assert found["elements"] == {"added": [], "removed": [], "changed": []}


def test_elements_are_added_removed_and_renamed_with_what_they_say() -> None:
    old = one(between(("u", user_task()), ("x", user_task("x"))))
    new = one(between(("u", user_task().replace("Vào sổ", "Ghi sổ")), ("y", user_task("y", form="other"))))
    found = compared(old, new)["elements"]
    assert [each["element"] for each in found["added"]] == ["u-y", "y", "y-e"]
    assert [each["element"] for each in found["removed"]] == ["u-x", "x", "x-e"]
    assert next(each for each in found["added"] if each["element"] == "y")["attributes"] == {"form": "other"}
    assert changes(old, new, "u") == {"name": ("Vào sổ", "Ghi sổ")}


def test_everything_that_a_node_says_is_compared() -> None:
    many = '<bpmn:multiInstanceLoopCharacteristics isSequential="{}"><bpmn:loopDataInputRef>{}</bpmn:loopDataInputRef></bpmn:multiInstanceLoopCharacteristics>'
    task = '<bpmn:serviceTask id="u" chidao:operation="{}"><bpmn:extensionElements><chidao:parameter name="unit" value="{}"/></bpmn:extensionElements>{}</bpmn:serviceTask>'
    old = one(between(("u", task.format("dispatch", "a", many.format("false", "people")))), lanes=lane("u"))
    new = one(between(("u", task.format("file", "b", many.format("true", "units")))), lanes=lane("u", role="leader"))
    assert changes(old, new, "u") == {
        "operation": ("dispatch", "file"),
        "parameter unit": ("a", "b"),
        "multiInstanceLoopCharacteristics.isSequential": (None, "true"),
        "multiInstanceLoopCharacteristics.loopDataInputRef": ("people", "units"),
        "role": ("clerk", "leader"),
    }


def test_timers_conditions_scripts_and_ends_of_flows_are_compared() -> None:
    def drawn(duration: str, condition: str, script: str, target: str) -> Sources:
        nodes = '<bpmn:startEvent id="s"/><bpmn:exclusiveGateway id="g"/>' + user_task() + TIMER.format(duration)
        return one(
            nodes
            + f'<bpmn:scriptTask id="c"><bpmn:script>{script}</bpmn:script></bpmn:scriptTask><bpmn:endEvent id="e"/><bpmn:endEvent id="f"/>'
            + chain("s", "g")
            + flow("g", "u", condition, id="yes")
            + flow("u", target, id="on")
        )

    old, new = drawn("P3D", "n &gt; 1", "x = 1", "e"), drawn("P5D", "n &gt; 2", "x = 2", "f")
    assert changes(old, new, "late") == {"timerEventDefinition.timeDuration": ("P3D", "P5D")}
    assert changes(old, new, "yes") == {"conditionExpression": ("n > 1", "n > 2")}
    assert changes(old, new, "c") == {"script": ("x = 1", "x = 2")}
    assert changes(old, new, "on") == {"targetRef": ("e", "f")}


def test_of_several_associations_the_one_that_changed_is_named() -> None:
    def copies(*targets: str) -> Sources:
        each = "<bpmn:dataInputAssociation><bpmn:sourceRef>a</bpmn:sourceRef><bpmn:targetRef>{}</bpmn:targetRef></bpmn:dataInputAssociation>"
        inner = "".join(each.format(target) for target in targets)
        return one(between(("u", f'<bpmn:userTask id="u">{inner}</bpmn:userTask>')))

    assert changes(copies("x", "y"), copies("x", "z"), "u") == {"dataInputAssociation 2.targetRef": ("y", "z")}


def test_a_message_is_compared_by_its_name_not_its_id() -> None:
    event = '<bpmn:intermediateCatchEvent id="w"><bpmn:messageEventDefinition messageRef="{}"/></bpmn:intermediateCatchEvent>'
    old = one(between(("w", event.format("m"))))
    renumbered = one(between(("w", event.format("n"))), head='<bpmn:message id="n" name="report.submitted"/>')
    assert compared(old, renumbered)["layout_only"]
    other = one(between(("w", event.format("n"))), head='<bpmn:message id="n" name="report.final"/>')
    assert changes(old, other, "w") == {"messageEventDefinition.message": ("report.submitted", "report.final")}


def test_fields_of_forms_are_compared_one_by_one() -> None:
    old = one(between(("u", user_task())))
    fields = {
        "subject": {"type": "string", "title": "Nội dung", "enum": ["a", "b"]},
        "items": {"type": "array", "items": {"type": "object", "properties": {"day": {"type": "string"}}, "required": ["day"]}},
    }
    new = old | Sources(files={"forms/slip.schema.json": form(properties=fields, required=[], title="Phiếu mới")})
    (found,) = compared(old, new)["forms"]
    assert [entry["field"] for entry in found["added"]] == ["items", "items[]", "items[].day"]
    assert found["added"][2]["required"] is True
    assert found["changed"] == [
        {"field": "", "changes": [{"attribute": "title", "old": "Phiếu", "new": "Phiếu mới"}]},
        {
            "field": "subject",
            "changes": [
                {"attribute": "enum", "old": None, "new": ["a", "b"]},
                {"attribute": "required", "old": True, "new": False},
                {"attribute": "title", "old": "Trích yếu", "new": "Nội dung"},
            ],
        },
    ]


def test_decision_tables_are_compared_rule_by_rule_and_cell_by_cell() -> None:
    task = '<bpmn:businessRuleTask id="r" chidao:decision="shape"/>'
    old = one(between(("r", task)))
    rules = [['"monthly"', '"campaign"'], ['"weekly"', '"coordination"'], ["-", '"call"']]
    new = old | Sources(files={"decisions/shape.dmn": table("shape", ["duty"], ["process"], rules, policy="UNIQUE")})
    (found,) = compared(old, new)["decisions"]
    assert found["changes"] == [{"attribute": "hit policy", "old": "FIRST", "new": "UNIQUE"}]
    assert sorted((entry["number"], entry["change"]) for entry in found["rules"]) == [(1, "changed"), (2, "changed"), (3, "added")]
    assert found["rules"][1]["cells"] == [{"column": "process", "old": '"coordination"', "new": '"campaign"'}]


def test_a_called_process_belongs_to_the_version_that_calls_it() -> None:
    call = '<bpmn:callActivity id="c" calledElement="{}"/>'
    inner = drawing(between(("u", user_task())), id="inner")
    old = sources({"p.bpmn": drawing(between(("c", call.format("inner")))), "inner.bpmn": inner})
    deeper = old | Sources(files={"inner.bpmn": inner.replace("Vào sổ".encode(), b"Ghi")})
    assert [(each["process"], each["element"]) for each in compared(old, deeper)["elements"]["changed"]] == [("inner", "u")]
    other = sources({"p.bpmn": drawing(between(("c", call.format("other")))), "other.bpmn": drawing(between(("u", user_task())), id="other")})
    assert compared(old, other)["called"] == {"added": ["other"], "removed": ["inner"]}


def test_a_renamed_id_is_suggested_where_type_name_and_neighbours_fit() -> None:
    old = one(between(("u", user_task()), ("x", user_task("x").replace("Vào sổ", "Duyệt"))))
    new = one(between(("entry", user_task("entry")), ("approve", user_task("approve").replace("Vào sổ", "Duyệt"))))
    assert compared(old, new)["suggested_mapping"] == {"u": "entry", "x": "approve"}
    stranger = one(between(("m", '<bpmn:manualTask id="m" name="Vào sổ"/>')))
    assert compared(old, stranger)["suggested_mapping"] == {}
