"""Circles of nodes in which nothing waits: a token would run round them within one step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from engine.definitions.diagram import (
    CONTAINERS,
    NODES,
    Diagram,
    Element,
    attribute,
    children,
    event_definitions,
    is_set,
    is_undecided,
    local,
    text,
)

PASSES = {"sendTask", "exclusiveGateway", "inclusiveGateway", "parallelGateway", "intermediateThrowEvent", "startEvent", "endEvent"}
SHOWN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """Nodes that reach each other, in the order of the file."""

    nodes: tuple[Element, ...]
    can_be_left: bool

    def words(self) -> str:
        """Return the ids of its nodes, few of many."""
        ids = [node.get("id", "") for node in self.nodes]
        shown = ", ".join(ids[:SHOWN])
        return shown if len(ids) <= SHOWN else f"{shown} and {len(ids) - SHOWN} more"


_known: WeakKeyDictionary[Diagram, list[Circle]] = WeakKeyDictionary()  # two rules ask


def automatic_circles(diagram: Diagram) -> list[Circle]:
    """Return the circles of `diagram` in which no node waits for a person, a message, a moment or an operation."""
    if diagram not in _known:
        _known[diagram] = list(_circles(diagram))
    return _known[diagram]


def _circles(diagram: Diagram) -> Iterator[Circle]:
    nodes = {node.get("id", ""): node for node in diagram.elements(*NODES) if node.get("id")}
    automatic = {name for name, node in nodes.items() if _is_automatic(diagram, node)}
    ways = {name: _ways(diagram, node, nodes) for name, node in nodes.items() if name in automatic}
    inside = {name: [target for target in found if target in automatic] for name, found in ways.items()}
    places = {name: place for place, name in enumerate(nodes)}
    for component in _components(inside):
        if len(component) > 1 or next(iter(component)) in inside[next(iter(component))]:
            left = any(target not in component for name in component for target in ways[name])
            yield Circle(nodes=tuple(nodes[name] for name in sorted(component, key=places.__getitem__)), can_be_left=left)


def _ways(diagram: Diagram, node: Element, nodes: Mapping[str, Element]) -> list[str]:
    found = [flow.get("targetRef", "") for flow in diagram.outgoing(node)]
    if (landing := diagram.landing(node)) is not None:
        found.append(landing.get("id", ""))
    found += [event.get("id", "") for event in diagram.borders.get(node.get("id", ""), [])]
    return [target for target in found if target in nodes]


def _is_automatic(diagram: Diagram, node: Element) -> bool:
    """Tell whether a token passes `node` without waiting."""
    kind = local(node)
    if kind in {"exclusiveGateway", "inclusiveGateway"}:
        return not is_undecided(diagram.outgoing(node))  # else a person chooses
    if kind == "scriptTask":
        return any(text(script) for script in children(node, "script"))  # else a person does it
    if kind == "businessRuleTask":
        return attribute(node, "operation") is None
    if kind == "intermediateCatchEvent":
        return any(local(found) == "linkEventDefinition" for found in event_definitions(node))
    if kind in CONTAINERS and kind != "adHocSubProcess" and not is_set(node, "triggeredByEvent"):
        return all(_is_automatic(diagram, inner) for inner in children(node, *NODES))
    return kind in PASSES


def _components(ways: Mapping[str, list[str]]) -> Iterator[set[str]]:
    """Yield the sets of names that reach each other (Tarjan's algorithm without recursion)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    open_: set[str] = set()
    for root in ways:
        if root in index:
            continue
        work = [(root, iter(ways[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        open_.add(root)
        while work:
            name, left = work[-1]
            target = next(left, None)
            if target is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == index[name]:
                    component = set()
                    while name not in component:
                        component.add(stack.pop())
                    open_ -= component
                    yield component
            elif target not in index:
                index[target] = low[target] = len(index)
                stack.append(target)
                open_.add(target)
                work.append((target, iter(ways[target])))
            elif target in open_:
                low[name] = min(low[name], index[target])
