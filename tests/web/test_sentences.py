"""Whatever the engine says to staff is said in Vietnamese too, with the values that it names."""

from __future__ import annotations

import re

import pytest
from babel.messages.pofile import read_po
from flask import Flask

from engine.kernel.errors import Refused
from tests.web.sentences import sentences
from web.language.sentences import FILE, MARK, in_words, vietnamese


def catalogue() -> dict[str, str]:
    with FILE.open("rb") as file:
        return {str(each.id): str(each.string) for each in read_po(file, locale="vi") if each.id}


def test_every_sentence_has_its_vietnamese() -> None:
    known = catalogue()
    assert {text: place for text, place in sentences().items() if not known.get(text)} == {}


def test_no_translation_outlives_its_sentence() -> None:
    assert sorted(set(catalogue()) - set(sentences())) == []


@pytest.mark.parametrize("source", sorted(catalogue()))
def test_a_sentence_is_found_by_its_words_and_keeps_its_values(source: str) -> None:
    said = MARK.sub(lambda mark: mark[0][0] if mark[1] is None else f"<{mark[1]}>", source)
    found = vietnamese(said)
    assert found is not None
    named = set(re.findall(r"<\d+>", catalogue()[source].replace("{", "<").replace("}", ">")))
    assert all(each in found for each in named), found


def test_days_are_said_as_people_say_them() -> None:
    assert vietnamese("Expected a new due date after 2024-04-15, but found '2024-04-01'. Choose a later day.") == (
        "Hạn mới phải sau ngày 15/04/2024, nhưng lại ghi '01/04/2024'. Hãy chọn ngày muộn hơn."
    )


def test_a_sentence_that_nobody_translated_is_shown_as_it_is(app: Flask) -> None:
    with app.test_request_context():
        assert in_words(Refused("Something new.")) == "Hệ thống không nhận nội dung này (Something new.). Chưa có gì thay đổi."
