"""Parallel joins that no run ever passes: no fork before them leads to all of their flows."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations

from engine.bpmn.soundness.flow_net import ONE, Net


@dataclass(slots=True)
class Look:
    """Looks back from one parallel join for the forks that can bring tokens to two of its flows.

    Any two tokens have parted somewhere: at a split to several flows, at a boundary event that does not interrupt, or at the
    beginning. Where no such place leads to two flows by two ways, no run brings tokens to both. Sets of flows are bits.
    """

    net: Net
    join: str
    closed: set[str]
    masks: dict[str, int] = field(default_factory=dict)
    apart: list[int] = field(default_factory=list)

    def run(self, budget: int) -> int:
        """Look until every two flows are told apart, or nothing new is found. Return the cost."""
        net, arriving = self.net, self.net.ins[self.join]
        bits = {flow: 1 << number for number, flow in enumerate(arriving)}
        self.apart = [0] * len(arriving)
        waiting = deque(dict.fromkeys(net.flows[flow][1] for flow in arriving))
        queued = set(waiting)
        cost = 0
        while waiting and cost <= budget and not self.told_apart():
            name = waiting.popleft()
            queued.discard(name)
            if name == self.join or name in self.closed:
                continue
            outs = [bits.get(flow) or self.masks.get(net.flows[flow][2], 0) for flow in net.outs[name]]
            borders = [self.masks.get(border, 0) for border in net.borders.get(name, ())]
            cost += 1 + len(outs) + len(borders)
            self.fork(name, outs, borders)
            reached = 0
            for mask in (*outs, *borders):
                reached |= mask
            if reached != self.masks.get(name, 0):
                self.masks[name] = reached
                before = [net.flows[flow][1] for flow in net.ins[name]] + ([net.hosts[name]] if name in net.hosts else [])
                waiting.extend(each for each in before if each not in queued)
                queued.update(before)
        if net.together:
            self.part([self.masks.get(name, 0) for name in net.entries])
        return cost

    def told_apart(self) -> bool:
        """Tell whether every two flows can get a token in one run."""
        full = (1 << len(self.apart)) - 1
        return all(mask | 1 << number == full for number, mask in enumerate(self.apart))

    def fork(self, name: str, outs: Sequence[int], borders: Sequence[int]) -> None:
        """Note what a node lets tokens part to."""
        if self.net.splits(name) != ONE:
            self.part(outs)
        for number, border in enumerate(self.net.borders.get(name, ())):
            if not self.net.interrupts(border):
                rest = 0
                for mask in (*outs, *(mask for other, mask in enumerate(borders) if other != number)):
                    rest |= mask
                self.part([borders[number], rest, *([borders[number]] if self.net.repeats(border) else [])])

    def part(self, ways: Sequence[int]) -> None:
        """Two tokens have gone two of `ways`: what one can reach and what another can reach may both get one."""
        if sum(1 for way in ways if way) < 2:
            return
        after = [0] * (len(ways) + 1)
        for number in range(len(ways) - 1, -1, -1):
            after[number] = after[number + 1] | ways[number]
        before = 0
        for number, way in enumerate(ways):
            others = before | after[number + 1]
            for flow in range(len(self.apart)):
                if way >> flow & 1:
                    self.apart[flow] |= others
            before |= way

    def never(self) -> tuple[int, ...] | None:
        """Return the flows that show why the join never opens: two alternatives, or one that only it feeds.

        Empty: it is behind another such join. None: it may open.
        """
        if self.told_apart():
            return None
        reached = 0
        for entry in self.net.entries:
            reached |= self.masks.get(entry, 0)
        arriving = self.net.ins[self.join]
        unfed = [number for number in range(len(arriving)) if not reached >> number & 1]
        if len(unfed) == len(arriving):
            return ()
        if unfed:
            own = _behind(self.net, self.join)
            fed = [number for number in unfed if self.net.flows[arriving[number]][1] in own]
            return (arriving[fed[0]],) if fed and not self.closed & own else ()
        return next((arriving[one], arriving[other]) for one, other in combinations(range(len(arriving)), 2) if not self.apart[one] >> other & 1)


def _behind(net: Net, join: str) -> set[str]:
    """Return the nodes that a token which has passed the join can reach."""
    seen: set[str] = set()
    waiting = [join]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(net.flows[flow][2] for flow in net.outs[name])
            waiting.extend(net.borders.get(name, ()))
    return seen
