"""Flows that leave what ends a path."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Installed, Problem, label, link_name, local


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield flows out of end events and throwing links. Source: BPMN 2.0, 10.5.3 and table 10.98."""
    for event in diagram.elements("endEvent", "intermediateThrowEvent"):
        if local(event) == "intermediateThrowEvent" and link_name(event) is None:
            continue
        for flow in diagram.outgoing(event):
            yield flow, f"Expected no flow out of {label(event)}, but found {label(flow)}: the path ends there. Use an intermediate event, or remove the flow."
