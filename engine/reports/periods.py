"""The command that opens the reporting periods that are due to open: one message per report, one per consolidation.

A report opens once the case of the directive waits for its closing: only then has the organisation said to whom it
hands the directive down, so only then does it know whose reports its own has to wait for. The consolidation above opens
with the first report below it; when nobody has opened one by the due day it opens then, so that whoever let the
directive lie is urged and listed. Whoever owes nothing any more is in no period: what nobody owes never opens. A period is
opened for an obligation only where its report has a section on it: one that is being written takes it in by its own process
(engine/reports/late_sections.py), one that has gone leaves it to the period after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, select, union_all, update

from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.clock import local_date
from engine.kernel.errors import Conflict
from engine.kernel.periods import FINAL, LEAD_DAYS, ONCE, OVER, due_on, frequency_of, next_period
from engine.messages.inbox import send
from engine.reports.deferring import ALL, WRITTEN, defer, lacking
from engine.reports.regimes import DUE_DAY, due_of, opens_of, with_regime
from engine.storage.holds import OPEN
from engine.storage.schema import directive, inbox, obligation, organisation, reporting_regime, subscription
from engine.storage.wake_ups import Due

CLOSING = ("directive.closed", "report.concluded")  # what a case waits for once it has handed down and assigned everything

CHUNK = 200  # obligations in one transaction: a fifth of a second; the sweep comes again for the rest
_SENT = select(inbox.c.idempotency).where(inbox.c.idempotency.in_(bindparam("b_keys", expanding=True)))
_OPENED = (
    update(obligation)
    .where(obligation.c.id == bindparam("b_obligation"), obligation.c.next_period == bindparam("b_period"))
    .values(next_period=bindparam("b_next"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPeriods:
    """Open the reporting periods that are due to open, as many as go into one transaction."""


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
    """Return the obligations for whose next period something is to be opened on `day`.

    A sweep asks this all the time: only periods that begin to open by that day are looked at, row by row.
    """
    begun = _may_open(connection, day)
    soon = (day + timedelta(days=LEAD_DAYS[ONCE])).isoformat()
    rows = connection.execute(_candidates_query(), {"b_periods": begun, "b_day": day.isoformat(), "b_soon": soon}).all()
    return [row for row in rows if _has_gone(row) or _opens(row, day) or _is_overdue(row, day)]


@cache
def _candidates_query() -> Select[Any]:
    begun = obligation.c.next_period.in_(bindparam("b_periods", expanding=True))
    opens_early = obligation.c.opens_on <= bindparam("b_day")
    is_final = (obligation.c.next_period == FINAL) & (obligation.c.due_date <= bindparam("b_soon"))
    each = (select(obligation.c.id).where(obligation.c.status == OPEN, condition) for condition in (begun, opens_early, is_final))
    return _unopened_query().add_columns(lacking().label("lacking")).where(obligation.c.id.in_(union_all(*each)))


def _next_periods() -> Select[Any]:
    """Return the query for the periods that come next for anybody: from each to the one after it, not through all obligations."""
    earliest = select(func.min(obligation.c.next_period).label("period")).where(obligation.c.status == OPEN)
    periods = earliest.cte("periods", recursive=True)
    later = earliest.where(obligation.c.next_period > periods.c.period).correlate(periods).scalar_subquery()
    all_periods = periods.union_all(select(later).where(periods.c.period.is_not(None)))
    return select(all_periods.c.period).where(all_periods.c.period.is_not(None), all_periods.c.period.not_in((FINAL, OVER)))


_NEXT_PERIODS = _next_periods()
_EARLIEST_DAYS = select(reporting_regime.c.frequency, func.min(reporting_regime.c.due_day).label("due_day")).group_by(reporting_regime.c.frequency)


def _may_open(connection: Connection, day: date) -> list[str]:
    """Return the periods that come next for somebody and that the earliest regime of their frequency opens by `day`."""
    earliest = {row.frequency: row.due_day for row in connection.execute(_EARLIEST_DAYS)}
    found = []
    for period in connection.execute(_NEXT_PERIODS).scalars():
        frequency = frequency_of(period)
        if frequency not in earliest or due_on(period, earliest[frequency]) - timedelta(days=LEAD_DAYS[frequency]) <= day:
            found.append(period)  # without a regime: who opens it says so
    return found


def _opens(row: Row[Any], day: date) -> bool:
    return row.waiting is not None and row.lacking is None and opens_of(row, row.next_period) <= day


def _has_gone(row: Row[Any]) -> bool:
    """Tell whether the report of the period was submitted without a section on this obligation."""
    return row.lacking is not None and row.lacking != WRITTEN


def _is_overdue(row: Row[Any], day: date) -> bool:
    return row.begun is None and due_of(row, row.next_period) <= day


def decide_open(_command: OpenPeriods, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Return what opens the periods."""
    day = local_date(reading.now)
    due = due_obligations(reading.connection, day)

    def apply(transaction: Transaction) -> dict[str, Any]:
        chunk = due[:CHUNK]
        gone = [row for row in chunk if _has_gone(row)]
        left = [row for row in chunk if not _has_gone(row)]
        ready = [row for row in left if _opens(row, day)]
        starts = [("consolidation.opened", row.superior, row) for row in left] + [("period.opened", row.organisation, row) for row in ready]
        begun = _start(transaction, starts, _roots(due))
        note_opened(transaction, ready)
        defer(transaction, gone)
        if begun and not ready:  # lists that open before anybody below may report
            roots = tuple(sorted({row.root for row in chunk}))
            about = tuple(Subject(type="directive", id=root, qualifier="root") for root in roots)
            changes = (Change(field="begun", new=begun),)
            transaction.record(Fact(action="periods.begun", subject=Subject(type="periods", id=day.isoformat()), objects=about, changes=changes, streams=roots))
        if len(due) > CHUNK:
            transaction.wake(Due.PERIODS, ALL)  # for the rest
        return {"opened": len(ready), "advanced": bool(begun or ready or gone)}

    return apply


