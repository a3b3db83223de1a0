"""Splits on which no way has a condition: a person chooses."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Element, Installed, Problem, is_undecided, label, local

DECIDES = ("exclusiveGateway", "inclusiveGateway")


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield exclusive and inclusive splits without any condition."""
    for gateway in diagram.elements(*DECIDES):
        if is_chosen(diagram, gateway):
            yield gateway, f"Expected conditions on the ways out of {label(gateway)}, but found none: a person chooses. Write them, unless that is meant."


def is_chosen(diagram: Diagram, gateway: Element) -> bool:
    """Tell whether a person chooses the way; an inclusive gateway that also joins cannot wait for two things."""
    joins = local(gateway) == "inclusiveGateway" and len(diagram.incoming(gateway)) > 1
    return is_undecided(diagram.outgoing(gateway)) and not joins
