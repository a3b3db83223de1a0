"""Gateways: a join counts the tokens on its own incoming flows, so loops and any order of arrival are no trouble."""

# ruff: noqa: SLF001  the hooks that the library offers to its task specs begin with an underscore
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.bpmn.node import Flow, Node, Token


class ExclusiveGateway(Node):
    """The first flow whose condition holds, else the default. Flows without any conditions: a person chooses."""

    @property
    def undecided(self) -> bool:
        """Tell whether a person has to choose."""
        return len(self.flows) > 1 and not any(flow.condition or flow.default for flow in self.flows)

    def arrive(self, token: Token) -> None:
        if self.undecided:
            token._set_state(TaskState.WAITING)
        else:
            token._ready()

    def leaving(self, token: Token) -> Sequence[Flow]:
        if self.undecided:
            return [flow for flow in self.flows if flow.id == token.internal_data["chosen"]]
        if len(self.flows) == 1 and not self.flows[0].condition:
            return self.flows
        for flow in self.flows:
            if not flow.default and self.holds(flow, token):
                return [flow]
        return self.default_flow() if self.flows else ()


class Join(Node):
    """A gateway that waits for tokens on several incoming flows."""

    @property
    def joins(self) -> bool:  # type: ignore[override]
        """Tell whether tokens wait here for each other."""
        return len(self.arriving) > 1

    def arrive(self, token: Token) -> None:
        if not self.joins:
            token._ready()
            return
        token._set_state(TaskState.WAITING)
        self.gather(token)

    def gather(self, token: Token) -> None:
        """See whether the tokens that are here suffice."""
        raise NotImplementedError

    def first_of_each(self, token: Token) -> dict[str, Token]:
        """Return the oldest token that waits on each incoming flow."""
        oldest: dict[str, Token] = {}
        for other in token.workflow.at(self):
            oldest.setdefault(other.internal_data["flow"], other)
        return oldest

    def merge(self, tokens: Mapping[str, Token]) -> None:
        """Make one token of one from each flow; further tokens stay for the next time."""
        first, *others = tokens.values()
        for other in others:
            first.workflow.discard(other)
        first._ready()


class ParallelGateway(Join):
    """Takes one token from every incoming flow, gives one to every outgoing flow."""

    def gather(self, token: Token) -> None:
        oldest = self.first_of_each(token)
        if len(oldest) == len(self.arriving):
            self.merge(oldest)

    def leaving(self, token: Token) -> Sequence[Flow]:
        del token
        return self.flows


class InclusiveGateway(Join):
    """Takes what has come once no other token can still come on an empty flow (BPMN 2.0, 13.4.3).

    `find_reach`: how to find `reach`, which is looked for when the first token waits: a diagram has many joins, a step meets few.
    """

    def __init__(self, *arguments: Any, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.find_reach: Callable[[], Mapping[str, frozenset[str]]] = dict
        self.find_sure: Callable[[], Mapping[str, frozenset[str]]] = dict

    @cached_property
    def reach(self) -> Mapping[str, frozenset[str]]:
        """For each node, the incoming flows of this gateway that a token on the node can still come by."""
        return self.find_reach()

    @cached_property
    def sure(self) -> Mapping[str, frozenset[str]]:
        """Return the same as `reach` by flows alone: what comes by a boundary event may never come, and is no reason to go on."""
        return self.find_sure()

    def gather(self, token: Token) -> None:
        """Wait: this is decided when nothing else moves, since any token's move may decide it."""

    def release(self, token: Token) -> bool:
        """Merge the tokens here when no other token can come by an empty flow only. Return whether it was done."""
        oldest = self.first_of_each(token)
        for place in token.workflow.places(besides=self):
            ways, sure = self.reach.get(place, frozenset()), self.sure.get(place, frozenset())
            if any(found - oldest.keys() and not found & oldest.keys() for found in (ways, sure)):
                return False
        self.merge(oldest)
        return True

    def leaving(self, token: Token) -> Sequence[Flow]:
        return super().leaving(token) if len(self.flows) > 1 or any(flow.condition for flow in self.flows) else self.flows


class EventGateway(Node):
    """Every event behind it listens; the first one that happens silences the others."""

    def _on_complete(self, my_task: Token) -> None:
        workflow = my_task.workflow
        workflow.drop(my_task)
        for flow in self.flows:
            workflow.put(flow, race=[self.name, my_task.id.hex])
