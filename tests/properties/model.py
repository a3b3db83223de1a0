"""A process as plain data, for the reference interpreter and for drawing it as BPMN; and how to make one smaller."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from xml.sax.saxutils import escape

ACTIVITIES = frozenset({"task", "user", "manual", "script", "service", "rule", "send", "receive", "sub", "call", "transaction", "adhoc"})
CONTAINERS = frozenset({"sub", "transaction", "call", "handler", "adhoc"})
GATEWAYS = {"xor": "exclusiveGateway", "or": "inclusiveGateway", "and": "parallelGateway", "race": "eventBasedGateway"}
TAGS = GATEWAYS | {
    "start": "startEvent", "end": "endEvent", "catch": "intermediateCatchEvent", "throw": "intermediateThrowEvent", "boundary": "boundaryEvent",
    "task": "task", "user": "userTask", "manual": "manualTask", "script": "scriptTask", "service": "serviceTask", "rule": "businessRuleTask",
    "send": "sendTask", "receive": "receiveTask", "sub": "subProcess", "handler": "subProcess", "call": "callActivity", "transaction": "transaction",
    "adhoc": "adHocSubProcess",
}  # fmt: skip


class Shared:
    """A description never changes, so copies of a running process share it."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Test(Shared):
    """A condition: a variable compared with a number."""

    __test__ = False

    name: str
    sign: str
    value: int

    @property
    def text(self) -> str:
        return f"{self.name} {self.sign} {self.value}"

    def holds(self, found: int) -> bool:
        return {"==": found == self.value, "!=": found != self.value, "<": found < self.value, ">=": found >= self.value}[self.sign]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign(Shared):
    """A script: `name = (source + plus) % 3`."""

    name: str
    source: str
    plus: int

    @property
    def text(self) -> str:
        return f"{self.name} = ({self.source} + {self.plus}) % 3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger(Shared):
    """An event definition. `name`: the message, signal, code or link, the duration, or nothing; `test`: of a conditional event."""

    kind: str
    name: str = ""
    test: Test | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat(Shared):
    """Multi-instance (`times`: a number, a variable, or the list `people`) or standard loop (`test`, `maximum`).

    `until`: complete when so many have ended. `collects`: what instances call `r` is collected in `results`.
    """

    sequential: bool = False
    times: int | str = 0
    until: int | None = None
    collects: bool = False
    loop: bool = False
    test: Test | None = None
    maximum: int | None = None
    before: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow(Shared):
    """A sequence flow. `link`: drawn as a pair of link events. `unnamed`: it has no id in the file."""

    id: str
    source: str
    target: str
    test: Test | None = None
    default: bool = False
    link: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Node(Shared):
    """A flow node. `attached`: the activity of a boundary event. `inside`: the graph of a container; `called`: that of a call activity."""

    id: str
    kind: str
    trigger: Trigger | None = None
    interrupting: bool = True
    attached: str | None = None
    inside: Graph | None = None
    called: str | None = None
    repeat: Repeat | None = None
    script: Assign | None = None
    until: Test | None = None
    sequential: bool = False
    cancel_rest: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph(Shared):
    """A process or what is inside a sub-process."""

    id: str
    nodes: tuple[Node, ...]
    flows: tuple[Flow, ...]

    def node(self, id: str) -> Node:
        return next(node for node in self.nodes if node.id == id)

    def arriving(self, id: str) -> list[Flow]:
        return [flow for flow in self.flows if flow.target == id]

    def leaving(self, id: str) -> list[Flow]:
        return [flow for flow in self.flows if flow.source == id]

    def boundary(self, id: str) -> list[Node]:
        return [node for node in self.nodes if node.attached == id]

    def handlers(self) -> list[Node]:
        return [node for node in self.nodes if node.kind == "handler"]

    def triggers(self) -> list[Node]:
        """Return the start events that something starts (10.5.2): each is a way of its own to begin."""
        return [node for node in self.nodes if node.kind == "start" and node.trigger is not None]

    def entries(self) -> list[Node]:
        """Return where a token begins: the start event, or else every node that no flow leads to (10.2, 13.3.4)."""
        starts = [node for node in self.nodes if node.kind == "start" and node.trigger is None]
        apart = ("boundary", "handler")
        return starts or [node for node in self.nodes if node.kind not in apart and not self.arriving(node.id)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model(Shared):
    """A process with those that it calls, and the data that it begins with."""

    main: Graph
    called: Mapping[str, Graph] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)

    def graphs(self) -> Iterator[Graph]:
        """Yield every graph, also those inside others."""
        waiting = [self.main, *self.called.values()]
        while waiting:
            graph = waiting.pop()
            yield graph
            waiting.extend(node.inside for node in graph.nodes if node.inside is not None)

    def size(self) -> int:
        return sum(len(graph.nodes) + len(graph.flows) for graph in self.graphs())

    def elements(self) -> set[str]:
        return {node.id for graph in self.graphs() for node in graph.nodes}


