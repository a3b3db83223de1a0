"""Splits on which no way has a condition: a person chooses."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Element, Installed, Problem, children, label, text

DECIDES = ("exclusiveGateway", "inclusiveGateway")


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield exclusive and inclusive splits without any condition."""
    for gateway in diagram.elements(*DECIDES):
        if is_undecided(diagram.outgoing(gateway)):
            yield gateway, f"Expected conditions on the ways out of {label(gateway)}, but found none: a person chooses. Write them, unless that is meant."


def is_undecided(leaving: list[Element]) -> bool:
    """Tell whether there are several ways and none has a condition."""
    return len(leaving) > 1 and not any(has_condition(flow) for flow in leaving)


def has_condition(flow: Element) -> bool:
    """Tell whether a condition is written at `flow`."""
    return any(text(found) for found in children(flow, "conditionExpression"))
