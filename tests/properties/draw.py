"""Draws random processes: blocks within blocks first, then flows and gateways changed at random, so that any graph may come out."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tests.properties.model import ACTIVITIES, Assign, Flow, Graph, Model, Node, Repeat, Test, Trigger, _reached

FEATURES = frozenset({
    "repeat", "boundary", "handler", "call", "race", "link", "error", "terminate", "choice", "wild",
    "signal", "escalation", "conditional", "transaction", "adhoc", "uncaught", "cycle", "starts",
})  # fmt: skip
NAMES = ("v0", "v1", "v2")


@dataclass
class Sheet:
    """A graph while it is drawn."""

    nodes: dict[str, Node] = field(default_factory=dict)
    flows: list[tuple[str, str]] = field(default_factory=list)

    def put(self, node: Node) -> str:
        self.nodes[node.id] = node
        return node.id


@dataclass(frozen=True)
class Place:
    """Where a graph stands: how deep, whether an error or a cancellation thrown here is caught."""

    depth: int
    errors: tuple[str, ...] = ()
    transaction: bool = False
    called: tuple[str, ...] = ()
    inner: bool = False
    top: bool = False


class Author:
    """Draws one model from a seed."""

    def __init__(self, seed: int, features: frozenset[str] = FEATURES, size: int = 6) -> None:
        self.random = random.Random(seed)
        self.features = features
        self.size = size
        self.count = 0

    def model(self) -> Model:
        called: dict[str, Graph] = {}
        if "call" in self.features and self.maybe(0.3):
            called["q1"] = replace(self.graph(Place(depth=1)), id="q1")
            self.count = 0 if self.maybe(0.4) else self.count  # a called process may have the ids of the one that calls it
        main = replace(self.graph(Place(depth=2, called=tuple(called), top=True)), id="p")
        if not any(node.called for graph in Model(main=main).graphs() for node in graph.nodes):
            called = {}
        people = [self.random.randrange(9) for _ in range(self.random.randrange(4))]
        return Model(main=main, called=called, data={name: self.random.randrange(3) for name in NAMES} | {"people": people})

    # ------------------------------------------------------------------------------------------------------ choosing

    def maybe(self, chance: float) -> bool:
        return self.random.random() < chance

    def has(self, feature: str, chance: float = 1.0) -> bool:
        return feature in self.features and self.maybe(chance)

    def id(self, kind: str) -> str:
        self.count += 1
        return f"{kind}{self.count}"

    def weighted(self, choices: Sequence[tuple[str, float]]) -> str:
        return self.random.choices([name for name, _ in choices], [weight for _, weight in choices])[0]

    def test(self) -> Test:
        return Test(name=self.random.choice(NAMES), sign=self.random.choice(["==", "!=", "<", ">="]), value=self.random.randrange(1, 3))

    # -------------------------------------------------------------------------------------------------------- drawing

    def graph(self, place: Place) -> Graph:
        sheet = Sheet()
        start, end = sheet.put(Node(id=self.id("start"), kind="start")), sheet.put(self.end(place))
        sheet.flows.append((start, end))
        for _ in range(self.random.randint(1, self.size if place.depth > 1 else 3)):
            self.grow(sheet, place)
        if self.has("wild", 0.45):
            for _ in range(self.random.randint(1, 3)):
                self.change(sheet)
        if "boundary" in self.features:
            self.guard(sheet, place)
        while self.has("handler", 0.25):
            sheet.put(self.handler(place))
        if place.depth < 2 and self.maybe(0.15):
            self.forget_ends(sheet)
        startless = place.inner and self.maybe(0.12)
        while place.top and self.has("starts", 0.15):
            kind = self.random.choice(["message", "signal", "timer"])
            trigger = Trigger(kind=kind, name={"message": "m", "signal": "s", "timer": "P"}[kind] + f"{self.random.randrange(1, 3)}" + "D" * (kind == "timer"))
            if not any(node.trigger == trigger for node in sheet.nodes.values() if node.kind == "start"):
                other = sheet.put(Node(id=self.id("start"), kind="start", trigger=trigger))
                sheet.flows.append((other, self.random.choice(self.targets(sheet))))
        nodes, flows = list(sheet.nodes.values()), self.conditions(sheet)
        if self.maybe(0.3):  # nothing depends on the order in the file, but which condition is looked at first
            self.random.shuffle(nodes)
            self.random.shuffle(flows)
        graph = _reached(Graph(id="", nodes=tuple(nodes), flows=tuple(flows)))
        return self.without_start(graph, start) if startless else graph

    def grow(self, sheet: Sheet, place: Place) -> None:
        """Replace a flow by something longer."""
        source, target = flow = self.random.choice(sheet.flows)
        if sheet.nodes[source].kind == "race" or source.endswith("throw"):
            return
        sheet.flows.remove(flow)
        shape = self.weighted([("one", 5), ("block", 3), ("loop", 1.2), ("race", 0.8 if "race" in self.features else 0), ("link", 0.3 if "link" in self.features else 0)])
        if shape == "one":
            name = sheet.put(self.node(place))
            sheet.flows += [(source, name), (name, target)]
        elif shape == "block":
            self.block(sheet, place, source, target)
        elif shape == "loop":
            merge, name, split = sheet.put(self.gateway("xor")), sheet.put(self.node(place)), sheet.put(self.gateway("xor"))
            sheet.flows += [(source, merge), (merge, name), (name, split), (split, merge), (split, target)]
        elif shape == "race":
            race, merge = sheet.put(Node(id=self.id("race"), kind="race")), sheet.put(self.gateway("xor"))
            sheet.flows += [(source, race), (merge, target)]
            for _ in range(self.random.randint(1, 3)):
                event = sheet.put(self.awaiting(self.random.choice(["catch", "catch", "receive"])))
                sheet.flows += [(race, event), (event, merge)]
        else:
            name = self.id("L")
            out, into = (sheet.put(Node(id=f"{name}{side}", kind=side, trigger=Trigger(kind="link", name=name))) for side in ("throw", "catch"))
            sheet.flows += [(source, out), (into, target)]
            sheet.flows.append((out, into))

    def block(self, sheet: Sheet, place: Place, source: str, target: str) -> None:
        kind = self.random.choice(["xor", "and", "or", "task"])
        split = sheet.put(Node(id=self.id("user"), kind="user") if kind == "task" else self.gateway(kind))
        join = sheet.put(self.gateway("and" if kind == "task" else kind))
        sheet.flows += [(source, split), (join, target)]
        for _ in range(self.random.randint(2, 3)):
            name = sheet.put(self.node(place))
            sheet.flows += [(split, name), (name, join)]

    def gateway(self, kind: str) -> Node:
        return Node(id=self.id(kind), kind=kind)

    def node(self, place: Place) -> Node:
        deep = place.depth > 0
        kind = self.weighted([
            ("user", 6), ("script", 2), ("task", 0.7), ("manual", 0.7), ("service", 1), ("rule", 0.4), ("send", 0.5), ("receive", 0.7), ("catch", 1.3),
            ("throw", 1), ("sub", 1.6 if deep else 0), ("adhoc", 0.5 if "adhoc" in self.features else 0), ("call", 0.8 if place.called else 0), ("transaction", 0.5 if deep and "transaction" in self.features else 0),
        ])  # fmt: skip
        if kind == "throw":
            return Node(id=self.id("throw"), kind="throw", trigger=self.thrown())
        if kind in ("catch", "receive"):
            return self.awaiting(kind)
        made = Node(id=self.id(kind), kind=kind, repeat=self.repeat() if self.has("repeat", 0.14) else None)
        if kind == "script":
            return replace(made, script=Assign(name=self.random.choice(NAMES), source=self.random.choice(NAMES), plus=self.random.randrange(3)))
        if kind == "send":
            return replace(made, trigger=Trigger(kind="message", name="m0"))
        if kind == "call":
            return replace(made, called=self.random.choice(place.called))
        if kind == "adhoc":
            sequential = self.maybe(0.4)
            until = self.test() if self.maybe(0.7) else None
            return replace(made, inside=self.bag(place, flows=not sequential), until=until, sequential=sequential, cancel_rest=self.maybe(0.6))
        if kind in ("sub", "transaction"):
            errors = self.random.sample(["e0", "e1", ""], k=self.random.randint(1, 2)) if self.has("error", 0.4) else []
            inner = self.graph(replace(place, depth=place.depth - 1, errors=(*place.errors, *errors), transaction=kind == "transaction", inner=True, top=False))
            return replace(made, inside=inner)
        return made

    def bag(self, place: Place, *, flows: bool) -> Graph:
        """Draw what is inside an ad-hoc sub-process: activities, most of them without flows."""
        sheet = Sheet()
        for _ in range(self.random.randint(1, 4)):
            node = self.node(replace(place, depth=min(place.depth, 1) if self.maybe(0.3) else 0, transaction=False, top=False))
            if node.kind in ACTIVITIES - {"adhoc", "transaction"}:
                sheet.put(node)
        names = list(sheet.nodes)
        if not names or (flows and len(names) > 1 and self.maybe(0.3)):
            sheet.flows.append((names[-2], names[-1])) if names else sheet.put(Node(id=self.id("user"), kind="user"))
        return Graph(id="", nodes=tuple(sheet.nodes.values()), flows=tuple(self.conditions(sheet)))

    def awaiting(self, kind: str) -> Node:
        return Node(id=self.id(kind), kind=kind, trigger=Trigger(kind="message", name=f"m{self.random.randrange(3)}") if kind == "receive" else self.awaited(False))

    def awaited(self, outward: bool) -> Trigger:
        """Return what an event waits for. `outward`: it may wait for an error or an escalation."""
        kinds = [("message", 3.0), ("timer", 3.0)]
        kinds += [(kind, 1.5) for kind in ("signal", "conditional") if kind in self.features]
        kinds += [(kind, 1.5) for kind in ("error", "escalation") if outward and kind in self.features]
        kind = self.weighted(kinds)
        if kind == "timer":
            cycle = f"R{self.random.choice(['', 1, 2, 3])}/" if self.has("cycle", 0.25) else ""
            return Trigger(kind="timer", name=f"{cycle}P{self.random.randint(1, 3)}D")
        if kind == "conditional":
            return Trigger(kind="conditional", test=self.test())
        letter = {"message": "m", "signal": "s", "error": "e", "escalation": "c"}[kind]
        return Trigger(kind=kind, name="" if outward and kind in ("error", "escalation") and self.maybe(0.3) else f"{letter}{self.random.randrange(2)}")

    def thrown(self) -> Trigger | None:
        kinds = [("", 1.0), ("message", 1.0)] + [(kind, 1.5) for kind in ("signal", "escalation") if kind in self.features]
        kind = self.weighted(kinds)
        return Trigger(kind=kind, name=f"{ {'message': 'm', 'signal': 's', 'escalation': 'c'}[kind] }{self.random.randrange(2)}") if kind else None

    def end(self, place: Place) -> Node:
        kind = self.weighted([
            ("", 8), ("message", 0.5), ("terminate", 0.6 if "terminate" in self.features else 0), ("signal", 0.5 if "signal" in self.features else 0),
            ("escalation", 0.5 if "escalation" in self.features else 0), ("cancel", 3 if place.transaction else 0),
            ("error", 3 if place.errors else 0.2 if "uncaught" in self.features else 0),
        ])  # fmt: skip
        names = {"message": "m1", "signal": "s0", "escalation": "c0", "error": self.random.choice(["e0", "e1"])}
        return Node(id=self.id("end"), kind="end", trigger=Trigger(kind=kind, name=names.get(kind, "")) if kind else None)

    def repeat(self) -> Repeat:
        if self.maybe(0.35):
            test = self.test() if self.maybe(0.7) else None
            return Repeat(loop=True, sequential=True, test=test, maximum=self.random.randint(1, 3) if test is None or self.maybe(0.5) else None, before=self.maybe(0.4))
        times = self.random.choice([*NAMES, "people"]) if self.maybe(0.4) else self.random.randint(0, 3)
        return Repeat(sequential=self.maybe(0.4), times=times, until=self.random.randint(1, 2) if self.maybe(0.3) else None, collects=self.maybe(0.3))

    # ------------------------------------------------------------------------------------- what listens at the border

    def guard(self, sheet: Sheet, place: Place) -> None:
        """Attach boundary events."""
        behind = {target for source, target in sheet.flows if sheet.nodes[source].kind == "race"}
        for host in [node for node in sheet.nodes.values() if node.kind in ACTIVITIES and node.id not in behind]:
            container = host.inside is not None or host.called
            triggers = [self.awaited(True) for _ in range(self.random.randint(1, 2))] if self.maybe(0.45 if container else 0.16) else []
            if host.kind == "transaction" and self.cancels(host):
                triggers.append(Trigger(kind="cancel"))
            for trigger in triggers:
                interrupting = trigger.kind in ("error", "cancel") or self.maybe(0.5)
                event = sheet.put(Node(id=self.id("boundary"), kind="boundary", trigger=trigger, attached=host.id, interrupting=interrupting))
                self.lead_on(sheet, place, event)

    @staticmethod
    def cancels(host: Node) -> bool:
        assert host.inside is not None
        return any(node.trigger and node.trigger.kind == "cancel" for graph in Model(main=host.inside).graphs() for node in graph.nodes)

    def lead_on(self, sheet: Sheet, place: Place, event: str) -> None:
        """Draw where a boundary event leads: to an end of its own, or back into the graph."""
        back = self.maybe(0.4)
        target = self.random.choice(self.targets(sheet)) if back else sheet.put(self.end(place))
        if self.maybe(0.6):
            name = sheet.put(Node(id=self.id("user"), kind="user"))
            sheet.flows.append((event, name))
            event = name
        if self.maybe(0.9):
            sheet.flows.append((event, target))
        elif not back:
            del sheet.nodes[target]

    def handler(self, place: Place) -> Node:
        trigger = self.awaited(True)
        inner = self.graph(replace(place, depth=0, transaction=False, inner=False, top=False))
        return Node(id=self.id("handler"), kind="handler", trigger=trigger, interrupting=trigger.kind == "error" or self.maybe(0.5), inside=inner)

    # ------------------------------------------------------------------------------------------------- making it wild

    def targets(self, sheet: Sheet) -> list[str]:
        """Return the nodes that a further flow may lead to."""
        behind = {target for source, target in sheet.flows if sheet.nodes[source].kind == "race"}
        links = {node.id for node in sheet.nodes.values() if is_link(node) and node.kind == "catch"}
        return [name for name, node in sheet.nodes.items() if node.kind not in ("start", "boundary", "handler") and name not in behind | links]

    def change(self, sheet: Sheet) -> None:
        what = self.random.choice(["kind", "flow", "turn", "merge"])
        gateways = [node for node in sheet.nodes.values() if node.kind in ("xor", "and", "or")]
        free = [flow for flow in sheet.flows if sheet.nodes[flow[0]].kind != "race" and not is_link(sheet.nodes[flow[0]])]
        if what == "kind" and gateways:
            node = self.random.choice(gateways)
            sheet.nodes[node.id] = replace(node, kind=self.random.choice(["xor", "and", "or"]))
        elif what == "flow":
            sources = [name for name, node in sheet.nodes.items() if node.kind not in ("end", "race", "start", "handler") and not is_link(node)]
            if sources:
                sheet.flows.append((self.random.choice(sources), self.random.choice(self.targets(sheet))))
        elif what == "turn" and free:
            flow = self.random.choice(free)
            sheet.flows[sheet.flows.index(flow)] = flow[0], self.random.choice(self.targets(sheet))
        elif what == "merge" and gateways:
            self.unjoin(sheet, self.random.choice(gateways).id)

    @staticmethod
    def unjoin(sheet: Sheet, gateway: str) -> None:
        """Leave out a gateway that only joins: what it joined now leads on unjoined."""
        onward = [target for source, target in sheet.flows if source == gateway]
        if len(onward) != 1 or onward[0] == gateway:
            return
        sheet.flows = [(source, onward[0] if target == gateway else target) for source, target in sheet.flows if source != gateway]
        del sheet.nodes[gateway]

    @staticmethod
    def without_start(graph: Graph, start: str) -> Graph:
        """Leave out the start event: tokens begin where no flow leads to."""
        first = [graph.node(flow.target) for flow in graph.leaving(start)]
        if not all(len(graph.arriving(node.id)) == 1 and node.kind != "end" for node in first):
            return graph
        nodes = tuple(node for node in graph.nodes if node.id != start)
        return replace(graph, nodes=nodes, flows=tuple(flow for flow in graph.flows if flow.source != start))

    def forget_ends(self, sheet: Sheet) -> None:
        """Leave out plain end events: a path may just end."""
        for name in [node.id for node in sheet.nodes.values() if node.kind == "end" and node.trigger is None]:
            if not any(sheet.nodes[source].kind == "start" for source, target in sheet.flows if target == name):
                del sheet.nodes[name]
                sheet.flows = [flow for flow in sheet.flows if flow[1] != name]

    # ----------------------------------------------------------------------------------------------------- conditions

    def conditions(self, sheet: Sheet) -> list[Flow]:
        made: list[Flow] = []
        for source in sheet.nodes:
            targets = [target for start, target in sheet.flows if start == source]
            flows = [Flow(id=f"{source}_{target}" + "x" * targets[:number].count(target), source=source, target=target) for number, target in enumerate(targets)]
            node = sheet.nodes[source]
            if is_link(node) and node.kind == "throw":
                flows = [replace(flow, link=True) for flow in flows]
            elif len(flows) > 1 and node.kind in ("xor", "or"):
                flows = self.decided(flows, node.kind)
            elif node.kind in ACTIVITIES and flows and self.maybe(0.3 if len(flows) > 1 else 0.04):
                flows = [replace(flow, test=self.test()) if self.maybe(0.7) else flow for flow in flows]
                if len(flows) > 1 and self.maybe(0.8):
                    flows[-1] = replace(flows[-1], test=None, default=True)
            made += flows
        return made

    def decided(self, flows: list[Flow], kind: str) -> list[Flow]:
        mode = self.weighted([("default", 6), ("plain", 1 if kind == "xor" else 0), ("none", 0.4), ("person", 2 if kind == "xor" and "choice" in self.features else 0)])
        if mode == "person":
            return flows
        tested = [replace(flow, test=self.test()) for flow in flows]
        if mode == "none":
            return tested
        spared = self.random.randrange(len(flows))
        tested[spared] = replace(tested[spared], test=None, default=mode == "default")
        return tested


def is_link(node: Node) -> bool:
    """Tell whether the node is half of a pair of link events."""
    return node.trigger is not None and node.trigger.kind == "link"
