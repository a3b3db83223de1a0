"""A diagram as the rules see it: elements by id, flows between nodes, true lines. Judges nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from heapq import merge
from operator import itemgetter

from lxml import etree

from engine.bpmn.language.expressions import Functions
from engine.bpmn.xml import Document

Element = etree._Element  # noqa: SLF001 - lxml's public type bears this name
Problem = tuple[Element, str]  # where, and the sentence

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
CHIDAO = "urn:chidao:bpmn:1"
EXTENSIONS = f"{{{MODEL}}}extensionElements"

TASKS = ("task", "userTask", "manualTask", "serviceTask", "sendTask", "receiveTask", "scriptTask", "businessRuleTask")
GATEWAYS = ("exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway")
EVENTS = ("startEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent", "endEvent")
CONTAINERS = ("subProcess", "transaction", "adHocSubProcess")
ACTIVITIES = (*TASKS, *CONTAINERS, "callActivity")
NODES = (*TASKS, *GATEWAYS, *EVENTS, *CONTAINERS, "callActivity")
OWNERS = (*NODES, "sequenceFlow", "lane", "participant", "process", "message", "signal", "error", "escalation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """What a diagram may refer to. `processes`: id → the ids that it calls; `forms`, `decisions`: key → file."""

    processes: Mapping[str, Collection[str]]
    forms: Mapping[str, str]
    decisions: Mapping[str, str]
    operations: Collection[str]
    functions: Functions
    called: frozenset[str] = field(init=False)  # the processes that others call

    def __post_init__(self) -> None:
        object.__setattr__(self, "called", frozenset(name for calls in self.processes.values() for name in calls))

    def reached(self, process: str) -> set[str]:
        """Return `process` and all that it calls, at whatever depth."""
        found: set[str] = set()
        waiting = [process]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self.processes.get(name, ())
        return found


class Diagram:
    """One BPMN file. Read-only."""

    def __init__(self, document: Document) -> None:
        self.file = document.file
        self.caught: dict[tuple[Element, str], frozenset[str]] = {}  # what a scope catches of a kind of event, once it was looked for
        self.root = document.root
        self.given = document.given  # ids that the file itself does not give
        self._lines = document.lines

    def line(self, element: Element) -> int:
        """Return the line at which `element` begins in the file."""
        return self._lines[element]

    @cached_property
    def by_id(self) -> Mapping[str, Element]:
        """Every BPMN element that has an id; of several with one id the first."""
        found: dict[str, Element] = {}
        for element in self.elements():
            if element.get("id"):
                found.setdefault(element.get("id", ""), element)
        return found

    def elements(self, *names: str) -> Iterator[Element]:
        """Yield the BPMN elements called `names` (all when none are given), in document order, extensions apart."""
        if not names:
            return iter(self._model)
        if len(names) == 1:
            return (element for _, element in self._by_name.get(names[0], ()))
        return (element for _, element in merge(*(self._by_name.get(name, ()) for name in names), key=itemgetter(0)))

    def inside(self, scope: Element, *names: str) -> Iterator[Element]:
        """Yield the elements called `names` anywhere inside `scope`."""
        return (element for element in self.elements(*names) if any(around is scope for around in element.iterancestors()))

    @cached_property
    def _by_name(self) -> Mapping[str, list[tuple[int, Element]]]:
        found: dict[str, list[tuple[int, Element]]] = {}
        for number, element in enumerate(self._model):
            found.setdefault(local(element), []).append((number, element))
        return found

    @cached_property
    def _model(self) -> list[Element]:
        inside = {element for block in self._lines if block.tag == EXTENSIONS for element in block.iterdescendants()}  # others' words, whatever they look like
        return [element for element in self._lines if str(element.tag).startswith(f"{{{MODEL}}}") and element not in inside]

    @cached_property
    def processes(self) -> list[Element]:
        """The processes to be deployed: those marked executable; when none is, all that hold a node."""
        filled = [process for process in self.elements("process") if any(local(child) in NODES for child in process)]
        marked = [process for process in filled if process.get("isExecutable") in {"true", "1"}]
        return marked or filled

    @cached_property
    def flows(self) -> list[Element]:
        return list(self.elements("sequenceFlow"))

    def outgoing(self, node: Element) -> list[Element]:
        """Return the sequence flows that leave `node`."""
        return self._outgoing.get(node.get("id", ""), [])

    def incoming(self, node: Element) -> list[Element]:
        """Return the sequence flows that reach `node`."""
        return self._incoming.get(node.get("id", ""), [])

    @cached_property
    def _outgoing(self) -> Mapping[str, list[Element]]:
        return _grouped(self.flows, "sourceRef")

    @cached_property
    def _incoming(self) -> Mapping[str, list[Element]]:
        return _grouped(self.flows, "targetRef")

    @cached_property
    def messages(self) -> Mapping[str, str]:
        """Message id → its name."""
        return {message.get("id", ""): message.get("name", "") for message in self.elements("message")}

    @cached_property
    def lanes(self) -> Mapping[str, Element]:
        """Node id → the innermost lane that it stands in."""
        found: dict[str, Element] = {}
        for lane in self.elements("lane"):  # document order: an inner lane comes after its outer one
            for reference in children(lane, "flowNodeRef"):
                found[text(reference)] = lane
        return found

    @cached_property
    def landings(self) -> Mapping[tuple[Element | None, str], Element]:
        """Process or sub-process with the name of a link → the catching event of that name in it, the first one."""
        found: dict[tuple[Element | None, str], Element] = {}
        for event in self.elements("intermediateCatchEvent"):
            if (name := link_name(event)) is not None:
                found.setdefault((event.getparent(), name), event)
        return found

    def landing(self, event: Element) -> Element | None:
        """Return where a throwing link event goes on; None for any other, or where nothing catches it."""
        name = link_name(event) if local(event) == "intermediateThrowEvent" else None
        return None if name is None else self.landings.get((event.getparent(), name))

    @cached_property
    def borders(self) -> Mapping[str, list[Element]]:
        """Activity id → the boundary events on it."""
        return _grouped(self.elements("boundaryEvent"), "attachedToRef")

    def lane(self, node: Element) -> Element | None:
        """Return the lane of `node`; what is inside a sub-process stands in the lane of that sub-process."""
        for element in (node, *node.iterancestors()):
            if element.get("id", "") in self.lanes:
                return self.lanes[element.get("id", "")]
        return None

    def called(self, process: Element | None = None) -> Iterator[tuple[Element, str]]:
        """Yield each call activity (of `process`, or of the file) with the id of the process that it calls."""
        for call in (self.root if process is None else process).iter(f"{{{MODEL}}}callActivity"):
            yield call, plain_name(call.get("calledElement", ""))

    def owner(self, element: Element) -> Element:
        """Return the node, flow, lane or process that a reader finds `element` at: itself, or the nearest around it."""
        for candidate in (element, *element.iterancestors()):
            if local(candidate) in OWNERS:
                return candidate
        return element


def local(element: Element) -> str:
    """Return the name of `element` without its namespace."""
    return str(element.tag).rsplit("}", 1)[-1]


def children(element: Element, *names: str) -> list[Element]:
    """Return the BPMN children of `element` called `names`."""
    tags = {f"{{{MODEL}}}{name}" for name in names}
    return [child for child in element if child.tag in tags]


def event_definitions(element: Element) -> list[Element]:
    """Return what makes an event a message, timer, terminate … event; none for a plain one."""
    return [child for child in element if local(child).endswith("EventDefinition") or local(child) == "eventDefinitionRef"]


def link_name(event: Element) -> str | None:
    """Return the name of a link event, its own when the definition has none; None for any other."""
    for found in event_definitions(event):
        if local(found) == "linkEventDefinition":
            return found.get("name") or event.get("name", "")
    return None


def parameters(element: Element) -> list[Element]:
    """Return the chidao:parameter elements of `element`."""
    return [found for block in children(element, "extensionElements") for found in block.iterfind(f"{{{CHIDAO}}}parameter")]


def attribute(element: Element, name: str) -> str | None:
    """Return the attribute chidao:`name`; None when it is absent or blank."""
    return (element.get(f"{{{CHIDAO}}}{name}") or "").strip() or None


def is_set(element: Element, name: str) -> bool:
    """Tell whether the boolean attribute `name` is true."""
    return element.get(name, "").strip() in {"true", "1"}


def is_event_start(element: Element) -> bool:
    """Tell whether `element` is the start event of an event sub-process: it waits, and begins no process."""
    parent = element.getparent()
    return local(element) == "startEvent" and parent is not None and is_set(parent, "triggeredByEvent")


def begins(diagram: Diagram, node: Element) -> bool:
    """Tell whether `node` is a receive task or event-based gateway that begins a process (BPMN 2.0, 10.3.3 and 10.6.6)."""
    parent = node.getparent()
    top = parent is not None and local(parent) == "process"
    return is_set(node, "instantiate") and top and not diagram.incoming(node)


def plain_name(reference: str) -> str:
    """Return a QName without its prefix."""
    return reference.rsplit(":", 1)[-1].strip()


def text(element: Element) -> str:
    """Return the text of `element`, trimmed."""
    return "".join(str(part) for part in element.itertext()).strip()


def label(element: Element) -> str:
    """Return what a reader calls `element`: its kind, id and name."""
    name = " ".join((element.get("name") or "").split())[:60]
    return f"{local(element)} {element.get('id', '(without id)')}" + (f' "{name}"' if name else "")


def role(element: Element | None) -> str | None:
    """Return the role that a lane (or what is drawn in one) names, or the lane around it."""
    while element is not None:
        if attribute(element, "role"):
            return attribute(element, "role")
        element = element.getparent()
    return None


def process_of(element: Element) -> Element | None:
    """Return the process that `element` stands in."""
    return next((around for around in element.iterancestors() if local(around) == "process"), None)


def named(element: Element) -> str | None:
    """Return the id of `element`, or of the nearest around it that has one."""
    return next((found for around in (element, *element.iterancestors()) if (found := (around.get("id") or "").strip())), None)


def is_undecided(leaving: list[Element]) -> bool:
    """Tell whether there are several ways and none has a condition."""
    return len(leaving) > 1 and not any(has_condition(flow) for flow in leaving)


def has_condition(flow: Element) -> bool:
    """Tell whether a condition is written at `flow`."""
    return any(text(found) for found in children(flow, "conditionExpression"))


def _grouped(flows: Iterable[Element], end: str) -> dict[str, list[Element]]:
    found: dict[str, list[Element]] = {}
    for flow in flows:
        found.setdefault(plain_name(flow.get(end, "")), []).append(flow)
    return found
