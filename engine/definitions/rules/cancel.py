"""Cancelling a transaction: an end event inside it and a boundary event on it belong together."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Element, Installed, Problem, event_definitions, label, local

CANCEL = "cancelEventDefinition"


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield cancel end events outside a transaction, or in one at whose border nothing catches them, and cancel borders elsewhere.

    Source: BPMN 2.0, 10.3.6 and 10.5.1.
    """
    for definition in diagram.elements(CANCEL):
        event = diagram.owner(definition)
        if local(event) == "endEvent":
            yield from _end(diagram, event)
        elif local(event) == "boundaryEvent":
            host = diagram.by_id.get(event.get("attachedToRef", ""))
            if host is not None and local(host) != "transaction":
                yield event, f"Expected {label(event)} on a transaction, but it is on {label(host)}. Make that a transaction, or use an error event."


def _end(diagram: Diagram, end: Element) -> Iterator[Problem]:
    around = next((each for each in end.iterancestors() if local(each) == "transaction"), None)
    if around is None:
        yield end, f"Expected {label(end)} inside a transaction, but it stands in none. Draw a transaction around it, or use an error end event."
    elif not any(_cancels(event) for event in diagram.borders.get(around.get("id", ""), [])):
        yield end, f"Expected a cancel boundary event on {label(around)}, because {label(end)} cancels it, but found none. Draw one with the way that follows."


def _cancels(event: Element) -> bool:
    return any(local(found) == CANCEL for found in event_definitions(event))
