"""That a clock was set while the product ran, or stood behind the last record when it began."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction

STEPPED = "clock.stepped"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordClockStep:
    """Record a step. `expected`: the time that it should have been, `found`: what it was, as stamps; `offset_ms`: found less expected."""

    expected: str
    found: str
    offset_ms: int


def decide_record_clock_step(command: RecordClockStep, _reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Return what records the step. The record itself stands under the later of the two times, since times never run backwards."""

    def apply(transaction: Transaction) -> dict[str, Any]:
        changes = (Change(field="time", old=command.expected, new=command.found), Change(field="offset_ms", new=command.offset_ms))
        transaction.record(Fact(action=STEPPED, subject=Subject(type="clock", id="clock"), changes=changes))
        return {"recorded": True}

    return apply