def note_opened(transaction: Transaction, rows: Sequence[Row[Any]]) -> None:
    """Note that the next period of obligations (id, next_period, root) is opened. Raises Conflict when one was opened meanwhile."""
    for row in rows:
        moved = {"b_obligation": row.id, "b_period": row.next_period, "b_next": next_period(row.next_period)}
        if transaction.connection.execute(_OPENED, moved).rowcount != 1:
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


def begin_consolidations(transaction: Transaction, rows: list[Row[Any]]) -> None:
    """Start the consolidation of the next period of obligations at their superiors, where it has not begun."""
    _start(transaction, [("consolidation.opened", row.superior, row) for row in rows], _roots(rows))


def _roots(due: list[Row[Any]]) -> dict[tuple[str, str], set[str]]:
    """Return the root directives per (organisation, report type), for whoever writes and for whoever consolidates."""
    found: dict[tuple[str, str], set[str]] = {}
    for row in due:
        for unit in (row.organisation, row.superior):
            found.setdefault((unit, row.report_type), set()).add(row.root)
    return found


def _start(transaction: Transaction, starts: list[tuple[str, str, Row[Any]]], roots: dict[tuple[str, str], set[str]]) -> int:
    """Send what starts reports (message, organisation, obligation), each once for ever; return how many were sent."""
    wanted = {_idempotency(message, unit, row): (message, unit, row) for message, unit, row in starts}
    known = set(transaction.connection.execute(_SENT, {"b_keys": list(wanted)}).scalars())
    for identity, (message, unit, row) in wanted.items():
        if identity not in known:
            send(
                transaction,
                message=message,
                key=f"{unit}:{row.report_type}:{row.next_period}",
                to=[unit],
                payload={"report_type": row.report_type, "period": row.next_period},
                source=_source(message, row),
                roots=sorted(roots[(unit, row.report_type)]),
            )
    return len(wanted.keys() - known)


def _source(message: str, row: Row[Any]) -> str:
    return f"{message}:{row.report_type}:{row.next_period}"


def _idempotency(message: str, unit: str, row: Row[Any]) -> str:
    """Return the key under which the inbox keeps what `_start` sends."""
    return f"{_source(message, row)}:{message}:{unit}"
