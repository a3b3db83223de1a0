"""A small diagram for every element of BPMN at every place where it may be drawn; the element in question has the id `x`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from engine.definitions.diagram import NODES, local
from tests.definitions.drawings import chain, drawing, flow, lane

HEAD = """<bpmn:message id="m" name="report.submitted"/>
<bpmn:signal id="g" name="urgent"/>
<bpmn:error id="no" name="refused" errorCode="refused"/>
<bpmn:escalation id="up" name="late" escalationCode="late"/>"""
DEFINITIONS = {
    "none": "",
    "message": '<bpmn:messageEventDefinition messageRef="m"/>',
    "timer": "<bpmn:timerEventDefinition><bpmn:timeDuration>P1D</bpmn:timeDuration></bpmn:timerEventDefinition>",
    "timer cycle": "<bpmn:timerEventDefinition><bpmn:timeCycle>R2/P1D</bpmn:timeCycle></bpmn:timerEventDefinition>",
    "signal": '<bpmn:signalEventDefinition signalRef="g"/>',
    "conditional": "<bpmn:conditionalEventDefinition><bpmn:condition>ready</bpmn:condition></bpmn:conditionalEventDefinition>",
    "error": '<bpmn:errorEventDefinition errorRef="no"/>',
    "escalation": '<bpmn:escalationEventDefinition escalationRef="up"/>',
    "link": '<bpmn:linkEventDefinition name="L"/>',
    "terminate": "<bpmn:terminateEventDefinition/>",
    "cancel": "<bpmn:cancelEventDefinition/>",
    "compensation": "<bpmn:compensateEventDefinition/>",
    "several": '<bpmn:messageEventDefinition messageRef="m"/><bpmn:signalEventDefinition signalRef="g"/>',
}
KEY = 'chidao:key="duty"'
REPEATS = {
    "once": "",
    "standard loop": '<bpmn:standardLoopCharacteristics loopMaximum="3"/>',
    "multi-instance, sequential": '<bpmn:multiInstanceLoopCharacteristics isSequential="true"><bpmn:loopDataInputRef>three</bpmn:loopDataInputRef></bpmn:multiInstanceLoopCharacteristics>',
    "multi-instance, parallel": "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>three</bpmn:loopDataInputRef></bpmn:multiInstanceLoopCharacteristics>",
}
START, END = '<bpmn:startEvent id="s"/>', '<bpmn:endEvent id="e"/>'


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A row of the table. `times`: how often a token must pass `x`; 0: none ever does, the rest has to run with it there."""

    element: str
    where: str
    body: str
    times: int = 1
    roles: bool = True
    beside: str = ""  # after the process
    head: str = ""

    def diagram(self) -> bytes:
        """Return the file: all nodes of the process in one lane with a role, and what it refers to declared."""
        declared = [line for line in HEAD.splitlines() if f'Ref="{line.split(chr(34))[1]}"' in self.body]
        text = drawing(self.body, head="".join(declared) + self.head, lanes=lane(*_top(self.body)) if self.roles else "").decode()
        return text.replace("</bpmn:definitions>", f"{self.beside}</bpmn:definitions>").encode()


def _top(body: str) -> list[str]:
    """Return the ids of the nodes that lie directly in the process."""
    root = etree.fromstring(f'<p xmlns:bpmn="b" xmlns:chidao="urn:chidao:bpmn:1" xmlns:xsi="x">{body}</p>')
    return [str(child.get("id")) for child in root if local(child) in NODES]


def user(id: str = "u", inner: str = "") -> str:
    return f'<bpmn:userTask id="{id}" name="Vào sổ" chidao:form="slip">{inner}</bpmn:userTask>'


def node(kind: str, id: str, inner: str = "", attributes: str = "") -> str:
    return f'<bpmn:{kind} id="{id}" {attributes}>{inner}</bpmn:{kind}>'


def inside(*nodes: str, ids: tuple[str, ...], end: str = "") -> str:
    """Return the inside of a sub-process: start → nodes → end."""
    return '<bpmn:startEvent id="is"/>' + "".join(nodes) + f'<bpmn:endEvent id="ie">{end}</bpmn:endEvent>' + chain("is", *ids, "ie")


def caught(kind: str) -> str:
    """Return what catches an error, an escalation or a cancellation of the container `sub`."""
    return node("boundaryEvent", "b", DEFINITIONS[kind], 'attachedToRef="sub"') + '<bpmn:endEvent id="be"/>' + flow("b", "be")


