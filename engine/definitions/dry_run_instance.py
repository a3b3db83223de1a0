"""The instance of a dry run: where it stands, what it has passed, reached and sent, and what it would be answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.bpmn import Command, Definition, Outcome, advance, start
from engine.definitions.dry_run_starts import Awaited
from engine.definitions.forms import Form
from engine.kernel.clock import stamp
from engine.kernel.errors import InvalidInput

END_EVENT = "endEvent"


@dataclass(slots=True)
class DryRun:
    """A process on its way. `outcome` is None while it waits for one of `starts` to begin it.

    `bound`: is shown the run whenever it went on, and raises when it has gone far enough.

    `path`: the elements left so far; `reached`: (process, element) of those and of whatever has ever waited; `warnings`: what a real case would do otherwise.
    """

    definition: Definition
    now: datetime
    data: dict[str, Any]
    starts: tuple[Awaited, ...] = ()
    forms: Mapping[str, Form] = field(default_factory=dict)
    outcome: Outcome | None = None
    path: list[str] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    signals: list[dict[str, Any]] = field(default_factory=list)
    reached: set[tuple[str, str]] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)
    bound: Callable[[DryRun], None] = lambda _run: None

    def begin(self, data: Mapping[str, Any], *, entry: str | None = None) -> None:
        """Start the instance; `entry`: the start event by which it begins, when it is not the plain one."""
        self.take(start(self.definition, {**self.data, **data}, now=self.now, entry=entry))

    def do(self, command: Command) -> None:
        """Carry out one command of the engine."""
        self.take(advance(self.definition, self.picture.state, command, now=self.now))

    def take(self, outcome: Outcome) -> None:
        """Note what a step did."""
        self.outcome, self.starts, self.data = outcome, (), outcome.data
        self.path += [passed.element for passed in outcome.completed]
        self.sent += [{"message": each.message, "data": each.payload, "key": each.key, "to": list(each.to), "element": each.element} for each in outcome.sent]
        self.signals += [{"signal": each.signal, "data": each.payload, "element": each.element} for each in outcome.signals]
        for entry in (*outcome.completed, *_open(outcome)):
            self._reach(entry.element, getattr(entry, "call_path", None))
        self.bound(self)

    def _reach(self, element: str, call_path: tuple[str, ...] | None) -> None:
        """Note that a token has come to an element, and so to what it is inside of."""
        if call_path is None:
            known = self.definition.elements.get(element)
            self.reached.add((known.process if known else "", element))
            return
        place = self.definition.process_id
        for each in (*call_path, element):
            self.reached.add((place.partition("/")[0], each))
            nodes = self.definition.specs[place].task_specs.values()
            place = next((node.inside for node in nodes if node.element == each and hasattr(node, "inside")), place)

    @property
    def picture(self) -> Outcome:
        """The instance as it stands. Raises InvalidInput when it has not begun."""
        if self.outcome is None:
            ways = ", ".join(each.hint() for each in self.starts) or "nothing"
            raise InvalidInput(f"Expected the process to have begun, but it still waits for {ways}. Let that be the step before.")
        return self.outcome

    @property
    def ended(self) -> bool:
        """Tell whether the instance has ended."""
        return self.outcome is not None and self.outcome.ended

    @property
    def ends(self) -> list[str]:
        """Return the end events that the process has reached; a path that ends elsewhere has none."""
        ends = self.outcome.ends if self.outcome is not None else ()
        return [element for element in ends if element not in self.definition.elements or self.definition.elements[element].type == END_EVENT]

    def answer(self) -> dict[str, Any]:
        """Return where the process stands (DESIGN.md 7)."""
        return {
            "process": self.definition.process_id,
            "waiting": list(self.waiting()),
            "path": self.path,
            "ended": self.ended,
            "ends": self.ends,
            "sent": self.sent,
            "signals": self.signals,
            "data": self.data,
            "now": stamp(self.now),
            "warnings": self.warnings,
        }

    def waiting(self) -> Iterator[dict[str, Any]]:
        """Yield what the process waits for: people first, then timers, messages, operations, choices and conditions."""
        if self.outcome is None:
            yield from (self._told(each.element, each.kind, each.name, each.due, start=True) for each in self.starts)
            return
        outcome = self.outcome
        for task in outcome.tasks:
            yield self._told(task.element, "user", task.name, task.due, role=task.role, form=task.form, inside=task.call_path)
        for timer in outcome.timers:
            yield self._told(timer.element, "timer", None, timer.due)
        for entry in outcome.subscriptions:
            yield self._told(entry.element, entry.kind, entry.message, None, **{entry.kind: entry.message, "key": entry.key})
        for operation in outcome.operations:
            yield self._told(operation.element, "operation", None, None, operation=operation.operation, parameters=operation.parameters)
        for choice in outcome.choices:
            yield self._told(choice.element, "choice", None, None, role=choice.role, flows=list(choice.flows), names=list(choice.names), inside=choice.call_path)
        for condition in outcome.conditions:
            yield self._told(condition.element, "condition", None, None)

    def _told(self, element: str, kind: str, name: str | None, due: datetime | None, **more: Any) -> dict[str, Any]:
        known = self.definition.elements.get(element)
        title = (known.name if known else "") or name or ""
        said = {key: list(value) if isinstance(value, tuple) else value for key, value in more.items() if value}
        return {"element": element, "name": title, "lane": known.lane if known else None, "type": kind, "due": stamp(due) if due else None, **said}


def _open(outcome: Outcome) -> Iterator[Any]:
    yield from (*outcome.tasks, *outcome.timers, *outcome.subscriptions, *outcome.operations, *outcome.choices, *outcome.conditions)
