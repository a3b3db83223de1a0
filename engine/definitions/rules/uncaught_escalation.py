"""Escalations that nothing hears."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Installed, Problem, label, local
from engine.definitions.rules.uncaught_error import uncaught

ESCALATION = "escalationEventDefinition"


def check(diagram: Diagram, installed: Installed) -> Iterator[Problem]:
    """Yield escalation events that nothing around them catches: the token goes on as if nothing had been drawn.

    A process that another one calls may leave the catching to its caller.
    """
    for event in uncaught(diagram, installed, ESCALATION, "intermediateThrowEvent", "endEvent"):
        remedy = "Draw a boundary event or an event sub-process"
        yield event, f"Expected something to catch the escalation of {label(event)}, but nothing around it does: {_what(local(event))}. {remedy}."


def _what(kind: str) -> str:
    return "the path just ends" if kind == "endEvent" else "the path just goes on"
