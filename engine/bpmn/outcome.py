"""What goes into a step and what comes out of it: commands, open work, messages sent. Plain values, no library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteTask:
    """A person has done the user task `task`; `data` is merged into the process data."""

    task: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteOperation:
    """The operation `task` has ended with `result`, which is merged into the process data."""

    task: str
    result: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverMessage:
    """A message for the one subscription `task`; `payload` is merged into the process data."""

    task: str
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FireTimer:
    """The timer `task` is due. Whether it is, the caller's clock says: nothing here compares times."""

    task: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choose:
    """A person takes the way `flow` out of the gateway `task`, whose flows carry no conditions."""

    task: str
    flow: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseError:
    """The task or operation `task` has failed with the business error `code`, which an error event around it catches; `data` is merged."""

    task: str
    code: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveToken:
    """Take the token `task` from where it stands to the element `to` of the same process or sub-process.

    `also`: further tokens there that become one with it, such as those that wait for each other at a join.
    On a join it waits for nobody; whatever it leaves is withdrawn, whatever it comes to begins anew.
    """

    task: str
    to: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SetData:
    """Give values to names in the data that the token `task` sees; if it stands on an operation, its parameters are read again."""

    task: str
    values: Mapping[str, Any] = field(default_factory=dict)


Command = CompleteTask | CompleteOperation | DeliverMessage | FireTimer | Choose | RaiseError | MoveToken | SetData


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTask:
    """A user task that waits for a person. `call_path`: the elements around it, outermost first."""

    id: str
    element: str
    name: str
    role: str | None
    form: str | None
    due: datetime | None
    data: dict[str, Any]
    call_path: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTimer:
    """A timer that runs until `due` (aware, UTC)."""

    id: str
    element: str
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSubscription:
    """A wait for the message `message` with the business key `key` ("" when the diagram gives none).

    `kind` "signal": a wait for the signal of that name, which has no key. Both are ended by DeliverMessage.
    """

    id: str
    element: str
    message: str
    key: str
    kind: Literal["message", "signal"] = "message"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCondition:
    """A wait for data to fulfil a condition: looked at within every step, ended by no command."""

    id: str
    element: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOperation:
    """An operation that someone outside has to carry out; the parameters were evaluated on entering."""

    id: str
    element: str
    operation: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenChoice:
    """A person chooses one of `flows`: the ways out of a gateway that carry no conditions, or the activities of an ad-hoc sub-process.

    `names`: what the flows, or else what they lead to, are called. `role`: whose lane it stands in.
    `call_path`: the elements around it, outermost first.
    """

    id: str
    element: str
    flows: tuple[str, ...]
    names: tuple[str, ...] = ()
    role: str | None = None
    call_path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message thrown by this step; `to` is empty when the diagram addresses nobody."""

    element: str
    message: str
    key: str
    to: tuple[str, ...]
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signalled:
    """A signal thrown by this step, for whoever waits in other instances; those who waited in this one have heard it."""

    element: str
    signal: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """An element that a token has left; `call_path`: the elements around it, outermost first."""

    element: str
    call_path: tuple[str, ...]
    task: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The process after a step. Open work is the complete picture; `sent` and `completed` are of this step alone.

    `ends`: the end events that the process itself has reached since its start, in order. `stood`, `stands`: the elements that tokens
    stood on before the step and stand on after it, one for each token; what only listens is none.
    """

    state: bytes
    ended: bool
    ends: tuple[str, ...]
    tasks: tuple[OpenTask, ...]
    timers: tuple[OpenTimer, ...]
    subscriptions: tuple[OpenSubscription, ...]
    operations: tuple[OpenOperation, ...]
    choices: tuple[OpenChoice, ...]
    sent: tuple[Sent, ...]
    completed: tuple[Passed, ...]
    data: dict[str, Any]
    conditions: tuple[OpenCondition, ...] = ()
    signals: tuple[Signalled, ...] = ()
    stood: tuple[str, ...] = ()
    stands: tuple[str, ...] = ()
