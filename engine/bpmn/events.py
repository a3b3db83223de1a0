"""Events that throw and events that wait: messages, timers, signals, conditions, errors, escalations, cancellation."""

# ruff: noqa: SLF001  the hooks that the library offers to its task specs begin with an underscore
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.bpmn.activities import Activity
from engine.bpmn.cycles import is_cycle, read_cycle
from engine.bpmn.language.builtin_functions import show
from engine.bpmn.node import EndEvent, Flow, Node, Token
from engine.kernel.errors import InvalidInput, StepFailed

ANY_CODE = ""  # what catches every error, or every escalation
ERROR, ESCALATION, CANCEL = "error", "escalation", "cancel"


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


class Raise(Node):
    """What is heard within the same step: it is noted first, and who hears it may end the very token that raised it."""

    def act(self, token: Token) -> bool | None:
        token.workflow.top_workflow.note(token, token.workflow.path)
        token.internal_data["noted"] = True
        self.proclaim(token)
        return True if token.id in token.workflow.tasks else None

    def proclaim(self, token: Token) -> None:
        """Let those hear it who wait for it."""
        raise NotImplementedError


class SignalThrow(Raise):
    """A signal thrown between: everyone who waits for it in this instance hears it, others through whoever runs the step."""

    def __init__(self, *arguments: Any, signal: str, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.signal = signal

    def proclaim(self, token: Token) -> None:
        token.workflow.top_workflow.signal(self, self.signal, self.parameters(token))


class SignalEndEvent(SignalThrow, EndEvent):
    """A signal end event."""


class EscalationThrow(Raise):
    """An escalation: the nearest that catches it hears it; when nothing does, the token just goes on (BPMN 2.0, 10.5.1)."""

    def __init__(self, *arguments: Any, escalation: str, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.escalation = escalation

    def proclaim(self, token: Token) -> None:
        catcher = token.workflow.catcher(ESCALATION, self.escalation)
        if catcher is not None:
            catcher.task_spec.fire(catcher)


class EscalationEndEvent(EscalationThrow, EndEvent):
    """An escalation end event."""


class ErrorEndEvent(Raise, EndEvent):
    """An error end event: the nearest that catches the error takes over, and what lies between ends.

    BPMN 2.0, 10.5.1, leaves it open what an error does that nothing catches; the instance ends there, as in other engines.
    """

    def __init__(self, *arguments: Any, error: str, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.error = error

    def proclaim(self, token: Token) -> None:
        catcher = token.workflow.catcher(ERROR, self.error)
        if catcher is None:
            token.workflow.top_workflow.abort(self)
        else:
            catcher.task_spec.fire(catcher)


class CancelEndEvent(Raise, EndEvent):
    """A cancel end event: the transaction around it ends, and goes on at its cancel boundary event."""

    def proclaim(self, token: Token) -> None:
        catcher = token.workflow.catcher(CANCEL, ANY_CODE)
        if catcher is None:
            raise StepFailed(f"Expected a cancel event at the border of the transaction around {self.element}, but found none.", element=self.element)
        catcher.task_spec.fire(catcher)


class Catch(Node):
    """What waits: catch events, boundary events, receive tasks, event sub-processes. One of the causes is given.

    `timer`: an expression or literal; `cycle` says that it is a repeating interval. `condition`: an expression.
    `error`, `escalation`: a code, ANY_CODE for every one; `cancel`: of the transaction.
    """

    def __init__(
        self,
        *arguments: Any,
        message: str | None = None,
        signal: str | None = None,
        timer: str | None = None,
        cycle: bool = False,
        condition: str | None = None,
        error: str | None = None,
        escalation: str | None = None,
        cancel: str | None = None,
        **attributes: Any,
    ) -> None:
        super().__init__(*arguments, **attributes)
        self.message, self.signal = message, signal
        self.timer, self.cycle = timer, cycle
        self.condition = condition
        self.error, self.escalation, self.cancel = error, escalation, cancel

    @property
    def starts_when(self) -> str | None:
        """Return the condition that begins the process, when this event does."""
        return self.condition

    def catches(self, kind: str, code: str) -> bool:
        """Tell whether an error, an escalation or a cancellation is for this event."""
        wanted = {ERROR: self.error, ESCALATION: self.escalation, CANCEL: self.cancel}[kind]
        return wanted is not None and wanted in (code, ANY_CODE)

    def arrive(self, token: Token) -> None:
        token._set_state(TaskState.WAITING)
        if self.timer is not None and self.cycle:
            self.begin_cycle(token)
        elif self.timer is not None:
            self.set_due(token, self.timer, whole_day=False)
        elif self.message is not None:
            token.internal_data["key"] = self.text(token, self.said.key)

    def fire(self, token: Token) -> None:
        """The message has come or the time is up."""
        token.workflow.win(token)
        token._ready()

    def fulfilled(self, token: Token) -> bool:
        """Tell whether the condition has become true; one that stays true does so once."""
        before = token.internal_data.get("held", False)
        token.internal_data["held"] = holds = self.holds_now(token)
        return holds and not before

    def holds_now(self, token: Token) -> bool:
        """Tell whether the condition holds; one about a value that is not there yet does not."""
        try:
            return bool(token.workflow.script_engine.environment.evaluate(str(self.condition), token.data))
        except InvalidInput as error:
            if "unknown" in error.details:
                return False
            raise StepFailed(f"At {self.element}: {error.message}", element=self.element) from error

    def begin_cycle(self, token: Token) -> None:
        """Keep when the cycle began and what it says, and wait for its first occurrence."""
        said = self.timer if is_cycle(str(self.timer)) else self.value(token, str(self.timer))
        token.internal_data["cycle"] = {"said": said, "from": self.now(token).isoformat(), "number": None}
        self.next_occurrence(token)

    def next_occurrence(self, token: Token) -> bool:
        """Wait for the next occurrence of the cycle. Return False when there is none."""
        kept, now = token.internal_data["cycle"], self.now(token)
        token.internal_data.pop("due", None)
        try:
            cycle = read_cycle(kept["said"], now=datetime.fromisoformat(kept["from"]))
            number = cycle.first if kept["number"] is None else kept["number"] + 1
            found = cycle.after(now, number)
        except InvalidInput as error:
            raise StepFailed(f"At {self.element}: {error.message}", element=self.element) from error
        if found is None:
            return False
        kept["number"], due = found
        token.internal_data["due"] = due.isoformat()
        return True

    def now(self, token: Token) -> datetime:
        """Return the moment of the step."""
        return token.workflow.script_engine.environment.now  # type: ignore[no-any-return]


class ReceiveTask(Catch, Activity):
    """A receive task: a catch event that may carry boundary events."""

    def arrive(self, token: Token) -> None:
        token.workflow.attach(token)
        super().arrive(token)

    def fire(self, token: Token) -> None:
        token.workflow.silence(token)  # the message has come: nothing at the border can end the task any more (13.3.3)
        super().fire(token)


class Boundary(Catch):
    """A boundary event. An interrupting one ends its activity; another one lets it go on and may hear more."""

    def __init__(self, *arguments: Any, interrupting: bool, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.interrupting = interrupting

    def fire(self, token: Token) -> None:
        if self.interrupting:
            host = token.internal_data.pop("host")
            token.workflow.discard(token.workflow.token(host))
            token._ready()
        elif self.timer is None or (self.cycle and self.next_occurrence(token)):
            token.workflow.spawn(token)
        else:
            token.internal_data.pop("host")  # it has happened and listens no more: what it leads to outlives the activity
            token._ready()


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
        if self.interrupting or (self.timer is not None and not (self.cycle and self.next_occurrence(token))):
            workflow.drop(token)
