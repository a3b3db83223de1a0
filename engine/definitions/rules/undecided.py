"""Splits on which no way has a condition: a person chooses."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Installed, Problem, is_undecided, label

DECIDES = ("exclusiveGateway", "inclusiveGateway")


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield exclusive and inclusive splits without any condition."""
    for gateway in diagram.elements(*DECIDES):
        if is_undecided(diagram.outgoing(gateway)):
            yield gateway, f"Expected conditions on the ways out of {label(gateway)}, but found none: a person chooses. Write them, unless that is meant."
