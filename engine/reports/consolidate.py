"""Review and consolidation: received and expected are counted in rows; every total keeps its sources (DOMAIN.md A4)."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from engine.directives.urging import Urge, remember_urge
from engine.history.record import Change, Subject
from engine.instances.operations import Call
from engine.kernel.errors import InvalidInput, Refused
from engine.messages.inbox import send
from engine.reports.regimes import cutoff, due_date, obligations_in
from engine.reports.submit import below_report, combine, report_roots
from engine.storage.schema import (
    consolidation,
    consolidation_revision,
    consolidation_source,
    consolidation_total,
    directive,
    expected_report,
    indicator,
    obligation,
    report,
    report_figure,
    report_revision,
    report_section,
    submission,
)

REMIND_WORKING_DAYS = 2
URGE_WORKING_DAYS = 1


def expect_reports(call: Call) -> dict[str, Any]:
    """Freeze who must report. Parameters: report_type, period. Result: consolidation, expected, dates."""
    report_type, period = call.parameter("report_type"), call.parameter("period")
    transaction, unit = call.transaction, call.case.organisation
    connection = transaction.connection
    owed = connection.execute(
        select(obligation.c.organisation, directive.c.root)
        .join(directive, directive.c.id == obligation.c.directive)
        .where(obligation.c.superior == unit, obligation.c.report_type == report_type)
        .where(obligation.c.status == "open", obligations_in(period))
    ).all()
    reporters = sorted({row.organisation for row in owed})
    last_due = max(due_date(connection, reporter, period, report_type=report_type, superior=unit) for reporter in reporters)
    closes = cutoff(call.calendar, last_due)
    identity = transaction.new_id()
    connection.execute(
        insert(consolidation).values(
            id=identity,
            organisation=unit,
            report_type=report_type,
            period=period,
            status="open",
            cutoff=closes.isoformat(),
        )
    )
    blank = {"consolidation": identity, "status": "expected", "late": 0, "nil": 0, "returned": 0, "urged": 0}
    connection.execute(insert(expected_report), [{**blank, "organisation": reporter} for reporter in reporters])
    call.record(
        "consolidation.opened",
        Subject(type="consolidation", id=identity),
        changes=(Change(field="expected", new=reporters), Change(field="cutoff", new=closes.isoformat())),
        streams=tuple(sorted({row.root for row in owed})),
    )
    _catch_up(call, identity, unit, report_type, period)
    return {
        "consolidation": identity,
        "expected": len(reporters),
        "remind_at": call.calendar.working_days_before(last_due, REMIND_WORKING_DAYS).isoformat(),
        "urge_at": call.calendar.working_days_after(last_due, URGE_WORKING_DAYS).isoformat(),
        "urge_again_at": closes.isoformat(),
        "cutoff": call.calendar.working_days_after(closes, 1).isoformat(),
    }


def _catch_up(call: Call, identity: str, unit: str, report_type: str, period: str) -> None:
    """Count reports that were accepted before the list was frozen."""
    accepted = (
        select(report, submission.c.revision.label("accepted"))
        .join(submission, submission.c.report == report.c.id)
        .where(submission.c.superior == unit, submission.c.status == "accepted")
        .where(report.c.report_type == report_type, report.c.period == period)
    )
    for row in call.transaction.connection.execute(accepted).all():
        _count(call, identity, row, row.accepted)
    _announce_complete(call, identity)


def remind_reporters(call: Call) -> dict[str, Any]:
    """Remind whoever has not submitted yet. Parameter: consolidation."""
    identity = call.parameter("consolidation")
    for reporter in _missing(call.transaction.connection, identity):
        remember_urge(call, Urge(organisation=reporter, role="specialist", about=identity, consolidation=identity))
    return {}


def urge_missing(call: Call) -> dict[str, Any]:
    """Urge whoever is overdue and count it. Parameters: consolidation, level."""
    identity, level = call.parameter("consolidation"), call.parameter("level")
    for reporter in _missing(call.transaction.connection, identity):
        remember_urge(call, Urge(organisation=reporter, role="leader", about=identity, level=level, consolidation=identity))
        call.transaction.connection.execute(
            update(expected_report)
            .where(expected_report.c.consolidation == identity, expected_report.c.organisation == reporter)
            .values(urged=expected_report.c.urged + 1)
        )
    return {}


def _missing(connection: Connection, identity: str) -> list[str]:
    place = (expected_report.c.consolidation == identity) & (expected_report.c.status.in_(["expected", "returned"]))
    return sorted(connection.execute(select(expected_report.c.organisation).where(place)).scalars())


def decide_report(call: Call) -> dict[str, Any]:
    """Write the reviewer's decision (F12). Parameters: report, revision, form. Result: verdict."""
    connection, unit = call.transaction.connection, call.case.organisation
    identity, revision = call.parameter("report"), call.parameter("revision")
    form = call.form(call.parameter("form"))
    verdict = "returned" if form["decision"] == "return" else "accepted"
    decided = connection.execute(
        update(submission)
        .where(submission.c.report == identity, submission.c.revision == revision, submission.c.superior == unit)
        .where(submission.c.status == "submitted")
        .values(status=verdict, decided_at=call.transaction.at, reason=form.get("reason"))
    )
    if decided.rowcount != 1:
        raise Refused(f"Expected report {identity} revision {revision} to await a decision of {unit}, but it does not.")
    row = connection.execute(select(report).where(report.c.id == identity)).one()
    call.record(
        f"report.{verdict}",
        Subject(type="report", id=identity, qualifier=str(revision)),
        changes=(Change(field="status", old="submitted", new=verdict),),
        reason={"code": form["decision"], "text": form["reason"]} if form.get("reason") else None,
        streams=report_roots(call, identity),
    )
    _apply_verdict(call, row, revision, verdict)
    return {"verdict": _overall(connection, identity, revision, verdict)}


