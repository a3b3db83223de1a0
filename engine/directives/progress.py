"""How far a directive has come: who has reported for the newest period, what is late, what is due next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, literal, null, or_, select, union_all

from engine.storage.schema import assignment, directive, dispatch, milestone, obligation, report

IN = ("submitted", "accepted", "unanswered")  # a report that has been handed in
WORK_OVER = ("done", "withdrawn")  # an assignment that asks nothing any more
MILESTONE_OPEN = ("waiting", "open")
NOTHING_OPEN = ("02", "06", "15")  # a receipt after which nothing is asked: sent back, completed, recalled (DOMAIN.md 2.10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Of the newest period that has opened: `owed` reports, `arrived`, `late` (of those not in, past their day). Period None: none opened yet."""

    owed: int = 0
    period: str | None = None
    arrived: int = 0
    late: int = 0

    @property
    def missing(self) -> int:
        """How many are not in."""
        return max(0, self.owed - self.arrived)


def owes() -> ColumnElement[bool]:
    """Return the condition that a report answers an obligation."""
    return and_(
        report.c.organisation == obligation.c.organisation,
        report.c.report_type == obligation.c.report_type,
        report.c.period >= obligation.c.first_period,
        or_(obligation.c.end_period.is_(None), report.c.period <= obligation.c.end_period),
    )


def is_late(today: date) -> ColumnElement[bool]:
    """Return the condition that a report is not in and its day has passed."""
    return and_(report.c.status.not_in(IN), report.c.due_date < today.isoformat())


def progress_of(connection: Connection, directives: Sequence[str], today: date) -> dict[str, Progress]:
    """Return how the reports on some directives stand; one statement. A directive without a duty to report is left out."""
    arrived = func.sum(case((report.c.status.in_(IN), 1), else_=0))
    late = func.sum(case((is_late(today), 1), else_=0))
    opened = (
        select(obligation.c.directive, report.c.period, literal(0).label("owed"), arrived.label("arrived"), late.label("late"))
        .join(report, owes())
        .where(obligation.c.directive.in_(directives))
        .group_by(obligation.c.directive, report.c.period)
    )
    owed = (
        select(obligation.c.directive, null(), func.count(), literal(0), literal(0))
        .where(obligation.c.directive.in_(directives))
        .group_by(obligation.c.directive)
    )
    found: dict[str, Progress] = {}
    totals: dict[str, int] = {}
    for row in connection.execute(union_all(opened, owed)):
        if row.period is None:
            totals[row.directive] = row.owed
            continue
        newest = found.get(row.directive)
        if newest is None or newest.period is None or row.period > newest.period:
            found[row.directive] = Progress(period=row.period, arrived=row.arrived, late=row.late)
    none = Progress()
    return {
        each: Progress(owed=total, period=found.get(each, none).period, arrived=found.get(each, none).arrived, late=found.get(each, none).late)
        for each, total in totals.items()
    }


def overdue(today: date) -> ColumnElement[bool]:
    """Return the condition that somebody is late with a report on a directive."""
    return select(obligation.c.id).join(report, owes()).where(obligation.c.directive == directive.c.id, is_late(today)).exists()


def next_due(among: Any) -> Select[Any]:
    """Return, by directive, the earliest day (ISO) on which a report, an assignment or a milestone that is still open is due.

    `among`: ids, or a query of ids, of the directives that are looked at.
    """
    duty, work, step = obligation.c, assignment.c, milestone.c
    reports = select(duty.directive, report.c.due_date.label("day")).join(report, owes()).where(report.c.status.not_in(IN), duty.directive.in_(among))
    once = select(duty.directive, duty.due_date).where(duty.status == "open", duty.due_date.is_not(None), duty.directive.in_(among))
    given = (
        select(work.directive, func.substr(work.due_at, 1, 10))
        .join(dispatch, and_(dispatch.c.directive == work.directive, dispatch.c.organisation == work.organisation))
        .where(work.due_at.is_not(None), work.status.not_in(WORK_OVER), dispatch.c.status.not_in(NOTHING_OPEN), work.directive.in_(among))
    )
    steps = select(step.directive, step.last_day).where(step.status.in_(MILESTONE_OPEN), step.last_day.is_not(None), step.directive.in_(among))
    every = union_all(reports, once, given, steps).subquery()
    return select(every.c.directive, func.min(every.c.day).label("due")).group_by(every.c.directive)


def next_due_of(connection: Connection, directives: Sequence[str]) -> dict[str, str]:
    """Return the next due day of some directives; one statement."""
    return {row.directive: row.due for row in connection.execute(next_due(directives))}
