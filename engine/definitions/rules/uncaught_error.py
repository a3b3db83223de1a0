"""Error end events that nothing catches."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Element, Installed, Problem, children, event_definitions, is_set, label, local, plain_name


def check(diagram: Diagram, installed: Installed) -> Iterator[Problem]:
    """Yield error end events that neither an event sub-process nor a boundary event around them catches: the case would stop there.

    A process that another one calls may leave the catching to its caller.
    """
    called = {name for calls in installed.processes.values() for name in calls}
    for end in diagram.elements("endEvent"):
        for error in _errors(end):
            process = next(scope for scope in end.iterancestors() if local(scope) == "process")
            if process.get("id") not in called and not any(_catches(diagram, scope, error) for scope in end.iterancestors()):
                yield end, f"Expected something to catch the error of {label(end)}, but nothing around it does. Draw a boundary event or an event sub-process."


def _errors(event: Element) -> list[str]:
    return [plain_name(found.get("errorRef", "")) for found in event_definitions(event) if local(found) == "errorEventDefinition"]


def _catches(diagram: Diagram, scope: Element, error: str) -> bool:
    starts = [start for inner in children(scope, "subProcess") if is_set(inner, "triggeredByEvent") for start in children(inner, "startEvent")]
    borders = [event for event in diagram.elements("boundaryEvent") if event.get("attachedToRef") == scope.get("id")]
    return any(caught in {error, ""} for event in (*starts, *borders) for caught in _errors(event))
