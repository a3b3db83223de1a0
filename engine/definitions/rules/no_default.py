"""Splits on which every way has a condition: when none is true, the instance stops as an incident."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Installed, Problem, has_condition, label
from engine.definitions.rules.undecided import DECIDES


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield exclusive and inclusive splits without a default flow."""
    for gateway in diagram.elements(*DECIDES):
        leaving = diagram.outgoing(gateway)
        if len(leaving) > 1 and all(has_condition(flow) for flow in leaving) and not gateway.get("default"):
            yield gateway, f"Expected a default flow at {label(gateway)}, but found none: a token that meets no condition stops there. Mark one flow as default."
