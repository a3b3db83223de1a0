"""Nodes that no token can reach."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import NODES, Diagram, Element, Installed, Problem, children, event_definitions, is_set, label, local


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield nodes to which no path leads from a start event. In a scope without a start event every first node begins."""
    entries = [entry for scope in diagram.elements("process", "subProcess") for entry in _entries(diagram, scope)]
    entries += [inner for inner in diagram.elements("subProcess") if is_set(inner, "triggeredByEvent")]
    reached = _walk(diagram, entries)
    for node in diagram.elements(*NODES):
        if node.get("id") and node.get("id") not in reached and not _is_apart(node):
            yield node, f"Expected every node to be on a path from a start event, but none leads to {label(node)}. Connect it, or remove it."


def _entries(diagram: Diagram, scope: Element) -> list[Element]:
    return children(scope, "startEvent") or [node for node in children(scope, *NODES) if _is_first(diagram, node)]


def _is_first(diagram: Diagram, node: Element) -> bool:
    return not diagram.incoming(node) and local(node) != "boundaryEvent" and not is_set(node, "triggeredByEvent")


def _walk(diagram: Diagram, waiting: list[Element]) -> set[str]:
    reached: set[str] = set()
    landings = [node for node in diagram.elements("intermediateCatchEvent") if _link(node)]
    attached: dict[str, list[Element]] = {}
    for event in diagram.elements("boundaryEvent"):
        attached.setdefault(event.get("attachedToRef", ""), []).append(event)
    while waiting:
        node = waiting.pop()
        name = node.get("id", "")
        if name in reached:
            continue
        reached.add(name)
        waiting += attached.get(name, [])
        if local(node) == "intermediateThrowEvent" and (link := _link(node)):
            waiting += [landing for landing in landings if _link(landing) == link]
        waiting += [diagram.by_id[flow.get("targetRef", "")] for flow in diagram.outgoing(node) if flow.get("targetRef") in diagram.by_id]
    return reached


def _link(node: Element) -> str | None:
    """Return the name of a link event, its own when the definition has none; None for any other."""
    for found in event_definitions(node):
        if local(found) == "linkEventDefinition":
            return found.get("name") or node.get("name", "")
    return None


def _is_apart(node: Element) -> bool:
    """Tell whether tokens are not meant to come by a flow: refused by another rule."""
    return any(is_set(element, "isForCompensation") for element in (node, *node.iterancestors()))
