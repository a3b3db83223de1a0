"""Whatever the shipped diagrams and forms, and those of the demonstration, say to people, they say in English too."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from engine.definitions.source import shipped_sources
from tests.architecture.rules import ROOT
from web.language.shipped import english

NAMED = re.compile(r"\}(userTask|manualTask|task|lane|process)$")
TOLD = ("title", "description")


def texts() -> Iterator[tuple[str, str]]:
    """Yield every text that people see, with the file in which it stands."""
    shown = {path.name: path.read_bytes() for path in (ROOT / "engine" / "demo" / "notices").iterdir()}
    for name, content in {**shipped_sources().files, **shown}.items():
        if name.endswith(".json"):
            yield from ((text, name) for text in _of_a_form(json.loads(content)))
        elif name.endswith(".bpmn"):
            yield from ((" ".join(text.split()), name) for text in _of_a_diagram(content))


def _of_a_form(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from (part[each] for each in TOLD if isinstance(part.get(each), str))
        yield from (text for name, inner in part.items() if name != "examples" for text in _of_a_form(inner))
    elif isinstance(part, list):
        yield from (text for inner in part for text in _of_a_form(inner))


def _of_a_diagram(content: bytes) -> Iterator[str]:
    for element in etree.fromstring(content).iter(etree.Element):
        if NAMED.search(str(element.tag)) and element.get("name"):
            yield str(element.get("name"))
        if str(element.tag).endswith("}documentation") and element.text:
            yield element.text


def test_every_text_has_its_english() -> None:
    assert {text: name for text, name in texts() if not english().get(text)} == {}


def test_no_english_outlives_its_text() -> None:
    assert sorted(set(english()) - {text for text, _ in texts()}) == []
