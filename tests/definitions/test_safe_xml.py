"""Files from people we need not trust."""

from __future__ import annotations

import io
import zipfile

import pytest

from engine.bpmn.xml import MAX_BYTES, MAX_DEPTH, parse
from engine.kernel.errors import DefinitionInvalid, Finding
from tests.definitions.drawings import lint, simple


def refused(content: bytes) -> Finding:
    with pytest.raises(DefinitionInvalid) as error:
        parse("x.bpmn", content)
    (finding,) = error.value.findings
    assert finding.file == "x.bpmn"
    return finding


def test_an_external_entity_is_refused_unread() -> None:
    finding = refused(b'<?xml version="1.0"?>\n<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<d>&x;</d>')
    assert "document type" in finding.message
    assert finding.line == 2


def test_a_document_type_in_another_encoding_is_refused_too() -> None:
    assert "document type" in refused('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE d><d/>'.encode("utf-16")).message


def test_a_bomb_of_entities_is_refused_before_it_grows() -> None:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    assert "document type" in refused(f'<!DOCTYPE d [<!ENTITY a0 "ha">{entities}]><d>&a11;</d>'.encode()).message


def test_deep_nesting_is_refused_at_its_line() -> None:
    finding = refused(b"<a>\n" * (MAX_DEPTH + 1) + b"</a>" * (MAX_DEPTH + 1))
    assert finding.line == MAX_DEPTH + 1


def test_nesting_up_to_the_bound_is_read() -> None:
    assert len(parse("x.bpmn", b"<a>" * MAX_DEPTH + b"</a>" * MAX_DEPTH).lines) == MAX_DEPTH


def test_too_many_elements_are_refused() -> None:
    assert "elements" in refused(b"<a>" + b"<b/>" * 100_000 + b"</a>").message


def test_a_huge_file_is_refused() -> None:
    assert "MB" in refused(b"<a>" + b"x" * MAX_BYTES + b"</a>").message


def test_a_zip_archive_is_refused_by_name() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("p.bpmn", simple())
    assert "zip" in refused(packed.getvalue()).message


@pytest.mark.parametrize("content", [b"", b"  \n", b"\x00\x01\x02\xff", b"<a>", b"<a></b>", b'<?xml version="1.0" encoding="no-such"?><a/>'])
def test_what_is_no_xml_is_refused(content: bytes) -> None:
    assert refused(content).message.startswith("Expected ")


def test_lines_are_true_beyond_the_count_of_the_library() -> None:
    document = parse("x.bpmn", b"<a>" + b"\n" * 70_000 + b"<b\n/>\n<c/></a>")
    assert list(document.lines.values()) == [1, 70_001, 70_003]


def test_a_hostile_file_is_a_finding_of_the_check_and_not_an_exception() -> None:
    assert [finding.rule for finding in lint(b"<!DOCTYPE d><d/>")] == ["xml"]


def test_xml_that_is_no_bpmn_is_a_finding() -> None:
    assert [finding.rule for finding in lint(b"<html><body/></html>")] == ["xml"]
