"""Nodes that no token can reach."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import CONTAINERS, NODES, Diagram, Element, Installed, Problem, begins, children, is_set, label, local


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield nodes to which no path leads from a start event. In a scope without a start event every first node begins."""
    entries = [entry for scope in diagram.elements("process", *CONTAINERS) for entry in _entries(diagram, scope)]
    entries += [inner for inner in diagram.elements("subProcess") if is_set(inner, "triggeredByEvent")]
    reached = _walk(diagram, entries)
    for node in diagram.elements(*NODES):
        if node.get("id") and node.get("id") not in reached and not _is_apart(node):
            yield node, f"Expected every node to be on a path from a start event, but none leads to {label(node)}. Connect it, or remove it."


def _entries(diagram: Diagram, scope: Element) -> list[Element]:
    starts = [] if local(scope) == "adHocSubProcess" else children(scope, "startEvent")
    starts += [node for node in children(scope, "receiveTask", "eventBasedGateway") if begins(diagram, node)]
    return starts or [node for node in children(scope, *NODES) if _is_first(diagram, node)]


def _is_first(diagram: Diagram, node: Element) -> bool:
    return not diagram.incoming(node) and local(node) != "boundaryEvent" and not is_set(node, "triggeredByEvent")


def _walk(diagram: Diagram, waiting: list[Element]) -> set[str]:
    reached: set[str] = set()
    while waiting:
        node = waiting.pop()
        name = node.get("id", "")
        if name in reached:
            continue
        reached.add(name)
        waiting += diagram.borders.get(name, [])
        if (landing := diagram.landing(node)) is not None:
            waiting.append(landing)
        waiting += [diagram.by_id[flow.get("targetRef", "")] for flow in diagram.outgoing(node) if flow.get("targetRef") in diagram.by_id]
    return reached


def _is_apart(node: Element) -> bool:
    """Tell whether tokens are not meant to come by a flow: refused by another rule."""
    return any(is_set(element, "isForCompensation") for element in (node, *node.iterancestors()))
