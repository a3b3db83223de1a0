"""Ids that are used twice."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Installed, Problem, label


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield every element whose id an earlier element of the file has."""
    for element in diagram.elements():
        first = diagram.by_id.get(element.get("id", ""))
        if first is not None and first is not element:
            yield element, f"Expected every id once, but {label(element)} repeats the id of line {diagram.line(first)}. Rename one of the two."
