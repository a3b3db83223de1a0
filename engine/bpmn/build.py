"""Builds the specs of a process from its XML, and refuses what would not run as it is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.specs import BpmnProcessSpec

from engine.bpmn import data_objects, graph
from engine.bpmn.definition import Element
from engine.bpmn.findings import Findings
from engine.bpmn.gateways import EventGateway
from engine.bpmn.node import Flow, Node, StartTrigger
from engine.bpmn.nodes import FLOW_NODES, NodeMaker
from engine.bpmn.tables.decisions import Table
from engine.bpmn.vocabulary import NAMESPACE, ident, line, local, model, tag, title


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A process as it stands in a file."""

    id: str
    file: str
    node: etree._Element
    declared: Mapping[str, Mapping[str, str]]  # "message", "signal", "error", "escalation" → id → name or code


@dataclass(slots=True, kw_only=True)
class Builder:
    """Builds a process and everything inside it or called by it.

    `tables`: the decision tables by key. `wired`: whether a business rule task must be decided. `specs`: by key; a sub-process is "process/sub-process". `triggers`: process → its start events that something starts.
    """

    sources: Mapping[str, Source]
    findings: Findings
    functions: frozenset[str]
    tables: Mapping[str, Table]
    wired: bool = True
    specs: dict[str, Any] = field(default_factory=dict)
    names: dict[str, data_objects.Names] = field(default_factory=dict)
    elements: dict[str, Element] = field(default_factory=dict)
    triggers: dict[str, dict[str, Any]] = field(default_factory=dict)

    def build(self, process_id: str) -> None:
        """Build the process `process_id`, then those that it calls."""
        waiting = [process_id]
        while waiting:
            current = waiting.pop(0)
            if current not in self.specs:
                source = self.sources[current]
                place = Place(builder=self, source=source, node=source.node, key=current, lanes=_lanes(source.node), lane=(None, None))
                place.build()
                waiting.extend(place.calls)

    def register(self, element: Element) -> None:
        """Keep an element; an id that is taken by another process is kept under its process."""
        taken = element.id in self.elements
        self.elements[f"{element.process}/{element.id}" if taken else element.id] = element