# ------------------------------------------------------------------------------------------------------------- drawing


HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:chidao="urn:chidao:bpmn:1" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="d" targetNamespace="t">\n'
)
DECLARED = (
    "".join(f'<bpmn:message id="m{n}" name="m{n}"/>' for n in range(3))
    + "".join(f'<bpmn:signal id="s{n}" name="s{n}"/>' for n in range(3))
    + "".join(f'<bpmn:error id="e{n}" errorCode="e{n}"/>' for n in range(3))
    + "".join(f'<bpmn:escalation id="c{n}" escalationCode="c{n}"/>' for n in range(3))
    + "\n"
)
REFERENCE = {"message": "messageRef", "signal": "signalRef", "error": "errorRef", "escalation": "escalationRef"}


def xml(model: Model, *, named: bool = True) -> bytes:
    """Draw the model. `named` False: flows have no id where nothing refers to them."""
    bodies = "".join(f'<bpmn:process id="{graph.id}" isExecutable="true">\n{_body(graph, named)}</bpmn:process>\n' for graph in [model.main, *model.called.values()])
    return (HEAD + DECLARED + bodies + "</bpmn:definitions>").encode()


def _body(graph: Graph, named: bool) -> str:
    nodes = "".join(_node(graph, node, named) for node in graph.nodes)
    return nodes + "".join(_flow(flow, named) for flow in graph.flows if not flow.link)


def _flow(flow: Flow, named: bool) -> str:
    id = f' id="{flow.id}"' if named or flow.default else ""
    inner = f"<bpmn:conditionExpression>{escape(flow.test.text)}</bpmn:conditionExpression>" if flow.test else ""
    return f'<bpmn:sequenceFlow{id} sourceRef="{flow.source}" targetRef="{flow.target}">{inner}</bpmn:sequenceFlow>\n'


def _node(graph: Graph, node: Node, named: bool) -> str:
    attributes = {"id": node.id, "default": next((flow.id for flow in graph.leaving(node.id) if flow.default), None)}
    attributes |= {"attachedToRef": node.attached, "calledElement": node.called}
    inner = _trigger(node.trigger) if node.trigger and node.kind != "handler" else ""
    if node.kind == "boundary":
        attributes["cancelActivity"] = str(node.interrupting).lower()
    if node.kind == "start" and node.trigger:
        attributes["isInterrupting"] = str(node.interrupting).lower()
    if node.kind == "handler":
        attributes["triggeredByEvent"] = "true"
    if node.kind in ("send", "receive") and node.trigger:
        attributes["messageRef"], inner = node.trigger.name, ""
    if node.kind in ("service", "rule"):
        attributes["chidao:operation"] = "work"
    inner += _repeat(node.repeat) if node.repeat else ""
    if node.script:
        inner += f"<bpmn:script>{escape(node.script.text)}</bpmn:script>"
    if node.inside is not None:
        inner += _body(_with_start(node), named)
    if node.kind == "adhoc":
        attributes |= {"ordering": "Sequential" if node.sequential else "Parallel", "cancelRemainingInstances": str(node.cancel_rest).lower()}
        inner += f"<bpmn:completionCondition>{escape(node.until.text)}</bpmn:completionCondition>" if node.until else ""
    listed = "".join(f' {name}="{value}"' for name, value in attributes.items() if value is not None)
    return f"<bpmn:{TAGS[node.kind]}{listed}>{inner}</bpmn:{TAGS[node.kind]}>\n"


def _with_start(node: Node) -> Graph:
    """Give the start event of an event sub-process what it waits for."""
    assert node.inside is not None
    if node.kind != "handler":
        return node.inside
    nodes = tuple(replace(each, trigger=node.trigger, interrupting=node.interrupting) if each.kind == "start" else each for each in node.inside.nodes)
    return replace(node.inside, nodes=nodes)


def _trigger(trigger: Trigger) -> str:
    name = f"bpmn:{'compensate' if trigger.kind == 'compensation' else trigger.kind}EventDefinition"
    if trigger.kind == "timer":
        kind = "timeCycle" if trigger.name.startswith("R") else "timeDuration"
        return f"<{name}><bpmn:{kind}>{trigger.name}</bpmn:{kind}></{name}>"
    if trigger.kind == "conditional" and trigger.test:
        return f"<{name}><bpmn:condition>{escape(trigger.test.text)}</bpmn:condition></{name}>"
    if trigger.kind == "link":
        return f'<{name} name="{trigger.name}"/>'
    if trigger.kind in REFERENCE and trigger.name:
        return f'<{name} {REFERENCE[trigger.kind]}="{trigger.name}"/>'
    return f"<{name}/>"


