"""When a period opens, is due, and closes; and the command that opens what is due (DOMAIN.md T5, T6).

The due day of a level is data (reporting_regime); lower levels are due earlier.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from engine.directory.organisations import organisation_by_id
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.calendar import WorkingCalendar, day_of_month, next_period
from engine.kernel.clock import local_date
from engine.messages.inbox import send
from engine.storage.schema import directive, inbox, obligation, organisation, reporting_regime, subscription

OPENS_DAYS_BEFORE = 10
CLOSING = "directive.closed"  # what a case waits for once it has handed down and assigned everything
GRACE_WORKING_DAYS = 2
WAIT_WORKING_DAYS = 3  # that a report waits for the consolidation below it after that one's cut-off
DEFAULT_DUE_DAYS = {"cell": 15, "commune": 18, "grassroots": 18, "district": 20, "province": 25, "central": 28}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPeriods:
    """Open every reporting period that is due to open."""


def load_regimes(connection: Connection) -> None:
    """Fill an empty regime table with the default due days of the levels (DOMAIN.md T5)."""
    if not connection.execute(select(reporting_regime.c.level).limit(1)).first():
        rows = [{"level": level, "due_day": day} for level, day in DEFAULT_DUE_DAYS.items()]
        connection.execute(insert(reporting_regime), rows)


def due_date(connection: Connection, organisation_id: str, period: str) -> date:
    """Return the last day on which the organisation's report of `period` is in time."""
    level = organisation_by_id(connection, organisation_id).level
    day = connection.execute(select(reporting_regime.c.due_day).where(reporting_regime.c.level == level))
    return day_of_month(period, day.scalar_one())


def opening_date(connection: Connection, organisation_id: str, period: str) -> date:
    """Return the day on which the organisation begins its report of `period`."""
    return due_date(connection, organisation_id, period) - timedelta(days=OPENS_DAYS_BEFORE)


def cutoff(calendar: WorkingCalendar, last_due: date) -> date:
    """Return the day from which a late report is no longer consolidated."""
    return calendar.working_days_after(last_due, GRACE_WORKING_DAYS)


def obligations_in(period: str) -> Any:
    """Return the condition that an obligation covers `period`."""
    return (obligation.c.first_period <= period) & (
        (obligation.c.end_period.is_(None)) | (obligation.c.end_period >= period)
    )


def _unopened(connection: Connection) -> list[Row[Any]]:
    query = (
        select(obligation, directive.c.root, reporting_regime.c.due_day, subscription.c.id.label("waiting"))
        .join(directive, directive.c.id == obligation.c.directive)
        .join(organisation, organisation.c.id == obligation.c.organisation)
        .join(reporting_regime, reporting_regime.c.level == organisation.c.level)
        .outerjoin(
            subscription,
            (subscription.c.message == CLOSING)
            & (subscription.c.key == obligation.c.directive)
            & (subscription.c.organisation == obligation.c.organisation),
        )
        .where(obligation.c.status == "open", obligation.c.frequency == "monthly")
        .where((obligation.c.end_period.is_(None)) | (obligation.c.next_period <= obligation.c.end_period))
        .order_by(obligation.c.id)
    )
    return list(connection.execute(query).all())


def _opens(row: Row[Any]) -> date:
    return day_of_month(row.next_period, row.due_day) - timedelta(days=OPENS_DAYS_BEFORE)


def next_opening(connection: Connection, after: date) -> date | None:
    """Return the earliest day after `after` on which an obligation's next period opens; None when there is none."""
    return min((day for row in _unopened(connection) if (day := _opens(row)) > after), default=None)


def due_obligations(connection: Connection, day: date) -> list[Row[Any]]:
    """Return the obligations whose next period opens on or before `day`.

    `waiting` is set once the case of the directive waits for its closing: only then has the organisation said to whom
    it hands the directive down, so only then does it know whose reports its own has to wait for.
    """
    return [row for row in _unopened(connection) if _opens(row) <= day]


def decide_open(_command: OpenPeriods, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Return what opens the periods: one message per report, one per consolidation, never twice."""
    due = due_obligations(reading.connection, local_date(reading.now))

    def apply(transaction: Transaction) -> dict[str, Any]:
        roots = _roots(due)
        begun = sum(_start(transaction, "consolidation.opened", row.superior, row, roots) for row in due)
        ready = [row for row in due if row.waiting is not None]
        for row in ready:
            _start(transaction, "period.opened", row.organisation, row, roots)
            transaction.connection.execute(
                update(obligation).where(obligation.c.id == row.id).values(next_period=next_period(row.next_period))
            )
            transaction.record(
                Fact(
                    action="obligation.opened",
                    subject=Subject(type="obligation", id=row.id),
                    objects=(Subject(type="directive", id=row.root, qualifier="root"),),
                    changes=(Change(field="period", new=row.next_period),),
                    streams=(row.root,),
                )
            )
        return {"opened": len(ready), "advanced": bool(begun or ready)}

    return apply


def _roots(due: list[Row[Any]]) -> dict[tuple[str, str], set[str]]:
    """Return the root directives per (organisation, report type), for whoever writes and for whoever consolidates."""
    found: dict[tuple[str, str], set[str]] = {}
    for row in due:
        for unit in (row.organisation, row.superior):
            found.setdefault((unit, row.report_type), set()).add(row.root)
    return found


def _start(
    transaction: Transaction, message: str, organisation_id: str, row: Row[Any], roots: dict[tuple[str, str], set[str]]
) -> bool:
    source = f"{message}:{row.report_type}:{row.next_period}"
    sent = select(func.count()).select_from(inbox).where(inbox.c.idempotency == f"{source}:{message}:{organisation_id}")
    if transaction.connection.execute(sent).scalar_one():
        return False
    payload = {"report_type": row.report_type, "period": row.next_period}
    key = f"{organisation_id}:{row.report_type}:{row.next_period}"
    send(
        transaction,
        message=message,
        key=key,
        to=[organisation_id],
        payload=payload,
        source=source,
        roots=sorted(roots[(organisation_id, row.report_type)]),
    )
    return True
