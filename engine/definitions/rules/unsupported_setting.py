"""Attributes that change what a supported element means into something that the engine does not run."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import (
    NODES,
    Diagram,
    Element,
    Installed,
    Problem,
    begins,
    children,
    event_definitions,
    is_event_start,
    is_set,
    label,
    local,
)


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield settings that would be ignored or misread."""
    for node in diagram.elements(*NODES):
        for found, remedy in _settings(diagram, node):
            yield node, f"Expected settings that the engine runs at {label(node)}, but found {found}. {remedy}."


def _settings(diagram: Diagram, node: Element) -> Iterator[tuple[str, str]]:
    if is_set(node, "instantiate") and not begins(diagram, node):
        yield "instantiate", "Only what no flow leads to can begin a process; remove it, or draw a message start event"
    if is_set(node, "parallelMultiple"):
        yield "parallelMultiple", "Wait for each message with an event of its own after a parallel gateway"
    if node.get("eventGatewayType", "Exclusive") != "Exclusive":
        yield "eventGatewayType Parallel", "Use a parallel gateway before the events"
    for attribute in ("startQuantity", "completionQuantity"):
        if node.get(attribute, "1") != "1":
            yield attribute, "Draw the paths one by one"
    for loop in children(node, "multiInstanceLoopCharacteristics"):
        if loop.get("behavior", "All") != "All":
            yield "a multi-instance behavior other than All", "Send a message after the task instead"
    if local(node) == "adHocSubProcess" and is_set(node, "triggeredByEvent"):
        yield "triggeredByEvent", "Put the ad-hoc sub-process inside an event sub-process"
    if is_event_start(node) and node.get("isInterrupting", "true") not in {"true", "1"}:
        yield from _aside(node)
    if local(node) == "boundaryEvent" and node.get("cancelActivity", "true") not in {"true", "1"}:
        yield from _beside(node)


def _aside(start: Element) -> Iterator[tuple[str, str]]:
    """Yield why a start event cannot leave what runs alone."""
    if any(local(found) == "errorEventDefinition" for found in event_definitions(start)):
        yield "isInterrupting false", "An error always interrupts (BPMN 2.0, 10.5.6)"


def _beside(event: Element) -> Iterator[tuple[str, str]]:
    """Yield why a boundary event cannot leave its activity alone."""
    always = [local(found) for found in event_definitions(event) if local(found) in {"errorEventDefinition", "cancelEventDefinition"}]
    if always:
        yield "cancelActivity false", "An error and a cancellation always interrupt (BPMN 2.0, table 10.90)"
