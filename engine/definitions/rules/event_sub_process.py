"""Event sub-processes: begun by one event, never by a flow."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Element, Installed, Problem, children, event_definitions, is_set, label

REPEATS = ("multiInstanceLoopCharacteristics", "standardLoopCharacteristics")


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield event sub-processes that nothing or several things begin, that flows touch, or that repeat.

    Source: BPMN 2.0, 10.3.5: an event sub-process has no incoming or outgoing flow and exactly one start event with a trigger.
    """
    attached = {event.get("attachedToRef") for event in diagram.elements("boundaryEvent")}
    for inner in diagram.elements("subProcess"):
        if is_set(inner, "triggeredByEvent"):
            yield from _start(inner)
            yield from _border(diagram, inner, bordered=inner.get("id") in attached)


def _start(inner: Element) -> Iterator[Problem]:
    starts = children(inner, "startEvent")
    if len(starts) != 1:
        yield inner, f"Expected one start event in {label(inner)}, but found {len(starts)}. Draw an event sub-process for each event."
    for start in starts:
        if not event_definitions(start):
            yield start, f"Expected {label(start)} to wait for a message, a signal, a timer, a condition, an error or an escalation, but it is plain. Choose what begins {label(inner)}."


def _border(diagram: Diagram, inner: Element, *, bordered: bool) -> Iterator[Problem]:
    for flow in (*diagram.incoming(inner), *diagram.outgoing(inner)):
        yield flow, f"Expected no flow at {label(inner)}, which an event begins, but found {label(flow)}. Remove it."
    if bordered:
        yield inner, f"Expected no boundary event on {label(inner)}, which an event begins, but found one. Draw a sub-process inside it."
    if children(inner, *REPEATS):
        yield inner, f"Expected {label(inner)} to run once for each event, but it has a repetition marker. Remove it."
