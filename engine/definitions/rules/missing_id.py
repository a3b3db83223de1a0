"""Nodes and flows without an id: history, tasks and findings could not name them."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import NODES, Diagram, Installed, Problem, local


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield what has no id.

    Source: SPIFFWORKFLOW.md 6.1. The engine gives such an element a name of its own, which moves when the diagram changes.
    """
    for element in diagram.elements("lane", "sequenceFlow", *NODES):
        if element.get("id") in diagram.given:
            yield element, f'Expected an id at every {local(element)}, but found none here: it is called {element.get("id")}. Add id="…", unique in the file.'