def _apply_verdict(call: Call, row: Row[Any], revision: int, verdict: str) -> None:
    connection = call.transaction.connection
    mine = select(consolidation.c.id).where(
        consolidation.c.organisation == call.case.organisation,
        consolidation.c.report_type == row.report_type,
        consolidation.c.period == row.period,
    )
    consolidation_id = connection.execute(mine.where(consolidation.c.status == "open")).scalar_one_or_none()
    if consolidation_id is None:
        return  # after the cut-off the report is kept and flagged, and counts in no closed total
    if verdict == "returned":
        connection.execute(
            update(expected_report)
            .where(expected_report.c.consolidation == consolidation_id)
            .where(expected_report.c.organisation == row.organisation)
            .values(status="returned", returned=expected_report.c.returned + 1)
        )
        return
    _count(call, consolidation_id, row, revision)
    _announce_complete(call, consolidation_id)


def _count(call: Call, consolidation_id: str, row: Row[Any], revision: int) -> None:
    connection = call.transaction.connection
    place = (report_revision.c.report == row.id) & (report_revision.c.revision == revision)
    late = connection.execute(select(report_revision.c.late).where(place)).scalar_one()
    sections = select(report_section.c.assessment).where(
        report_section.c.report == row.id, report_section.c.revision == revision
    )
    nil = all(value == "nil" for value in connection.execute(sections).scalars())
    connection.execute(
        update(expected_report)
        .where(expected_report.c.consolidation == consolidation_id)
        .where(expected_report.c.organisation == row.organisation)
        .values(status="accepted", late=late, nil=int(nil), report=row.id, revision=revision)
    )


def _announce_complete(call: Call, consolidation_id: str) -> None:
    waiting = select(func.count()).where(
        expected_report.c.consolidation == consolidation_id, expected_report.c.status != "accepted"
    )
    if call.transaction.connection.execute(waiting).scalar_one() == 0:
        send(
            call.transaction,
            message="reports.complete",
            key=consolidation_id,
            payload={},
            source=f"complete:{consolidation_id}",
        )


def _overall(connection: Connection, report_id: str, revision: int, verdict: str) -> str:
    """Return what the reporter is told: a return at once, an acceptance only when all have accepted."""
    if verdict == "accepted":
        others = select(func.count()).where(
            submission.c.report == report_id, submission.c.revision == revision, submission.c.status != "accepted"
        )
        if connection.execute(others).scalar_one():
            return "pending"
    connection.execute(update(report).where(report.c.id == report_id).values(status=verdict))
    return verdict


def compute_totals(call: Call) -> dict[str, Any]:
    """Sum the accepted revisions, remembering which figure went into which total. Parameter: consolidation."""
    transaction, connection = call.transaction, call.transaction.connection
    identity = call.parameter("consolidation")
    query = (
        select(report_section.c.directive, report_figure, indicator.c.aggregation)
        .join(report_section, report_section.c.id == report_figure.c.report_section)
        .join(
            expected_report,
            (expected_report.c.report == report_section.c.report)
            & (expected_report.c.revision == report_section.c.revision),
        )
        .join(obligation, obligation.c.id == report_section.c.obligation)
        .join(
            indicator,
            (indicator.c.directive == report_section.c.directive) & (indicator.c.key == report_figure.c.indicator),
        )
        .where(expected_report.c.consolidation == identity, expected_report.c.status == "accepted")
        .where(obligation.c.superior == call.case.organisation)
        .order_by(report_figure.c.id)
    )
    groups: dict[tuple[str, str], list[Row[Any]]] = {}
    for row in connection.execute(query):
        groups.setdefault((row.directive, row.indicator), []).append(row)
    for (directive_id, key), rows in groups.items():
        total_id, value = transaction.new_id(), combine(rows[0].aggregation, [row.value for row in rows])
        connection.execute(
            insert(consolidation_total).values(
                id=total_id, consolidation=identity, revision=1, directive=directive_id, indicator=key, computed=value, value=value
            )
        )
        links = [{"consolidation_total": total_id, "report_figure": row.id} for row in rows]
        connection.execute(insert(consolidation_source), links)
    connection.execute(
        update(expected_report)
        .where(expected_report.c.consolidation == identity, expected_report.c.status != "accepted")
        .values(status="missing")
    )
    return {}


