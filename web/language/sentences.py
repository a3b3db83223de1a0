"""The engine's sentences in the reader's language.

The engine says what went wrong in English, with the values in it. Here is what each sentence is in Vietnamese: catalogues whose
messages have holes (`{0}`) for the values; what was said is found by its words, and its values are put into the translation.
What designers read is made of parts (a place, a sentence inside another, a remedy at the end): each part is an entry of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from babel.messages.pofile import read_po
from flask_babel import get_locale, gettext

from engine.kernel.errors import EngineError

FILES = tuple(Path(__file__).with_name(name) for name in ("sentences.vi.po", "designs.vi.po"))  # to staff, to designers
MARK = re.compile(r"\{\{|\}\}|\{(\d+)\}")
DAY = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
QUOTED = re.compile(r"""'[^']*'|"[^"]*"|`[^`]*`""")  # what somebody wrote is shown as it was written
LABEL = re.compile(r'(?P<kind>\w+) (?P<id>\S+)(?: "(?P<name>.*)")?')  # of an element: engine.definitions.diagram.label
LISTED = re.compile(r"(, | or | and )")
BETWEEN = {", ": ", ", " or ": " hoặc ", " and ": " và "}
EXPECTED = "Expected "
STOPS = frozenset(".:,")
BOUNDARY = re.compile(r"(?<=[.?!]) (?=[A-Z])")  # of two sentences
SENTENCE_NEXT = re.compile(r"(?:^|[.:] |, but )$")  # what stands before a hole that takes a whole sentence
TWICE = re.compile(r"(?<!\.)\.\.(?!\.)")  # a sentence inside another brings its own full stop
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A sentence or a part of one. `begins`: whether a sentence begins with it. `words`: what stands between its holes, which whatever is found by it has to hold.

    `made`: whether it is made of parts, as what designers read is; what staff typed is not to be taken for a part.
    """

    made: bool
    begins: bool
    words: tuple[str, ...]
    strict: re.Pattern[str]
    pattern: re.Pattern[str]
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The catalogues: what has no hole by its text, the others with the most words of their own first.

    `sentences`: those of the others that a whole sentence may fit, or a sentence with what stands around it.
    """

    plain: Mapping[str, str]
    sentences: tuple[Entry, ...]
    entries: tuple[Entry, ...]


def in_words(error: EngineError) -> str:
    """Return what an error says, in the language of whoever is here."""
    return sentence(error.message)


def sentence(message: str) -> str:
    """Return one of the engine's sentences in the language of whoever is here."""
    if str(get_locale() or "vi") != "vi":
        return message
    return vietnamese(message) or str(gettext("The system did not accept this (%(message)s). Nothing was changed.", message=message))


def judgement(message: str) -> str:
    """Return what the check of a design says, in the language of whoever is here; it refuses nothing, so it is shown as it is if need be."""
    return message if str(get_locale() or "vi") != "vi" else vietnamese(message) or message


@lru_cache(maxsize=4096)  # the same is said of many elements, and at every pause of whoever draws
def vietnamese(message: str) -> str | None:
    """Return a sentence of the engine in Vietnamese; None when no catalogue knows it."""
    if plain := _known().plain.get(message):
        return plain
    entries = _known().sentences if message.startswith(EXPECTED) else _known().entries
    likely = [entry for entry in entries if all(words in message for words in entry.words)]
    return _by_pattern(message, likely, strict=True) or _remedied(message) or _by_pattern(message, likely, strict=False)


def _by_pattern(message: str, entries: Iterable[Entry], *, strict: bool) -> str | None:
    """Return what the first entry says that fits. `strict`: no value but one that is a sentence holds the end of one."""
    for entry in entries:
        if found := (entry.strict if strict else entry.pattern).fullmatch(message):
            said = TWICE.sub(".", MARK.sub(_filled(found, _part if entry.made else _value), entry.said))
            if EXPECTED in said:
                continue  # it fitted, but not by its parts
            begins = MARK.match(entry.said)
            of_element = begins is not None and begins[1] is not None and message.startswith(EXPECTED) and _element(found[f"v{begins[1]}"])
            return said[:1].upper() + said[1:] if of_element else said
    return None


def _filled(found: re.Match[str], said: Callable[[str], str]) -> Callable[[re.Match[str]], str]:
    def fill(mark: re.Match[str]) -> str:
        return mark[0][0] if mark[1] is None else said(found[f"v{mark[1]}"])

    return fill


