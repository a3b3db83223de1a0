"""The days on which somebody's open work is due: what a calendar program is told. Names of tasks and codes of directives, nothing more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import bindparam, select

from engine.history.transaction import Reading
from engine.kernel.clock import from_stamp, local_date
from engine.kernel.periods import label
from engine.storage.schema import report
from engine.tasks.list_rows import Item, desk_of, open_items

A_MOMENT = timedelta(milliseconds=1)  # what is due at the end of a day is due at midnight, when the next one begins
_REPORTS = (
    select(report.c.id, report.c.report_type, report.c.period, report.c.due_date, report.c.opened_at)
    .where(report.c.organisation.in_(bindparam("b_units", expanding=True)), report.c.status.in_(("open", "returned")))
    .order_by(report.c.due_date, report.c.id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDays:
    """Ask for one's own due days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDay:
    """Something that is due on a day. `kind`: task or report; `since`: the moment from which on it has been so."""

    kind: str
    id: str
    day: date
    title: str
    since: str


def answer_days(_query: ListDays, reading: Reading) -> tuple[DueDay, ...]:
    """Return the due days of the actor's open tasks and of the reports that their offices owe, in order."""
    desk = desk_of(reading)
    mine = [row for row in open_items(reading.connection, desk) if row.due_at and row.assignee in (None, desk.person) and desk.may_do(row)]
    found = [DueDay(kind="task", id=row.task, day=day_due(row.due_at or ""), title=title_of(row), since=row.created_at) for row in mine]
    if desk.units:
        for owed in reading.connection.execute(_REPORTS, {"b_units": desk.units}):
            title = f"Hạn nộp {owed.report_type}, {label(owed.period)}"
            found.append(DueDay(kind="report", id=owed.id, day=date.fromisoformat(owed.due_date), title=title, since=owed.opened_at))
    return tuple(sorted(found, key=lambda entry: (entry.day, entry.kind, entry.id)))


def day_due(stamp: str) -> date:
    """Return the last day in time of a due moment."""
    return local_date(from_stamp(stamp) - A_MOMENT)


def title_of(row: Item) -> str:
    """Return what a task is called outside of the pages: its name and the code of its directive."""
    return f"{row.name} ({row.code})" if row.code else row.name
