"""Cancelling a transaction: an end event inside it and a boundary event on it belong together."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Element, Installed, Problem, label, local

CANCEL = "cancelEventDefinition"


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield cancel end events outside a transaction, or in one at whose border nothing catches them, and cancel borders elsewhere.

    Source: BPMN 2.0, 10.3.6 and 10.5.1.
    """
    events = [diagram.owner(definition) for definition in diagram.elements(CANCEL)]
    caught = {event.get("attachedToRef", "") for event in events if local(event) == "boundaryEvent"}
    for event in events:
        if local(event) == "endEvent":
            yield from _end(event, caught)
        elif local(event) == "boundaryEvent":
            host = diagram.by_id.get(event.get("attachedToRef", ""))
            if host is not None and local(host) != "transaction":
                yield event, f"Expected {label(event)} on a transaction, but it is on {label(host)}. Make that a transaction, or use an error event."


def _end(end: Element, caught: set[str]) -> Iterator[Problem]:
    around = next((each for each in end.iterancestors() if local(each) == "transaction"), None)
    if around is None:
        yield end, f"Expected {label(end)} inside a transaction, but it stands in none. Draw a transaction around it, or use an error end event."
    elif around.get("id", "") not in caught:
        yield end, f"Expected a cancel boundary event on {label(around)}, because {label(end)} cancels it, but found none. Draw one with the way that follows."
