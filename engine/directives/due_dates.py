"""Moving a due date, by an amendment or an extension: the first date is kept beside the new one, and the move is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Table, select, update

from engine.directives.assignments import tell_changed
from engine.directory.settings import EXTENSIONS_MAX, setting
from engine.history.record import Change, Subject
from engine.instances.operations import Call
from engine.kernel.errors import Conflict
from engine.storage.schema import assignment, milestone, obligation, report

OVER = {"assignment": ("done", "withdrawn", "reassigned", "cancelled"), "obligation": ("closed",), "milestone": ("reached", "rejected", "cancelled")}
TABLES = {"assignment": assignment, "obligation": obligation, "milestone": milestone}
DUE = {"assignment": "due_at", "obligation": "due_date", "milestone": "last_day"}
NOT_SUBMITTED = 0  # revision of a report that nobody has submitted


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Something that has a due date: an assignment, a reporting duty, a milestone."""

    kind: str
    row: Row[Any]

    @property
    def table(self) -> Table:
        """The table of which it is a row."""
        return TABLES[self.kind]

    @property
    def due(self) -> str | None:
        """The last day in time as it stands now."""
        found = getattr(self.row, DUE[self.kind])
        return str(found)[:10] if found else None

    @property
    def is_over(self) -> bool:
        """Tell whether nothing is to be done any more."""
        return self.row.status in OVER[self.kind]


def work_by_id(call: Call, kind: str, identity: str) -> Work:
    """Return the work with this id."""
    table = TABLES[kind]
    return Work(kind=kind, row=call.transaction.connection.execute(select(table).where(table.c.id == identity)).one())


def move_due(call: Call, work: Work, new_due: str, *, extended: bool, why: Mapping[str, str]) -> dict[str, Any]:
    """Give the work another due date and keep its first one. Returns the difference; `extended` counts an extension.

    `why`: the reason as the history has it, code and text.
    """
    return _move(call, work, {DUE[work.kind]: new_due}, extended=extended, why=why)


def amend_duty(call: Call, work: Work, wanted: dict[str, Any], *, why: Mapping[str, str]) -> dict[str, Any] | None:
    """Change a reporting duty: `due_date`, `end_period`, `opens_on` (the end of its campaign). None when nothing changes."""
    known = {"due_date", "end_period", "opens_on"}
    values = {name: value for name, value in wanted.items() if name in known and value and value != getattr(work.row, name)}
    return _move(call, work, values, extended=False, why=why) if values else None


def extensions_used_up(call: Call, work: Work) -> str | None:
    """Say that this work cannot be extended any more; None while it can."""
    most = setting(call.transaction.connection, EXTENSIONS_MAX, 1)
    if work.row.extensions < most:
        return None
    return (
        f"Expected work that was extended less than {most} time{'s' if most > 1 else ''}, but it was extended from {work.row.original_due} to "
        f"{work.due} already. Do it by then, or raise a difficulty with the issuer."
    )


def _move(call: Call, work: Work, values: dict[str, Any], *, extended: bool, why: Mapping[str, str]) -> dict[str, Any]:
    connection, row, due = call.transaction.connection, work.row, DUE[work.kind]
    old = {name: getattr(row, name) for name in values}
    kept = {}
    if due in values:
        kept["original_due"] = row.original_due or getattr(row, due)
    if "end_period" in values:
        kept["original_end_period"] = row.original_end_period or row.end_period
    if extended:
        kept["extensions"] = row.extensions + 1
    same = update(work.table).where(work.table.c.id == row.id, work.table.c.status == row.status, work.table.c[due].is_not_distinct_from(getattr(row, due)))
    if connection.execute(same.values(**values, **kept)).rowcount != 1:
        raise Conflict(f"Expected the {work.kind} {row.id} as it was read, but it has just changed.")
    if work.kind == "obligation" and due in values:
        _move_report(call, row, values[due])
    if work.kind == "assignment" and due in values:
        tell_changed(call.transaction, row)
    call.record(
        f"{work.kind}.due_changed",
        Subject(type=work.kind, id=row.id),
        changes=tuple(Change(field=name, old=old[name], new=value) for name, value in values.items()),
        reason=dict(why),
    )
    return {"kind": work.kind, "id": row.id, "old": old, "new": values}


def _move_report(call: Call, duty: Row[Any], new_due: str) -> None:
    """A report that is being written and is owed once is late from the new date on."""
    if duty.frequency != "once":
        return
    open_report = update(report).where(
        report.c.organisation == duty.organisation, report.c.report_type == duty.report_type, report.c.revision == NOT_SUBMITTED
    )
    call.transaction.connection.execute(open_report.values(due_date=new_due))
