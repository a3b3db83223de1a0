"""Circles in which nothing waits and from which no way leads out."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.circles import automatic_circles
from engine.definitions.diagram import Diagram, Installed, Problem


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield circles that would turn for ever. Source: SPIFFWORKFLOW.md 1: the library spins, then says that it has ended."""
    for circle in automatic_circles(diagram):
        if not circle.can_be_left:
            yield circle.nodes[0], f"Expected a way out of the circle of {circle.words()}, but found none, and nothing waits there. Draw a gateway with a way out."
