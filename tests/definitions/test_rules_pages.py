"""Every rule has a page in two languages, a wrong example that breaks it alone and a right one that deploys and starts."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest

import engine.bpmn
import engine.definitions
from engine.bpmn import compile_definition, process_ids, start
from engine.definitions.check import examine
from engine.definitions.explain import explain, page
from engine.definitions.rules import BESIDE, ERROR, RULES, WARNING, WIRING, severity
from engine.definitions.rules.vocabulary import WHERE
from engine.definitions.source import Sources
from engine.kernel.errors import DefinitionInvalid, NotFound

PAGES = files("engine.definitions.rules").joinpath("pages")
NAMES = sorted({*RULES, *BESIDE})
COMPANIONS = {"forms/phieu.schema.json": "forms/phieu.schema.json", "decisions/phan_loai.dmn": "decisions/phan_loai.dmn"}
PLACES = {".dmn": "decisions/phan_loai.dmn", ".json": "forms/phieu.schema.json"}
HEADINGS = ("Cần có.", "Vì sao.", "Nếu không.", "Cách sửa.", "Expected.", "Why.", "Otherwise.", "What to do.")
DATA = {"gap": True, "duyet": True, "sai_sot": False, "rut_y_kien": False, "dat_yeu_cau": True, "so": 11, "loai": "gấp", "han": "2026-12-01"}
LISTED = {"cac_don_vi": ["Sở A", "Sở B"], "don_vi": "Sở A"}
SENTENCES = re.compile(r"(In [^:]+: )?Expected .+,? but .+[.:] .+\.")  # what was expected, what was found, what to do
RULE = re.compile(r"[a-z]+([_-][a-z]+)*")


def example(rule: str, side: str) -> Sources:
    """The files of an example, with a form and a table that it may name."""
    found = {path: PAGES.joinpath(name).read_bytes() for path, name in COMPANIONS.items()}
    for entry in PAGES.iterdir():
        if entry.name.startswith(f"{rule}.{side}."):
            found[PLACES.get(Path(entry.name).suffix, entry.name)] = entry.read_bytes()
    return Sources(files=found)


@pytest.mark.parametrize("rule", NAMES)
def test_a_rule_has_a_page_for_designers_in_two_languages(rule: str) -> None:
    text = page(rule)
    assert text.startswith(f"# {rule}: ")
    assert text.count(f"# {rule}: ") == 2
    for heading in HEADINGS:
        assert len(re.split(rf"\*\*{re.escape(heading)}\*\* ", text)) == 2, heading


@pytest.mark.parametrize("rule", NAMES)
def test_the_wrong_example_breaks_that_rule_and_no_other(rule: str) -> None:
    found = examine(example(rule, "wrong"), operations=["dispatch"]).findings
    assert {(finding.rule, finding.severity) for finding in found} == {(rule, severity(rule))}, [finding.sentence() for finding in found]
    assert all(finding.line is not None or rule == "form_schema" for finding in found)
    for finding in found:
        assert SENTENCES.fullmatch(finding.message), finding.message


@pytest.mark.parametrize("rule", NAMES)
def test_the_right_example_has_no_finding_deploys_and_starts(rule: str) -> None:
    sources = example(rule, "right")
    assert len(sources.files) > len(COMPANIONS) or any(name.startswith(f"{rule}.right.") for name in map(str, [entry.name for entry in PAGES.iterdir()]))
    checked = examine(sources, operations=["dispatch"])
    assert [finding.sentence() for finding in checked.findings] == []
    assert bool(checked.definitions) == bool(sources.diagrams)
    for definition in checked.definitions.values():
        assert start(definition, {**DATA, **LISTED}, now=datetime(2026, 11, 1, tzinfo=UTC)).completed


SECOND_WORDS = {"parameter": "expression", "timer": "expression", "process": "start"}  # what is left of them when nobody asked before


@pytest.mark.parametrize("rule", [rule for rule in NAMES if severity(rule) == ERROR])
def test_the_compiler_alone_names_what_it_finds_by_the_same_rule(rule: str) -> None:
    sources, found = example(rule, "wrong"), set[str]()
    try:
        for process in process_ids(sources.diagrams):
            compile_definition(process, sources.diagrams, functions={}, decisions=sources.decisions)
    except DefinitionInvalid as error:
        found = {finding.rule for finding in error.findings}
    assert found <= {rule, SECOND_WORDS.get(rule, rule)}


def test_nothing_lies_beside_the_pages_that_belongs_to_no_rule() -> None:
    assert {entry.name.split(".")[0] for entry in PAGES.iterdir() if entry.is_file()} == set(NAMES)


def test_every_id_that_the_source_gives_a_finding_stands_in_the_table() -> None:
    roots = [Path(str(engine.bpmn.__file__)).parent, Path(str(engine.definitions.__file__)).parent]
    found = {(path.name, rule) for root in roots for path in root.rglob("*.py") for rule in _rules_in(path)}
    assert {entry for entry in found if entry[1] not in NAMES} == set()
    assert {"unsupported_event", "xml", "decision_table", "waits_for_ever"} <= {rule for _, rule in found}


def _rules_in(path: Path) -> list[str]:
    """The ids that a module gives to findings: the second argument of refuse(), the argument rule= of a Finding."""
    tree = ast.parse(path.read_text("utf-8"))
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    said: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            said += node.args[1:2] if called == "refuse" else []
            said += [keyword.value for keyword in node.keywords if keyword.arg == "rule"]
    values = [part.value if isinstance(part, ast.Constant) else constants.get(part.id) for part in said if isinstance(part, ast.Constant | ast.Name)]
    return [value for value in values if isinstance(value, str) and RULE.fullmatch(value)]


def test_every_severity_is_one_of_two_and_wiring_is_refused_at_deployment() -> None:
    assert {severity(rule) for rule in NAMES} == {ERROR, WARNING}
    assert {severity(rule) for rule in WIRING} == {ERROR}


def test_the_words_of_our_vocabulary_are_those_that_the_compiler_reads() -> None:
    source = Path(str(engine.bpmn.__file__)).with_name("vocabulary.py").read_text("utf-8")
    assert set(re.findall(r'said\("(\w+)"\)', source)) == set(WHERE)


def test_a_page_is_told_in_vietnamese_and_in_english() -> None:
    assert explain("no_default").startswith("no_default: không có nhánh mặc định (cảnh báo, vẫn chạy)\n\nCần có. ")
    assert "What to do." not in explain("no_default")
    told = explain("unsupported-element", english=True)
    assert told.startswith("unsupported_element: an element that does not run (refused at deployment)\n\nExpected. ")
    assert "Cách sửa" not in told


def test_a_rule_that_is_none_is_answered_with_the_nearest() -> None:
    with pytest.raises(NotFound, match="no_default"):
        explain("no_defalt")
