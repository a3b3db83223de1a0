"""Events of a kind that does not run at their place, or of no kind or several."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import EVENTS, Diagram, Element, Installed, Problem, event_definitions, is_event_start, label, local

MESSAGE = "messageEventDefinition"
TIMER = "timerEventDefinition"
ERROR = "errorEventDefinition"
LINK = "linkEventDefinition"
TERMINATE = "terminateEventDefinition"
KINDS = {
    "startEvent": (MESSAGE,),
    "intermediateCatchEvent": (MESSAGE, TIMER, LINK),
    "intermediateThrowEvent": (MESSAGE, LINK),
    "boundaryEvent": (MESSAGE, TIMER, ERROR),
    "endEvent": (MESSAGE, ERROR, TERMINATE),
}
EVENT_START = (MESSAGE, TIMER, ERROR)  # of an event sub-process
ELSEWHERE = {MESSAGE, TIMER, ERROR, LINK, TERMINATE}  # any other kind is an unsupported element


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield events whose definition the engine does not run at that place."""
    for event in diagram.elements(*EVENTS):
        found = event_definitions(event)
        allowed = EVENT_START if is_event_start(event) else KINDS[local(event)]
        if len(found) > 1:
            yield event, f"Expected {label(event)} to be of one kind, but found {len(found)} event definitions. Draw one event for each."
        for definition in found:
            if local(definition) in ELSEWHERE and local(definition) not in allowed:
                yield event, f"Expected {label(event)} to be one of {', '.join(allowed)} or plain, but found {local(definition)}. Choose another kind."
        if not found and _must_wait(event):
            yield event, f"Expected {label(event)} to wait for a message or a timer, but it has no kind. Choose one."


def _must_wait(event: Element) -> bool:
    return local(event) in {"intermediateCatchEvent", "boundaryEvent"}
