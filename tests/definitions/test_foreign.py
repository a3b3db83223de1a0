"""Files as other tools save them: each is accepted and runs whole, or refused with findings that name their place.

The folder `foreign` holds look-alikes with invented content; the reference files of the BPMN Model Interchange Working Group
are test data beside the checkout.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.definitions.check import check, examine
from engine.definitions.source import Sources, load_sources
from engine.kernel.errors import Finding
from tests.definitions.promises import keep_promises

FOREIGN = Path(__file__).parent / "foreign"
MIWG = Path(__file__).resolve().parents[3] / "shared" / "miwg"
FILES = sorted(FOREIGN.iterdir())
REFUSED = {
    "archive.bpmn": {"xml"},
    "binary.bpmn": {"xml"},
    "blank_before.bpmn": {"xml"},
    "camunda7_loan.bpmn": {"expression", "operation"},
    "case.bpmn": {"xml"},
    "choreography.bpmn": {"process", "unsupported_element"},
    "cut_off.bpmn": {"xml"},
    "draft_2009.bpmn": {"xml"},
    "empty.bpmn": {"xml"},
    "json.bpmn": {"xml"},
    "not_found.bpmn": {"xml"},
    "only_collaboration.bpmn": {"process"},
    "only_picture.bpmn": {"process"},
    "package.bpmn": {"xml"},
    "says_utf8_is_latin1.bpmn": {"xml"},
    "student_loose_ends.bpmn": {"reference", "timer"},
    "student_misplaced.bpmn": {"xsd"},
    "students_copy_paste.bpmn": {"duplicate_id"},
    "table.dmn.bpmn": {"xml"},
    "unknown_encoding.bpmn": {"xml"},
}
OTHERS_DECIDE = {"jbpm_visit.bpmn2"}  # how much of a data association may be read is not this test's business


def errors(file: Path) -> list[Finding]:
    return [finding for finding in check(Sources(files={file.name: file.read_bytes()}), operations=[]) if finding.severity == "error"]


def finding_at(name: str, line: int) -> Finding:
    return next(finding for finding in errors(FOREIGN / name) if finding.line == line)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_foreign_file_runs_whole_or_is_refused_at_its_place(file: Path) -> None:
    found = {finding.rule for finding in keep_promises(file.name, file.read_bytes()).findings if finding.severity == "error"}
    if file.name not in OTHERS_DECIDE:
        assert found >= REFUSED.get(file.name, set())
        assert bool(found) == (file.name in REFUSED)


@pytest.mark.skipif(not MIWG.is_dir(), reason="the reference models are not beside the checkout")
@pytest.mark.parametrize("file", sorted(MIWG.glob("*.bpmn")), ids=lambda file: file.name)
def test_a_reference_model_runs_whole_or_is_refused_at_its_place(file: Path) -> None:
    keep_promises(file.name, file.read_bytes())


def test_a_folder_of_foreign_files_is_checked_whole_each_with_its_own_findings() -> None:
    together = check(load_sources([FOREIGN]), operations=[])
    for file in FILES:
        if not file.name.endswith((".bpmn", ".bpmn2")):
            continue
        alone = {(finding.rule, finding.element, finding.line) for finding in errors(file)}
        here = {(f.rule, f.element, f.line) for f in together if f.file == file.name and f.severity == "error" and f.rule != "duplicate_process"}
        assert here == alone, file.name
    assert {finding.file for finding in together if finding.rule == "duplicate_process"} == {"student_misplaced.bpmn"}


def test_hundreds_of_files_are_checked_and_one_bad_file_stops_none() -> None:
    good = (FOREIGN / "flowable_no_ids.bpmn").read_bytes()
    files = {f"{number}/p.bpmn": good.replace(b"tidyUp", b"p%d" % number) for number in range(150)}
    checked = examine(Sources(files={**files, "bad.bpmn": b"<a>"}), operations=[])
    assert len(checked.definitions) == 150
    assert [finding.file for finding in checked.findings if finding.severity == "error"] == ["bad.bpmn"]


def test_files_that_share_a_process_id_do_not_hide_each_others_findings() -> None:
    loose, misplaced = ((FOREIGN / name).read_bytes() for name in ("student_loose_ends.bpmn", "student_misplaced.bpmn"))
    twice = check(Sources(files={"a.bpmn": loose, "b.bpmn": misplaced}), operations=[])
    assert {"reference", "timer"} <= {finding.rule for finding in twice if finding.file == "a.bpmn"}
    assert {"xsd", "duplicate_process"} <= {finding.rule for finding in twice if finding.file == "b.bpmn"}


def test_what_only_the_compiler_sees_is_found_in_both_files_of_one_process_id() -> None:
    drawn = FOREIGN.joinpath("flowable_no_ids.bpmn").read_bytes()
    stuck = drawn.replace(b'<sequenceFlow sourceRef="fork" targetRef="right"/>', b"").replace(b'<userTask id="right"/>', b'<startEvent id="right"/>')
    found = check(Sources(files={"a.bpmn": stuck, "b.bpmn": stuck}), operations=[])
    alone = {f.rule for f in check(Sources(files={"a.bpmn": stuck}), operations=[]) if f.severity == "error"}
    for file in ("a.bpmn", "b.bpmn"):
        assert alone == {f.rule for f in found if f.file == file and f.severity == "error"} - {"duplicate_process"}


def test_a_drawing_beside_an_executable_process_refuses_nothing_and_is_not_deployed() -> None:
    name = "executable_and_drawing.bpmn"
    checked = examine(load_sources([FOREIGN / name]), operations=[])
    assert set(checked.definitions) == {"office"}
    assert {finding.element for finding in checked.findings if "is not deployed" in finding.message} == {"citizen", "c1"}


def test_a_clean_drawing_may_be_tried() -> None:
    content = (FOREIGN / "executable_and_drawing.bpmn").read_bytes().replace(b'<bpmn:complexGateway id="c1"/>', b"")
    checked = examine(Sources(files={"p.bpmn": content}), operations=[])
    assert (set(checked.definitions), set(checked.drawn)) == ({"office"}, {"citizen"})


def test_a_node_where_nobody_looks_for_it_is_never_dropped_in_silence() -> None:
    found = {finding.element for finding in errors(FOREIGN / "student_misplaced.bpmn") if finding.rule == "xsd"}
    assert found == {"late", "lost", "nowhere", "c", "f2", "outside"}


def test_a_flow_that_leads_nowhere_is_named_with_its_line_even_without_an_id() -> None:
    assert "'away'" in finding_at("student_loose_ends.bpmn", 10).message


def test_an_id_that_a_flow_was_given_is_the_same_for_findings_and_history() -> None:
    file = FOREIGN / "flowable_no_ids.bpmn"
    checked = keep_promises(file.name, file.read_bytes())
    given = {finding.element for finding in checked.findings if finding.rule == "missing_id"}
    made = [node for spec in checked.definitions["tidyUp"].specs.values() for node in spec.task_specs.values()]
    assert given == {flow.id for node in made for flow in node.flows}


def test_spellings_that_mean_the_same_are_read_alike() -> None:
    spec = examine(load_sources([FOREIGN / "trisotech_qnames.bpmn"]), operations=[]).definitions["ferry"].specs
    assert spec["ferry"].task_specs["_caught"].interrupting
    assert spec["ferry/_crossing"].task_specs["_wait"].message == "boat.arrived"


@pytest.mark.parametrize("name", ["utf16", "utf16_be_unmarked", "utf8_mark_crlf", "latin1", "windows1252", "gb2312", "says_utf16_is_utf8"])
def test_every_usual_encoding_is_read_with_true_lines(name: str) -> None:
    (definition,) = examine(load_sources([FOREIGN / f"{name}.bpmn"]), operations=[]).definitions.values()
    assert definition.elements["t"].line == 5
    assert definition.elements["t"].name in {"Đăng ký", "Prüfen", "Prüfen – “ja”", "审批"}


def test_element_order_and_vendor_attributes_are_told_once_and_refuse_nothing() -> None:
    file = FOREIGN / "visio_disordered.bpmn"
    found = [finding for finding in keep_promises(file.name, file.read_bytes()).findings if finding.rule.startswith("xsd")]
    assert found
    assert {finding.severity for finding in found} == {"warning"}


@pytest.mark.parametrize("id", ["a/b", "t [each]"])
def test_an_id_that_could_be_taken_for_another_is_refused(id: str) -> None:
    content = (FOREIGN / "flowable_no_ids.bpmn").read_bytes().replace(b"sweep", id.encode())
    (found,) = (each for each in check(Sources(files={"p.bpmn": content}), operations=[]) if each.severity == "error")
    assert (found.rule, found.element, found.line) == ("xsd", id, 5)
