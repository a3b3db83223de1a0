"""Validation against the BPMN 2.0 XML Schema: what changes the meaning is an error, what a reader may shrug at a warning.

Every element is looked at in the light of the schema, whatever the order of its children: a validator stops at the first child
out of order, and says so in words that no designer understands. What is left is what the validator of the library says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from threading import Lock
from typing import Any, cast

from lxml import etree

from engine.bpmn.xsd import bpmn_schema
from engine.definitions.deviations import deviations
from engine.definitions.diagram import MODEL, Diagram, Element, label, local
from engine.kernel.errors import Finding

RULE = "xsd"
TOLERATED = "xsd_tolerated"  # what is read all the same
MAX_FOUND = 100  # deviations of which the library need not say more
NAMESPACE = re.compile(r"\{[^}]*\}")
VALUE = re.compile(r"attribute '(?P<name>[^']+)': .*?'(?P<value>[^']*)' is not (?:a valid value|an element|accepted)")
MISSING = re.compile(r"Missing child element\(s\)\. Expected is (?:one of )?\((?P<names>[^)]*)\)")
MAX_SHOWN = 60  # characters of a value, or of the names of elements
LATER = ("'xs:ID'", "'xs:IDREF'", "'xs:QName'", "is required but missing")  # words about ids and ends, which are looked at on their own
ORDER = "This element is not expected"
_one_at_a_time = Lock()  # the schema keeps the complaints of its last validation


@dataclass(frozen=True, slots=True)
class Complaint:
    """What the library says."""

    path: str | None
    message: str


def check(diagram: Diagram) -> Iterator[Finding]:
    """Yield what the schema of the standard refuses. Ids that are used twice are left to their own rule, the picture to its editor."""
    tally = deviations(diagram.root)
    for deviation in tally.found.values():
        times = tally.times[deviation.kind]
        message = deviation.message if times == 1 else f"{deviation.message} It is so {times} times in this file."
        yield _finding(diagram, deviation.element, severity=deviation.severity, message=message)
    doubles = sum(1 for element in diagram.elements() if element.get("id")) - len(diagram.by_id)
    if tally.times.total() + doubles <= MAX_FOUND:  # the library takes time for each complaint
        yield from _rest(diagram, _complaints(diagram), {deviation.element for deviation in tally.found.values()})


def _complaints(diagram: Diagram) -> list[Complaint]:
    """Return what the library says about BPMN's own elements: what others added is theirs."""
    root = diagram.root
    pictures = [(place, child) for place, child in enumerate(root) if not str(child.tag).startswith(f"{{{MODEL}}}")]
    others = [(holder, list(holder)) for holder in diagram.elements("extensionElements") if len(holder)]
    for holder, children in [(root, [child for _, child in pictures]), *others]:
        for child in children:
            holder.remove(child)
    try:
        with _one_at_a_time:
            schema = bpmn_schema()
            if schema.validate(root):
                return []
            return [Complaint(error.path, error.message) for error in cast("Iterable[Any]", schema.error_log)]
    finally:
        for holder, children in others:
            holder.extend(children)
        for place, child in pictures:
            root.insert(place, child)


def _rest(diagram: Diagram, complaints: list[Complaint], explained: set[Element]) -> Iterator[Finding]:
    """Yield one warning for the order of elements, and those of which nothing else is known."""
    prefixes = _prefixes(diagram) if complaints else {}
    disordered = []
    for complaint in complaints:
        element = _at(diagram.root, complaint.path, prefixes)
        if element is None:
            element = diagram.root
        if any(words in complaint.message for words in LATER) or element in explained or element.getparent() in explained:
            continue
        if ORDER in complaint.message:
            disordered.append(element)
        else:
            message = f"Expected a file that keeps the BPMN 2.0 schema, but {_said(complaint.message, element)}. It is read all the same; save the file with a BPMN 2.0 editor."
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
        rule=RULE if severity == "error" else TOLERATED,
        severity=severity,
        message=message,
    )


def _said(message: str, element: Element) -> str:
    """Return what the library means, in words of ours: its own are those of schemas, and English wherever they are read."""
    plain, about = NAMESPACE.sub("", message), label(element) if element.get("id") else f"<{local(element)}>"
    if found := VALUE.search(plain):
        return f"{found['name']} of {about} says {found['value'][:MAX_SHOWN]!r}"
    if found := MISSING.search(plain):
        return f"{about} lacks {found['names'].strip()[:MAX_SHOWN]}"
    return f"{about} is not as the schema has it"


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
