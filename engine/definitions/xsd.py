"""Validation against the BPMN 2.0 XML Schema: what changes the meaning is an error, what a reader may shrug at a warning.

The schema itself says yes or no, quickly. When it says no, every element is looked at in its light, whatever their order: a
validator stops at the first child out of order, and says so in words that no designer understands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from threading import Lock
from typing import Any, cast

from lxml import etree

from engine.bpmn.xsd import bpmn_schema
from engine.definitions.deviations import Deviation, deviations
from engine.definitions.diagram import MODEL, Diagram, Element, local
from engine.kernel.errors import Finding

RULE = "xsd"
MAX_COMPLAINTS = 100  # of the library, of one file: who has more has another problem
MAX_FOUND = 200
NAMESPACE = re.compile(r"\{[^}]*\}")
CHOICES = re.compile(r"(?<=Expected is one of \()[^)]{120,}(?=\))")  # every flow element of BPMN: too many to read
LATER = ("'xs:ID'", "'xs:IDREF'", "'xs:QName'")  # words about ids, which are looked at on their own
ORDER = "This element is not expected"
_one_at_a_time = Lock()  # the schema keeps the complaints of its last validation


@dataclass(frozen=True, slots=True)
class Complaint:
    """What the library says."""

    path: str | None
    line: int
    message: str


def check(diagram: Diagram) -> Iterator[Finding]:
    """Yield what the schema of the standard refuses. Ids that are used twice are left to their own rule."""
    complaints = _complaints(diagram)
    if not complaints:
        return
    found: dict[tuple[str, ...], Deviation] = {}
    number: dict[tuple[str, ...], int] = {}
    explained = set()
    for deviation in deviations(diagram.root):
        explained.add(deviation.element)
        found.setdefault(deviation.kind, deviation)
        number[deviation.kind] = number.get(deviation.kind, 0) + 1
    for kind, deviation in islice(found.items(), MAX_FOUND):
        message = deviation.message if number[kind] == 1 else f"{deviation.message} It is so {number[kind]} times in this file."
        yield _finding(diagram, deviation.element, severity=deviation.severity, message=message)
    yield from _rest(diagram, complaints, explained)


def _complaints(diagram: Diagram) -> list[Complaint]:
    with _one_at_a_time:
        schema = bpmn_schema()
        if schema.validate(diagram.root):
            return []
        errors = islice(cast("Iterable[Any]", schema.error_log), MAX_COMPLAINTS)
        return [Complaint(error.path, error.line, error.message) for error in errors]


def _rest(diagram: Diagram, complaints: list[Complaint], explained: set[Element]) -> Iterator[Finding]:
    """Yield one warning for what is drawn against the schema, one for the order of elements, and those of which nothing is known."""
    prefixes = _prefixes(diagram)
    drawn, disordered = [], []
    for complaint in complaints:
        element = _at(diagram.root, complaint.path, prefixes)
        if element is not None and not str(element.tag).startswith(f"{{{MODEL}}}"):
            drawn.append((element, complaint))
        elif any(words in complaint.message for words in LATER) or element in explained or (element is not None and element.getparent() in explained):
            continue
        elif element is not None and ORDER in complaint.message:
            disordered.append(element)
        else:
            message = f"Expected a file that keeps the BPMN 2.0 schema, but found: {_words(complaint.message)}. It is read all the same; save the file with a BPMN 2.0 editor."
            yield _finding(diagram, element if element is not None else diagram.root, severity="warning", message=message)
    if drawn:
        element, complaint = drawn[0]
        message = f"Expected a picture that keeps the schema, but found: {_words(complaint.message)}. The process runs without; save the file with a BPMN 2.0 editor to mend the picture."
        yield _finding(diagram, element, severity="warning", message=message)
    if disordered:
        element = disordered[0]
        message = f"Expected the elements in the order of the BPMN 2.0 schema, but {local(element)} comes too late or too early. It is read all the same; save the file with a BPMN 2.0 editor."
        yield _finding(diagram, element, severity="warning", message=message)


def _finding(diagram: Diagram, element: Element, *, severity: str, message: str) -> Finding:
    named = next((around for around in (element, *element.iterancestors()) if around.get("id")), None)
    return Finding(
        file=diagram.file,
        element=named.get("id") if named is not None else None,
        line=diagram.line(element),
        rule=RULE,
        severity=severity,
        message=message,
    )


def _words(message: str) -> str:
    return CHOICES.sub("…", NAMESPACE.sub("", message)).rstrip(".")[:300]


def _at(root: Element, path: str | None, prefixes: dict[str, str]) -> Element | None:
    try:
        found = cast("list[Any]", root.xpath(path or "/", namespaces=prefixes))
    except etree.XPathError:
        return None  # a prefix that means two things in one file
    return next((each for each in found if isinstance(each, etree._Element)), None)  # noqa: SLF001 - lxml's public type bears this name


def _prefixes(diagram: Diagram) -> dict[str, str]:
    """Return the prefixes of the file: the library says by them where a complaint belongs."""
    found: dict[str, str] = {}
    for element in (*diagram.elements(), diagram.root):
        found.update((prefix, uri) for prefix, uri in element.nsmap.items() if prefix is not None)
    return found
