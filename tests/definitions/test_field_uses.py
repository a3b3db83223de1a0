"""Before a field goes, its designer is told who names it: conditions, parameters, scripts, tables, other forms of the processes that have it."""

from __future__ import annotations

import json

import pytest

from engine.definitions.designs import BeginDesign, KeepDesignFile
from engine.definitions.field_uses import ShowFieldUses, names_in, uses_of
from engine.definitions.source import Sources, shipped_sources
from engine.definitions.table_view import ShowTable, TableView, view_of
from engine.kernel.errors import Denied, NotFound
from tests.door.office import Office

INSTRUCTION = "shared/forms/leader_instruction.schema.json"
TABLE = "shared/decisions/directive_shape.dmn"
DIAGRAM = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:chidao="urn:chidao:bpmn:1" targetNamespace="t">
<process id="p" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f0" sourceRef="s" targetRef="ask"/>
<userTask id="ask" name="Hỏi" chidao:form="asked"/><sequenceFlow id="f1" sourceRef="ask" targetRef="g"/>
<exclusiveGateway id="g" name="Thế nào"/>
<sequenceFlow id="f2" sourceRef="g" targetRef="e"><conditionExpression>answer == "yes" and len(places) > 1</conditionExpression></sequenceFlow>
<sequenceFlow id="f3" sourceRef="g" targetRef="count"/>
<scriptTask id="count" name="Đếm"><script>total = len(places)</script></scriptTask><sequenceFlow id="f4" sourceRef="count" targetRef="rule"/>
<businessRuleTask id="rule" chidao:decision="judge"/><sequenceFlow id="f5" sourceRef="rule" targetRef="tell"/>
<userTask id="tell" chidao:form="told"/><sequenceFlow id="f6" sourceRef="tell" targetRef="e"/><endEvent id="e"/></process></definitions>"""
JUDGE = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="t"><decision id="judge" name="Xét">
<decisionTable id="t" hitPolicy="FIRST"><input id="i" label="Mức"><inputExpression id="x"><text>level</text></inputExpression></input>
<output id="o" name="out"/><rule id="r"><inputEntry id="c"><text>-</text></inputEntry><outputEntry id="d1"><text>1</text></outputEntry></rule></decisionTable>
</decision></definitions>"""


def form(*routed: str, **more: object) -> bytes:
    parts = {name: {"title": name, "type": "string", "x-route": True} for name in routed}
    return json.dumps({"type": "object", "properties": parts, **more}).encode()


FILES = {
    "p/p.bpmn": DIAGRAM.encode(),
    "p/forms/asked.schema.json": form("answer", "places", "level", "note", "unused"),
    "p/forms/told.schema.json": form(title="Xem lại", **{"x-tells": ["note"]}),
    "p/forms/elsewhere.schema.json": form("answer"),
    "p/decisions/judge.dmn": JUDGE.encode(),
}


def used(files: dict[str, bytes], path: str = "p/forms/asked.schema.json") -> dict[str, list[str]]:
    return {name: [use.name for use in found] for name, found in uses_of(Sources(files=files), path).items()}


def test_conditions_scripts_tables_and_other_forms_name_a_field() -> None:
    assert used(FILES) == {"": ["Hỏi"], "answer": ["Thế nào → e"], "places": ["Thế nào → e", "Đếm"], "level": ["Mức"], "note": ["Xem lại"]}


def test_a_form_that_no_process_has_is_used_by_nothing() -> None:
    assert used(FILES, "p/forms/elsewhere.schema.json") == {}


def test_a_process_that_calls_the_one_with_the_form_reads_its_data() -> None:
    caller = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t"><process id="outer" isExecutable="true">
    <startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="c"/><callActivity id="c" calledElement="p"/>
    <sequenceFlow id="h" name="Lại" sourceRef="c" targetRef="e"><conditionExpression>unused</conditionExpression></sequenceFlow><endEvent id="e"/></process></definitions>"""
    assert used({**FILES, "outer.bpmn": caller.encode()})["unused"] == ["c → Lại"]


def test_what_cannot_be_read_names_nothing_and_the_check_tells_it() -> None:
    assert list(names_in("answer ==")) == []
    broken = {**FILES, "p/forms/told.schema.json": b"{", "p/decisions/judge.dmn": b"<a", "q.bpmn": b"<b"}
    assert "level" not in used(broken)
    assert "answer" in used(broken)


def test_the_leader_s_choice_is_used_by_the_shipped_processes() -> None:
    found = uses_of(shipped_sources(), INSTRUCTION)
    assert set(found) == {"", "action"}
    assert any(use.path.endswith("coordination_monthly.bpmn") and use.element for use in found["action"])


def test_a_table_is_read_as_rows_and_columns() -> None:
    view = view_of("judge.dmn", JUDGE.encode())
    assert (view.name, view.hit_policy, view.drawable) == ("Xét", "FIRST", True)
    assert [(each.label, each.source, each.output) for each in view.columns] == [("Mức", "level", False), ("out", "out", True)]
    assert view.rules == (("-", "1"),)


@pytest.mark.parametrize("content", [b"<a", b"<a/>", JUDGE.replace("20191111", "20211108").encode()])
def test_what_is_no_table_of_dmn_1_3_is_not_drawn(content: bytes) -> None:
    assert not view_of("judge.dmn", content).drawable


def test_a_design_answers_with_its_own_files(office: Office) -> None:
    mine = office.actor("nguoi.ve")
    design = str(office.do(BeginDesign(name="Bớt trường"), mine)["design"])
    assert set(office.door.ask(ShowFieldUses(design=design, path=INSTRUCTION), mine)) == {"", "action"}
    office.do(KeepDesignFile(design=design, path=INSTRUCTION, text=form("another").decode(), edition=0), mine)
    assert set(office.door.ask(ShowFieldUses(design=design, path=INSTRUCTION), mine)) == {""}
    table: TableView = office.door.ask(ShowTable(design=design, path=TABLE), mine)
    assert table.drawable
    assert len(table.rules) == 7


def test_who_may_not_see_designs_asks_in_vain(office: Office) -> None:
    mine = office.actor("nguoi.ve")
    design = str(office.do(BeginDesign(name="Bớt trường"), mine)["design"])
    for query in (ShowFieldUses(design=design, path=INSTRUCTION), ShowTable(design=design, path=TABLE)):
        with pytest.raises(Denied):
            office.door.ask(query, office.actor("van.thu"))
    with pytest.raises(NotFound):
        office.door.ask(ShowTable(design=design, path="x/decisions/none.dmn"), mine)
