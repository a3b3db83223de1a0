"""Where a process and a sub-process begin."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Installed, Problem, children, event_definitions, is_set, label


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield processes with several plain or several message start events, and sub-processes that do not begin plainly."""
    for process in diagram.processes:
        starts = children(process, "startEvent")
        waiting = [start for start in starts if event_definitions(start)]
        for kind, count in (("plain start event", len(starts) - len(waiting)), ("message start event", len(waiting))):
            if count > 1:
                yield process, f"Expected one {kind} in {label(process)}, but found {count}. Keep one, or draw a process for each."
    for inner in diagram.elements("subProcess"):
        if is_set(inner, "triggeredByEvent"):
            continue  # another rule looks at these
        starts = children(inner, "startEvent")
        if len(starts) > 1:
            yield inner, f"Expected one start event in {label(inner)}, but found {len(starts)}. Keep one and branch behind it."
        for start in starts:
            if event_definitions(start):
                yield start, f"Expected a plain start event in {label(inner)}, but {label(start)} waits. Put the wait behind the start."
