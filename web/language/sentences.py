"""The engine's sentences in the reader's language.

The engine says what went wrong in English, with the values in it. Here is what each sentence is in Vietnamese: a catalogue whose
messages have holes (`{0}`) for the values; what was said is found by its words, and its values are put into the translation.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from pathlib import Path

from babel.messages.pofile import read_po
from flask_babel import get_locale, gettext

from engine.kernel.errors import EngineError

FILE = Path(__file__).with_name("sentences.vi.po")
MARK = re.compile(r"\{\{|\}\}|\{(\d+)\}")
DAY = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
ROLES = {
    "leader": "lãnh đạo",
    "clerk": "văn thư",
    "consolidator": "người tổng hợp báo cáo",
    "specialist": "chuyên viên",
    "office_head": "chánh văn phòng",
    "standing_board": "ban thường vụ",
    "admin": "quản trị",
    "auditor": "kiểm tra, giám sát",
    "process_designer": "người thiết kế quy trình",
}


def in_words(error: EngineError) -> str:
    """Return what an error says, in the language of whoever is here."""
    return sentence(error.message)


def sentence(message: str) -> str:
    """Return one of the engine's sentences in the language of whoever is here."""
    if str(get_locale() or "vi") != "vi":
        return message
    return vietnamese(message) or str(gettext("The system did not accept this (%(message)s). Nothing was changed.", message=message))


def vietnamese(message: str) -> str | None:
    """Return a sentence of the engine in Vietnamese; None when no catalogue knows it."""
    for pattern, said in _known():
        if found := pattern.fullmatch(message):
            return MARK.sub(_filled(found), said)
    return None


def _filled(found: re.Match[str]) -> Callable[[re.Match[str]], str]:
    def fill(mark: re.Match[str]) -> str:
        return mark[0][0] if mark[1] is None else _value(found[f"v{mark[1]}"])

    return fill


def _value(text: str) -> str:
    """Return a value as people here write it: days, roles, and a sentence inside a sentence."""
    if text.startswith("Expected ") and (inner := vietnamese(text)):
        return inner
    if text in ROLES:
        return ROLES[text]
    return DAY.sub(_day, text)


def _day(found: re.Match[str]) -> str:
    try:
        return f"{date.fromisoformat(found[0]):%d/%m/%Y}"
    except ValueError:
        return found[0]


@lru_cache
def _known() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the catalogue, those with the most words of their own first: a sentence may begin like another."""
    with FILE.open("rb") as file:
        entries = [(str(each.id), str(each.string)) for each in read_po(file, locale="vi") if each.id and each.string]
    entries.sort(key=lambda entry: -len(MARK.sub("", entry[0])))
    return tuple((_pattern(source), said) for source, said in entries)


def _pattern(source: str) -> re.Pattern[str]:
    """Return what finds a sentence: its words as they are, anything in its holes."""
    parts, end = [], 0
    for mark in MARK.finditer(source):
        parts.append(re.escape(source[end : mark.start()]))
        parts.append(re.escape(mark[0][0]) if mark[1] is None else f"(?P<v{mark[1]}>.*?)")
        end = mark.end()
    parts.append(re.escape(source[end:]))
    return re.compile("".join(parts), re.DOTALL)
