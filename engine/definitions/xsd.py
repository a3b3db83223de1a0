"""Validation against the BPMN 2.0 XML Schema, its complaints in words and with true lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from threading import Lock
from typing import Any, cast

from lxml import etree

from engine.bpmn.xsd import bpmn_schema
from engine.definitions.diagram import Diagram, Element
from engine.kernel.errors import Finding

RULE = "xsd"
MAX_COMPLAINTS = 100  # of one file: who has more has another problem
NAMESPACE = re.compile(r"\{[^}]*\}")
CHOICES = re.compile(r"(?<=Expected is one of \()[^)]{120,}(?=\))")  # every flow element of BPMN: too many to read
REMEDY = "Save the file with a BPMN 2.0 editor."
_one_at_a_time = Lock()  # the schema keeps the complaints of its last validation


def check(diagram: Diagram) -> Iterator[Finding]:
    """Yield what the schema of the standard refuses. Ids that are used twice are left to their own rule."""
    with _one_at_a_time:
        schema = bpmn_schema()
        schema.validate(diagram.root)
        complaints = [(error.path, error.line, error.message) for error in islice(cast("Iterable[Any]", schema.error_log), MAX_COMPLAINTS)]
    prefixes = _prefixes(diagram) if complaints else {}
    for path, line, message in complaints:
        element = _at(diagram.root, path, prefixes)
        if element is not None and "'xs:ID'" in message and diagram.by_id.get(element.get("id", ""), element) is not element:
            continue
        words = CHOICES.sub("…", NAMESPACE.sub("", message)).rstrip(".")
        yield Finding(
            file=diagram.file,
            element=element.get("id") if element is not None else None,
            line=diagram.line(element) if element is not None else line,
            rule=RULE,
            severity="error",
            message=f"Expected a file that keeps the BPMN 2.0 schema, but found: {words}. {REMEDY}",
        )


def _at(root: Element, path: str | None, prefixes: dict[str, str]) -> Element | None:
    try:
        found = cast("list[Element]", root.xpath(path or "/", namespaces=prefixes))
    except etree.XPathError:
        return None  # a prefix that means two things in one file
    return found[0] if found else None


def _prefixes(diagram: Diagram) -> dict[str, str]:
    """Return the prefixes of the file: the library says by them where a complaint belongs."""
    return {prefix: uri for element in diagram.elements() for prefix, uri in element.nsmap.items() if prefix} | {
        prefix: uri for prefix, uri in diagram.root.nsmap.items() if prefix
    }
