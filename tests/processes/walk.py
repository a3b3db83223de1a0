"""Leads one instance of a shipped process by the hand, for the tests of what the drawings do."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from engine.bpmn import (
    CompleteOperation,
    CompleteTask,
    Definition,
    DeliverMessage,
    FireTimer,
    Outcome,
    advance,
    compile_definition,
    start,
)
from engine.definitions.forms import Form
from engine.definitions.functions import FUNCTIONS
from engine.scenario.filling import example

PROCESSES = Path(__file__).parents[2] / "processes"
DRAWINGS = sorted(PROCESSES.rglob("*.bpmn"))
FORMS = {path.name.removesuffix(".schema.json"): path for path in sorted(PROCESSES.rglob("*.schema.json"))}
NOW = datetime(2024, 4, 10, 2, 0, tzinfo=UTC)  # a Wednesday, nine o'clock in Vietnam
FILES = {path.name: path.read_bytes() for path in DRAWINGS}
DECISIONS = {path.name: path.read_bytes() for path in sorted(PROCESSES.rglob("*.dmn"))}


@cache
def form(key: str) -> Form:
    return Form(key, json.loads(FORMS[key].read_text("utf-8")))


def filled(key: str) -> dict[str, Any]:
    """The form as its own example fills it in."""
    return example(form(key).schema, today=NOW.date())


@cache
def definition(process: str) -> Definition:
    return compile_definition(process, FILES, functions=FUNCTIONS, decisions=DECISIONS)


class Walk:
    """One instance, led by the hand: every step starts from the saved bytes of the one before."""

    def __init__(self, process: str, **data: Any) -> None:
        self.definition = definition(process)
        self.sent: list[Any] = []
        self.passed: list[str] = []
        self._take(start(self.definition, {"organisation": "ORG", "process": process, **data}, now=NOW))

    def complete(self, element: str, **changes: Any) -> Walk:
        """Complete the user task with its form; only routed values reach the process, as in the product."""
        task = one(self.outcome.tasks, element)
        data = filled(task.form) | changes
        form(task.form).validate(data)
        return self._step(CompleteTask(task=task.id, data=form(task.form).route(data)))

    def answer(self, element: str, **result: Any) -> Walk:
        return self._step(CompleteOperation(task=one(self.outcome.operations, element).id, result=result))

    def deliver(self, message: str, key: str, **payload: Any) -> Walk:
        waiting = [entry for entry in self.outcome.subscriptions if (entry.message, entry.key) == (message, key)]
        assert len(waiting) == 1, self.open
        return self._step(DeliverMessage(task=waiting[0].id, payload=payload))

    def fire(self, element: str) -> Walk:
        return self._step(FireTimer(task=one(self.outcome.timers, element).id))

    @property
    def open(self) -> set[str]:
        outcome = self.outcome
        return {entry.element for entry in (*outcome.tasks, *outcome.operations, *outcome.timers, *outcome.subscriptions)}

    def parameters(self, element: str) -> dict[str, Any]:
        return dict(one(self.outcome.operations, element).parameters)

    def _step(self, command: Any) -> Walk:
        self._take(advance(self.definition, self.outcome.state, command, now=NOW))
        return self

    def _take(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.sent += outcome.sent
        self.passed += [passage.element for passage in outcome.completed]


def one(entries: tuple[Any, ...], element: str) -> Any:
    found = [entry for entry in entries if entry.element == element]
    assert len(found) == 1, (element, [entry.element for entry in entries])
    return found[0]
