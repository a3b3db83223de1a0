"""What comes too late for a section in the report of its period: it begins with the period after, and the record says so (DOMAIN.md 2.2).

A report takes sections in until it goes to be signed (engine/reports/late_sections.py); what has none when the report is
submitted, or comes afterwards, could never be reported on in that period.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, ScalarSelect, exists, select, update

from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Transaction
from engine.kernel.errors import Conflict
from engine.kernel.periods import OVER, next_period
from engine.reports.regimes import obligations_in
from engine.storage.schema import directive, obligation, opened_section, report
from engine.storage.wake_ups import Due

ALL = "all"  # the row of the wake-up for periods: there is but one
WRITTEN = "open"  # the status of a report that is being written


def lacking() -> ScalarSelect[str]:
    """Return the status of the report of an obligation's next period that has no section on it; NULL when it has one, or is not opened yet."""
    has = exists(
        select(opened_section.c.report)
        .where(opened_section.c.report == report.c.id, opened_section.c.obligation == obligation.c.id)
        .correlate(report, obligation)
    )
    own = (report.c.organisation == obligation.c.organisation) & (report.c.report_type == obligation.c.report_type)
    return select(report.c.status).where(own, report.c.period == obligation.c.next_period, ~has).correlate(obligation).scalar_subquery()


def without_a_section(connection: Connection, row: Row[Any]) -> list[Row[Any]]:
    """Return the open obligations of the period of a report (its row) that come next and on which it has no section."""
    query = (
        select(obligation, directive.c.root, directive.c.code)
        .join(directive, directive.c.id == obligation.c.directive)
        .where(obligation.c.organisation == row.organisation, obligation.c.report_type == row.report_type)
        .where(obligation.c.status == "open", obligation.c.next_period == row.period, obligations_in(row.period))
        .where(lacking().is_not(None))
        .order_by(obligation.c.id)
    )
    rows: list[Row[Any]] = list(connection.execute(query))
    return rows


def defer(transaction: Transaction, rows: Sequence[Row[Any]]) -> None:
    """Let obligations (id, first_period, next_period, root) begin or go on with the period after. Raises Conflict when one has just been opened."""
    for row in rows:
        after = next_period(row.next_period)
        moved = {"next_period": after}
        if row.first_period == row.next_period and after != OVER:
            moved["first_period"] = after
        unopened = update(obligation).where(obligation.c.id == row.id, obligation.c.next_period == row.next_period)
        if transaction.connection.execute(unopened.values(**moved)).rowcount != 1:
            raise Conflict(f"Expected period {row.next_period} of obligation {row.id} to be unopened, but it has just been opened.")
        transaction.record(
            Fact(
                action="obligation.deferred",
                subject=Subject(type="obligation", id=row.id),
                objects=(Subject(type="directive", id=row.root, qualifier="root"),),
                changes=tuple(Change(field=name, old=row.next_period, new=value) for name, value in moved.items()),
                reason={"code": "too_late", "text": "the report of the period went to its superiors without a section on it"},
                streams=(row.root,),
            )
        )
    if rows:
        transaction.wake(Due.PERIODS, ALL)  # the period after may be open already
