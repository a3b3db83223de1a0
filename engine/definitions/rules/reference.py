"""References that lead nowhere, or to the wrong kind of thing."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import ACTIVITIES, NODES, Diagram, Element, Installed, Problem, label, local, plain_name

# element → the attribute, and what it must name
ATTRIBUTES = (
    (("messageEventDefinition", "sendTask", "receiveTask"), "messageRef", ("message",)),
    (("signalEventDefinition",), "signalRef", ("signal",)),
    (("errorEventDefinition",), "errorRef", ("error",)),
    (("escalationEventDefinition",), "escalationRef", ("escalation",)),
    (("boundaryEvent",), "attachedToRef", ACTIVITIES),
    (("exclusiveGateway", "inclusiveGateway", *ACTIVITIES), "default", ("sequenceFlow",)),
)
WORDS = {ACTIVITIES: "an activity", ("error",): "an error", ("escalation",): "an escalation"}


def check(diagram: Diagram, installed: Installed) -> Iterator[Problem]:
    """Yield what names an element, a message or a process that is not there."""
    for flow in diagram.flows:
        for attribute in ("sourceRef", "targetRef"):
            name = flow.get(attribute, "")
            if not _is(diagram, name, NODES):
                yield flow, f"Expected {attribute} of {label(flow)} to name a node of this file, but there is no {name!r}. Draw the flow again."
    for holders, attribute, kinds in ATTRIBUTES:
        for holder in diagram.elements(*holders):
            yield from _attribute(diagram, holder, attribute, kinds)
    for call, process in diagram.called():
        if not process:
            yield call, f"Expected calledElement at {label(call)}, but found none. Name the process that it calls."
        elif process not in installed.processes:
            yield call, f"Expected the process that {label(call)} calls among the files, but there is no {process!r}. Add its file, or name another."


def _attribute(diagram: Diagram, holder: Element, attribute: str, kinds: tuple[str, ...]) -> Iterator[Problem]:
    name = plain_name(holder.get(attribute, ""))
    if not name:
        return
    place, words = diagram.owner(holder), WORDS.get(kinds, f"a {kinds[0]}")
    if not _is(diagram, name, kinds):
        yield place, f"Expected {attribute} of {label(place)} to name {words} of this file, but there is no {name!r}. Choose an existing one."
    elif attribute == "default" and diagram.by_id[name].get("sourceRef") != holder.get("id"):
        yield place, f"Expected the default flow of {label(place)} to leave it, but {label(diagram.by_id[name])} leaves another node. Choose another."
    elif attribute == "attachedToRef" and diagram.by_id[name].getparent() is not holder.getparent():
        yield place, f"Expected {label(place)} in the same process or sub-process as its activity {name}, but it is in another. Draw it there."


def _is(diagram: Diagram, name: str, kinds: tuple[str, ...]) -> bool:
    return name in diagram.by_id and local(diagram.by_id[name]) in kinds