def _repeat(repeat: Repeat) -> str:
    if repeat.loop:
        maximum = f' loopMaximum="{repeat.maximum}"' if repeat.maximum is not None else ""
        test = f"<bpmn:loopCondition>{escape(repeat.test.text)}</bpmn:loopCondition>" if repeat.test else ""
        return f'<bpmn:standardLoopCharacteristics testBefore="{str(repeat.before).lower()}"{maximum}>{test}</bpmn:standardLoopCharacteristics>'
    until = f"<bpmn:completionCondition>numberOfCompletedInstances &gt;= {repeat.until}</bpmn:completionCondition>" if repeat.until else ""
    times = f"<bpmn:loopCardinality>{repeat.times}</bpmn:loopCardinality>" if repeat.times != "people" else "<bpmn:loopDataInputRef>people</bpmn:loopDataInputRef>"
    results = "<bpmn:loopDataOutputRef>results</bpmn:loopDataOutputRef>" if repeat.collects else ""
    result = '<bpmn:outputDataItem name="r"/>' if repeat.collects else ""
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(repeat.sequential).lower()}">{times}{results}'
        f'<bpmn:inputDataItem name="item"/>{result}{until}</bpmn:multiInstanceLoopCharacteristics>'
    )


# ----------------------------------------------------------------------------------------------------------- shrinking


def smaller(model: Model) -> Iterator[Model]:
    """Yield models that lack something: a node with its flows, a flow, a repetition, what is inside something."""
    for graph in _smaller_graphs(model.main):
        yield _whole(replace(model, main=graph))
    for name, called in model.called.items():
        for graph in _smaller_graphs(called):
            yield _whole(replace(model, called={**model.called, name: graph}))
    for name in model.data:
        if model.data[name]:
            yield replace(model, data={**model.data, name: [] if isinstance(model.data[name], list) else 0})


def _whole(model: Model) -> Model:
    """Drop called processes that nothing calls any more."""
    called = {node.called for graph in model.graphs() for node in graph.nodes if node.called}
    return replace(model, called={name: graph for name, graph in model.called.items() if name in called})


def _smaller_graphs(graph: Graph) -> Iterator[Graph]:
    for node in graph.nodes:
        if node.kind != "start":
            yield _without(graph, node.id)
            yield _bridged(graph, node.id)
    for flow in graph.flows:
        yield _reached(replace(graph, flows=tuple(each for each in graph.flows if each is not flow)))
    for node in graph.nodes:
        for simpler in _simpler(node):
            yield replace(graph, nodes=tuple(simpler if each is node else each for each in graph.nodes))


def _simpler(node: Node) -> Iterator[Node]:
    if node.repeat:
        yield replace(node, repeat=None)
    if node.kind in ("sub", "call", "transaction", "adhoc", "service", "manual", "task", "rule", "receive", "send", "script"):
        yield Node(id=node.id, kind="user", repeat=node.repeat)
    if node.inside is not None:
        for inner in _smaller_graphs(node.inside):
            yield replace(node, inside=inner)


def _without(graph: Graph, id: str) -> Graph:
    gone = {id, *(node.id for node in graph.boundary(id))}
    flows = tuple(flow for flow in graph.flows if flow.source not in gone and flow.target not in gone)
    return _reached(replace(graph, nodes=tuple(node for node in graph.nodes if node.id not in gone), flows=flows))


def _bridged(graph: Graph, id: str) -> Graph:
    """Leave a node out and lead what led to it straight to where it led."""
    onward = graph.leaving(id)
    if len(onward) != 1 or onward[0].target == id:
        return _without(graph, id)
    flows = tuple(replace(flow, target=onward[0].target) if flow.target == id else flow for flow in graph.flows if flow.source != id)
    return _without(replace(graph, flows=flows), id)


def _reached(graph: Graph) -> Graph:
    """Leave out what no token can come to."""
    starts = [node.id for node in graph.nodes if node.kind in ("start", "handler")]
    if not any(node.kind == "start" for node in graph.nodes):
        return graph
    seen: set[str] = set()
    while starts:
        name = starts.pop()
        if name not in seen:
            seen.add(name)
            starts += [flow.target for flow in graph.leaving(name)] + [node.id for node in graph.boundary(name)]
    return replace(
        graph,
        nodes=tuple(node for node in graph.nodes if node.id in seen),
        flows=tuple(flow for flow in graph.flows if flow.source in seen and flow.target in seen),
    )
