"""The flows of one process or sub-process as a net: where a token can go from each node, read from the drawing itself."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, combinations, product

from lxml import etree

from engine.bpmn.vocabulary import ident, local, model, tag

NODES = frozenset({
    "task", "userTask", "manualTask", "serviceTask", "businessRuleTask", "scriptTask", "sendTask", "receiveTask", "callActivity",
    "subProcess", "transaction", "adHocSubProcess", "startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent",
    "boundaryEvent", "exclusiveGateway", "inclusiveGateway", "parallelGateway", "eventBasedGateway", "complexGateway",
})  # fmt: skip
ONE, ALL, SOME = "one", "all", "some"
ENDING = ("terminateEventDefinition", "errorEventDefinition", "cancelEventDefinition")
MANY_WAYS = 4  # of more conditions than these, not every combination is looked at

Way = tuple[int, ...]  # the flows that get a token


@dataclass(slots=True)
class Net:
    """Nodes and flows. A flow is its number in `flows`: (id, source, target); a boundary event stands in `borders` of its activity.

    `together`: tokens begin at all `entries`, not at one of them.
    """

    scope: etree._Element
    nodes: dict[str, etree._Element] = field(default_factory=dict)
    flows: list[tuple[str, str, str]] = field(default_factory=list)
    outs: dict[str, list[int]] = field(default_factory=dict)
    ins: dict[str, list[int]] = field(default_factory=dict)
    borders: dict[str, list[str]] = field(default_factory=dict)
    hosts: dict[str, str] = field(default_factory=dict)
    conditional: set[int] = field(default_factory=set)
    default: set[int] = field(default_factory=set)
    entries: list[str] = field(default_factory=list)
    together: bool = False

    def kind(self, name: str) -> str:
        """Return the kind of element that a node is."""
        return local(self.nodes[name])

    def joins(self, name: str) -> str:
        """Return how tokens come together at a node: ALL of its flows, SOME of them, or ONE after the other."""
        if len(self.ins[name]) < 2:
            return ONE
        return {"parallelGateway": ALL, "inclusiveGateway": SOME}.get(self.kind(name), ONE)

    def splits(self, name: str) -> str:
        """Return how tokens part at a node: to ALL of its flows, to SOME, or to ONE."""
        kind = self.kind(name)
        if kind in ("exclusiveGateway", "eventBasedGateway"):
            return ONE
        free = not any(flow in self.conditional or flow in self.default for flow in self.outs[name])
        return ALL if kind == "parallelGateway" or (free and kind != "inclusiveGateway") else SOME

    def interrupts(self, border: str) -> bool:
        """Tell whether a boundary event ends its activity."""
        node = self.nodes[border]
        always = any(node.find(tag(name)) is not None for name in ENDING)
        return always or node.get("cancelActivity", "true") != "false"

    def repeats(self, border: str) -> bool:
        """Tell whether a boundary event may happen several times."""
        timer = self.nodes[border].find(tag("timerEventDefinition"))
        return not self.interrupts(border) and (timer is None or timer.find(tag("timeCycle")) is not None)

    def ends_all(self, name: str) -> bool:
        """Tell whether a token that comes here ends all others."""
        return self.kind(name) == "endEvent" and any(self.nodes[name].find(tag(kind)) is not None for kind in ENDING)

    def ways(self, name: str) -> list[Way]:
        """Return what can happen with a token on a node, its boundary events among it."""
        ways = self._own_ways(name)
        found = list(ways)
        for border in self.borders.get(name, ()):
            beyond = self._own_ways(border)
            found += beyond if self.interrupts(border) else [own + more for own, more in product(ways, beyond)]
        return list(dict.fromkeys(found))

    def _own_ways(self, name: str) -> list[Way]:
        outs = self.outs[name]
        if not outs:
            return [()]
        match self.splits(name):
            case "one":
                return [(flow,) for flow in outs]
            case "all":
                return [tuple(outs)]
        sure = tuple(flow for flow in outs if flow not in self.conditional and flow not in self.default)
        optional = [flow for flow in outs if flow in self.conditional]
        if self.kind(name) == "inclusiveGateway" and not optional:
            sure, optional = (), [flow for flow in outs if flow not in self.default]
        sizes = range(len(optional) + 1) if len(optional) <= MANY_WAYS else (0, 1, len(optional) - 1, len(optional))
        chosen = chain.from_iterable(combinations(optional, size) for size in sizes)
        ways = [tuple(sorted((*sure, *some))) for some in chosen if sure or some]
        return ways + [(flow,) for flow in outs if flow in self.default]

    def ranks(self) -> dict[str, int]:
        """Return the nodes that tokens can reach, in the order in which they do so first."""
        found: dict[str, int] = {}
        waiting = deque(self.entries)
        while waiting:
            name = waiting.popleft()
            if name not in found:
                found[name] = len(found)
                waiting.extend(self.flows[flow][2] for flow in self.outs[name])
                waiting.extend(self.borders.get(name, ()))
        return found


def read_net(scope: etree._Element) -> Net | None:
    """Return the net of a process or sub-process; None where tokens do not follow flows alone, or follow flows that are not drawn whole."""
    if local(scope) == "adHocSubProcess":
        return None
    net = Net(scope)
    for node in model(scope):
        if local(node) in NODES:
            net.nodes[ident(node)] = node
    for name in net.nodes:
        net.outs[name], net.ins[name] = [], []
    for name, node in net.nodes.items():
        if local(node) == "boundaryEvent" and node.get("attachedToRef") in net.nodes:
            net.hosts[name] = node.get("attachedToRef", "")
            net.borders.setdefault(net.hosts[name], []).append(name)
    whole = all(
        _add(net, ident(flow), flow.get("sourceRef", ""), flow.get("targetRef", ""), flow) for flow in scope.iterfind(tag("sequenceFlow"))
    )
    whole = whole and all(_add(net, f"{source}.link", source, target) for source, target in _links(net))
    unknown = any(net.kind(name) == "complexGateway" for name in net.nodes)
    _begin(net)
    return net if whole and not unknown and net.entries else None


def _add(net: Net, id: str, source: str, target: str, drawn: etree._Element | None = None) -> bool:
    if source not in net.nodes or target not in net.nodes:
        return False
    number = len(net.flows)
    net.flows.append((id, source, target))
    net.outs[source].append(number)
    net.ins[target].append(number)
    if drawn is not None and net.nodes[source].get("default") == id:
        net.default.add(number)
    elif drawn is not None and (drawn.findtext(tag("conditionExpression")) or "").strip():
        net.conditional.add(number)
    return True


def _links(net: Net) -> Iterator[tuple[str, str]]:
    """Yield (throwing, catching) link events."""
    catching: dict[str, str] = {}
    throwing: list[tuple[str, str]] = []
    for name, node in net.nodes.items():
        link = node.find(tag("linkEventDefinition"))
        if link is not None:
            called = link.get("name") or node.get("name") or ""
            if local(node) == "intermediateThrowEvent":
                throwing.append((name, called))
            else:
                catching.setdefault(called, name)
    yield from ((name, catching[called]) for name, called in throwing if called in catching)


def _begin(net: Net) -> None:
    """Find where tokens begin: at one of the start events, or at all nodes that no flow leads to."""
    starts = [name for name in net.nodes if net.kind(name) == "startEvent" or net.nodes[name].get("instantiate") == "true"]
    net.entries = starts or [
        name
        for name, node in net.nodes.items()
        if not net.ins[name] and local(node) != "boundaryEvent" and node.get("triggeredByEvent") != "true"
    ]
    net.together = not starts and len(net.entries) > 1
