"""Signals: which one."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Installed, Problem, label


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield events that name no signal, and signals without a name; the engine makes do with what is there."""
    for signal in diagram.elements("signal"):
        if not (signal.get("name") or "").strip():
            yield signal, f"Expected a name at {label(signal)}, but found none: its id is used. All who hear a signal know it by its name."
    for definition in diagram.elements("signalEventDefinition"):
        if not definition.get("signalRef"):
            event = diagram.owner(definition)
            yield event, f"Expected signalRef at {label(event)}, but found none: the name of the element is used. Choose a signal."
