"""Consolidation: totals over the accepted revisions, each with its sources; a revision is never overwritten (DOMAIN.md A4)."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from engine.directives.closing import tell_finished
from engine.directory.organisations import hold_unit
from engine.history.record import Change, Subject
from engine.instances.operations import Call
from engine.kernel.errors import InvalidInput
from engine.kernel.periods import FINAL, frequency_of
from engine.messages.inbox import send
from engine.reports.collect import settle_list, snapshot
from engine.reports.outdate import ask, fed_report, roots_of
from engine.reports.regimes import obligations_in
from engine.reports.review import NEXT_PERIOD
from engine.reports.submit import below_report
from engine.reports.totals import Book, divide_again, figures_of, write_ratios, write_total
from engine.storage.schema import (
    consolidation,
    consolidation_revision,
    consolidation_source,
    consolidation_total,
    directive,
    expected_report,
    obligation,
    report,
)


def compute_totals(call: Call) -> dict[str, Any]:
    """Compute the next revision's totals, remembering which figure went into which. Parameters: consolidation, [cause]."""
    connection, identity = call.transaction.connection, call.parameter("consolidation")
    hold_unit(connection, call.case.organisation)  # what is handed in or accepted comes before the list is closed, or after
    row = _row(connection, identity)
    if row.status == "open":
        settle_list(call, row)
        connection.execute(update(consolidation).where(consolidation.c.id == identity).values(status="merging"))
        _carry(call, row)
    book = Book(call=call, consolidation=identity, revision=row.revision + 1)
    _forget(connection, book)
    connection.execute(
        insert(consolidation_revision).values(
            consolidation=identity,
            revision=book.revision,
            cause=call.parameters.get("cause", "first"),
            expected=snapshot(connection, identity),
            computed_at=call.transaction.at,
        )
    )
    groups: dict[tuple[str, str], list[Row[Any]]] = {}
    for figure in figures_of(connection, row):
        groups.setdefault((figure.directive, figure.indicator), []).append(figure)
    totals = {place: write_total(book, place, figures) for place, figures in groups.items()}
    write_ratios(book, totals)
    return {}


def _row(connection: Connection, identity: str) -> Row[Any]:
    return connection.execute(select(consolidation).where(consolidation.c.id == identity)).one()


def _forget(connection: Connection, book: Book) -> None:
    """Drop what was computed for this revision before and never closed."""
    mine = (consolidation_total.c.consolidation == book.consolidation) & (consolidation_total.c.revision == book.revision)
    totals = select(consolidation_total.c.id).where(mine)
    connection.execute(delete(consolidation_source).where(consolidation_source.c.consolidation_total.in_(totals)))
    connection.execute(delete(consolidation_total).where(mine))
    connection.execute(
        delete(consolidation_revision).where(
            consolidation_revision.c.consolidation == book.consolidation,
            consolidation_revision.c.revision == book.revision,
            consolidation_revision.c.closed_at.is_(None),
        )
    )


def _carry(call: Call, row: Row[Any]) -> None:
    """Take in, once, what came after the cut-off of an earlier period and is to be counted with this one."""
    connection = call.transaction.connection
    waiting = (
        select(expected_report.c.consolidation, expected_report.c.organisation, consolidation.c.period)
        .join(consolidation, consolidation.c.id == expected_report.c.consolidation)
        .where(consolidation.c.organisation == row.organisation, consolidation.c.report_type == row.report_type)
        .where(expected_report.c.after_cutoff == NEXT_PERIOD, expected_report.c.carried_into.is_(None))
    )
    for line in connection.execute(waiting).all():
        if frequency_of(line.period) != frequency_of(row.period) or line.period >= row.period:
            continue
        place = (expected_report.c.consolidation == line.consolidation) & (expected_report.c.organisation == line.organisation)
        connection.execute(
            update(expected_report).where(place, expected_report.c.carried_into.is_(None)).values(carried_into=row.id)
        )


