"""The library's script engine, replaced as a whole: whatever it evaluates goes through our interpreter."""

# ruff: noqa: ARG002  the signatures are the library's

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from SpiffWorkflow.bpmn.script_engine import BasePythonScriptEngineEnvironment

from engine.bpmn.language import expressions, scripts
from engine.bpmn.language.budget import MAX_STEPS, Budget
from engine.bpmn.language.expressions import Functions
from engine.bpmn.scope import Scope
from engine.bpmn.tables.decisions import Table
from engine.kernel.errors import Refused

STEPS_A_PART = 20  # a cell is a few words


class Environment(BasePythonScriptEngineEnvironment):  # type: ignore[misc]
    """Overrides the environment and not only the engine, because parts of the library call the environment directly."""

    def __init__(self, functions: Functions, now: datetime) -> None:
        super().__init__()
        self.functions = functions
        self.now = now

    def evaluate(self, expression: str, context: Mapping[str, Any], external_context: object = None) -> Any:
        """Return the value of `expression`. Raises InvalidInput."""
        return expressions.evaluate(expression, context, self.functions, now=self.now)

    def deciding(self, table: Table, context: Mapping[str, Any]) -> Callable[[str], Any]:
        """Return what evaluates the parts of a decision table; together they share one budget."""
        budget = Budget(MAX_STEPS + STEPS_A_PART * table.parts)
        return lambda source: expressions.evaluate_parsed(expressions.parse(source), context, self.functions, now=self.now, budget=budget)

    def execute(self, script: str, context: Scope, external_context: object = None) -> bool:
        """Carry out the assignments of `script` on `context`. Raises InvalidInput."""
        context.update(scripts.execute(script, context, self.functions, now=self.now))
        return True

    def call_service(self, context: object, **_parameters: object) -> object:
        """Refuse: operations are carried out outside the step."""
        raise Refused("Expected an operation to be answered by a command, but the library called a service itself.")
