"""Circles in which nothing waits."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.circles import automatic_circles
from engine.definitions.diagram import Diagram, Installed, Problem, label


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield circles of gateways, scripts and decisions that can be left: legal, but one that turns too often stops as an incident."""
    for circle in automatic_circles(diagram):
        if circle.can_be_left:
            first = circle.nodes[0]
            yield first, f"Expected a task or a wait in the circle of {circle.words()}, but nothing waits there. Make sure that it ends soon after {label(first)}, or use a loop marker."
