"""The runs of a net without their data: at which joins some of them leave tokens.

Of nodes that could let a token through only one is tried at a time, the one nearest to the beginning: which is first changes
nothing about where tokens are left (stubborn sets), so the cost grows with the drawing and not with the ways to interleave it.
"""

from __future__ import annotations

from heapq import heappop, heappush

from engine.bpmn.soundness.flow_net import SOME, Net

BUDGET = 25_000  # tokens looked at; a drawing of 2,000 elements in blocks needs some 10,000
MAX_ALIKE = 3  # tokens on one flow; more are no different

Marking = tuple[int, ...]  # the flows that tokens are on, sorted


class Runs:
    """The runs of a net without their data. `left`: the joins at which a run leaves tokens, with the flows these are on."""

    def __init__(self, net: Net) -> None:
        self.net = net
        self.rank = net.ranks()
        self.left: dict[str, Marking] = {}
        self.ended = False
        self.cut = False
        self.inclusive = any(net.joins(name) == SOME or net.splits(name) == SOME for name in net.nodes)
        self._next: dict[Marking, list[Marking]] = {}
        self._ways: dict[str, list[tuple[int, ...]] | None] = {}
        self._upstream: dict[str, tuple[dict[str, int], dict[str, int]]] = {}
        self._entry = len(net.flows)

    def explore(self) -> None:
        """Look at every marking that matters, within the budget; those of few tokens first, where many would use it up."""
        entries = range(self._entry, self._entry + len(self.net.entries))
        begin: list[Marking] = [tuple(entries)] if self.net.together else [(entry,) for entry in entries]
        waiting = [(len(marking), marking) for marking in begin]
        budget = BUDGET
        while waiting:
            _, marking = heappop(waiting)
            if marking in self._next:
                continue
            budget -= 1 + len(marking)
            if budget < 0 or any(marking.count(flow) > MAX_ALIKE for flow in set(marking)):
                self.cut = True
                continue
            self._next[marking] = following = self._step(marking)
            for each in following:
                heappush(waiting, (len(each), each))

    def certain(self) -> bool:
        """Tell whether every run leaves tokens: none ends, and none goes on for ever without being able to come to that."""
        if self.cut or self.ended or self.inclusive or not self.left:
            return False
        before: dict[Marking, list[Marking]] = {}
        for marking, following in self._next.items():
            for each in following:
                before.setdefault(each, []).append(marking)
        waiting = [marking for marking, following in self._next.items() if not following]
        seen = set(waiting)
        while waiting:
            for each in before.get(waiting.pop(), ()):
                if each not in seen:
                    seen.add(each)
                    waiting.append(each)
        return len(seen) == len(self._next)

    def _step(self, marking: Marking) -> list[Marking]:
        """Return the markings after one node has let a token through: the one nearest to the beginning that can."""
        here: dict[str, list[int]] = {}
        for flow in marking:
            here.setdefault(self._target(flow), []).append(flow)
        for name in sorted(here, key=self.rank.__getitem__):
            taken = self._taken(name, here[name])
            if taken:
                return self._after(marking, name, taken)
        for name in sorted(here, key=self.rank.__getitem__):
            if self.net.joins(name) == SOME and self._all_have_come(name, here):
                return self._after(marking, name, sorted(set(here[name])))
        if not marking:
            self.ended = True
        for name, flows in here.items():
            self.left.setdefault(name, tuple(flows))
        return []

    def _target(self, flow: int) -> str:
        return self.net.flows[flow][2] if flow < self._entry else self.net.entries[flow - self._entry]

    def _taken(self, name: str, flows: list[int]) -> list[int]:
        """Return the tokens that a node takes now."""
        match self.net.joins(name):
            case "one":
                return flows[:1]
            case "all":
                return list(self.net.ins[name]) if len(set(flows)) == len(self.net.ins[name]) else []
        return []

    def _after(self, marking: Marking, name: str, taken: list[int]) -> list[Marking]:
        rest = list(marking)
        for flow in taken:
            rest.remove(flow)
        if name not in self._ways:
            self._ways[name] = None if self.net.ends_all(name) else [tuple(map(self._through, way)) for way in self.net.ways(name)]
        ways = self._ways[name]
        if ways is None:
            self.ended = True
            return []
        return [tuple(sorted((*rest, *way))) for way in dict.fromkeys(ways)]

    def _through(self, flow: int) -> int:
        """Return the last flow of a row of nodes that have one way in, one way out and no boundary event."""
        passed = {flow}
        while True:
            name = self.net.flows[flow][2]
            outs = self.net.outs[name]
            if len(outs) != 1 or len(self.net.ins[name]) != 1 or self.net.borders.get(name) or outs[0] in passed:
                return flow
            flow = outs[0]
            passed.add(flow)

    def _all_have_come(self, name: str, here: dict[str, list[int]]) -> bool:
        """Tell whether no token can still come to an inclusive join by an empty flow only (BPMN 2.0, 13.4.3)."""
        if name not in self._upstream:
            self._upstream[name] = _masks(self.net, name, borders=True), _masks(self.net, name, borders=False)
        come = 0
        for number, flow in enumerate(self.net.ins[name]):
            come |= (1 << number) if flow in here[name] else 0
        others = (masks.get(other, 0) for masks in self._upstream[name] for other in here if other != name)
        return not any(mask and not mask & come for mask in others)


def _masks(net: Net, join: str, *, borders: bool) -> dict[str, int]:
    """Return, for each node, the flows into `join` that a token on it can still come by."""
    found: dict[str, int] = {}
    for number, flow in enumerate(net.ins[join]):
        waiting = [net.flows[flow][1]]
        while waiting:
            name = waiting.pop()
            if name != join and not found.get(name, 0) >> number & 1:
                found[name] = found.get(name, 0) | 1 << number
                waiting.extend(net.flows[before][1] for before in net.ins[name])
                waiting.extend([net.hosts[name]] if borders and name in net.hosts else [])
    return found
