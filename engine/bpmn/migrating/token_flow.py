"""What the tokens of an instance would do to each other in a new version: wait for ever at a join, or do things twice.

Both come from branches that were drawn or rubbed out around tokens that are inside already. What was so in the old version
is no obstacle: it is the author's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, cast

from engine.bpmn.events import Boundary, Handler
from engine.bpmn.gateways import Join, ParallelGateway
from engine.bpmn.graph import reach
from engine.bpmn.migrating.counterparts import Counterparts, Obstacle

Places = Sequence[tuple[str, str]]  # (node, the flow by which a token came, when it waits at a join)
MANY = 6  # tokens of which every two groups are compared; of more, each one with the rest


class TokenFlow:
    """Looks at places of two versions. Keeps what it has learned of them, for the next instance."""

    def __init__(self, counterparts: Counterparts) -> None:
        self.counterparts = counterparts
        self._reach: dict[tuple[int, str], Mapping[str, frozenset[str]]] = {}
        self._judged: dict[tuple[int, int, tuple[str, ...], Places], tuple[Obstacle, ...]] = {}

    def obstacles(self, old: Any, new: Any, path: tuple[str, ...], tokens: Sequence[list[Any]]) -> tuple[Obstacle, ...]:
        """Return what would go wrong between the tokens of one place, given as the state row holds them."""
        races = {tuple(token[3]["race"]): token for token in tokens if "race" in token[3]}  # the events of a race are one token
        single = [token for token in tokens if "race" not in token[3] or races[tuple(token[3]["race"])] is token]
        before = tuple(place for place in (_standing(old, token) for token in single) if place is not None)
        key = (id(old), id(new), path, before)
        if key not in self._judged:
            after = [self._moved(old, new, place) for place in before]
            kept = [(old_place, new_place) for old_place, new_place in zip(before, after, strict=True) if new_place is not None]
            self._judged[key] = (*self._starved(old, new, path, kept), *self._doubled(old, new, path, kept))
        return self._judged[key]

    def _moved(self, old: Any, new: Any, place: tuple[str, str]) -> tuple[str, str] | None:
        name, flow = place
        node = self.counterparts.node(old, new, name)
        return None if node is None else (node.name, (self.counterparts.flow(old, new, flow) or "") if flow else "")

    def _starved(self, old: Any, new: Any, path: tuple[str, ...], places: Sequence[tuple[tuple[str, str], tuple[str, str]]]) -> list[Obstacle]:
        """Return the parallel joins that some tokens reach and others can no longer complete."""
        found = []
        former = {self.counterparts.target(old, name): name for name, node in old.task_specs.items() if isinstance(node, ParallelGateway)}
        for name, join in new.task_specs.items():
            if not isinstance(join, ParallelGateway) or not join.joins:
                continue
            missing = self._missing(new, join, [place for _, place in places])
            earlier = old.task_specs.get(former.get(name, ""))
            if missing and not (earlier is not None and earlier.joins and self._missing(old, earlier, [place for place, _ in places])):
                message = (
                    f"Expected tokens for every flow into {join.element} in the new version, but none can come by {', '.join(missing)}: "
                    "the instance would wait for ever. Let it pass the join first."
                )
                found.append(Obstacle(code="join", element=join.element, call_path=path, message=message))
        return found

    def _missing(self, spec: Any, join: ParallelGateway, places: Sequence[tuple[str, str]]) -> list[str]:
        """Return the flows into a join by which nothing can come, though something comes by others."""
        ways = self._ways(spec, join)
        coming = {flow for name, flow in places if name == join.name}
        for name, _ in places:
            if name != join.name:
                coming |= ways.get(name, frozenset())
        return [flow.id for flow in join.arriving if flow.id not in coming] if coming else []

    def _ways(self, spec: Any, join: ParallelGateway) -> Mapping[str, frozenset[str]]:
        key = (id(spec), join.name)
        if key not in self._reach:
            self._reach[key] = reach(cast("Any", join), spec.task_specs)
        return self._reach[key]

    def _doubled(self, old: Any, new: Any, path: tuple[str, ...], places: Sequence[tuple[tuple[str, str], tuple[str, str]]]) -> list[Obstacle]:
        """Return the elements that two groups of tokens would both pass, one after the other, where a join kept them apart before."""
        for group in _groups(len(places)):
            rest = [number for number in range(len(places)) if number not in group]
            shared = _onward(new, [places[each][1] for each in group]) & _onward(new, [places[each][1] for each in rest])
            if shared and not _onward(old, [places[each][0] for each in group]) & _onward(old, [places[each][0] for each in rest]):
                element = old.task_specs[places[group[0]][0][0]].element
                message = (
                    f"Expected a join in the new version behind {element} and the other tokens beside it, but one after the other would pass "
                    f"{new.task_specs[min(shared)].element}, so it would be done twice. Let the instance leave the parallel part first."
                )
                return [Obstacle(code="twice", element=element, call_path=path, message=message)]
        return []


def _groups(number: int) -> Iterator[tuple[int, ...]]:
    """Yield the ways to part tokens into two groups, by one of the groups."""
    largest = number // 2 if number <= MANY else 1
    for size in range(1, largest + 1):
        yield from combinations(range(number), size)


def _onward(spec: Any, places: Places) -> frozenset[str]:
    """Return the nodes that these tokens can pass before they have to wait for another one at a join."""
    seen: set[str] = set()
    come: dict[str, set[str]] = {}
    waiting: list[str] = []

    def arrive(name: str, flow: str) -> None:
        node = spec.task_specs[name]
        if isinstance(node, Join) and node.joins:
            come.setdefault(name, set()).add(flow)
            if len(come[name]) < len(node.arriving):
                return
        waiting.append(name)

    for name, flow in places:
        arrive(name, flow)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            node = spec.task_specs[name]
            waiting += node.boundary
            for way in node.flows:
                arrive(way.target, way.id)
    return frozenset(seen)


def _standing(spec: Any, token: list[Any]) -> tuple[str, str] | None:
    """Return where a token stands and by which flow it came; None for one that only listens, or is one of many."""
    _, name, _, internal = token
    node = spec.task_specs[name]
    if isinstance(node, Handler) or "of" in internal or (isinstance(node, Boundary) and "host" in internal):
        return None
    if "race" in internal:
        return str(internal["race"][0]), ""
    return name, internal.get("flow", "")
