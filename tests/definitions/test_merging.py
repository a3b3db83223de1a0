"""Three versions of a file: whoever alone changed something prevails, where both did somebody chooses, and nothing is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from engine.bpmn import xml
from engine.definitions.merging import MINE, THEIRS, Settled, Three, settle
from engine.definitions.merging_forms import read_fields, write_fields
from engine.definitions.merging_xml import Tree, check_together, read_tree, write_merged
from engine.definitions.outline import outline
from engine.definitions.source import Sources, shipped_sources
from engine.kernel.errors import DefinitionInvalid, InvalidInput, Refused

FILE = "shared/directive_close.bpmn"
SHIPPED = shipped_sources()
BASE = SHIPPED.files[FILE].decode()
FORM = SHIPPED.files["shared/forms/urge.schema.json"].decode()
CLOSE, RECORD = "Kết thúc theo dõi", "Đóng hồ sơ văn bản"


def changed(text: str, **new: str) -> str:
    """Return the drawing with other names of elements, by id."""
    for element, name in new.items():
        head, _, rest = text.partition(f'id="{element}" name="')
        assert rest, element
        text = f'{head}id="{element}" name="{name}{rest[rest.index(chr(34)) :]}'
    return text


def without(text: str, *elements: str) -> str:
    """Return the drawing without elements, their shapes, and the references to them."""
    root = xml.read_as_written(FILE, text.encode())
    for element in list(root.iter("*")):
        if element.get("id") in elements or element.get("bpmnElement") in elements or (element.text or "").strip() in elements:
            parent = element.getparent()
            assert parent is not None
            parent.remove(element)
    return str(etree.tostring(root, encoding="unicode"))


def inserted(text: str, new: str, flow: str, *, name: str) -> str:
    """Return the drawing with a further task on a way."""
    target = text.partition(f'id="{flow}"')[2].partition('targetRef="')[2].partition('"')[0]
    head, _, rest = text.partition(f'id="{flow}"')
    rest = rest.replace(f'targetRef="{target}"', f'targetRef="{new}"', 1)
    text = f'{head}id="{flow}"{rest}'.replace(f"<bpmn:incoming>{flow}</bpmn:incoming>", f"<bpmn:incoming>behind_{new}</bpmn:incoming>")
    task = f'<bpmn:manualTask id="{new}" name="{name}"><bpmn:incoming>{flow}</bpmn:incoming><bpmn:outgoing>behind_{new}</bpmn:outgoing></bpmn:manualTask>'
    way = f'<bpmn:sequenceFlow id="behind_{new}" sourceRef="{new}" targetRef="{target}"/>'
    lane = f"<bpmn:flowNodeRef>{new}</bpmn:flowNodeRef></bpmn:lane>"
    return text.replace("</bpmn:process>", f"{task}{way}</bpmn:process>").replace("</bpmn:lane>", lane, 1)


def trees(mine: str, theirs: str, base: str = BASE) -> tuple[Tree, Tree, Tree]:
    found = tuple(read_tree(FILE, text.encode()) for text in (base, mine, theirs))
    return found[0], found[1], found[2]


def settled(mine: str, theirs: str, base: str = BASE, **choices: str) -> Settled:
    was, own, other = trees(mine, theirs, base)
    return settle(Three(base=was.units, mine=own.units, theirs=other.units), choices)


def merged(mine: str, theirs: str, base: str = BASE, **choices: str) -> str:
    return write_merged(*trees(mine, theirs, base), settled(mine, theirs, base, **choices)).decode()


def parts(text: str) -> dict[str, Any]:
    found = outline(Sources(files={FILE: text.encode()}))
    return {element: {"name": part.name, **part.says} for (_process, element), part in found.parts.items()}


@pytest.mark.parametrize("path", sorted({**SHIPPED.diagrams, **SHIPPED.decisions}))
def test_a_shipped_file_that_nobody_changed_comes_back_byte_for_byte(path: str) -> None:
    tree = read_tree(path, SHIPPED.files[path])
    same = settle(Three(base=tree.units, mine=tree.units, theirs=tree.units), {})
    assert write_merged(tree, tree, tree, same).strip() == SHIPPED.files[path].strip()


def test_changes_of_different_elements_are_both_taken() -> None:
    mine, theirs = changed(BASE, cl_close="Của tôi"), changed(BASE, cl_record="Của người khác")
    assert settled(mine, theirs).collisions == ()
    assert merged(mine, theirs) == changed(mine, cl_record="Của người khác")
    assert merged(mine, BASE) == mine
    assert merged(BASE, theirs) == theirs
    assert merged(mine, mine) == mine


@pytest.mark.parametrize(("side", "name"), [(MINE, "Của tôi"), (THEIRS, "Của người khác")])
def test_what_both_changed_is_chosen(side: str, name: str) -> None:
    mine, theirs = changed(BASE, cl_close="Của tôi", cl_send="Gửi"), changed(BASE, cl_close="Của người khác", cl_record="Ghi")
    assert settled(mine, theirs).collisions == ("cl_close",)
    found = parts(merged(mine, theirs, cl_close=side))
    assert (found["cl_close"]["name"], found["cl_send"]["name"], found["cl_record"]["name"]) == (name, "Gửi", "Ghi")


def test_tasks_that_both_inserted_stand_on_their_ways() -> None:
    mine, theirs = inserted(BASE, "check", "flow_cl_start_cl_close", name="Kiểm tra"), inserted(BASE, "look", "flow_cl_close_cl_record", name="Xem")
    assert settled(mine, theirs).collisions == ()
    found, text = parts(merged(mine, theirs)), merged(mine, theirs)
    assert (found["behind_check"]["targetRef"], found["behind_look"]["targetRef"]) == ("cl_close", "cl_record")
    assert (found["check"]["lane"], found["look"]["lane"]) == ("Lãnh đạo", "Lãnh đạo")
    assert all(text.count(f"<bpmn:flowNodeRef>{each}<") == 1 for each in ("check", "look", "cl_close"))
    assert text.count("<bpmn:incoming>behind_check<") == text.count("<bpmn:incoming>behind_look<") == 1


def test_two_tasks_inserted_into_one_way_collide_on_that_way() -> None:
    flow = "flow_cl_start_cl_close"
    mine, theirs = inserted(BASE, "check", flow, name="Kiểm tra"), inserted(BASE, "look", flow, name="Xem")
    assert settled(mine, theirs).collisions == (flow,)
    found = parts(merged(mine, theirs, **{flow: THEIRS}))
    assert (found[flow]["targetRef"], found["behind_check"]["targetRef"]) == ("look", "cl_close")  # nothing is lost: the other task is there, to be connected


def test_an_element_that_one_took_away_and_the_other_changed_is_chosen_with_its_shape() -> None:
    mine, theirs = without(BASE, "cl_send"), changed(BASE, cl_send="Gửi thông báo").replace('<dc:Bounds x="920" y="157"', '<dc:Bounds x="930" y="157"')
    assert "cl_send" in settled(mine, theirs).collisions
    gone = dict.fromkeys(settled(mine, theirs).collisions, MINE)
    assert "cl_send" not in parts(merged(mine, theirs, **gone))
    kept = merged(mine, theirs, **dict.fromkeys(gone, THEIRS))
    assert ('id="cl_send_di"' in kept, '<dc:Bounds x="930"' in kept, parts(kept)["cl_send"]["name"]) == (True, True, "Gửi thông báo")
    assert "<bpmn:flowNodeRef>cl_send<" in kept


def test_what_is_still_used_is_not_taken_away_unasked() -> None:
    mine = without(BASE, "cl_send", "flow_cl_gw_cl_send", "flow_cl_send_cl_merge")
    theirs = inserted(BASE, "look", "flow_cl_send_cl_merge", name="Xem")
    assert settled(mine, theirs).collisions == ("cl_send",)  # with the ways that hang on it
    kept = parts(merged(mine, theirs, cl_send=THEIRS))
    assert {"cl_send", "look", "behind_look", "flow_cl_gw_cl_send"} <= kept.keys()
    away = settled(without(BASE, "message_directive_closed"), changed(BASE, cl_send="Gửi"))
    assert away.collisions == ("message_directive_closed",)


def test_a_sub_process_goes_or_stays_with_what_is_in_it() -> None:
    inner = '<bpmn:subProcess id="sub" name="Nhóm"><bpmn:task id="one" name="Một"/><bpmn:task id="two" name="Hai"/></bpmn:subProcess></bpmn:process>'
    base = BASE.replace("</bpmn:process>", inner)
    theirs = changed(base, one="Một (sửa)")
    assert settled(BASE, theirs, base).collisions == ("sub",)
    assert merged(BASE, theirs, base, sub=MINE) == BASE
    kept = parts(merged(BASE, theirs, base, sub=THEIRS))
    assert (kept["one"]["name"], kept["two"]["inside"]) == ("Một (sửa)", "sub")


def test_both_moved_a_shape_and_only_that_collides() -> None:
    mine, theirs = (BASE.replace('<dc:Bounds x="410" y="157"', f'<dc:Bounds x="{x}" y="157"') for x in ("411", "412"))
    assert settled(mine, theirs).collisions == ("di:cl_close:",)
    assert merged(mine, theirs, **{"di:cl_close:": THEIRS}) == theirs
    named = changed(mine, cl_close="Của tôi"), changed(theirs, cl_close="Của người khác")
    assert settled(*named).collisions == ("cl_close",)
    assert merged(*named, cl_close=THEIRS) == named[1]


def test_a_shape_of_what_is_gone_goes_too() -> None:
    mine, theirs = without(BASE, "cl_send"), BASE.replace('<dc:Bounds x="920" y="157"', '<dc:Bounds x="930" y="157"')
    assert settled(mine, theirs).collisions == ()
    assert '"cl_send_di"' not in merged(mine, theirs)


def test_how_a_tool_writes_a_file_is_no_change() -> None:
    root = xml.read_as_written(FILE, BASE.encode())
    other = str(etree.tostring(root, encoding="unicode")).replace("\n", "\n\n").replace('exporter="chidao"', 'exporter="bpmn-js"').replace(' gatewayDirection="Diverging"', "")
    assert settled(changed(BASE, cl_close="Của tôi"), changed(other, cl_record="Ghi")).collisions == ()


def test_files_that_cannot_be_merged_say_so() -> None:
    twice = BASE.replace('id="cl_record"', 'id="cl_close"', 1)
    with pytest.raises(Refused, match="twice"):
        read_tree(FILE, twice.encode())
    with pytest.raises(DefinitionInvalid):
        read_tree(FILE, b"<broken")
    other = BASE.replace("urn:chidao:bpmn:1", "urn:other:1")
    with pytest.raises(Refused, match="namespaces"):
        check_together(*trees(BASE, other))
    path = "shared/decisions/directive_shape.dmn"
    table = next(content for name, content in SHIPPED.decisions.items())
    first, second = read_tree(path, table), read_tree(path, table.replace(b"<input ", b"<input id='further'/><input ", 1))
    with pytest.raises(Refused, match="columns"):
        check_together(first, first, second)
    with pytest.raises(InvalidInput):
        read_fields("a.schema.json", b"{")
    with pytest.raises(InvalidInput):
        read_fields("a.schema.json", b"[]")


def form(text: str = FORM, **fields: dict[str, Any] | None) -> str:
    """Return the form with other fields: new values of their schemas, None for one that is taken away."""
    schema = json.loads(text)
    for name, each in fields.items():
        if each is None:
            del schema["properties"][name]
            schema["required"] = [other for other in schema["required"] if other != name]
        else:
            schema["properties"][name] = {**schema["properties"].get(name, {}), **each}
    return json.dumps(schema, ensure_ascii=False, indent=2)


def filled(mine: str, theirs: str, base: str = FORM, **choices: str) -> tuple[tuple[str, ...], dict[str, Any]]:
    was, own, other = (read_fields("urge.schema.json", text.encode()) for text in (base, mine, theirs))
    found = settle(Three(base=was.units, mine=own.units, theirs=other.units), {f"/{name}": side for name, side in choices.items()})
    return found.collisions, json.loads(write_fields(was, own, other, found))


def test_fields_of_both_come_into_one_form() -> None:
    mine, theirs = form(content={"title": "Ý kiến"}, note={"type": "string", "title": "Ghi chú"}), form(new_due={"title": "Hạn"}, level=None)
    collisions, found = filled(mine, theirs)
    assert (collisions, list(found["properties"])) == ((), ["targets", "content", "new_due", "note"])
    assert (found["properties"]["content"]["title"], found["properties"]["new_due"]["title"]) == ("Ý kiến", "Hạn")
    assert found["required"] == ["targets", "content"]
    assert filled(FORM, FORM)[1] == json.loads(FORM)


@pytest.mark.parametrize(("side", "title"), [(MINE, "Một"), (THEIRS, "Hai")])
def test_a_field_that_both_changed_is_chosen(side: str, title: str) -> None:
    mine, theirs = form(content={"title": "Một"}), form(content={"title": "Hai"})
    assert filled(mine, theirs)[0] == ("/content",)
    assert filled(mine, theirs, content=side)[1]["properties"]["content"]["title"] == title


def test_the_order_of_whoever_moved_fields_counts() -> None:
    schema = json.loads(FORM)
    moved = json.dumps({**schema, "properties": dict(reversed(schema["properties"].items()))}, ensure_ascii=False)
    names = list(reversed(schema["properties"]))
    mine = form(note={"type": "string"})
    assert [each for each in filled(mine, moved)[1]["properties"] if each != "note"] == names
    assert [each for each in filled(moved, mine)[1]["properties"] if each != "note"] == names


TASKS = sorted(element for element, part in parts(BASE).items() if part["name"] and element.startswith("cl_"))
EDITS = st.dictionaries(st.sampled_from(TASKS), st.sampled_from(["Một", "Hai", "Ba"]))


@settings(max_examples=60, deadline=None)
@given(mine=EDITS, theirs=EDITS)
def test_every_edit_of_either_side_is_in_the_result_or_was_chosen_away(mine: dict[str, str], theirs: dict[str, str]) -> None:
    first, second = changed(BASE, **mine), changed(BASE, **theirs)
    collisions = settled(first, second).collisions
    assert set(collisions) == {each for each in mine.keys() & theirs.keys() if mine[each] != theirs[each]}
    for side, chosen in ((MINE, theirs | mine), (THEIRS, mine | theirs)):
        assert merged(first, second, **dict.fromkeys(collisions, side)) == changed(BASE, **chosen)
