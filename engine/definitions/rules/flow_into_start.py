"""Flows that lead into what an event begins."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Installed, Problem, label, link_name, local


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield flows into start events, boundary events and catching links.

    Source: BPMN 2.0, 10.5.2, 10.5.6 and table 10.98. A flow into an event sub-process is another rule's.
    """
    for event in diagram.elements("startEvent", "boundaryEvent", "intermediateCatchEvent"):
        if local(event) == "intermediateCatchEvent" and link_name(event) is None:
            continue
        for flow in diagram.incoming(event):
            yield flow, f"Expected no flow into {label(event)}, but {label(flow)} leads there: only the event begins it. Let the flow lead to what comes after."
