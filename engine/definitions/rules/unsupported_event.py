"""Events of a kind that does not run at their place, or of no kind or several."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import EVENTS, Diagram, Element, Installed, Problem, event_definitions, is_event_start, label, local

MESSAGE, TIMER, SIGNAL, CONDITION = "messageEventDefinition", "timerEventDefinition", "signalEventDefinition", "conditionalEventDefinition"
ERROR, ESCALATION, CANCEL = "errorEventDefinition", "escalationEventDefinition", "cancelEventDefinition"
LINK, TERMINATE = "linkEventDefinition", "terminateEventDefinition"
KINDS = {
    "startEvent": (MESSAGE, SIGNAL, TIMER, CONDITION),
    "intermediateCatchEvent": (MESSAGE, SIGNAL, TIMER, CONDITION, LINK),
    "intermediateThrowEvent": (MESSAGE, SIGNAL, ESCALATION, LINK),
    "boundaryEvent": (MESSAGE, SIGNAL, TIMER, CONDITION, ERROR, ESCALATION, CANCEL),
    "endEvent": (MESSAGE, SIGNAL, ERROR, ESCALATION, CANCEL, TERMINATE),
}
EVENT_START = (MESSAGE, SIGNAL, TIMER, CONDITION, ERROR, ESCALATION)  # of an event sub-process
ELSEWHERE = {MESSAGE, TIMER, SIGNAL, CONDITION, ERROR, ESCALATION, CANCEL, LINK, TERMINATE}  # any other kind is another rule's


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield events whose definition has no meaning at that place. Source: BPMN 2.0, table 10.93."""
    for event in diagram.elements(*EVENTS):
        found = event_definitions(event)
        allowed = EVENT_START if is_event_start(event) else KINDS[local(event)]
        if len(found) > 1:
            yield event, f"Expected {label(event)} to be of one kind, but found {len(found)} event definitions. Draw one event for each."
        for definition in found:
            if local(definition) in ELSEWHERE and local(definition) not in allowed:
                yield event, f"Expected {label(event)} to be one of {', '.join(allowed)} or plain, but found {local(definition)}. Choose another kind."
        if not found and _must_wait(event):
            yield event, f"Expected {label(event)} to wait for something, but it has no kind. Choose a message, a signal, a timer or a condition."


def _must_wait(event: Element) -> bool:
    return local(event) in {"intermediateCatchEvent", "boundaryEvent"}
