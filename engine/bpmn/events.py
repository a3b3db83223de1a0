"""Events that throw and events that wait: messages, timers, errors, at the border of activities and in event sub-processes."""

# ruff: noqa: SLF001  the hooks that the library offers to its task specs begin with an underscore
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.bpmn.activities import Activity
from engine.bpmn.builtin_functions import show
from engine.bpmn.node import EndEvent, Flow, Node, Token
from engine.kernel.errors import StepFailed

ANY_ERROR = ""  # what catches every error


class Throw(Node):
    """A send task, or a message thrown between: it is handed to whoever runs the step."""

    def __init__(self, *arguments: Any, message: str, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.message = message

    def act(self, token: Token) -> bool:
        token.workflow.top_workflow.send(self, key=self.text(token, self.said.key), to=self.addressees(token), payload=self.parameters(token))
        return True

    def addressees(self, token: Token) -> tuple[str, ...]:
        """Return the organisations that chidao:to names."""
        found = [] if self.said.to is None else self.value(token, self.said.to)
        listed = [found] if isinstance(found, str) else found
        if not isinstance(listed, list | tuple) or not all(isinstance(each, str) for each in listed):
            raise StepFailed(f"Expected an organisation or a list of them at {self.element}, but found {show(found)}.", element=self.element)
        return tuple(listed)


class MessageEndEvent(Throw):
    """A message end event."""

    def leaving(self, token: Token) -> Sequence[Flow]:
        del token
        return ()


class SendTask(Throw, Activity):
    """A send task."""


class Catch(Node):
    """What waits for a message or for a moment: catch events, boundary events, receive tasks."""

    def __init__(
        self, *arguments: Any, message: str | None = None, timer: str | None = None, error: str | None = None, **attributes: Any
    ) -> None:
        super().__init__(*arguments, **attributes)
        self.message = message
        self.timer = timer
        self.error = error

    def arrive(self, token: Token) -> None:
        token._set_state(TaskState.WAITING)
        if self.timer is not None:
            self.set_due(token, self.timer, whole_day=False)
        elif self.message is not None:
            token.internal_data["key"] = self.text(token, self.said.key)

    def fire(self, token: Token) -> None:
        """The message has come or the time is up."""
        token.workflow.win(token)
        token._ready()


class ReceiveTask(Catch, Activity):
    """A receive task: a catch event that may carry boundary events."""

    def arrive(self, token: Token) -> None:
        token.workflow.attach(token)
        super().arrive(token)


class Boundary(Catch):
    """A boundary event. An interrupting one ends its activity; another one lets it go on and may hear further messages."""

    def __init__(self, *arguments: Any, interrupting: bool, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.interrupting = interrupting

    def fire(self, token: Token) -> None:
        if self.interrupting:
            host = token.internal_data.pop("host")
            token.workflow.discard(token.workflow.token(host))
            token._ready()
        elif self.timer is not None:
            token._ready()
        else:
            token.workflow.spawn(token)


class Handler(Catch):
    """An event sub-process that listens while its process runs. It is no token: it keeps no process from ending."""

    def __init__(self, *arguments: Any, interrupting: bool, handling: str, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.interrupting = interrupting
        self.handling = handling

    def fire(self, token: Token) -> None:
        workflow = token.workflow
        if self.interrupting:
            workflow.clear(sparing=token)
        workflow.add(workflow.spec.task_specs[self.handling], {}, workflow.scope)
        if self.interrupting or self.timer is not None:
            workflow.drop(token)


class ErrorEndEvent(EndEvent):
    """An error end event: the nearest that catches the error takes over, and what lies between ends."""

    def __init__(self, *arguments: Any, error: str, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.error = error

    def act(self, token: Token) -> None:
        workflow = token.workflow
        catcher = workflow.catcher(self.error)
        if catcher is None:
            raise StepFailed(f"Expected something around {self.element} to catch the error {self.error!r}, but nothing does.", element=self.element)
        workflow.top_workflow.note(token, workflow.path)
        catcher.task_spec.fire(catcher)
