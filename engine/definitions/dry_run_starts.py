"""How a process may begin in a dry run: its start events that wait for a message, a signal, a moment or a condition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.bpmn import Definition, evaluate
from engine.bpmn.cycles import is_cycle, read_cycle
from engine.bpmn.language.moments import due_from, is_literal
from engine.kernel.clock import stamp
from engine.kernel.errors import InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """A start event that waits. `name`: of its message or signal; `due`: of its timer; `condition`: the expression."""

    element: str
    kind: str
    name: str = ""
    due: datetime | None = None
    condition: str = ""

    def hint(self) -> str:
        """Return what has to happen, as a sentence has it."""
        match self.kind:
            case "timer":
                return f"the moment {stamp(self.due)}" if self.due else "a moment that never comes"
            case "condition":
                return f"the condition of {self.element}"
        return f"the {self.kind} {self.name!r}"


def has_plain_start(definition: Definition) -> bool:
    """Tell whether the process begins by itself, at a start event that waits for nothing or at nodes that no flow leads to."""
    return bool(definition.specs[definition.process_id].entries)


def awaited(definition: Definition, data: Mapping[str, Any], now: datetime) -> Iterator[Awaited]:
    """Yield the start events that wait. Raises InvalidInput for a timer that means no moment."""
    yield from (Awaited(element=element, kind="message", name=name) for name, element in definition.start_messages.items())
    yield from (Awaited(element=element, kind="signal", name=name) for name, element in definition.start_signals.items())
    for element, source in definition.start_timers.items():
        yield Awaited(element=element, kind="timer", due=_due(definition, element, source, data, now))
    yield from (Awaited(element=element, kind="condition", condition=source) for element, source in definition.start_conditions.items())


def fulfilled(definition: Definition, start: Awaited, data: Mapping[str, Any], now: datetime) -> bool:
    """Tell whether the condition of a start event holds; one about a value that is not there does not."""
    try:
        return start.kind == "condition" and bool(evaluate(start.condition, data, definition.functions, now=now))
    except InvalidInput as error:
        if "unknown" in error.details:
            return False
        raise InvalidInput(f"At {start.element}: {error.message}", element=start.element) from error


def _due(definition: Definition, element: str, source: str, data: Mapping[str, Any], now: datetime) -> datetime | None:
    try:
        value = source if is_literal(source) or is_cycle(source) else evaluate(source, data, definition.functions, now=now)
        if isinstance(value, str) and is_cycle(value):
            cycle = read_cycle(value, now=now)
            found = cycle.after(now, cycle.first)
            return found[1] if found else None
        return None if value is None else due_from(value, now=now, whole_day=False)
    except InvalidInput as error:
        raise InvalidInput(f"At {element}: {error.message}", element=element) from error
