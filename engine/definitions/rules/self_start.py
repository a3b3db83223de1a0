"""Processes that nobody and nothing would start."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Installed, Problem, children, event_definitions, label, local

WAITS = {"timerEventDefinition": "for a moment", "conditionalEventDefinition": "for data"}


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield start events of a process that wait for a moment or for data: a moment belongs to no organisation, and there are no data yet.

    Source: decision 0010; periods are begun by the calendar for each organisation that owes a report (DESIGN.md 6).
    """
    for process in diagram.processes:
        for start in children(process, "startEvent"):
            for definition in event_definitions(start):
                if local(definition) in WAITS:
                    remedy = "Begin it with a message, a signal or a person, or put the wait behind a plain start event"
                    yield start, f"Expected somebody or something to begin {label(process)}, but {label(start)} waits {WAITS[local(definition)]}, for no office in particular. {remedy}."
