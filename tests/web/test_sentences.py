"""Whatever the engine says to staff is said in Vietnamese too, with the values that it names."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from xml.parsers.expat import errors

import pytest
from babel.messages.pofile import read_po
from flask import Flask

from engine.bpmn.language.expressions import check as check_expression
from engine.definitions.check import check, read_form
from engine.definitions.rules import RULES
from engine.definitions.source import Sources
from engine.kernel.errors import InvalidInput, Refused
from tests.architecture.rules import ROOT
from tests.web.sentences import literals, sentences
from web.language.sentences import FILES, MARK, in_words, judgement, vietnamese

LIBRARIES = {*errors.messages.values(), "invalid syntax"}  # what those say that read files for us
PAGES = ROOT / "engine" / "definitions" / "rules" / "pages"
FOREIGN = ROOT / "tests" / "definitions" / "foreign"
WRONG = sorted(path for path in PAGES.iterdir() if ".wrong" in path.name)
QUOTED = re.compile(r"""'[^']*'|"[^"]*"|“[^”]*”|`[^`]*`|<[^>]*>""")
ENGLISH = re.compile(r"\b(the|found|but|expected|draw|write|remove|name|of|is|are|both|at)\b", re.IGNORECASE)


@lru_cache
def catalogue() -> dict[str, str]:
    found: dict[str, str] = {}
    for path in FILES:
        with path.open("rb") as file:
            found |= {str(each.id): str(each.string) for each in read_po(file, locale="vi") if each.id}
    return found


def english(said: str) -> str | None:
    """The first English word of a Vietnamese sentence, outside of what somebody wrote."""
    found = ENGLISH.search(QUOTED.sub("", said))
    return found[0] if found else None


def test_every_sentence_has_its_vietnamese() -> None:
    known = catalogue()
    assert {text: place for text, place in sentences().items() if not known.get(text)} == {}


def test_no_translation_outlives_its_sentence() -> None:
    assert sorted(set(catalogue()) - set(sentences()) - literals() - LIBRARIES) == []


@pytest.mark.parametrize("source", sorted(each for each in catalogue() if each.startswith("Expected ")))
def test_a_sentence_is_found_by_its_words_and_keeps_its_values(source: str) -> None:
    said = MARK.sub(lambda mark: mark[0][0] if mark[1] is None else f"<{mark[1]}>", source)
    found = vietnamese(said)
    assert found is not None
    named = set(re.findall(r"<\d+>", catalogue()[source].replace("{", "<").replace("}", ">")))
    assert all(each in found for each in named), found


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.name)
def test_whatever_a_rule_finds_is_said_in_vietnamese_with_its_remedy(path: Path) -> None:
    name = path.name.replace(".wrong", "")
    folder = {".json": "forms/", ".dmn": "decisions/"}.get(path.suffix, "")
    found = check(Sources(files={f"{folder}{name}": path.read_bytes()}), operations=frozenset())
    for finding in found:
        said = vietnamese(finding.message)
        assert said is not None, finding.message
        assert english(said) is None, said


