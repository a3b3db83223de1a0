"""Error end events that nothing catches."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import (
    Diagram,
    Element,
    Installed,
    Problem,
    event_definitions,
    is_event_start,
    label,
    local,
    plain_name,
    process_of,
)

ERROR = "errorEventDefinition"


def check(diagram: Diagram, installed: Installed) -> Iterator[Problem]:
    """Yield error end events that neither an event sub-process nor a boundary event around them catches: the whole case ends there.

    A process that another one calls may leave the catching to its caller.
    """
    for end in uncaught(diagram, installed, ERROR, "endEvent"):
        remedy = "Draw a boundary event or an event sub-process"
        yield end, f"Expected something to catch the error of {label(end)}, but nothing around it does: the whole case ends there. {remedy}."


def uncaught(diagram: Diagram, installed: Installed, kind: str, *events: str) -> Iterator[Element]:
    """Yield the `events` that raise what nothing around them catches, those apart whose process another one calls."""
    caught = _caught(diagram, kind)
    called = {name for calls in installed.processes.values() for name in calls}
    for event in diagram.elements(*events):
        process = process_of(event)
        if process is None or process.get("id") in called:
            continue
        for code in _codes(event, kind):
            if not any({code, ""} & caught.get(scope, set()) for scope in event.iterancestors()):
                yield event


def _codes(event: Element, kind: str) -> list[str]:
    """Return what the definitions of `kind` at an event refer to, "" where they name nothing."""
    return [plain_name(found.get(kind.replace("EventDefinition", "Ref"), "")) for found in event_definitions(event) if local(found) == kind]


def _caught(diagram: Diagram, kind: str) -> dict[Element, set[str]]:
    """Return process or activity → what is caught in it or at its border."""
    found: dict[Element, set[str]] = {}
    for start in diagram.elements("startEvent"):
        if is_event_start(start) and (codes := _codes(start, kind)):
            around = next(iter(next(iter(start.iterancestors())).iterancestors()), None)
            if around is not None:
                found.setdefault(around, set()).update(codes)
    for event in diagram.elements("boundaryEvent"):
        host = diagram.by_id.get(event.get("attachedToRef", ""))
        if host is not None:
            found.setdefault(host, set()).update(_codes(event, kind))
    return found
