"""A version's diagrams as graphs: who works where, and which tasks people get next from any element.

What a diagram says, not what will happen: a way behind a condition or a waiting event is called possible, and never more.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from threading import Lock

from lxml import etree
from sqlalchemy import Connection

from engine.bpmn.vocabulary import tag
from engine.bpmn.xml import parse
from engine.definitions.repository import stored_sources
from engine.definitions.source import DIAGRAM

CHIDAO = "{urn:chidao:bpmn:1}"
CACHED = 64  # versions kept by a process
PEOPLE = ("userTask", "manualTask")
WAITING = ("intermediateCatchEvent", "receiveTask")
SPLITS = ("exclusiveGateway", "inclusiveGateway", "complexGateway", "eventBasedGateway")
FAR = 400  # elements that are looked at from one: a diagram that is larger is told in part


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One element of a diagram. `kind`: its BPMN name; `inside`: the sub-process around it."""

    id: str
    name: str
    kind: str
    process: str
    lane: str
    role: str
    inside: str | None = None
    calls: str | None = None
    attached: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """A task that may come next. `sure`: no condition and no waiting lie before it. `waits`: what has to happen first."""

    name: str
    lane: str
    sure: bool
    waits: tuple[str, ...] = ()
    ends: bool = False


@dataclass(slots=True)
class Drawing:
    """All diagrams of one version. `files`: the diagram of each process, as it was deployed."""

    nodes: dict[str, Node] = field(default_factory=dict)
    flows: dict[str, list[str]] = field(default_factory=dict)
    starts: dict[str, list[str]] = field(default_factory=dict)  # of a process or sub-process
    names: dict[str, str] = field(default_factory=dict)  # of processes
    files: dict[str, bytes] = field(default_factory=dict)

    def following(self, element: str, main: str) -> tuple[Next, ...]:
        """Return the tasks that may come after `element` in a case of the process `main`, the sure ones first.

        What comes behind the end of the called process in which it stands is told only where nobody has anything to do in it before.
        """
        if element not in self.nodes:
            return ()
        found: dict[tuple[str, str, bool], Next] = {}
        beyond: dict[tuple[str, str, bool], Next] = {}
        seen: set[tuple[str, tuple[str, ...]]] = set()
        stacks = list(self._ways_to(self.nodes[element].process, main)) or [()]
        depth = min(map(len, stacks))
        home = {stack[:depth] for stack in stacks}
        ahead: deque[tuple[str, tuple[str, ...], bool, tuple[str, ...]]] = deque()
        ahead.extend((target, stack, True, ()) for stack in stacks for target in self._after(element))
        while ahead and len(seen) < FAR:
            here, stack, sure, waits = ahead.popleft()
            if (here, stack) in seen:
                continue
            seen.add((here, stack))
            node, told = self.nodes[here], found if stack[:depth] in home else beyond
            if node.kind in PEOPLE:
                told.setdefault((node.name, node.lane, False), Next(name=node.name, lane=node.lane, sure=sure and not waits, waits=waits))
                continue
            if node.kind in WAITING:
                waits = (*waits, node.name)
            sure = sure and not (node.kind in SPLITS and len(self._after(here)) > 1)
            onward = list(self._onward(node, stack))
            if not onward:
                told.setdefault((node.name, "", True), Next(name=node.name, lane="", sure=sure and not waits, waits=waits, ends=True))
            ahead.extend((target, way, sure, waits) for target, way in onward)
        own = self.nodes[element].name
        if all(each.ends or each.waits or each.name == own for each in found.values()):
            found |= {place: each for place, each in beyond.items() if place not in found}
        return tuple(sorted(found.values(), key=lambda each: (each.ends, not each.sure, each.name == own)))

    def _after(self, element: str) -> list[str]:
        return [target for target in self.flows.get(element, ()) if target in self.nodes]

    def _onward(self, node: Node, stack: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield what follows: into what is called, along the flows, or out of what has ended."""
        inner = self.starts.get(node.calls or node.id, ()) if node.kind in ("callActivity", "subProcess", "transaction") else ()
        if inner:
            yield from ((start, (*stack, node.id) if node.calls else stack) for start in inner)
            return
        after = self._after(node.id)
        around = node.inside
        while not after and (around or stack):
            if around:
                after, around = self._after(around), self.nodes[around].inside
            else:
                after, around, stack = self._after(stack[-1]), self.nodes[stack[-1]].inside, stack[:-1]
        yield from ((target, stack) for target in after)

    def _ways_to(self, process: str, main: str) -> Iterator[tuple[str, ...]]:
        """Yield the call activities through which a case of `main` gets into `process`, outermost first."""
        ahead: deque[tuple[str, tuple[str, ...]]] = deque([(main, ())])
        seen = {main}
        while ahead:
            here, stack = ahead.popleft()
            if here == process:
                yield stack
                continue
            for node in self.nodes.values():
                if node.process == here and node.calls and node.calls in self.names and (node.calls == process or node.calls not in seen):
                    seen.add(node.calls)
                    ahead.append((node.calls, (*stack, node.id)))


_drawings: OrderedDict[str, Drawing] = OrderedDict()
_lock = Lock()


def drawing(connection: Connection, version: str) -> Drawing:
    """Return the diagrams of a stored version; kept by the process, least recently used go first."""
    with _lock:
        if version in _drawings:
            _drawings.move_to_end(version)
            return _drawings[version]
    read = draw(stored_sources(connection, version).files)
    with _lock:
        _drawings[version] = read
        while len(_drawings) > CACHED:
            _drawings.popitem(last=False)
    return read


def draw(files: Mapping[str, bytes]) -> Drawing:
    """Return what some diagram files draw."""
    found = Drawing()
    for name, content in files.items():
        if name.endswith(DIAGRAM):
            for process in parse(name, content).root.iter(tag("process")):
                found.files[str(process.get("id"))] = content
                found.names[str(process.get("id"))] = str(process.get("name") or process.get("id"))
                _read(found, process)
    return found


def _read(found: Drawing, process: etree._Element) -> None:
    lanes = {
        str(ref.text).strip(): (str(lane.get("name") or ""), str(lane.get(f"{CHIDAO}role") or ""))
        for lane in process.iter(tag("lane"))
        for ref in lane.iterchildren(tag("flowNodeRef"))
    }
    for element in process.iter(etree.Element):
        kind, identity = etree.QName(element).localname, element.get("id")
        if kind == "sequenceFlow":
            found.flows.setdefault(str(element.get("sourceRef")), []).append(str(element.get("targetRef")))
        elif identity and element is not process and kind.endswith(("Task", "task", "Gateway", "Event", "Activity", "subProcess", "transaction")):
            _add(found, element, process, lanes)


def _add(found: Drawing, element: etree._Element, process: etree._Element, lanes: Mapping[str, tuple[str, str]]) -> None:
    identity, around = str(element.get("id")), element.getparent()
    outer = str(around.get("id")) if around is not None and around is not process else None
    lane, role = lanes.get(identity) or lanes.get(outer or "") or ("", "")
    node = Node(
        id=identity,
        name=str(element.get("name") or ""),
        kind=etree.QName(element).localname,
        process=str(process.get("id")),
        lane=lane,
        role=role,
        inside=outer,
        calls=element.get("calledElement"),
        attached=element.get("attachedToRef"),
    )
    found.nodes[identity] = node
    if node.kind == "startEvent":
        found.starts.setdefault(outer or node.process, []).append(identity)
