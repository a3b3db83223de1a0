"""The library's script engine, replaced as a whole: whatever it evaluates goes through our interpreter."""

# ruff: noqa: ARG002  the signatures are the library's

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from SpiffWorkflow.bpmn.script_engine import BasePythonScriptEngineEnvironment

from engine.bpmn import expressions, scripts
from engine.bpmn.expressions import Functions
from engine.bpmn.scope import Scope
from engine.kernel.errors import Refused


class Environment(BasePythonScriptEngineEnvironment):  # type: ignore[misc]
    """Overrides the environment and not only the engine, because parts of the library call the environment directly."""

    def __init__(self, functions: Functions, now: datetime) -> None:
        super().__init__()
        self.functions = functions
        self.now = now

    def evaluate(self, expression: str, context: Mapping[str, Any], external_context: object = None) -> Any:
        """Return the value of `expression`. Raises InvalidInput."""
        return expressions.evaluate(expression, context, self.functions, now=self.now)

    def execute(self, script: str, context: Scope, external_context: object = None) -> bool:
        """Carry out the assignments of `script` on `context`. Raises InvalidInput."""
        context.update(scripts.execute(script, context, self.functions, now=self.now))
        return True

    def call_service(self, context: object, **_parameters: object) -> object:
        """Refuse: operations are carried out outside the step."""
        raise Refused("Expected an operation to be answered by a command, but the library called a service itself.")
