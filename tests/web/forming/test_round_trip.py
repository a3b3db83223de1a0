"""What the editor of forms does not know it does not touch; what it knows it reads back as it wrote it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.definitions.form_schema import check_schema
from engine.definitions.forms import Form
from engine.definitions.source import shipped_sources
from web.forming.changing import edited
from web.forming.fields import ALWAYS, ASKED, NEVER, WHEN, Controls, controls, deciding, found, lines
from web.forming.kinds import FACTS, KINDS, PANELS, SOURCES, kind_of
from web.forming.preview import preview
from web.forming.structure import added, moved, removed, renamed
from web.forming.written import read, write

SHIPPED = sorted(shipped_sources().forms)
SOURCE_KINDS = {"source", "sources", "suggest", "figures"}
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=20).map(str.strip).filter(bool)


def as_text(root: Any) -> str:
    return json.dumps(root, ensure_ascii=False)  # keys in their order


def places(root: dict[str, Any]) -> list[str]:
    return ["", *(line.place for line in lines(root))]


@pytest.mark.parametrize("path", SHIPPED)
def test_a_shipped_form_that_is_opened_and_kept_stays_as_it_is(path: str) -> None:
    written = read(path, shipped_sources().forms[path].decode())
    assert written.root is not None
    for place in places(written.root):
        editing = edited(written.root, place, controls(written.root, place))
        assert (as_text(editing.root), editing.problems) == (as_text(written.root), {}), place
    assert read(path, write(written.root)).root == written.root


def test_every_kind_of_field_of_the_shipped_forms_is_known() -> None:
    kinds = {line.kind for path in SHIPPED for line in lines(json.loads(shipped_sources().forms[path]))}
    assert kinds <= set(KINDS)
    assert {"choice", "rows", "group", "figures", "source", "sources", "file", "day", "period"} <= kinds


def test_the_names_of_sources_facts_and_panels_are_those_of_the_shipped_forms() -> None:
    named: dict[str, set[str]] = {"x-source": set(), "x-from": set(), "x-panels": set()}
    for path in SHIPPED:
        _collect(json.loads(shipped_sources().forms[path]), named)
    assert named["x-source"] <= set(SOURCES)
    assert named["x-panels"] <= set(PANELS)
    assert set(FACTS) - named["x-from"] == {"code"}
    assert named["x-from"] <= {*FACTS, "urge_targets", "proposed"}  # put into the data by the process that has the form


def _collect(part: Any, named: dict[str, set[str]]) -> None:
    if isinstance(part, dict):
        for word, found_words in named.items():
            told = part.get(word, ())
            found_words |= {told} if isinstance(told, str) else set(told)
        for each in part.values():
            _collect(each, named)


@st.composite
def rows(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw what somebody types for some fields, one after the other."""
    row = st.fixed_dictionaries(
        {
            "kind": st.sampled_from(sorted(KINDS)),
            "title": WORDS,
            "help": st.one_of(st.just(""), WORDS),
            "needed": st.sampled_from([NEVER, ALWAYS, ASKED]),
            "route": st.sampled_from(["", "yes"]),
            "from": st.sampled_from(["", *FACTS]),
            "unit": st.sampled_from(["", "buổi"]),
            "bounds": st.tuples(st.integers(0, 5), st.integers(6, 5000)),
            "source": st.sampled_from(sorted(SOURCES)),
            "options": st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=4, unique_by=lambda pair: pair[0]),
            "inside": st.integers(0, 4),
            "when": st.booleans(),
        }
    )
    return draw(st.lists(row, min_size=1, max_size=5))


