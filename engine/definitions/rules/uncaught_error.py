"""Error end events that nothing catches."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import (
    Diagram,
    Element,
    Installed,
    Problem,
    children,
    event_definitions,
    is_set,
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
    for end in diagram.elements("endEvent"):
        for error in raised(end, ERROR):
            if not caught_around(diagram, installed, end, error, ERROR):
                remedy = "Draw a boundary event or an event sub-process"
                yield end, f"Expected something to catch the error of {label(end)}, but nothing around it does: the whole case ends there. {remedy}."


def raised(event: Element, kind: str) -> list[str]:
    """Return what the definitions of `kind` at an event refer to, "" where they name nothing."""
    return [plain_name(found.get(kind.replace("EventDefinition", "Ref"), "")) for found in event_definitions(event) if local(found) == kind]


def caught_around(diagram: Diagram, installed: Installed, event: Element, code: str, kind: str) -> bool:
    """Tell whether something around `event` catches what it raises, or may do so because the process is called by another."""
    process = process_of(event)
    if process is None or process.get("id") in installed.called:
        return True
    return any(not {code, ""}.isdisjoint(_caught(diagram, scope, kind)) for scope in event.iterancestors())


def _caught(diagram: Diagram, scope: Element, kind: str) -> frozenset[str]:
    """Return what is caught inside or at the border of `scope`, "" for everything; looked for once."""
    if (scope, kind) in diagram.caught:
        return diagram.caught[scope, kind]
    starts = [start for inner in children(scope, "subProcess") if is_set(inner, "triggeredByEvent") for start in children(inner, "startEvent")]
    borders = diagram.borders.get(scope.get("id", ""), []) if scope.get("id") else []
    found = diagram.caught[scope, kind] = frozenset(caught for event in (*starts, *borders) for caught in raised(event, kind))
    return found