def _value(text: str) -> str:
    """Return a value as people here write it: days, roles, and a sentence inside a sentence."""
    if text.startswith(EXPECTED) and (inner := vietnamese(text)):
        return inner
    roles = [ROLES.get(each) or BETWEEN.get(each) for each in LISTED.split(text)]
    return "".join(each for each in roles if each) if all(roles) else DAY.sub(_day, text)


def _part(text: str) -> str:
    """Return a value that may be a part of a sentence itself, an element, a list of them, or have a remedy behind it."""
    if QUOTED.fullmatch(text):
        return text
    return _element(text) or _whole(text) or _listed(text) or _value(text)


def _element(text: str) -> str | None:
    """Return an element as its kind, its name and its id."""
    found = LABEL.fullmatch(text)
    kind = _known().plain.get(found["kind"]) if found else None
    if found is None or kind is None:
        return None
    return f"{kind} “{found['name']}” ({found['id']})" if found["name"] else f"{kind} {found['id']}"


def _listed(text: str) -> str | None:
    """Return a list with what we have words for in our words; None for what is none, or a sentence."""
    parts = LISTED.split(text)
    if len(parts) == 1 or text.startswith(EXPECTED):
        return None
    return "".join(BETWEEN.get(part) or _known().plain.get(part) or _element(part) or part for part in parts)


def _whole(text: str) -> str | None:
    """Return a sentence or part that may have lost its full stop to the sentence around it, or have got one."""
    other = text[:-1] if text.endswith(".") else f"{text}."
    return vietnamese(text) or (vietnamese(other) or "").removesuffix(".") or None


def _remedied(text: str) -> str | None:
    """Return what was found with the sentence behind it: what is to be done is often added."""
    for boundary in BOUNDARY.finditer(text):
        head, remedy = text[: boundary.start()], _whole(text[boundary.end() :])
        found = remedy and (_whole(head) if head.startswith(EXPECTED) else _part(head))
        if remedy and found:
            return f"{found.removesuffix('.')}. {remedy.removesuffix('.')}."
    return None


def _day(found: re.Match[str]) -> str:
    try:
        return f"{date.fromisoformat(found[0]):%d/%m/%Y}"
    except ValueError:
        return found[0]


@lru_cache
def _known() -> Known:
    found = [(source, said, path == FILES[-1]) for path in FILES for source, said in _read(path)]
    found.sort(key=lambda each: -len(MARK.sub("", each[0])))  # a sentence may begin like another
    entries = tuple(_entry(source, said, made=made) for source, said, made in found if _has_holes(source))
    return Known(
        plain={_plain(source): _plain(said) for source, said, _made in found if not _has_holes(source)},
        sentences=tuple(entry for entry in entries if entry.begins or not STOPS.isdisjoint("".join(entry.words))),
        entries=entries,
    )


def _entry(source: str, said: str, *, made: bool) -> Entry:
    return Entry(
        made=made,
        begins=source.startswith(EXPECTED),
        words=_words(source),
        strict=_pattern(source, strict=True),
        pattern=_pattern(source, strict=False),
        said=said,
    )


def _read(path: Path) -> list[tuple[str, str]]:
    with path.open("rb") as file:
        return [(str(each.id), str(each.string)) for each in read_po(file, locale="vi") if each.id and each.string]


def _has_holes(source: str) -> bool:
    return any(mark[1] is not None for mark in MARK.finditer(source))


def _plain(text: str) -> str:
    return text.replace("{{", "{").replace("}}", "}")


def _words(source: str) -> tuple[str, ...]:
    """Return what stands between the holes, the longest first: what does not hold it is not looked at further."""
    whole = MARK.sub(lambda mark: mark[0][0] if mark[1] is None else "\0", source)
    return tuple(sorted((part for part in whole.split("\0") if part), key=len, reverse=True))


def _pattern(source: str, *, strict: bool) -> re.Pattern[str]:
    """Return what finds a sentence: its words as they are, anything in its holes."""
    parts, end = [], 0
    for mark in MARK.finditer(source):
        parts.append(re.escape(source[end : mark.start()]))
        anything = r'(?:"[^"]*"|(?!\. [A-Z])[^"])*?' if strict and not SENTENCE_NEXT.search(source[: mark.start()]) else ".*?"
        parts.append(re.escape(mark[0][0]) if mark[1] is None else f"(?P<v{mark[1]}>{anything})")
        end = mark.end()
    parts.append(re.escape(source[end:]))
    return re.compile("".join(parts), re.DOTALL)
