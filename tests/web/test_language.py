"""Every text that people read is in both languages: nothing untranslated, nothing bare in a template, no placeholder lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from jinja2 import Environment

from web.language.catalogues import WEB, catalogues
from web.language.sentences import FILES as SENTENCES

METHODS = [("assets/**", "ignore"), ("static/**", "ignore"), ("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2"), ("**.xml", "jinja2")]
KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2), "lazy_ngettext": (1, 2)}
TEMPLATES = sorted(path for path in WEB.rglob("*.html") if "static" not in path.parts and "assets" not in path.parts)
BOTH_LANGUAGES = {"error.html"}  # says everything twice: it is shown when nothing may be known of the reader
NAMES = {"English", "Tiếng Việt", "chidao", "SHA-256", "BPMN", "CSV", "PDF", "DOCX", "API", "OpenID Connect", "K/T"}
TOLD = {"aria-label", "title", "placeholder", "alt", "data-label"}
VIETNAMESE = re.compile("[ăâđêôơưĂÂĐÊÔƠƯ\u1ea0-\u1ef9]")
ATTRIBUTE = re.compile(r'[a-z-]+="[^"]*"')  # of a macro that gives a tag its attributes
ADDRESSED = re.compile(r"\b(bạn|đồng chí|anh/chị|quý vị)\b", re.IGNORECASE)  # pages address nobody: decisions/0030
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
Message = tuple[str, ...]


@lru_cache
def used() -> dict[Message, str]:
    """Every text of the pages, with a place where it stands."""
    found: dict[Message, str] = {}
    for name, line, message, _comments, _context in extract_from_dir(str(WEB), method_map=METHODS, keywords=KEYWORDS):
        found.setdefault((message,) if isinstance(message, str) else tuple(message[:2]), f"web/{name}:{line}")
    return found


@lru_cache
def vietnamese() -> dict[Message, dict[str, Message]]:
    """Every translation, with the catalogues in which it stands."""
    found: dict[Message, dict[str, Message]] = {}
    for path in catalogues("vi"):
        with path.open("rb") as file:
            for entry in read_po(file, locale="vi"):
                if entry.id:
                    key = (entry.id,) if isinstance(entry.id, str) else tuple(entry.id)
                    said = (entry.string,) if isinstance(entry.string, str) else tuple(entry.string)
                    found.setdefault(key, {})[path.relative_to(WEB).as_posix()] = said
    return found


def test_every_text_has_its_vietnamese() -> None:
    missing = {place: message[0] for message, place in used().items() if not any(all(each) for each in vietnamese().get(message, {}).values())}
    assert missing == {}


def test_no_catalogue_keeps_what_nothing_shows() -> None:
    assert {message[0]: list(places) for message, places in vietnamese().items() if message not in used()} == {}


def test_a_text_that_two_rooms_use_is_said_alike() -> None:
    assert {message[0]: places for message, places in vietnamese().items() if len(set(places.values())) > 1} == {}


def test_a_translation_keeps_the_places_for_values() -> None:
    for message, places in vietnamese().items():
        for place, said in places.items():
            wanted = set(PLACEHOLDER.findall(" ".join(message)))
            for text in said:
                assert set(PLACEHOLDER.findall(text)) == wanted, (place, message[0])


def test_nobody_is_addressed() -> None:
    assert {said: places for places in vietnamese().values() for texts in places.values() for said in texts if ADDRESSED.search(said)} == {}
    for path in SENTENCES:
        with path.open("rb") as file:
            assert [entry.string for entry in read_po(file, locale="vi") if ADDRESSED.search(str(entry.string))] == []


def test_the_source_of_every_text_is_english() -> None:
    assert [text for message in used() for text in message if VIETNAMESE.search(text) and text != "Chỉ đạo"] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(WEB).as_posix())
def test_no_template_says_anything_by_itself(path: Path) -> None:
    if path.name not in BOTH_LANGUAGES:
        assert list(bare(path.read_text("utf-8"))) == []


def bare(source: str) -> Iterator[str]:
    """Yield the words of a template that are not marked for translation: as text, and in attributes that are read out."""
    environment = Environment(autoescape=True)
    plain, keep = [], True
    for _line, kind, text in environment.lex(source):
        if kind == "data":
            plain.append(text)
        elif kind in {"variable_begin", "block_begin"}:
            keep = False
        elif kind in {"variable_end", "block_end"} and not keep:
            keep = True
            plain.append("\x00" if kind == "variable_end" else " ")
    reader = _Words()
    reader.feed("".join(plain))
    yield from reader.found


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._skipped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._skipped += tag in {"script", "style"}
        for name, value in attrs:
            if name in TOLD:
                self._note(value or "")

    def handle_endtag(self, tag: str) -> None:
        self._skipped -= tag in {"script", "style"}

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self._note(ATTRIBUTE.sub("", data))

    def _note(self, text: str) -> None:
        for part in text.split("\x00"):
            words = part.strip(" \n\t·.,:;()/–-→←×✓#%+")
            if words and words not in NAMES and any(letter.isalpha() for letter in words):
                self.found.append(words)
