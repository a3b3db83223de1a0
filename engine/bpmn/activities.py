"""Activities: what a person, a script or an operation does, and what contains a process of its own."""

# ruff: noqa: SLF001  the hooks that the library offers to its task specs begin with an underscore
from __future__ import annotations

from typing import Any

from engine.bpmn.language.scripts import storable
from engine.bpmn.node import Node, Token
from engine.bpmn.tables.decisions import Table, decide
from engine.kernel.errors import InvalidInput, StepFailed


class Activity(Node):
    """What may carry boundary events: they listen from the arrival of the token until it leaves."""

    def arrive(self, token: Token) -> None:
        token.workflow.attach(token)
        token._ready()


class UserTask(Activity):
    """A user, manual or abstract task: a person ends it."""

    def __init__(self, *arguments: Any, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.manual = True

    def arrive(self, token: Token) -> None:
        if self.said.due is not None:
            self.set_due(token, self.said.due, whole_day=True)
        super().arrive(token)


class ScriptTask(Activity):
    """Lines of assignments."""

    def __init__(self, *arguments: Any, script: str, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.script = script

    def act(self, token: Token) -> bool:
        try:
            token.workflow.script_engine.environment.execute(self.script, token.data)
        except InvalidInput as error:
            raise StepFailed(f"At {self.element}: {error.message}", element=self.element) from error
        return True


class DecisionTask(Activity):
    """A decision table, looked up within the step: its outputs enter the data."""

    def __init__(self, *arguments: Any, table: Table, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.table = table

    def act(self, token: Token) -> bool:
        environment = token.workflow.script_engine.environment
        try:
            token.data.update(storable(decide(self.table, environment.deciding(self.table, token.data))))
        except InvalidInput as error:
            raise StepFailed(f"At {self.element}: {error.message}", element=self.element) from error
        return True


class ServiceTask(Activity):
    """An operation: started here, carried out by someone else, ended by a command."""

    @property
    def operation(self) -> str:
        """Return the operation; a service task that names none is called by its own id."""
        return self.said.operation or self.element

    def act(self, token: Token) -> None:
        token.internal_data["parameters"] = self.parameters(token)


class Container(Activity):
    """A sub-process or a call activity. Both share the data of what contains them."""

    def __init__(self, *arguments: Any, inside: str, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.inside = inside

    def act(self, token: Token) -> bool | None:
        return token.workflow.top_workflow.enter(token, self.inside)  # type: ignore[no-any-return]
