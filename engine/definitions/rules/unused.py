"""Messages, signals, errors and escalations that are declared but never used."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Installed, Problem, label, plain_name, text

DECLARED = {"message": "messageRef", "signal": "signalRef", "error": "errorRef", "escalation": "escalationRef"}
IN_TEXT = ("inMessageRef", "outMessageRef", "errorRef")  # of an operation


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield declarations that no event, task or message flow refers to."""
    used = {plain_name(element.get(reference, "")) for element in diagram.elements() for reference in DECLARED.values()}
    used |= {plain_name(text(element)) for element in diagram.elements(*IN_TEXT)}
    for declared in diagram.elements(*DECLARED):
        if declared.get("id") and declared.get("id") not in used:
            yield declared, f"Expected {label(declared)} to be used by an event or a task, but nothing refers to it. Use it, or remove it."
