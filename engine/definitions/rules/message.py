"""Messages: which one, and with which business key it finds the one who waits."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Element, Installed, Problem, event_definitions, label, local


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield events and tasks that name no message, and messages without a name; the engine makes do with what is there."""
    for message in diagram.elements("message"):
        if not message.get("name", "").strip():
            yield message, f"Expected a name at {label(message)}, but found none: its id is used. Both sides know a message by its name, such as report.submitted."
    for holder, definition in messaging(diagram):
        if not definition.get("messageRef"):
            yield holder, f"Expected messageRef at {label(holder)}, but found none: the name of the element is used. Choose a message."


def messaging(diagram: Diagram) -> Iterator[tuple[Element, Element]]:
    """Yield what sends or waits for a message, with the element that names the message."""
    for task in diagram.elements("sendTask", "receiveTask"):
        yield task, task
    for event in diagram.elements("startEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent", "endEvent"):
        for definition in event_definitions(event):
            if local(definition) == "messageEventDefinition":
                yield event, definition
