"""What the tokens of an instance would do to each other in a new version: wait for ever at a join, or do things twice.

Both come from branches that were drawn or rubbed out around tokens that are inside already. What was so in the old version
is no obstacle: it is the author's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, cast

from engine.bpmn.counterparts import Counterparts, Obstacle
from engine.bpmn.events import Boundary, Handler
from engine.bpmn.gateways import Join, ParallelGateway
from engine.bpmn.graph import reach


class TokenFlow:
    """Looks at places of two versions. Keeps what it has learned of them, for the next instance."""

    def __init__(self, counterparts: Counterparts) -> None:
        self.counterparts = counterparts
        self._reach: dict[tuple[int, str], Mapping[str, frozenset[str]]] = {}
        self._freely: dict[tuple[int, str], frozenset[str]] = {}

    def obstacles(self, old: Any, new: Any, path: tuple[str, ...], tokens: Sequence[list[Any]]) -> list[Obstacle]:
        """Return what would go wrong between the tokens of one place, given as the state row holds them."""
        before = [place for place in (_standing(old, token) for token in tokens) if place is not None]
        after = [self._moved(old, new, place) for place in before]
        kept = [(old_place, new_place) for old_place, new_place in zip(before, after, strict=True) if new_place is not None]
        return [*self._starved(old, new, path, kept), *self._doubled(old, new, path, kept)]

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
        """Return the elements that two tokens would both pass, one after the other, where a join kept them apart before."""
        for (first_old, first_new), (second_old, second_new) in combinations(places, 2):
            shared = self._onward(new, first_new) & self._onward(new, second_new)
            if shared and not self._onward(old, first_old) & self._onward(old, second_old):
                element = new.task_specs[min(shared)].element
                message = (
                    f"Expected a join in the new version behind {first_old[0]} and {second_old[0]}, where tokens stand, but both would pass "
                    f"{element}, so it would be done twice. Let the instance leave the parallel part first."
                )
                return [Obstacle(code="twice", element=old.task_specs[first_old[0]].element, call_path=path, message=message)]
        return []

    def _onward(self, spec: Any, place: tuple[str, str]) -> frozenset[str]:
        """Return the nodes that a token can pass before it has to wait for another one at a join."""
        key = (id(spec), place[0])
        if key not in self._freely:
            seen: set[str] = set()
            waiting = [place[0]]
            while waiting:
                name = waiting.pop()
                node = spec.task_specs[name]
                if name in seen or (isinstance(node, Join) and node.joins):
                    continue
                seen.add(name)
                waiting += [*(flow.target for flow in node.flows), *node.boundary]
            self._freely[key] = frozenset(seen)
        return self._freely[key]


def _standing(spec: Any, token: list[Any]) -> tuple[str, str] | None:
    """Return where a token stands and by which flow it came; None for one that only listens, or is one of many."""
    _, name, _, internal = token
    node = spec.task_specs[name]
    if isinstance(node, Handler) or "of" in internal or (isinstance(node, Boundary) and "host" in internal):
        return None
    if "race" in internal:
        return str(internal["race"][0]), ""
    return name, internal.get("flow", "")
