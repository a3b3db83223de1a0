"""Conditions behind nodes that read none."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import EVENTS, Diagram, Installed, Problem, has_condition, label

NEVER = ("parallelGateway", "eventBasedGateway", *EVENTS)  # activities may have conditional flows


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield flows with a condition, or marked as default, behind parallel and event-based gateways and events.

    Source: BPMN 2.0, 8.3.13: only activities and exclusive, inclusive and complex gateways have conditional flows.
    """
    for node in diagram.elements(*NEVER):
        for flow in diagram.outgoing(node):
            if has_condition(flow):
                yield flow, f"Expected no condition on {label(flow)}, but found one, which {label(node)} does not read. Put an exclusive gateway before it."