# ------------------------------------------------------------------------------------------------------------ events


def process_start(kind: str) -> str:
    return node("startEvent", "x", DEFINITIONS[kind]) + user() + END + chain("x", "u", "e")


def sub_process_start(kind: str) -> str:
    inner = node("startEvent", "x", DEFINITIONS[kind]) + user() + '<bpmn:endEvent id="ie"/>' + chain("x", "u", "ie")
    return START + node("subProcess", "sub", inner) + END + chain("s", "sub", "e")


def event_start(kind: str, *, interrupting: bool) -> str:
    """An event sub-process inside a sub-process in which somebody works, and which then raises what is awaited."""
    mark = "" if interrupting else 'isInterrupting="false"'
    begin = node("startEvent", "x", DEFINITIONS[kind], f"{mark} {KEY if kind == 'message' else ''}")
    handler = node("subProcess", "h", begin + '<bpmn:endEvent id="he"/>' + flow("x", "he"), 'triggeredByEvent="true"')
    return START + node("subProcess", "sub", raising(kind) + handler) + END + chain("s", "sub", "e")


def raising(kind: str) -> str:
    """Return the inside of a container: two tasks, then an error or escalation when that is what shall be caught."""
    if kind == "escalation":
        return inside(user(), node("intermediateThrowEvent", "t", DEFINITIONS[kind]), user("u2"), ids=("u", "t", "u2"))
    ends = kind in {"error", "cancel"}
    return inside(user(), user("u2"), ids=("u", "u2"), end=DEFINITIONS[kind] if ends else "")


def intermediate_catch(kind: str) -> str:
    event = node("intermediateCatchEvent", "x", DEFINITIONS[kind], KEY if kind == "message" else "")
    if kind == "link":
        return START + node("intermediateThrowEvent", "t", DEFINITIONS[kind]) + event + END + flow("s", "t") + flow("x", "e")
    sides = node("parallelGateway", "f") + node("parallelGateway", "j")
    return START + sides + user() + event + END + chain("s", "f", "u", "j", "e") + chain("f", "x", "j")


def intermediate_throw(kind: str) -> str:
    event = node("intermediateThrowEvent", "x", DEFINITIONS[kind], KEY if kind == "message" else "")
    if kind == "link":
        return START + event + node("intermediateCatchEvent", "c", DEFINITIONS[kind]) + END + flow("s", "x") + flow("c", "e")
    if kind in {"escalation", "error"}:
        return START + node("subProcess", "sub", inside(event, ids=("x",))) + END + caught(kind) + chain("s", "sub", "e")
    return START + event + END + chain("s", "x", "e")


def boundary(kind: str, *, interrupting: bool) -> str:
    host = "transaction" if kind == "cancel" else "subProcess"
    mark = "" if interrupting else 'cancelActivity="false"'
    event = node("boundaryEvent", "x", DEFINITIONS[kind], f'attachedToRef="sub" {mark} {KEY if kind == "message" else ""}')
    return START + node(host, "sub", raising(kind)) + event + '<bpmn:endEvent id="be"/>' + END + chain("s", "sub", "e") + flow("x", "be")


def end(kind: str) -> str:
    event = node("endEvent", "x", DEFINITIONS[kind], KEY if kind == "message" else "")
    if kind in {"error", "escalation", "cancel"}:
        host = "transaction" if kind == "cancel" else "subProcess"
        inner = node(host, "sub", '<bpmn:startEvent id="is"/>' + event + flow("is", "x"))
        return START + inner + END + caught(kind) + chain("s", "sub", "e")
    return START + user() + event + chain("s", "u", "x")


def events() -> Iterator[Case]:
    places = {
        "start of a process": process_start,
        "start of a sub-process": sub_process_start,
        "start of an event sub-process, interrupting": lambda kind: event_start(kind, interrupting=True),
        "start of an event sub-process, not interrupting": lambda kind: event_start(kind, interrupting=False),
        "intermediate, catching": intermediate_catch,
        "intermediate, throwing": intermediate_throw,
        "boundary, interrupting": lambda kind: boundary(kind, interrupting=True),
        "boundary, not interrupting": lambda kind: boundary(kind, interrupting=False),
        "end": end,
    }
    for kind in DEFINITIONS:
        for where, draw in places.items():
            yield Case(element="event of several kinds" if kind == "several" else f"{kind} event", where=where, body=draw(kind))


