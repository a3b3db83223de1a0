"""Compensation: undoing by the drawing alone, which does not run here."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import NODES, Diagram, Installed, Problem, is_set, label

REMEDY = "Draw the steps that undo the work as ordinary tasks, behind an error or a gateway"


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield compensation events and activities. Source: SPIFFWORKFLOW.md 2: the library ignores them without a word."""
    for definition in diagram.elements("compensateEventDefinition"):
        event = diagram.owner(definition)
        yield event, f"Expected an event that runs, but {label(event)} is a compensation. {REMEDY}."
    for node in diagram.elements(*NODES):
        if is_set(node, "isForCompensation"):
            yield node, f"Expected an activity that a path reaches, but {label(node)} is for compensation. {REMEDY}."
