"""What a process is as a graph: links, reachability, and the checks of flows that no single element shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from lxml import etree

from engine.bpmn.events import Boundary, Catch
from engine.bpmn.gateways import EventGateway, ExclusiveGateway, InclusiveGateway
from engine.bpmn.node import Flow, Node
from engine.bpmn.soundness import merges
from engine.bpmn.vocabulary import local, tag

if TYPE_CHECKING:
    from engine.bpmn.build import Place

ACTIVITIES = frozenset({
    "task", "userTask", "manualTask", "serviceTask", "businessRuleTask", "scriptTask", "sendTask", "receiveTask", "callActivity", "subProcess", "transaction", "adHocSubProcess",
})  # fmt: skip
UNCONDITIONAL = "startEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent", "parallelGateway", "eventBasedGateway"


def links(place: Place) -> Iterator[tuple[str, str]]:
    """Yield (throwing link event, catching link event): a link is a flow drawn in two pieces."""
    ends: dict[str, str] = {}
    throws: list[tuple[str, str]] = []
    for name, node in place.xml.items():
        link = node.find(tag("linkEventDefinition"))
        if link is None:
            continue
        title = link.get("name") or node.get("name") or ""
        if local(node) == "intermediateThrowEvent":
            throws.append((name, title))
        elif title in ends:
            place.refuse(node, "link", f"Expected one catching link called {title!r}, but found a second. Rename one of them.")
        else:
            ends[title] = name
    for name, title in throws:
        if title in ends:
            yield name, ends[title]
        else:
            place.refuse(place.xml[name], "link", f"Expected a catching link called {title!r}, but found none. Draw it.")


def chosen(scope: etree._Element) -> frozenset[str]:
    """Return the inclusive gateways of a process that a person decides: several ways out, none with a condition, one way in."""
    inclusive = {node.get("id", "") for node in scope.iterfind(tag("inclusiveGateway"))}
    ways: Counter[str] = Counter()
    for flow in scope.iterfind(tag("sequenceFlow")) if inclusive else ():
        said = flow.find(tag("conditionExpression"))
        ways[flow.get("sourceRef", "")] += 1
        arriving = flow.get("targetRef", "")
        if said is not None and (said.text or "").strip():
            inclusive.discard(flow.get("sourceRef", ""))
        if arriving in inclusive:
            ways[f"into {arriving}"] += 1
    return frozenset(name for name in inclusive if ways[name] > 1 and ways[f"into {name}"] < 2)


def check(place: Place) -> None:
    """Check the flows of a finished place, and prepare its inclusive joins."""
    nodes = place.nodes()
    whole = len(nodes) == len(place.xml)  # what leads to a refused node would only be found missing again
    for name, node in nodes.items():
        if whole:
            _check_default(place, name, node)
        _check_ends(place, name, node)
        _check_conditions(place, name, node)
        if isinstance(node, EventGateway):
            _check_race(place, name, node)
        if isinstance(node, InclusiveGateway) and node.joins:
            node.find_reach = partial(reach, node, nodes)
            node.find_sure = partial(reach, node, nodes, borders=False)
    if whole:
        _check_reachable(place, nodes)
        merges.check(place)


def _check_default(place: Place, name: str, node: Node) -> None:
    default = place.xml[name].get("default")
    if default and not any(flow.id == default for flow in node.flows):
        place.refuse(place.xml[name], "reference", f"Expected the default flow {default!r} to leave {name}, but it does not. Choose another.")


def _check_ends(place: Place, name: str, node: Node) -> None:
    kind = local(place.xml[name])
    if node.arriving and (kind in ("startEvent", "boundaryEvent") or place.is_triggered(name)):
        place.refuse(place.xml[name], "flow_into_start", f"Expected no flow into {name}, but {node.arriving[0].id} leads there. Remove it.")
    if kind == "endEvent" and node.flows:
        place.refuse(place.xml[name], "flow_out_of_end", f"Expected no flow out of {name}, but {node.flows[0].id} leaves it. Remove it.")


def _check_conditions(place: Place, name: str, node: Node) -> None:
    kind = local(place.xml[name])
    conditional = [flow for flow in node.flows if flow.condition]
    if kind in UNCONDITIONAL and (conditional or any(flow.default for flow in node.flows)):
        message = f"Expected flows without conditions out of {name}, but found one with. Put an exclusive gateway behind it."
        place.refuse(place.xml[name], "condition_ignored", message)
        return
    if not isinstance(node, ExclusiveGateway | InclusiveGateway) or len(node.flows) < 2:
        return
    open_ways = [flow for flow in node.flows if not flow.condition and not flow.default]
    decided = bool(conditional) or isinstance(node, InclusiveGateway)
    if not decided and len(open_ways) < len(node.flows):
        _forget_default(node)
    elif decided and len(open_ways) == 1 and conditional and len(open_ways) + len(conditional) == len(node.flows):
        _make_default(node, open_ways[0])
    elif decided and open_ways:
        message = f"Expected a condition on the flow {open_ways[0].id} out of {name}, but found none. Write one, or make it the default."
        place.refuse(place.xml[name], "condition", message)


def _make_default(node: Node, chosen: Flow) -> None:
    """The only way without a condition is what is left when no condition holds."""
    node.flows = [
        replace(flow, default=flow is chosen) for flow in node.flows
    ]


def _forget_default(node: Node) -> None:
    """A gateway whose other ways carry no conditions is chosen by a person, the default among them."""
    node.flows = [replace(flow, condition=None, default=False) for flow in node.flows]


def _check_race(place: Place, name: str, gateway: EventGateway) -> None:
    if len(gateway.flows) < 1:
        place.refuse(place.xml[name], "event_gateway", f"Expected events behind {name}, but found none. Draw message or timer events.")
    for flow in gateway.flows:
        node = place.spec.task_specs[flow.target]
        if not isinstance(node, Catch) or isinstance(node, Boundary) or node.boundary or len(node.arriving) > 1:
            message = f"Expected a message or timer event of its own behind {name}, but {flow.target} is none, or has another flow or a boundary event."
            place.refuse(place.xml[name], "event_gateway", message)


def _check_reachable(place: Place, nodes: dict[str, Node]) -> None:
    seen: set[str] = set()
    waiting = [*place.spec.entries, *place.builder.triggers[place.key], *(name for name, node in nodes.items() if node.instantiates), *filter(place.is_triggered, nodes)]
    while waiting:
        name = waiting.pop()
        if name in seen or name not in nodes:
            continue
        seen.add(name)
        waiting.extend(flow.target for flow in nodes[name].flows)
        waiting.extend(nodes[name].boundary)
    for name in nodes.keys() - seen if seen else ():
        message = f"Expected a way from the start to {name}, but there is none. Connect it, or remove it."
        place.refuse(place.xml[name], "unreachable", message)


def reach(join: InclusiveGateway, nodes: dict[str, Node], *, borders: bool = True) -> dict[str, frozenset[str]]:
    """Return, for each node, the incoming flows of `join` that a token on the node can still come by without visiting `join`.

    `borders`: also by way of boundary events, which may never happen.
    """
    before: dict[str, set[str]] = {name: {flow.source for flow in node.arriving} for name, node in nodes.items()}
    for name, node in nodes.items():
        for boundary in node.boundary if borders else ():
            before[boundary].add(name)
    ways: dict[str, set[str]] = {}
    for flow in join.arriving:
        for name in _upstream(flow.source, before, without=join.name):
            ways.setdefault(name, set()).add(flow.id)
    return {name: frozenset(found) for name, found in ways.items()}


def _upstream(start: str, before: dict[str, set[str]], *, without: str) -> Iterable[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in seen and name != without:
            seen.add(name)
            waiting.extend(before.get(name, ()))
    return seen