def test_whatever_is_found_in_the_files_of_other_tools_is_said_in_vietnamese() -> None:
    paths = [path for path in sorted(FOREIGN.iterdir()) if path.suffix.startswith(".bpmn")]
    messages = {finding.message for path in paths for finding in check(Sources(files={path.name: path.read_bytes()}), operations=frozenset())}
    assert len(messages) > len(paths)
    assert [message for message in sorted(messages) if english(vietnamese(message) or "the")] == []


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        ('<bpmn:standardLoopCharacteristics loopMaximum="vài"/>', "loopMaximum của <standardLoopCharacteristics> ghi 'vài'"),
        ('<bpmn:ioSpecification><bpmn:dataInput id="vao"/></bpmn:ioSpecification>', "<ioSpecification> thiếu dataInput, dataOutput, inputSet"),
    ],
)
def test_what_the_schema_alone_refuses_is_said_in_words_of_ours(inside: str, said: str) -> None:
    path = ROOT / "processes" / "shared" / "directive_intake.bpmn"
    text = path.read_text("utf-8")
    begin = text.index("</bpmn:userTask>")
    found = check(Sources(files={path.name: f"{text[:begin]}{inside}{text[begin:]}".encode()}), operations=frozenset())
    (told,) = (vietnamese(each.message) for each in found if each.message.startswith("Expected a file that keeps the BPMN 2.0 schema"))
    assert told is not None
    assert (said in told, english(told)) == (True, None), told


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b'{"type": "object",}',
        b"\xff",
        b'{"type": "object", "properties": {"a": {"type": "strng"}}}',
        b'{"type": "object", "required": "a"}',
        b'{"type": "object", "properties": {"a": {"type": "string", "pattern": "(a"}}}',
        b'{"type": "object", "properties": {"a": {"$ref": "#/none"}}}',
    ],
)
def test_what_a_form_lacks_is_said_in_vietnamese(content: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_form("forms/phieu.schema.json", content)
    said = vietnamese(refused.value.message)
    assert said is not None, refused.value.message
    assert english(said) is None, said


@pytest.mark.parametrize(
    "source",
    ["a b", "len(1, 2, 3)", "lenght(x)", "x = 1", "x && y", "lambda: 1", "x.upper()", "_x", "f(x=1)", "“a”", "9" * 2000, "", "import os", "[1, 2", "a\u200bb", "{**x}"],
)
def test_what_an_expression_lacks_is_said_in_vietnamese(source: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_expression(source)
    said = vietnamese(refused.value.message)
    assert said is not None, refused.value.message
    assert english(said) is None, said


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (
            'Expected a default flow at exclusiveGateway g "Duyệt?", but found none: a token that meets no condition stops there. Mark one flow as default.',
            "Cổng chọn một “Duyệt?” (g) nên có nhánh mặc định, nhưng chưa có: khi không điều kiện nào đúng, hồ sơ dừng lại ở đó. Hãy đánh dấu một nhánh là mặc định.",
        ),
        (
            "Expected startEvent s to be one of messageEventDefinition, signalEventDefinition or plain, but found errorEventDefinition. Choose another kind.",
            "Sự kiện bắt đầu s phải là loại thường hoặc một trong: loại thông điệp, loại tín hiệu, nhưng lại là loại lỗi. Hãy chọn loại khác.",
        ),
        (
            "Expected a counterpart of UserTask check in the new version, but there is no check. Map it to the element that stands for it, or let the instance pass it first.",
            "Phiên bản mới không có phần tương ứng với việc của người check: ở đó không có check. Hãy nêu phần tử thay thế, hoặc để hồ sơ đi qua đó trước.",
        ),
        (
            "Expected a number, but found 'Bản in màu at home', at userTask t. Write it as in len(items) > 0, data[\"key\"], today() + days(3).",
            "Phải là số, nhưng lại là 'Bản in màu at home' (tại việc của người t). Hãy viết như len(items) > 0, data[\"key\"], today() + days(3).",
        ),
    ],
)
def test_elements_lists_and_remedies_are_said_within_a_sentence(message: str, said: str) -> None:
    assert vietnamese(message) == said


def test_what_a_clerk_typed_is_not_taken_for_a_part_of_a_sentence() -> None:
    said = vietnamese("Expected a new due date after 2024-04-15, but found 'a list'. Choose a later day.")
    assert said is not None
    assert "'a list'" in said
    assert vietnamese("Expected the account of text to be open, but it is not. Nothing is to be done.") == (
        "Tài khoản của text đã ở trạng thái này rồi, không cần làm gì thêm."
    )


def test_a_judgement_that_nobody_translated_is_shown_as_it_is(app: Flask) -> None:
    with app.test_request_context():
        assert judgement("Something new.") == "Something new."
        assert judgement("Expected a process with nodes in the file, but found none. Draw a start event, tasks and an end event.").startswith("Trong tệp")


def test_every_rule_has_a_file_that_breaks_it() -> None:
    assert sorted(set(RULES) - {path.name.split(".")[0] for path in WRONG}) == []


def test_days_are_said_as_people_say_them() -> None:
    assert vietnamese("Expected a new due date after 2024-04-15, but found '2024-04-01'. Choose a later day.") == (
        "Hạn mới phải sau ngày 15/04/2024, nhưng lại ghi '01/04/2024'. Hãy chọn ngày muộn hơn."
    )


def test_a_sentence_that_nobody_translated_is_shown_as_it_is(app: Flask) -> None:
    with app.test_request_context():
        assert in_words(Refused("Something new.")) == "Hệ thống không nhận nội dung này (Something new.). Chưa có gì thay đổi."
