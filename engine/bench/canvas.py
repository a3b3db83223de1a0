"""A process that grows node by node, and its BPMN file with picture and `incoming` and `outgoing`, as an editor saves it."""

from __future__ import annotations

from dataclasses import dataclass, field

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
    'xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:chidao="urn:chidao:bpmn:1" id="d" targetNamespace="urn:bench">\n'
)
BOUNDS = '<dc:Bounds x="100" y="100" width="100" height="80"/>'


@dataclass(slots=True)
class Node:
    """A node under way."""

    kind: str
    default: str = ""
    incoming: list[str] = field(default_factory=list)
    outgoing: list[str] = field(default_factory=list)
    inside: list[str] = field(default_factory=list)  # nodes and flows of a sub-process


@dataclass(slots=True)
class Canvas:
    """What was drawn so far; `lanes`: how many share the nodes of the process itself."""

    nodes: dict[str, Node] = field(default_factory=dict)
    flows: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    lanes: int = 0
    _top: list[str] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)

    @property
    def elements(self) -> int:
        """The number of nodes and flows."""
        return len(self.nodes) + len(self.flows)

    @property
    def last_flow(self) -> str:
        """The flow that was drawn last."""
        return next(reversed(self.flows))

    def node(self, kind: str) -> str:
        """Draw a node; return its id."""
        name = f"n{len(self.nodes)}"
        self.nodes[name] = Node(kind)
        self._here().append(name)
        return name

    def flow(self, source: str, target: str, condition: str = "") -> None:
        """Draw a flow."""
        name = f"f{len(self.flows)}"
        self.flows[name] = (source, target, condition)
        self.nodes[source].outgoing.append(name)
        self.nodes[target].incoming.append(name)
        self._here().append(name)

    def then(self, last: str, kind: str, condition: str = "") -> str:
        """Draw a node behind `last`; return its id."""
        name = self.node(kind)
        self.flow(last, name, condition)
        return name

    def default(self, gateway: str, flow: str) -> None:
        """Make `flow` the default of a gateway."""
        self.nodes[gateway].default = flow

    def enter(self) -> None:
        """Draw inside the sub-process that was drawn last."""
        self._open.append(next(name for name in reversed(self.nodes) if self.nodes[name].kind == "subProcess"))

    def leave(self, levels: int) -> None:
        """Draw outside again."""
        del self._open[-levels:]

    def file(self) -> bytes:
        """Return the BPMN file."""
        top = [name for name in self._top if name in self.nodes]
        lanes = "".join(f'<lane id="l{number}" name="Phòng {number}" chidao:role="clerk">{_refs(top[number :: self.lanes])}</lane>\n' for number in range(self.lanes))
        lane_set = f"<laneSet>{lanes}</laneSet>\n" if lanes else ""
        picture = "".join([*map(self._shape, self.nodes), *map(self._edge, self.flows)])
        plane = f'<bpmndi:BPMNDiagram id="D"><bpmndi:BPMNPlane id="P" bpmnElement="p">\n{picture}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>\n'
        return f'{HEAD}<process id="p" isExecutable="true">\n{lane_set}{self._text(self._top)}</process>\n{plane}</definitions>\n'.encode()

    def _here(self) -> list[str]:
        return self.nodes[self._open[-1]].inside if self._open else self._top

    def _text(self, names: list[str]) -> str:
        return "".join(self._node(name) if name in self.nodes else self._flow(name) for name in names)

    def _node(self, name: str) -> str:
        node = self.nodes[name]
        ways = "".join([*(f"<incoming>{flow}</incoming>" for flow in node.incoming), *(f"<outgoing>{flow}</outgoing>" for flow in node.outgoing)])
        default = f' default="{node.default}"' if node.default else ""
        return f'<{node.kind} id="{name}" name="Việc {name}"{default}>{ways}{self._text(node.inside)}</{node.kind}>\n'

    def _flow(self, name: str) -> str:
        source, target, condition = self.flows[name]
        inner = f"<conditionExpression>{condition}</conditionExpression>" if condition else ""
        return f'<sequenceFlow id="{name}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>\n'

    def _shape(self, name: str) -> str:
        return f'<bpmndi:BPMNShape id="{name}_di" bpmnElement="{name}">{BOUNDS}<bpmndi:BPMNLabel>{BOUNDS}</bpmndi:BPMNLabel></bpmndi:BPMNShape>\n'

    def _edge(self, name: str) -> str:
        points = '<di:waypoint x="100" y="100"/>' * 3
        return f'<bpmndi:BPMNEdge id="{name}_di" bpmnElement="{name}">{points}</bpmndi:BPMNEdge>\n'


def _refs(names: list[str]) -> str:
    return "".join(f"<flowNodeRef>{name}</flowNodeRef>" for name in names)
