"""The command that opens the reporting periods that are due to open: one message per report, one per consolidation.

A report opens once the case of the directive waits for its closing: only then has the organisation said to whom it
hands the directive down, so only then does it know whose reports its own has to wait for. The consolidation above opens
with the first report below it; when nobody has opened one by the due day it opens then, so that whoever let the
directive lie is urged and listed. Whoever owes nothing any more is in no period: what nobody owes never opens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select, update

from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.clock import local_date
from engine.kernel.errors import Conflict
from engine.kernel.periods import OVER, next_period
from engine.messages.inbox import send
from engine.reports.regimes import DUE_DAY, due_of, opens_of, with_regime
from engine.storage.schema import directive, inbox, obligation, organisation, subscription

CLOSING = ("directive.closed", "report.concluded")  # what a case waits for once it has handed down and assigned everything


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPeriods:
    """Open every reporting period that is due to open."""


@cache
def _unopened_query() -> Select[Any]:
    waiting = (
        select(func.min(subscription.c.id))
        .where(subscription.c.message.in_(CLOSING), subscription.c.key == obligation.c.directive)
        .where(subscription.c.organisation == obligation.c.organisation)
        .scalar_subquery()
    )
    begun = (
        select(func.min(inbox.c.id))
        .where(inbox.c.name == "consolidation.opened", inbox.c.organisation == obligation.c.superior)
        .where(inbox.c.key == obligation.c.superior + ":" + obligation.c.report_type + ":" + obligation.c.next_period)
        .scalar_subquery()
    )
    letters = obligation.join(directive, directive.c.id == obligation.c.directive)
    whole = with_regime(letters.join(organisation, organisation.c.id == obligation.c.organisation))
    return (
        select(obligation, organisation.c.name, organisation.c.level, directive.c.root, DUE_DAY.label("due_day"))
        .add_columns(waiting.label("waiting"), begun.label("begun"))
        .select_from(whole)
        .where(obligation.c.status == "open", obligation.c.next_period != OVER)
        .where((obligation.c.end_period.is_(None)) | (obligation.c.next_period <= obligation.c.end_period))
        .order_by(obligation.c.id)
    )


def _unopened(connection: Connection) -> list[Row[Any]]:
    return list(connection.execute(_unopened_query()).all())


def next_opening(connection: Connection, after: date) -> date | None:
    """Return the earliest day after `after` on which something opens by time alone; None when there is none."""
    return min((day for row in _unopened(connection) for day in _moments(row) if day > after), default=None)


def _moments(row: Row[Any]) -> Iterator[date]:
    yield opens_of(row, row.next_period)
    if row.waiting is None and row.begun is None:
        yield due_of(row, row.next_period)


def due_obligations(connection: Connection, day: date) -> list[Row[Any]]:
    """Return the obligations for whose next period something is to be opened on `day`."""
    return [row for row in _unopened(connection) if _opens(row, day) or _is_overdue(row, day)]


def _opens(row: Row[Any], day: date) -> bool:
    return row.waiting is not None and opens_of(row, row.next_period) <= day


def _is_overdue(row: Row[Any], day: date) -> bool:
    return row.begun is None and due_of(row, row.next_period) <= day


def decide_open(_command: OpenPeriods, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Return what opens the periods."""
    day = local_date(reading.now)
    due = due_obligations(reading.connection, day)

    def apply(transaction: Transaction) -> dict[str, Any]:
        roots = _roots(due)
        begun = sum(_start(transaction, "consolidation.opened", row.superior, row, roots) for row in due)
        ready = [row for row in due if _opens(row, day)]
        for row in ready:
            _start(transaction, "period.opened", row.organisation, row, roots)
            unopened = update(obligation).where(obligation.c.id == row.id, obligation.c.next_period == row.next_period)
            if transaction.connection.execute(unopened.values(next_period=next_period(row.next_period))).rowcount != 1:
                raise Conflict(f"Expected period {row.next_period} of obligation {row.id} to be unopened, but another worker has opened it.")
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
