"""Timers that never say when."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Installed, Problem, children, label, text


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield timers without a date or a duration."""
    for timer in diagram.elements("timerEventDefinition"):
        event = diagram.owner(timer)
        given = children(timer, "timeDate", "timeDuration", "timeCycle")
        if not any(text(found) for found in given):
            yield event, f"Expected a timeDate or timeDuration at {label(event)}, but found none. Give an expression or an ISO literal such as P3D."