# -------------------------------------------------------------------------------------------------------- activities


def activities() -> Iterator[Case]:
    kinds = {
        "task": ("", ""),
        "userTask": ("", 'chidao:form="slip"'),
        "manualTask": ("", ""),
        "serviceTask": ("", 'chidao:operation="dispatch"'),
        "sendTask": ("", f'messageRef="m" {KEY}'),
        "receiveTask": ("", f'messageRef="m" {KEY}'),
        "scriptTask": ("<bpmn:script>total = 1</bpmn:script>", ""),
        "businessRuleTask": ("", 'chidao:decision="shape"'),
        "callActivity": ("", 'calledElement="called"'),
        "subProcess": (inside(user(), ids=("u",)), ""),
        "transaction": (inside(user(), ids=("u",)), ""),
        "adHocSubProcess": (user() + user("u2"), ""),
    }
    for kind, (inner, attributes) in kinds.items():
        for where, marker in REPEATS.items():
            body = START + node(kind, "x", marker + inner, attributes) + END + chain("s", "x", "e")
            yield Case(element=kind, where=where, body=body, times=1 if where == "once" else 3)
    sequential = START + node("adHocSubProcess", "x", user() + user("u2"), 'ordering="Sequential"') + END + chain("s", "x", "e")
    yield Case(element="adHocSubProcess", where="ordering Sequential", body=sequential)
    yield Case(element="serviceTask", where="without an operation", body=START + node("serviceTask", "x") + END + chain("s", "x", "e"))
    yield Case(element="userTask", where="without a form", body=START + node("userTask", "x") + END + chain("s", "x", "e"))
    yield Case(element="userTask", where="in no lane with a role", body=START + user("x") + END + chain("s", "x", "e"), roles=False)
    undone = START + node("userTask", "x", "", 'chidao:form="slip" isForCompensation="true"') + END + chain("s", "x", "e")
    yield Case(element="userTask", where="for compensation", body=undone)


# ---------------------------------------------------------------------------------------------------------- gateways


def gateways() -> Iterator[Case]:
    for kind in ("exclusiveGateway", "inclusiveGateway", "parallelGateway", "eventBasedGateway", "complexGateway"):
        yield Case(element=kind, where="split", body=START + split(kind) + ends("a", "b") + flow("s", "x"))
        yield Case(element=kind, where="join", body=join(kind), times=2 if kind in {"exclusiveGateway", "eventBasedGateway"} else 1)
        yield Case(element=kind, where="in a loop", body=in_a_loop(kind), times=2)
    for kind in ("exclusiveGateway", "inclusiveGateway"):
        ways = node(kind, "x") + user("a") + user("b") + flow("x", "a") + flow("x", "b")
        yield Case(element=kind, where="split without conditions", body=START + ways + ends("a", "b") + flow("s", "x"))


def ends(*before: str) -> str:
    return END + "".join(flow(each, "e") for each in before)


def split(kind: str) -> str:
    """Return the gateway `x` with two ways, to `a` and to `b`."""
    if kind == "eventBasedGateway":
        first = node("intermediateCatchEvent", "a", DEFINITIONS["message"], KEY)
        return node(kind, "x") + first + node("intermediateCatchEvent", "b", DEFINITIONS["timer"]) + flow("x", "a") + flow("x", "b")
    decided = kind in {"exclusiveGateway", "inclusiveGateway"}
    gateway = node(kind, "x", "", 'default="x-b"' if decided else "")
    return gateway + user("a") + user("b") + flow("x", "a", "may" if decided else "") + flow("x", "b")


def join(kind: str) -> str:
    opening = node("parallelGateway", "f") + user("a1") + user("b1") + flow("s", "f") + chain("f", "a1", "x") + chain("f", "b1", "x")
    if kind == "eventBasedGateway":
        return START + opening + split(kind) + ends("a", "b")
    return START + opening + node(kind, "x") + END + flow("x", "e")


