"""References that lead nowhere, and flows that cross the border of a sub-process."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import NODES, Diagram, Element, Installed, Problem, label, local, plain_name, text

# element → the attribute, and what it must name
ATTRIBUTES = (
    (("messageEventDefinition", "sendTask", "receiveTask"), "messageRef", ("message",)),
    (("errorEventDefinition",), "errorRef", ("error",)),
    (("boundaryEvent",), "attachedToRef", NODES),
    (("participant",), "processRef", ("process",)),
    (("exclusiveGateway", "inclusiveGateway"), "default", ("sequenceFlow",)),
)


def check(diagram: Diagram, installed: Installed) -> Iterator[Problem]:
    """Yield what names an element, a message or a process that is not there."""
    for flow in diagram.flows:
        yield from _flow(diagram, flow)
    for holders, attribute, kinds in ATTRIBUTES:
        for holder in diagram.elements(*holders):
            name = plain_name(holder.get(attribute, ""))
            if name and not _is(diagram, name, kinds):
                place = diagram.owner(holder)
                yield place, f"Expected {attribute} of {label(place)} to name a {_words(kinds)} of this file, but there is no {name!r}. Choose an existing one."
    for lane in diagram.elements("lane"):
        for name in (text(child) for child in lane if local(child) == "flowNodeRef"):
            if not _is(diagram, name, NODES):
                yield lane, f"Expected {label(lane)} to list nodes of this file, but there is no {name!r}. Remove that flowNodeRef."
    for call, process in diagram.called():
        if not process:
            yield call, f"Expected calledElement at {label(call)}, but found none. Name the process that it calls."
        elif process not in installed.processes:
            yield call, f"Expected the process that {label(call)} calls among the files, but there is no {process!r}. Add its file, or name another."


def _flow(diagram: Diagram, flow: Element) -> Iterator[Problem]:
    ends = []
    for attribute in ("sourceRef", "targetRef"):
        name = flow.get(attribute, "")
        if _is(diagram, name, NODES):
            ends.append(diagram.by_id[name])
        else:
            yield flow, f"Expected {attribute} of {label(flow)} to name a node of this file, but there is no {name!r}. Draw the flow again."
    if len(ends) == 2 and ends[0].getparent() is not ends[1].getparent():
        yield flow, f"Expected {label(flow)} to stay in one process or sub-process, but it leaves its own. End the path inside and go on outside."


def _is(diagram: Diagram, name: str, kinds: tuple[str, ...]) -> bool:
    return name in diagram.by_id and local(diagram.by_id[name]) in kinds


def _words(kinds: tuple[str, ...]) -> str:
    return kinds[0] if len(kinds) == 1 else "node"
