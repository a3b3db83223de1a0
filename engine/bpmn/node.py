"""A flow node as a task spec of the library, with the token rules of BPMN 2.0 in place of its own; and the plainest nodes.

The library predicts every path and searches its ever growing task tree to decide a join. Here a task is a token: it is made
when a token arrives, it is gone when the token leaves, and a join counts the tokens on its own incoming flows.
"""

# ruff: noqa: SLF001  the hooks that the library offers to its task specs begin with an underscore
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin

from engine.bpmn.data_objects import Associations
from engine.bpmn.language.builtin_functions import show
from engine.bpmn.language.moments import due_from, is_literal
from engine.bpmn.vocabulary import Vocabulary
from engine.kernel.errors import InvalidInput, StepFailed

Token = Any  # a task of the library, which has no types


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A sequence flow."""

    id: str
    source: str
    target: str
    condition: str | None
    default: bool
    name: str = ""


class Node(BpmnSpecMixin):  # type: ignore[misc]
    """A flow node: what happens when a token arrives, when it is run, and where it goes."""

    joins = False
    instantiates = False  # a receive task or event-based gateway that begins the process

    def __init__(self, wf_spec: Any, name: str, *, said: Vocabulary, **attributes: Any) -> None:
        super().__init__(wf_spec, name, **attributes)
        self.element = name
        self.title = name
        self.role = said.role
        self.said = said
        self.flows: list[Flow] = []
        self.arriving: list[Flow] = []
        self.boundary: list[str] = []
        self.associations: Associations | None = None

    @property
    def operation(self) -> str | None:
        """Return the operation that the element starts, if it starts one."""
        return self.said.operation

    def test(self) -> None:
        """Skip the library's check for inputs: the diagram was checked when it was compiled."""

    def _predict(self, *_: Any, **__: Any) -> None:
        """Predict nothing: k parallel blocks in a row would be 2^k tasks."""

    def _update(self, my_task: Token) -> None:
        if self.associations is not None:
            self.associations.take(my_task)
        self.arrive(my_task)

    def _on_ready_hook(self, my_task: Token) -> None:
        if not self.manual:
            my_task.workflow.top_workflow.queue.append(my_task)

    def _run_hook(self, my_task: Token) -> bool | None:
        return self.act(my_task)

    def _on_complete(self, my_task: Token) -> None:
        my_task.workflow.leave(my_task)

    def arrive(self, token: Token) -> None:
        """A token has come: make it ready, or make it wait."""
        token._ready()

    def act(self, token: Token) -> bool | None:
        """Do what the element does. True: done; None: started, a command will end it."""
        del token
        return True

    def leaving(self, token: Token) -> Sequence[Flow]:
        """Return the flows that get a token: those without a condition and those whose condition holds, else the default."""
        if not any(flow.condition or flow.default for flow in self.flows):
            return self.flows
        taken = [flow for flow in self.flows if not flow.default and self.holds(flow, token)]
        return taken or self.default_flow()

    def default_flow(self) -> Sequence[Flow]:
        """Return the default flow. Raises StepFailed when there is none."""
        default = [flow for flow in self.flows if flow.default]
        if not default:
            raise StepFailed(
                f"Expected a true condition or a default flow at {self.element}, but every condition is false.", element=self.element
            )
        return default

    def holds(self, flow: Flow, token: Token) -> bool:
        """Tell whether a token may take `flow`."""
        return flow.condition is None or bool(self.value(token, flow.condition))

    def value(self, token: Token, source: str) -> Any:
        """Return the value of an expression over the token's data. Raises StepFailed naming this element."""
        try:
            return token.workflow.script_engine.environment.evaluate(source, token.data)
        except InvalidInput as error:
            raise StepFailed(f"At {self.element}: {error.message}", element=self.element) from error

    def text(self, token: Token, source: str | None) -> str:
        """Return the business key that `source` gives, or "" when there is none."""
        found = "" if source is None else self.value(token, source)
        if not isinstance(found, str | int) or isinstance(found, bool):
            raise StepFailed(f"Expected a text as the key at {self.element}, but found {show(found)}.", element=self.element)
        return str(found)

    def set_due(self, token: Token, source: str, *, whole_day: bool) -> None:
        """Keep the moment, in UTC, that a timer's or a due date's expression means. Null: it is never due."""
        found = source if is_literal(source) else self.value(token, source)
        if found is not None:
            token.internal_data["due"] = self._moment(token, found, whole_day=whole_day).isoformat()

    def _moment(self, token: Token, found: Any, *, whole_day: bool) -> datetime:
        try:
            return due_from(found, now=token.workflow.script_engine.environment.now, whole_day=whole_day)
        except InvalidInput as error:
            raise StepFailed(f"At {self.element}: {error.message}", element=self.element) from error

    def parameters(self, token: Token) -> dict[str, Any]:
        """Return the evaluated chidao:parameters."""
        return {name: token.workflow.storable(self.value(token, source), self.element) for name, source in self.said.parameters}


class Event(Node):
    """A none start event, a none intermediate event: tokens pass."""


class StartTrigger(Event):
    """A start event of a process that something starts: a message, a signal, a timer or a condition."""

    def __init__(
        self,
        *arguments: Any,
        message: str | None = None,
        signal: str | None = None,
        timer: str | None = None,
        cycle: bool = False,
        condition: str | None = None,
        **attributes: Any,
    ) -> None:
        super().__init__(*arguments, **attributes)
        self.message, self.signal = message, signal
        self.timer, self.cycle = timer, cycle
        self.starts_when = condition  # not looked at while the process runs


class EndEvent(Node):
    """A none end event: the token ends here."""

    def leaving(self, token: Token) -> Sequence[Flow]:
        del token
        return ()


class TerminateEvent(EndEvent):
    """A terminate end event: every other token of the same process or sub-process ends too."""

    def act(self, token: Token) -> bool:
        token.workflow.clear(sparing=token)
        return True
