"""Activities that are carried out several times: multi-instance, sequential or parallel, and standard loops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from engine.bpmn.activities import Activity
from engine.bpmn.language.builtin_functions import show
from engine.bpmn.node import Node, Token
from engine.bpmn.scope import Scope
from engine.kernel.errors import StepFailed


class Many(Activity):
    """An activity that is carried out several times: over a list, a number of times, or while a condition holds."""

    def __init__(
        self, *arguments: Any, inner: Node, repetition: Repetition, **attributes: Any
    ) -> None:
        super().__init__(*arguments, **attributes)
        self.inner = inner
        self.repetition = repetition

    def act(self, token: Token) -> bool | None:
        state: dict[str, Any] = {"made": 0, "done": 0, "out": []}
        token.internal_data["many"] = state
        state["items"] = items = self.repetition.items(self, token)
        if self.repetition.sequential:
            return None if self.next_one(token) else self.finish(token)
        for _ in items or ():
            self.next_one(token)
        return None if items else self.finish(token)

    def next_one(self, token: Token) -> bool:
        """Start the next instance. Return False when there is none."""
        state = token.internal_data["many"]
        items, made = state["items"], state["made"]
        if (made >= len(items)) if items is not None else not self.repetition.goes_on(self, token, made):
            return False
        given: dict[str, Any] = {"loopCounter": made + 1}
        if self.repetition.item and items is not None:
            given[self.repetition.item] = items[made]
        if self.repetition.result:
            given.setdefault(self.repetition.result, None)
        state["made"] += 1
        token.workflow.put_inner(self.inner, token, given)
        return True

    def one_done(self, token: Token, inner: Token) -> None:
        """An instance has ended: collect its result, then go on, or end."""
        state = token.internal_data["many"]
        state["done"] += 1
        local = inner.data.local
        if self.repetition.result:
            state["out"].append([local["loopCounter"], local[self.repetition.result]])
        if self.repetition.enough(self, token, inner, state) or not self.goes_on(token, state):
            token.workflow.discard_inner(token)
            self.finish(token)
            token.complete()

    def goes_on(self, token: Token, state: Mapping[str, Any]) -> bool:
        """Tell whether instances are still open, starting the next of a sequence."""
        return self.next_one(token) if self.repetition.sequential else state["done"] < state["made"]

    def finish(self, token: Token) -> bool:
        """Put the collected results in place."""
        state = token.internal_data["many"]
        if self.repetition.results:
            token.data[self.repetition.results] = [result for _, result in sorted(state["out"], key=itemgetter(0))]
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Repetition:
    """How often: `source` (a name in the data) or `cardinality` for instances of many; `condition` with `maximum` for a loop.

    `item`, `result`: names local to an instance; `results`: where the list of results goes; `until`: completion condition.
    """

    sequential: bool
    source: str | None = None
    cardinality: str | None = None
    item: str | None = None
    result: str | None = None
    results: str | None = None
    until: str | None = None
    condition: str | None = None
    maximum: int | None = None
    test_before: bool = False

    def items(self, many: Many, token: Token) -> list[Any] | None:
        """Return what the instances are for; None: a loop. Raises StepFailed."""
        if self.source is not None:
            found = token.data.get(self.source)
            if not isinstance(found, list | tuple):
                raise StepFailed(f"Expected a list called {self.source} at {many.element}, but found {show(found)}.", element=many.element)
            return list(found)
        if self.cardinality is None:
            return None
        count = many.value(token, self.cardinality)
        if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count <= 1000:
            raise StepFailed(f"Expected a number from 0 to 1000 at {many.element}, but found {show(count)}.", element=many.element)
        return list(range(1, count + 1))

    def goes_on(self, many: Many, token: Token, made: int) -> bool:
        """Tell whether a loop has another round."""
        if self.maximum is not None and made >= self.maximum:
            return False
        if self.condition is None or (made == 0 and not self.test_before):
            return True
        return bool(many.value(token, self.condition))

    def enough(self, many: Many, token: Token, inner: Token, state: Mapping[str, Any]) -> bool:
        """Tell whether the completion condition holds after an instance."""
        if self.until is None:
            return False
        total = len(state["items"]) if state["items"] is not None else state["made"]
        counts = {
            "nrOfInstances": total,
            "numberOfInstances": total,
            "numberOfCompletedInstances": state["done"],
            "numberOfActiveInstances": state["made"] - state["done"],
            "numberOfTerminatedInstances": 0,
            "nrOfCompletedInstances": state["done"],  # as Camunda, Flowable and Activiti call them
            "nrOfActiveInstances": state["made"] - state["done"],
        }
        probe = _Probe(token.workflow, Scope(counts, inner.data))
        return bool(many.value(probe, self.until))


@dataclass(frozen=True, slots=True)
class _Probe:
    """A stand-in for a token, to evaluate with some more names."""

    workflow: Any
    data: Scope