def close_consolidation(call: Call) -> dict[str, Any]:
    """Close a consolidation with its narrative (F13). Parameters: consolidation, form."""
    connection, identity = call.transaction.connection, call.parameter("consolidation")
    form = call.form(call.parameter("form"))
    for override in form.get("overrides", []):
        _override(connection, identity, override)
    row = connection.execute(select(consolidation).where(consolidation.c.id == identity)).one()
    connection.execute(
        update(consolidation)
        .where(consolidation.c.id == identity)
        .values(
            status="closed",
            revision=1,
            closed_at=call.transaction.at,
        )
    )
    connection.execute(
        insert(consolidation_revision).values(
            consolidation=identity,
            revision=1,
            cause="first",
            expected="[]",
            form=json.dumps(form, ensure_ascii=False),
            computed_at=call.transaction.at,
            closed_at=call.transaction.at,
        )
    )
    call.record(
        "consolidation.closed",
        Subject(type="consolidation", id=identity),
        objects=_included(connection, identity),
        changes=(Change(field="status", old="open", new="closed"), *_total_changes(connection, identity)),
        streams=_streams(connection, row),
    )
    for report_id in _fed_reports(connection, row):
        send(
            call.transaction,
            message="period.consolidated",
            key=report_id,
            payload={},
            source=f"consolidated:{report_id}",
        )
    return {}


def _override(connection: Connection, identity: str, override: dict[str, Any]) -> None:
    place = (
        (consolidation_total.c.consolidation == identity)
        & (consolidation_total.c.directive == override["directive"])
        & (consolidation_total.c.indicator == override["indicator"])
    )
    change = update(consolidation_total).where(place)
    done = connection.execute(change.values(value=override["value"], override_reason=override["reason"]))
    if done.rowcount != 1:
        raise InvalidInput(f"Expected an indicator with a computed total, but found {override['indicator']!r}.")


def _included(connection: Connection, identity: str) -> tuple[Subject, ...]:
    rows = connection.execute(select(expected_report).where(expected_report.c.consolidation == identity))
    return tuple(
        Subject(type="report", id=row.report, qualifier=f"included:{row.revision}") for row in rows if row.report
    )


def _total_changes(connection: Connection, identity: str) -> list[Change]:
    rows = connection.execute(select(consolidation_total).where(consolidation_total.c.consolidation == identity))
    return [Change(field=f"total.{row.directive}.{row.indicator}", old=row.computed, new=row.value) for row in rows]


def _streams(connection: Connection, row: Row[Any]) -> tuple[str, ...]:
    query = (
        select(directive.c.root)
        .join(obligation, obligation.c.directive == directive.c.id)
        .where(obligation.c.superior == row.organisation, obligation.c.report_type == row.report_type)
        .distinct()
    )
    return tuple(sorted(connection.execute(query).scalars()))


def _fed_reports(connection: Connection, row: Row[Any]) -> list[str]:
    """Return the unit's own open reports of the period all of whose consolidations are closed."""
    own = (
        select(report.c.id, obligation.c.directive)
        .join(
            obligation,
            (obligation.c.organisation == report.c.organisation) & (obligation.c.report_type == report.c.report_type),
        )
        .where(report.c.organisation == row.organisation, report.c.period == row.period, obligations_in(row.period))
    )
    directives: dict[str, list[str]] = {}
    for report_id, directive_id in connection.execute(own):
        directives.setdefault(report_id, []).append(directive_id)
    closed = select(consolidation.c.report_type).where(
        consolidation.c.organisation == row.organisation,
        consolidation.c.period == row.period,
        consolidation.c.status == "closed",
    )
    done = set(connection.execute(closed).scalars())
    feeds = {
        report_id: {entry.report_type for entry in below_report(connection, row.organisation, row.period, known)}
        for report_id, known in directives.items()
    }
    return sorted(report_id for report_id, types in feeds.items() if row.report_type in types and types <= done)

