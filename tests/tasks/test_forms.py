"""What people hand in: every wrong field gets one sentence."""

from __future__ import annotations

from typing import Any

import pytest

from engine.kernel.errors import InvalidInput
from engine.tasks.forms import Form

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Báo cáo",
    "type": "object",
    "properties": {
        "subject": {"type": "string", "title": "Trích yếu", "minLength": 1, "maxLength": 10},
        "issued": {"type": "string", "title": "Ngày ban hành", "format": "date"},
        "sent_at": {"type": "string", "title": "Lúc gửi", "format": "date-time"},
        "count": {"type": "integer", "title": "Số lượng", "minimum": 0, "maximum": 9, "x-route": True},
        "action": {"title": "Hướng xử lý", "oneOf": [{"const": "file", "title": "Lưu"}, {"const": "do", "title": "Làm"}], "x-route": True},
        "items": {
            "type": "array",
            "title": "Các mục",
            "minItems": 1,
            "items": {"type": "object", "properties": {"text": {"type": "string", "title": "Nội dung"}}, "required": ["text"]},
        },
    },
    "required": ["subject"],
    "additionalProperties": False,
}
FORM = Form("report", SCHEMA)


def fields(data: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(InvalidInput) as error:
        FORM.validate(data)
    found: dict[str, str] = error.value.details["fields"]
    assert all(sentence in error.value.message for sentence in found.values())
    assert "report" in error.value.message
    return found


def test_a_form_that_is_filled_in_passes() -> None:
    FORM.validate({"subject": "Họp", "issued": "2024-04-15", "sent_at": "2024-04-15T08:00:00+07:00", "count": 3, "action": "do"})


@pytest.mark.parametrize(
    ("wrong", "path", "sentence"),
    [
        ({"subject": ""}, "subject", 'Field "Trích yếu" (subject): expected some text, but found none.'),
        ({"subject": "x" * 11}, "subject", 'Field "Trích yếu" (subject): expected at most 10 characters, but found 11 characters.'),
        ({"subject": 7}, "subject", 'Field "Trích yếu" (subject): expected text, but found 7.'),
        ({"issued": "30/02/2024"}, "issued", 'Field "Ngày ban hành" (issued): expected a date such as 2024-04-15, but found "30/02/2024".'),
        ({"issued": "2024-02-30"}, "issued", 'Field "Ngày ban hành" (issued): expected a date such as 2024-04-15, but found "2024-02-30".'),
        ({"sent_at": "2024-04-15T08:00:00"}, "sent_at", "a moment with its zone"),
        ({"count": 10}, "count", "expected a number up to 9, but found 10"),
        ({"count": True}, "count", "expected a whole number, but found yes"),
        ({"count": 1.5}, "count", "whole number"),
        ({"count": 1.0}, "count", "whole number"),
        ({"action": "burn"}, "action", 'expected one of "file" (Lưu), "do" (Làm), but found "burn"'),
        ({"items": []}, "items", "expected at least 1 entries, but found 0"),
        ({"items": [{"text": "a"}, {}]}, "items.1.text", 'Field "Nội dung" (items.1.text): expected a value, but it is missing.'),
        ({"extra": 1}, "", 'expected only the fields it asks for, but found "extra"'),
        ({"subject": "  \n"}, "subject", "expected some text, but found none"),
        ({"subject": "a\x00b"}, "subject", "cannot be stored"),
        ({"subject": "a\ud800b"}, "subject", "cannot be stored"),
    ],
)
def test_a_wrong_field_is_named_with_what_was_expected_and_found(wrong: dict[str, Any], path: str, sentence: str) -> None:
    found = fields({"subject": "Họp", **wrong})
    assert list(found) == [path]
    assert sentence in found[path]


def test_every_wrong_field_is_named_at_once() -> None:
    assert set(fields({"issued": "x", "count": -1})) == {"subject", "issued", "count"}


def test_a_form_that_is_wrong_everywhere_is_explained_briefly() -> None:
    assert len(fields({"subject": "a", "items": [{}] * 1000})) == 20


def test_text_counts_as_nfc_however_it_was_typed() -> None:
    decomposed = "Tie\u0302\u0301ng Vie\u0323\u0302t"  # 15 code points, 10 letters
    FORM.validate({"subject": decomposed})
    routed = Form("f", {"type": "object", "properties": {"name": {"type": "string", "x-route": True}}})
    assert routed.route({"name": decomposed}) == {"name": "Tiếng Việt"}


def test_only_routing_values_enter_the_process() -> None:
    assert FORM.route({"subject": "Họp", "count": 3, "action": "do"}) == {"count": 3, "action": "do"}


def test_data_nested_without_end_is_refused() -> None:
    form = Form("f", {"type": "object", "properties": {"x": {"$ref": "#"}}})
    data: dict[str, Any] = {}
    for _ in range(5000):
        data = {"x": data}
    with pytest.raises(InvalidInput):
        form.validate(data)


@pytest.mark.parametrize(
    ("schema", "sentence"),
    [
        ({"type": "array"}, '"type": "object"'),
        ({"type": "object", "properties": {"x": {"type": "text"}}}, "properties/x/type"),
        ({"type": "object", "properties": {"x": {"$ref": "https://example.org/s.json"}}}, "stay inside"),
        ({"type": "object", "properties": {"x": {"$ref": "file:///etc/passwd"}}}, "stay inside"),
        ({"type": "object", "properties": {"x": {"$ref": "#/$defs/absent"}}}, "no such part"),
        ({"type": "object", "properties": {"x": {"type": "number"}}}, "fractions"),
        ({"type": "object", "properties": {"x": {"type": "string", "pattern": "("}}}, "properties/x"),
        ({"type": "object", "properties": {"x": {"type": "string", "format": "colour"}}}, "not checked"),
    ],
)
def test_a_schema_that_could_not_be_checked_is_refused_with_its_place(schema: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidInput) as error:
        Form("f", schema)
    assert sentence in error.value.message
    assert "f" in error.value.message


def test_a_reference_inside_the_form_is_followed() -> None:
    form = Form(
        "f",
        {"$id": "urn:chidao:forms:f", "type": "object", "properties": {"x": {"$ref": "#/$defs/small"}}, "$defs": {"small": {"type": "integer"}}},
    )
    form.validate({"x": 1})
    with pytest.raises(InvalidInput, match="whole number"):
        form.validate({"x": "one"})
