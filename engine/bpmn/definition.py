"""A compiled definition: what other rooms may know of a diagram, and the specs that the steps run on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.bpmn.language.expressions import Functions
from engine.bpmn.vocabulary import ISSUED, RECEIVED


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """A flow node of the diagram. `lane` and `role` are those of the innermost lane; `line` is its line in the file.

    `documentation`: what the diagram says of it, for whoever does it; "" when it says nothing.
    """

    id: str
    name: str
    type: str
    lane: str | None
    role: str | None
    form: str | None
    operation: str | None
    line: int
    process: str
    decision: str | None = None
    documentation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonStart:
    """The start event of a process that a person may start. `roles`: one of them is needed, none: any post; `about_directive`: only where there is a directive to name.

    `side`: issued or received, when only the directive's issuer, or only those who received it, may start it; None: both.
    """

    element: str
    roles: tuple[str, ...]
    about_directive: bool
    side: str | None = None

    def open_to(self, held: frozenset[str]) -> bool:
        """Return whether somebody with these roles may start it."""
        return not self.roles or not held.isdisjoint(self.roles)

    def concerns(self, *, issued: bool, received: bool) -> bool:
        """Return whether an organisation that issued or received the directive may start it."""
        return {ISSUED: issued, RECEIVED: received}.get(self.side or "", issued or received)


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A process with the processes that it calls, ready to run. Shared by threads and never changed.

    `name`: what people call the process. `elements`: by id; an id that a called process has again is found as "process/id".
    `start_message`: the message that starts an instance; `start_messages`, `start_signals`: all of them, with their start events.
    `start_timers`, `start_conditions`: start event → its timer (an expression, a literal or a cycle) or its condition.
    `person_start`: how a person starts one, None when nobody may.
    """

    process_id: str
    elements: Mapping[str, Element]
    start_message: str | None
    start_messages: Mapping[str, str]
    start_signals: Mapping[str, str]
    start_timers: Mapping[str, str]
    start_conditions: Mapping[str, str]
    person_start: PersonStart | None
    specs: Mapping[str, Any] = field(repr=False)
    functions: Functions = field(repr=False)
    name: str = ""
