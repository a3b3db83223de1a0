"""Days off and swapped days, one at a time: each change gives the calendar a new revision, and everybody works on with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select

from engine.directory.checks import filled, iso_day, reason_of
from engine.directory.settings import write_setting
from engine.directory.working_calendar import KINDS, REVISION
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.calendar import SATURDAY
from engine.kernel.errors import InvalidInput
from engine.storage.schema import calendar_day

WORKING = ""  # the kind of a day that is as its weekday says


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeCalendarDay:
    """Let a day be off, a working day in exchange ("swapped"), or ("") as its weekday says."""

    day: str
    kind: str
    note: str
    reason: str


def decide_change_day(command: ChangeCalendarDay, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Refuse a swapped day that is worked anyway, and a change that changes nothing."""
    day, why = iso_day(command.day), reason_of(command.reason)
    if command.kind not in (*KINDS, WORKING):
        raise InvalidInput(f"Expected a kind of day of {', '.join(KINDS)}, but found {command.kind!r}.")
    if command.kind == "swapped" and day.weekday() < SATURDAY:
        raise InvalidInput(f"Expected a swapped day on a Saturday or Sunday, but {day} is neither. Choose another day.")
    note = filled(command.note, "what the day is called") if command.kind else ""
    mine = calendar_day.c.day == day.isoformat()
    found = reading.connection.execute(select(calendar_day).where(mine)).one_or_none()
    before = found.kind if found else WORKING
    if before == command.kind and (found is None or found.note == note):
        raise InvalidInput(f"Expected something to change, but {day} is in the calendar just so. Choose another day or kind.")

    def apply(transaction: Transaction) -> dict[str, Any]:
        connection = transaction.connection
        connection.execute(delete(calendar_day).where(mine))
        if command.kind:
            connection.execute(insert(calendar_day).values(day=day.isoformat(), kind=command.kind, note=note))
        write_setting(transaction, key=REVISION, value=transaction.new_id())
        changes = (Change(field="kind", old=before, new=command.kind), Change(field="note", old=found.note if found else None, new=note))
        about = Subject(type="calendar_day", id=day.isoformat())
        transaction.record(Fact(action="calendar.day_changed", subject=about, changes=changes, reason={"code": "decided", "text": why}))
        return {"day": day.isoformat()}

    return apply