def close_consolidation(call: Call) -> dict[str, Any]:
    """Close the computed revision with its narrative (F13). Parameters: consolidation, form.

    Result: own_report, the organisation's own submitted report that holds older totals; "" when there is none.
    """
    connection, identity = call.transaction.connection, call.parameter("consolidation")
    form = call.form(call.parameter("form"))
    hold_unit(connection, call.case.organisation)
    row = _row(connection, identity)
    book = Book(call=call, consolidation=identity, revision=row.revision + 1)
    for override in form.get("overrides", []):
        _override(book, override)
    divide_again(book)
    place = (consolidation_revision.c.consolidation == identity) & (consolidation_revision.c.revision == book.revision)
    counted = connection.execute(select(consolidation_revision).where(place)).one()
    stale = _accepted(counted.expected) != _accepted(snapshot(connection, identity))
    connection.execute(
        update(consolidation_revision)
        .where(place)
        .values(form=json.dumps(form, ensure_ascii=False), closed_at=call.transaction.at)
    )
    connection.execute(
        update(consolidation)
        .where(consolidation.c.id == identity)
        .values(
            status="closed",
            revision=book.revision,
            closed_at=call.transaction.at,
            outdated_at=call.transaction.at if stale else None,
        )
    )
    call.record(
        "consolidation.closed",
        Subject(type="consolidation", id=identity, qualifier=str(book.revision)),
        objects=_included(counted.expected),
        changes=(Change(field="status", old=row.status, new="closed"), *_total_changes(book)),
        streams=roots_of(connection, row),
    )
    closed = _row(connection, identity)
    if stale:
        ask(call, closed, "corrected")
    _feed(call, closed)
    if closed.period == FINAL:
        theirs = (obligation.c.superior == closed.organisation) & (obligation.c.report_type == closed.report_type)
        tell_finished(call, connection.execute(select(obligation.c.directive).where(theirs).distinct()).scalars().all())
    return {"own_report": (fed_report(connection, closed) or "") if book.revision > 1 else ""}


def _override(book: Book, override: dict[str, Any]) -> None:
    connection = book.call.transaction.connection
    place = (
        (consolidation_total.c.consolidation == book.consolidation)
        & (consolidation_total.c.revision == book.revision)
        & (consolidation_total.c.directive == override["directive"])
        & (consolidation_total.c.indicator == override["indicator"])
    )
    total = connection.execute(select(consolidation_total).where(place)).one_or_none()
    if total is None:
        raise InvalidInput(f"Expected an indicator with a computed total, but found {override['indicator']!r}.")
    change = update(consolidation_total).where(place)
    connection.execute(change.values(value=override["value"], override_reason=override["reason"]))
    book.call.record(
        "consolidation.overridden",
        Subject(type="consolidation", id=book.consolidation, qualifier=str(book.revision)),
        objects=(Subject(type="total", id=total.id),),
        changes=(Change(field=f"total.{override['directive']}.{override['indicator']}", old=total.computed, new=override["value"]),),
        reason={"code": "override", "text": override["reason"]},
    )


def _accepted(expected: str) -> set[tuple[str, int]]:
    """Return the report revisions that a list counts."""
    return {
        (line["report"], line["revision"])
        for line in json.loads(expected)
        if line["report"] and (line["status"] == "accepted" or line["carried"])
    }


def _included(expected: str) -> tuple[Subject, ...]:
    return tuple(
        Subject(type="report", id=identity, qualifier=f"included:{revision}") for identity, revision in sorted(_accepted(expected))
    )


def _total_changes(book: Book) -> list[Change]:
    mine = (consolidation_total.c.consolidation == book.consolidation) & (consolidation_total.c.revision == book.revision)
    rows = book.call.transaction.connection.execute(select(consolidation_total).where(mine))
    return [Change(field=f"total.{row.directive}.{row.indicator}", old=row.computed, new=row.value) for row in rows]


def _feed(call: Call, row: Row[Any]) -> None:
    """Tell the organisation's own reports of the period that wait for this and for no other consolidation any more."""
    connection = call.transaction.connection
    waiting = (
        select(report.c.id, report.c.report_type)
        .where(report.c.organisation == row.organisation, report.c.period == row.period, report.c.awaits_below == 1)
    )
    closed = select(consolidation.c.report_type).where(
        consolidation.c.organisation == row.organisation,
        consolidation.c.period == row.period,
        consolidation.c.status == "closed",
    )
    done = set(connection.execute(closed).scalars())
    for own in connection.execute(waiting).all():
        owed = select(obligation.c.directive).where(
            obligation.c.organisation == row.organisation,
            obligation.c.report_type == own.report_type,
            obligations_in(row.period),
        )
        known = list(connection.execute(owed).scalars())
        feeding = {entry.report_type for entry in below_report(connection, row.organisation, row.period, known)}
        if row.report_type in feeding | _types_below(connection, row, known) and feeding <= done:
            connection.execute(update(report).where(report.c.id == own.id).values(awaits_below=0))
            source = f"consolidated:{own.id}"
            send(call.transaction, message="period.consolidated", key=own.id, payload={}, source=source)


def _types_below(connection: Connection, row: Row[Any], known: list[str]) -> set[str]:
    """Return the types of report owed to the organisation under children of `known`, even if closed meanwhile."""
    query = (
        select(obligation.c.report_type)
        .join(directive, directive.c.id == obligation.c.directive)
        .where(obligation.c.superior == row.organisation, directive.c.parent.in_(known))
    )
    return set(connection.execute(query).scalars())
