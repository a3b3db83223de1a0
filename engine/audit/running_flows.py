"""How often each sequence flow of a diagram was taken, told from how often its elements were left: exactly, or not at all.

The history keeps which elements a case left, not over which flow it came. What leaves an element that does not choose takes each of its
flows. Of one that chooses, a flow was taken as often as its target was entered, where nothing else leads there; the last one has the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree

from engine.bpmn.vocabulary import tag
from engine.bpmn.xml import parse

ONE_WAY = ("exclusiveGateway", "eventBasedGateway")  # exactly one flow is taken each time
CHOOSES = (*ONE_WAY, "inclusiveGateway", "complexGateway")
REPEATED = ("multiInstanceLoopCharacteristics", "standardLoopCharacteristics")
HOLDS_OTHERS = ("subProcess", "transaction", "adHocSubProcess", "callActivity")
KEPT = 32  # diagrams


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A sequence flow. `free`: it is taken whenever its source is left."""

    id: str
    name: str
    source: str
    target: str
    free: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """The flows of a diagram, and what must be known of its elements: kinds, those that are passed several times in one go, and the
    events on the edge of an activity that end it."""

    flows: tuple[Flow, ...]
    kinds: Mapping[str, str]
    repeated: frozenset[str]
    ended_by: Mapping[str, tuple[str, ...]]


@lru_cache(maxsize=KEPT)
def ways_of(content: bytes, process: str) -> Ways:
    """Return the flows of one process of a diagram file."""
    found = next(each for each in parse("diagram.bpmn", content).root.iter(tag("process")) if each.get("id") == process)
    elements = {str(each.get("id")): each for each in found.iter(etree.Element) if each.get("id")}
    kinds = {name: etree.QName(each).localname for name, each in elements.items()}
    out = Counter(str(each.get("sourceRef")) for each in found.iter(tag("sequenceFlow")))
    ended: dict[str, tuple[str, ...]] = {}
    for name, each in elements.items():
        if kinds[name] == "boundaryEvent" and each.get("cancelActivity") != "false":
            around = str(each.get("attachedToRef"))
            ended[around] = (*ended.get(around, ()), name)
    return Ways(
        flows=tuple(_flow(each, kinds, out) for each in found.iter(tag("sequenceFlow"))),
        kinds=kinds,
        repeated=frozenset(name for name, each in elements.items() if any(each.find(tag(kind)) is not None for kind in REPEATED)),
        ended_by=ended,
    )


def _flow(element: etree._Element, kinds: Mapping[str, str], out: Mapping[str, int]) -> Flow:
    source = str(element.get("sourceRef"))
    chosen = out[source] > 1 and (kinds.get(source) in CHOOSES or element.find(tag("conditionExpression")) is not None)
    target = str(element.get("targetRef"))
    return Flow(id=str(element.get("id")), name=str(element.get("name") or ""), source=source, target=target, free=not chosen)


def taken(ways: Ways, left: Mapping[str, int], here: Mapping[str, int], begun: Mapping[str, int]) -> dict[str, int | None]:
    """Return how often each flow was taken, by its id; None where it cannot be told.

    `here`: tokens that have not left an element yet. `begun`: how often what holds others, a sub-process or a call, was begun.
    """
    into = Counter(flow.target for flow in ways.flows)
    known: dict[str, int | None] = {}
    for flow in ways.flows:
        if flow.free and flow.source not in ways.repeated:
            known[flow.id] = left.get(flow.source, 0)
        elif into[flow.target] == 1:
            known[flow.id] = _entered(ways, flow, left, here, begun)
        else:
            known[flow.id] = None
    for source in {flow.source for flow in ways.flows if ways.kinds.get(flow.source) in ONE_WAY}:
        _rest([flow for flow in ways.flows if flow.source == source], known, left.get(source, 0))
    return known


def _entered(ways: Ways, flow: Flow, left: Mapping[str, int], here: Mapping[str, int], begun: Mapping[str, int]) -> int | None:
    """Return how often the target was entered, to which only this flow leads."""
    target = flow.target
    if target in ways.repeated:
        return None
    if ways.kinds.get(target) in HOLDS_OTHERS:
        return begun.get(target)  # a token inside is not one at the element
    return left.get(target, 0) + here.get(target, 0) + sum(left.get(each, 0) for each in ways.ended_by.get(target, ()))


def _rest(flows: Iterable[Flow], known: dict[str, int | None], left: int) -> None:
    """Give the only unknown flow of an element what the others do not have."""
    unknown = [flow.id for flow in flows if known[flow.id] is None]
    if len(unknown) == 1:
        known[unknown[0]] = max(0, left - sum(known[flow.id] or 0 for flow in flows))
