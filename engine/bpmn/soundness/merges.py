"""Joins at which tokens wait for others that cannot come, as far as the drawing alone tells.

Found and refused (rule `waits_for_ever`), because it is so on every run, whatever the data are:
- a parallel gateway that never lets a token through: two of its flows are alternatives of one decision, or one of them gets a
  token only behind the gateway itself. What stands behind it could never be reached;
- a process that no run brings to an end, because a token is left at some join on all of them: two come by one flow into a
  parallel gateway and one by the other.

Found and told (rule `may_wait_for_ever`), because it depends on the data or on events: a join at which some run leaves a token. Runs are
looked at without their data, so two decisions by the same condition count as independent.

Not looked at: ad-hoc sub-processes, drawings with loose flows, and what lies beyond the budgets. In such a case nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from engine.bpmn.soundness.flow_net import ALL, ENDING, Net, read_net
from engine.bpmn.soundness.forks import Look
from engine.bpmn.soundness.runs import Runs
from engine.bpmn.vocabulary import ident, tag, title

if TYPE_CHECKING:
    from engine.bpmn.build import Place

RULE = "waits_for_ever"
BUDGET = 50_000  # looks at a flow, when forks are searched
MAX_FOUND = 20
REMEDY = "Bring alternatives together with an exclusive gateway, and part with a parallel one what a parallel one brings together."
SCOPES = tuple(tag(name) for name in ("process", "subProcess", "transaction"))

Element = etree._Element  # noqa: SLF001 - lxml's public type bears this name
Problem = tuple[Element, str]  # where, and the sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is known of one process or sub-process: what is so on every run, and what some runs come to."""

    certain: Sequence[Problem] = ()
    possible: Sequence[Problem] = ()


def check(place: Place) -> None:
    """Refuse the joins of a place at which tokens wait for ever on every run."""
    for node, message in judge(place.node).certain:
        place.refuse(node, RULE, message)


def may_wait_for_ever(process: Element) -> Iterator[Problem]:
    """Yield the joins of a process and its sub-processes at which some run leaves a token for ever, those apart that are refused."""
    for scope in process.iter(*SCOPES):
        yield from judge(scope).possible


def judge(scope: Element) -> Verdict:
    """Look at the joins of one process or sub-process."""
    net = read_net(scope)
    if net is None or not any(net.joins(name) == ALL for name in net.nodes):
        return Verdict()
    closed = _closed(net)
    if closed:
        return Verdict(certain=closed)
    runs = Runs(net)
    runs.explore()
    told = [(net.nodes[join], _told(net, join, waiting)) for join, waiting in runs.left.items()]
    if told and runs.certain() and not _ends_otherwise(scope):
        return Verdict(certain=[(told[0][0], f"{told[0][1]} So it is on every run: {_name(scope)} never ends. {REMEDY}")])
    return Verdict(possible=[(node, f"{message} Some runs may come to this. {REMEDY}") for node, message in told])


def _name(node: Element) -> str:
    return f"{title(node)!r} ({ident(node)})" if title(node) else ident(node)


def _sources(net: Net, flows: Iterable[int]) -> str:
    """Name flows by where they come from: a reader of the picture sees that, and not every flow has an id in the file."""
    return " and ".join(dict.fromkeys(_name(net.nodes[net.flows[flow][1]]) for flow in flows))


def _told(net: Net, join: str, waiting: Iterable[int]) -> str:
    here = set(waiting)
    missing = [flow for flow in net.ins[join] if flow not in here]
    name, there = _name(net.nodes[join]), _sources(net, sorted(here))
    return f"Expected a token by every flow into {name}, but one waits there from {there} and none comes from {_sources(net, missing)}."


def _ends_otherwise(scope: Element) -> bool:
    """Tell whether something else than its own tokens may end a scope: then nothing is certain about its end."""
    raised = (end for end in scope.iter(tag("endEvent")) if end.getparent() is not scope and end.find(tag("errorEventDefinition")) is not None)
    if any(True for _ in raised) or next(scope.iter(tag("callActivity")), None) is not None:
        return True  # an error from inside that nothing catches ends the whole case, and so may one from a called process
    around = [scope, *scope.iterancestors(*SCOPES, tag("adHocSubProcess"))]
    for each in around:
        parent = each.getparent()
        borders = [] if parent is None else parent.iterfind(tag("boundaryEvent"))
        if any(border.get("attachedToRef") == ident(each) for border in borders):
            return True
        if any(inner.get("triggeredByEvent") == "true" for inner in each.iterfind(tag("subProcess"))):
            return True
        ends = (end for end in each.iterfind(tag("endEvent")) if each is not scope)
        if any(end.find(tag(kind)) is not None for end in ends for kind in ENDING):
            return True
    return False


def _closed(net: Net) -> list[Problem]:
    """Return the parallel joins that no run ever passes. Behind one of them nothing is reached, and nothing more is said."""
    found: list[Problem] = []
    closed: set[str] = set()
    budget = BUDGET
    for name in net.ranks():
        if net.joins(name) != ALL or len(found) >= MAX_FOUND or budget < 0:
            continue
        look = Look(net, name, closed)
        budget -= look.run(budget)
        pair = look.never() if budget >= 0 else None
        if pair is not None:
            closed.add(name)
            if pair:
                found.append((net.nodes[name], f"{_why(net, name, pair)} {REMEDY}"))
    return found


def _why(net: Net, join: str, pair: tuple[int, ...]) -> str:
    name, sources = _name(net.nodes[join]), _sources(net, pair)
    if len(pair) == 1:
        return f"Expected a token by every flow into {name}, but from {sources} one comes only behind {join} itself, so it waits for ever."
    return (
        f"Expected a token by every flow into {name}, but those from {sources} are alternatives: "
        "when one comes by the first, none comes by the second, and it waits for ever."
    )