def typed_of(root: dict[str, Any], place: str, row: dict[str, Any]) -> Controls:
    """Return the controls of a field with what is typed in a row."""
    shown = controls(root, place)
    low, high = (str(each) for each in row["bounds"])
    plain = {"title": row["title"], "help": row["help"], "route": row["route"], "from": row["from"], "unit": row["unit"], "least": low, "most": high}
    typed = {**shown, **{name: [value] for name, value in plain.items() if name in shown}}
    if "option" in shown:
        typed |= {"option": [value for value, _ in row["options"]], "option_title": [title for _, title in row["options"]]}
    if "source" in shown:
        typed["source"] = [row["source"]]
    here = found(root, place)
    assert here is not None
    beside = deciding(*here)
    if beside and row["when"]:
        name = beside[0]
        typed[WHEN + name] = [each["const"] for each in here[0]["properties"][name]["oneOf"]][:1]
    typed["needed"] = [row["needed"] if row["needed"] != ASKED or (beside and row["when"]) else NEVER]
    return typed


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=rows())
def test_what_is_typed_is_read_back_and_every_form_can_be_drawn(app: Flask, rows: list[dict[str, Any]]) -> None:
    with app.test_request_context():
        root: dict[str, Any] = {"type": "object", "title": "Thử", "properties": {}, "additionalProperties": False, "x-unknown": {"b": 1, "a": 2}}
        for row in rows:
            holders = ["", *(line.place for line in lines(root) if line.kind in {"rows", "group"})]
            place = added(root, holders[row["inside"] % len(holders)], row["kind"], row["title"])
            typed = typed_of(root, place, row)
            editing = edited(root, place, typed)
            assert editing.problems == {}
            root = editing.root
            assert {name: value for name, value in controls(root, place).items() if name in typed} == typed
        check_schema("thu", root)
        assert preview(root) is not None
        for place in places(root):
            assert as_text(edited(root, place, controls(root, place)).root) == as_text(root)
        first = lines(root)[0]
        moved(root, first.place, 1)
        moved(root, first.place if first.last else lines(root)[0].place, -1)
        for line in [each for each in lines(root) if each.depth == 0]:
            removed(root, renamed(root, line.place, f"{line.key}_x"))
            check_schema("thu", root)
        assert root == {"type": "object", "title": "Thử", "properties": {}, "additionalProperties": False, "x-unknown": {"b": 1, "a": 2}} | (
            {"required": []} if "required" in root else {}
        )


def test_a_field_of_another_kind_keeps_its_name_and_its_conditions(app: Flask) -> None:
    root = json.loads(shipped_sources().forms["shared/forms/leader_instruction.schema.json"])
    with app.test_request_context():
        for kind in KINDS:
            typed = controls(root, "/instruction") | {"kind": [kind]}
            part = edited(root, "/instruction", typed).root["properties"]["instruction"]
            assert kind_of(part) == kind
            assert (part["title"], part["x-when"]) == ("Nội dung chỉ đạo", {"action": ["execute", "forward", "both", "file"]})


def test_a_field_that_is_renamed_is_renamed_wherever_the_form_names_it() -> None:
    root = json.loads(shipped_sources().forms["shared/forms/leader_instruction.schema.json"])
    assert renamed(root, "/action", "way") == "/way"
    assert '"action"' not in as_text(root)
    assert next(iter(root["properties"])) == "way"
    assert root["required"] == ["way"]
    Form("leader_instruction", root).validate(root["examples"][0])


def test_a_field_that_goes_takes_along_what_depends_on_it() -> None:
    root = json.loads(shipped_sources().forms["shared/forms/report_section.schema.json"])
    removed(root, "/assessment")
    assert "assessment" not in as_text(root)
    Form("report_section", root).validate(root["examples"][0])


def test_needed_when_asked_is_written_as_a_rule_that_the_engine_keeps(app: Flask) -> None:
    root = json.loads(shipped_sources().forms["shared/forms/leader_instruction.schema.json"])
    with app.test_request_context():
        root = edited(root, "/due_at", controls(root, "/due_at") | {"needed": [ASKED]}).root
        form = Form("leader_instruction", root)
        said = {problem.path for problem in form.problems({"action": "execute", "instruction": "Làm"})}
        assert said == {("due_at",)}
        assert form.problems({"action": "forward", "instruction": "Làm"}) == []
        back = edited(root, "/due_at", controls(root, "/due_at") | {"needed": [NEVER]}).root
    assert back == json.loads(shipped_sources().forms["shared/forms/leader_instruction.schema.json"])


@pytest.mark.parametrize(
    ("control", "value"),
    [
        ("title", " "), ("key", "hạn"), ("key", "causes"), ("kind", "magic"), ("most", "nhiều"), ("least", "-1"), ("needed", ASKED),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_at_its_control_and_changes_nothing(app: Flask, control: str, value: str) -> None:
    root = json.loads(shipped_sources().forms["shared/forms/consolidate.schema.json"])
    with app.test_request_context():
        editing = edited(root, "/limitations", controls(root, "/limitations") | {control: [value]})
    assert set(editing.problems) == {control}
    assert editing.root == root


@pytest.mark.parametrize(
    ("text", "line"), [("{", 1), ('{\n "a": 1,\n}', 3), ("", 1), ('{"a": 1, "a": 2}', 0), ('{"a": NaN}', 0), ("[" * 100_000, 0), ("[]", 0), ('{"type": "object", "properties": 1}', 0)]
)
def test_what_is_no_form_is_told_with_its_line(app: Flask, text: str, line: int) -> None:
    with app.test_request_context():
        written = read("x/forms/x.schema.json", text)
    assert written.root is None
    assert written.why
    assert written.line == line