def in_a_loop(kind: str) -> str:
    """The gateway is passed twice: a script behind it counts the rounds."""
    back = node("exclusiveGateway", "dg", "", 'default="dg-e"') + node("scriptTask", "n", "<bpmn:script>rounds = rounds + 1</bpmn:script>")
    back += END + chain("n", "dg", "e") + flow("dg", "en", "rounds &lt; 2")
    joining = kind if kind in {"parallelGateway", "inclusiveGateway"} else "exclusiveGateway"
    merge = node(joining, "mg") + flow("a", "mg") + flow("b", "mg") + flow("mg", "n")
    return START + node("exclusiveGateway", "en") + split(kind) + merge + back + chain("s", "en", "x")


# ------------------------------------------------------------------------------------------ flows, data, what is shown


def others() -> Iterator[Case]:
    plain = START + user("x") + END + chain("s", "x", "e")
    yield Case(element="sequenceFlow", where="with a condition, out of a task", body=START + node("userTask", "x", "", 'chidao:form="slip" default="x-e"') + user("b") + END + flow("s", "x") + flow("x", "e") + flow("x", "b", "may") + flow("b", "e"))
    yield Case(element="sequenceFlow", where="several out of a task", body=START + user("x") + user("a") + user("b") + flow("s", "x") + flow("x", "a") + flow("x", "b") + ends("a", "b"))
    yield Case(element="sequenceFlow", where="several into a task", body=START + node("parallelGateway", "f") + user("a") + user("b") + user("x") + END + flow("s", "f") + chain("f", "a", "x") + chain("f", "b", "x", "e"), times=2)
    yield Case(element="sequenceFlow", where="without an id", body=plain.replace('id="x-e" ', ""))
    yield Case(element="process", where="without a start event", body=user("x") + END + chain("x", "e"))
    yield Case(element="process", where="without an end event", body=START + user("x") + chain("s", "x"))
    given = '<bpmn:ioSpecification><bpmn:dataInput id="in" name="copy"/><bpmn:inputSet><bpmn:dataInputRefs>in</bpmn:dataInputRefs></bpmn:inputSet><bpmn:outputSet/></bpmn:ioSpecification>'
    given += '<bpmn:dataInputAssociation id="da"><bpmn:sourceRef>r</bpmn:sourceRef><bpmn:targetRef>in</bpmn:targetRef></bpmn:dataInputAssociation>'
    data = '<bpmn:dataObject id="o"/><bpmn:dataObjectReference id="r" name="letter" dataObjectRef="o"/>'
    yield Case(element="dataObject", where="with an association to a task", body=data + START + user("x", given) + END + chain("s", "x", "e"))
    yield Case(element="dataObject", where="beside the tasks", body=data + plain)
    yield Case(element="dataStoreReference", where="beside the tasks", body='<bpmn:dataStoreReference id="ds"/>' + plain, times=0)
    yield Case(element="textAnnotation", where="with an association", body=plain + '<bpmn:textAnnotation id="ta"><bpmn:text>Ghi chú</bpmn:text></bpmn:textAnnotation><bpmn:association id="as" sourceRef="x" targetRef="ta"/>', times=0)
    yield Case(element="group", where="around tasks", body=plain + '<bpmn:group id="gr"/>', times=0)
    yield Case(element="lane", where="with a role", body=plain)
    owner = '<bpmn:potentialOwner id="po"><bpmn:resourceAssignmentExpression><bpmn:formalExpression>may</bpmn:formalExpression></bpmn:resourceAssignmentExpression></bpmn:potentialOwner>'
    yield Case(element="potentialOwner", where="at a task", body=START + user("x", owner) + END + chain("s", "x", "e"), times=0)
    pools = '<bpmn:collaboration id="co"><bpmn:participant id="p1" processRef="p"/><bpmn:participant id="p2"/><bpmn:messageFlow id="mf" sourceRef="x" targetRef="p2"/></bpmn:collaboration>'
    yield Case(element="participant", where="two pools, one of them closed, with a message flow", body=plain, head=pools)
    second = '<bpmn:process id="q" isExecutable="true"><bpmn:startEvent id="qs"/><bpmn:endEvent id="qe"/><bpmn:sequenceFlow id="qf" sourceRef="qs" targetRef="qe"/></bpmn:process>'
    both = pools.replace('id="p2"', 'id="p2" processRef="q"').replace('targetRef="p2"', 'targetRef="qs"')
    yield Case(element="participant", where="two pools with a process each", body=plain, head=both, beside=second)


def cases() -> list[Case]:
    """Return every row, in the order of the table."""
    return [*events(), *activities(), *gateways(), *others()]