@dataclass(slots=True, kw_only=True)
class Place:
    """A process or sub-process while it is built: its nodes, then its flows, then where its tokens begin."""

    builder: Builder
    source: Source
    node: etree._Element
    key: str
    lanes: Mapping[str, tuple[str | None, str | None]]
    lane: tuple[str | None, str | None]
    triggered: bool = False
    spec: Any = None
    xml: dict[str, etree._Element] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    chosen: frozenset[str] = frozenset()

    def build(self) -> None:
        """Build the whole."""
        self.spec = BpmnProcessSpec(name=self.key)
        self.spec.task_specs.clear()  # the library's own Start and End are not used, and their names are free for authors
        self.spec.handlers = []
        inside = self.key != self.source.id  # a called process shares the data of its caller, as its tasks do
        self.spec.objects = data_objects.objects(self.node, self.names) if inside else {}
        self.builder.specs[self.key] = self.spec
        self.chosen = graph.chosen(self.node)
        maker = NodeMaker(self)
        for child in model(self.node):
            if local(child) in FLOW_NODES and ident(child) in self.xml:
                self.refuse(child, "duplicate_id", f"Expected an id of its own, but {ident(child)} stands for another element. Give it a new one.")
            elif local(child) in FLOW_NODES:
                self.xml[ident(child)] = child
                maker.make(child)
        self.connect()
        self.attach()
        self.begin()
        graph.check(self)

    def refuse(self, node: etree._Element, rule: str, message: str) -> None:
        """Note a finding at `node`."""
        self.builder.findings.add(self.source.file, node, rule, message)

    @property
    def names(self) -> data_objects.Names:
        """Return the variables that data objects and data inputs stand for."""
        known = self.builder.names
        if self.source.id not in known:
            known[self.source.id] = data_objects.names(self.source.node)
        return known[self.source.id]

    def nodes(self) -> dict[str, Node]:
        """Return the nodes that tokens can be on, by id."""
        return {name: self.spec.task_specs[name] for name in self.xml if name in self.spec.task_specs}

    def connect(self) -> None:
        """Connect the nodes by the sequence flows, in the order of the file."""
        nodes = self.nodes()
        for each in self.node.iterfind(tag("sequenceFlow")):
            source, target = each.get("sourceRef", ""), each.get("targetRef", "")
            if source not in self.xml or target not in self.xml:
                missing = source if source not in self.xml else target
                elsewhere = any(node.get("id") == missing for node in self.node.getroottree().iter())
                rule = "crossing_flow" if elsewhere else "reference"
                self.refuse(each, rule, f"Expected a flow between two nodes of {self.key}, but {missing!r} is none. Draw it anew.")
            elif source in nodes and target in nodes:
                default = self.xml[source].get("default") == ident(each)
                condition = None if default else self.condition(each)
                flow = Flow(id=ident(each), source=source, target=target, condition=condition, default=default, name=title(each))
                self.join(flow)
        for source, target in graph.links(self):
            if source in nodes and target in nodes:
                self.join(Flow(id=f"{source}.link", source=source, target=target, condition=None, default=False))

    def join(self, flow: Flow) -> None:
        """Put a flow into the specs of both ends."""
        source, target = self.spec.task_specs[flow.source], self.spec.task_specs[flow.target]
        source.flows.append(flow)
        target.arriving.append(flow)
        source.connect(target)

    def condition(self, flow: etree._Element) -> str | None:
        """Return the flow's condition."""
        node = flow.find(tag("conditionExpression"))
        text = (node.text or "").strip() if node is not None else ""
        if node is None or not text:
            return None
        return NodeMaker(self).expression(flow, "the condition", text, language=node.get("language"))

    def attach(self) -> None:
        """Attach boundary events to their activities."""
        nodes = self.nodes()
        for name, node in self.xml.items():
            if local(node) != "boundaryEvent" or name not in nodes:
                continue
            host = node.get("attachedToRef")
            if host not in self.xml or local(self.xml[host]) not in graph.ACTIVITIES or self.is_triggered(host):
                self.refuse(node, "reference", f"Expected a boundary event on an activity, but {host!r} is none. Attach it to an activity.")
            elif host in nodes:
                nodes[host].boundary.append(name)

    def node_by_id(self, name: str) -> etree._Element | None:
        """Return the flow node of this process with the id `name`, also one that is made later."""
        return next((child for child in model(self.node) if child.get("id") == name), None)

    def is_triggered(self, name: str) -> bool:
        """Tell whether the node is an event sub-process."""
        return self.xml[name].get("triggeredByEvent") == "true"

    def begin(self) -> None:
        """Find where tokens begin: the none start event, or else the nodes that no flow leads to."""
        starts = [name for name, node in self.xml.items() if local(node) == "startEvent"]
        nodes = self.nodes()
        triggers: dict[str, Any] = {name: node for name, node in nodes.items() if isinstance(node, StartTrigger)}
        plain = [name for name in starts if name in nodes and name not in triggers]
        if len(plain) > 1:
            self.refuse(self.xml[plain[1]], "start", f"Expected one start event that waits for nothing, but {self.key} has {len(plain)}. Join them.")
        triggers |= self.instantiating(nodes)
        if (not starts and not triggers) or local(self.node) == "adHocSubProcess":
            plain = [name for name, node in nodes.items() if not node.arriving and local(self.xml[name]) != "boundaryEvent" and not self.is_triggered(name)]
            if not plain and (nodes or self.key == self.source.id):
                self.refuse(self.node, "start", f"Expected a start event in {self.key}, but found none. Draw one.")
        self.spec.entries = plain
        self.builder.triggers[self.key] = triggers

    def instantiating(self, nodes: Mapping[str, Node]) -> dict[str, Node]:
        """Return the nodes that begin the process when what they wait for happens (BPMN 2.0, 10.3.3 and 10.6.6)."""
        found: dict[str, Node] = {}
        for name, node in nodes.items():
            if not node.instantiates:
                continue
            if node.arriving or self.key != self.source.id:
                message = f"Expected {name} to begin a process, with no flow into it, but it stands elsewhere."
                self.refuse(self.xml[name], "unsupported_setting", f"{message} Remove instantiate, or draw a start event.")
            elif isinstance(node, EventGateway):
                found |= {flow.target: nodes[flow.target] for flow in node.flows if flow.target in nodes}
            else:
                found[name] = node
        return found

    def describe(self, node: etree._Element, made: Node) -> None:
        """Register the element that `made` stands for."""
        lane, role = self.lanes.get(ident(node), self.lane)
        made.role = made.said.role or role
        self.builder.register(
            Element(
                id=ident(node),
                name=title(node),
                type=local(node),
                lane=lane,
                role=made.role,
                form=made.said.form,
                operation=made.operation,
                line=line(node),
                process=self.source.id,
                decision=made.said.decision,
                documentation=" ".join("".join(each.text or "" for each in node.iterfind(tag("documentation"))).split()),
            )
        )


def _lanes(process: etree._Element) -> dict[str, tuple[str | None, str | None]]:
    """Return (lane name, role) of the innermost lane for each node; a lane without a role has that of the lane around it."""
    found: dict[str, tuple[str | None, str | None]] = {}

    def walk(lane_set: etree._Element, around: str | None) -> None:
        for lane in lane_set.iterfind(tag("lane")):
            role = lane.get(f"{{{NAMESPACE}}}role") or around
            for ref in lane.iterfind(tag("flowNodeRef")):
                found[(ref.text or "").strip()] = (lane.get("name"), role)
            for inner in lane.iterfind(tag("childLaneSet")):
                walk(inner, role)

    for lane_set in process.iterfind(tag("laneSet")):
        walk(lane_set, None)
    return found
