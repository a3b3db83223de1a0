"""A regular report from its opening to its submission: one section per open obligation (DOMAIN.md A3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from engine.directives.register import code_of, enter, take_number, term_of
from engine.directory.organisations import organisation_by_id
from engine.history.record import Change, Subject
from engine.instances.operations import Call
from engine.kernel.clock import local_date
from engine.kernel.errors import InvalidInput
from engine.reports.regimes import WAIT_WORKING_DAYS, cutoff, due_date, next_opening_of, obligations_in
from engine.storage.schema import (
    consolidation,
    consolidation_total,
    directive,
    indicator,
    obligation,
    report,
    report_figure,
    report_revision,
    report_section,
    submission,
)


def open_report(call: Call) -> dict[str, Any]:
    """Open the report of a period. Parameters: report_type, period. Result: report, sections, dates."""
    report_type, period = call.parameter("report_type"), call.parameter("period")
    transaction, unit = call.transaction, call.case.organisation
    connection = transaction.connection
    owed = connection.execute(
        select(obligation.c.id, obligation.c.directive, directive.c.root)
        .join(directive, directive.c.id == obligation.c.directive)
        .where(obligation.c.organisation == unit, obligation.c.report_type == report_type)
        .where(obligation.c.status == "open", obligations_in(period))
        .order_by(obligation.c.id)
    ).all()
    due = due_date(connection, unit, period, report_type=report_type)
    identity = transaction.new_id()
    row = {"id": identity, "organisation": unit, "report_type": report_type, "period": period, "revision": 0}
    connection.execute(
        insert(report).values(**row, status="open", due_date=due.isoformat(), opened_at=transaction.at)
    )
    below = below_report(connection, unit, period, [entry.directive for entry in owed])
    waits = [entry for entry in below if not _closed(connection, unit, entry.report_type, period)]
    last_due = max((due_date(connection, entry.organisation, period, report_type=entry.report_type, superior=unit) for entry in waits), default=due)
    call.record(
        "report.opened",
        Subject(type="report", id=identity),
        changes=(Change(field="period", new=period), Change(field="due", new=due.isoformat())),
        streams=tuple(sorted({entry.root for entry in owed})),
    )
    return {
        "report": identity,
        "sections": [entry.id for entry in owed],
        "has_subordinates": bool(waits),
        "due": due.isoformat(),
        "cutoff": call.calendar.working_days_after(cutoff(call.calendar, last_due), WAIT_WORKING_DAYS).isoformat(),
        "next_opens": next_opening_of(connection, unit, report_type, period).isoformat(),
    }


def below_report(connection: Connection, unit: str, period: str, directives: list[str]) -> list[Row[Any]]:
    """Return the obligations of others to `unit` under children of `directives`: what feeds its report."""
    query = (
        select(obligation.c.organisation, obligation.c.report_type)
        .join(directive, directive.c.id == obligation.c.directive)
        .where(obligation.c.superior == unit, directive.c.parent.in_(directives), obligations_in(period))
        .where(obligation.c.status == "open")
    )
    rows: list[Row[Any]] = list(connection.execute(query))
    return rows


def _closed(connection: Connection, unit: str, report_type: str, period: str) -> bool:
    query = select(consolidation.c.status).where(
        consolidation.c.organisation == unit,
        consolidation.c.report_type == report_type,
        consolidation.c.period == period,
    )
    return connection.execute(query).scalar_one_or_none() == "closed"


def submit_report(call: Call) -> dict[str, Any]:
    """Freeze a revision and submit it to every superior. Result: superiors, revision.

    Parameters: report, sections, revised, merged, numbering (element ids of the forms).
    """
    transaction, connection = call.transaction, call.transaction.connection
    row = connection.execute(select(report).where(report.c.id == call.parameter("report"))).one()
    revision = row.revision + 1
    today = local_date(transaction.now)
    late = today > date.fromisoformat(row.due_date)
    code = _number(call, row, call.form(call.parameter("numbering")), first=revision == 1)
    merged = call.form(call.parameter("merged"))
    connection.execute(
        insert(report_revision).values(
            report=row.id,
            revision=revision,
            general_assessment=merged.get("general_assessment", ""),
            code=code,
            submitted_at=transaction.at,
            late=int(late),
        )
    )
    sections = _sections(call)
    for obligation_id, content in sections.items():
        _write_section(call, row, revision, obligation_id, content)
    superiors = _submissions(call, row, revision, list(sections))
    connection.execute(update(report).where(report.c.id == row.id).values(revision=revision, status="submitted"))
    roots = _roots(connection, list(sections))
    call.record(
        "report.submitted",
        Subject(type="report", id=row.id, qualifier=str(revision)),
        objects=tuple(Subject(type="organisation", id=entry, qualifier="superior") for entry in superiors),
        changes=(
            Change(field="revision", old=row.revision or None, new=revision),
            Change(field="late", new=late),
            Change(field="nil", new=all(entry["assessment"] == "nil" for entry in sections.values())),
        ),
        basis=code,
        streams=roots,
    )
    return {"superiors": superiors, "revision": revision}


def mark_unanswered(call: Call) -> dict[str, Any]:
    """Note that the next period began before the superiors answered. Parameter: report."""
    identity = call.parameter("report")
    change = update(report).where(report.c.id == identity, report.c.status == "submitted").values(status="unanswered")
    call.transaction.connection.execute(change)
    call.record("report.unanswered", Subject(type="report", id=identity), streams=report_roots(call, identity))
    return {}


def report_roots(call: Call, report_id: str) -> tuple[str, ...]:
    """Return the root directives that the sections of a report answer."""
    query = select(report_section.c.obligation).where(report_section.c.report == report_id).distinct()
    return _roots(call.transaction.connection, list(call.transaction.connection.execute(query).scalars()))


def _sections(call: Call) -> dict[str, dict[str, Any]]:
    """Return the newest content per obligation: as first written, then as revised after a return."""
    found = {item["section"]: form for item, form in call.forms(call.parameter("sections"))}
    for _, form in call.forms(call.parameter("revised")):
        found |= {entry["section"]: entry for entry in form["sections"]}
    if not found:
        raise InvalidInput(f"Expected at least one section in report {call.parameter('report')}, but found none.")
    return found


def _number(call: Call, row: Row[Any], numbering: dict[str, Any], *, first: bool) -> str:
    connection = call.transaction.connection
    if not first:
        query = select(report_revision.c.code).where(report_revision.c.report == row.id, report_revision.c.revision == 1)
        return str(connection.execute(query).scalar_one())
    unit = organisation_by_id(connection, row.organisation)
    symbol = f"BC/{unit.symbol or unit.code}"
    issued = numbering["issued_date"]
    taken = take_number(
        call.transaction,
        organisation=row.organisation,
        direction="outgoing",
        doc_type="báo cáo",
        term=term_of(symbol, date.fromisoformat(issued).year),
        wanted=numbering.get("number"),
    )
    enter(call.transaction, taken, report=row.id, entry_date=issued, subject=f"{row.report_type} {row.period}")
    return code_of(taken.number, symbol)


def _write_section(call: Call, row: Row[Any], revision: int, obligation_id: str, content: dict[str, Any]) -> None:
    transaction, connection = call.transaction, call.transaction.connection
    owed = connection.execute(select(obligation).where(obligation.c.id == obligation_id)).one_or_none()
    if owed is None or owed.organisation != row.organisation:
        raise InvalidInput(f"Expected an obligation of this organisation as section, but found {obligation_id!r}.")
    identity = transaction.new_id()
    connection.execute(
        insert(report_section).values(
            id=identity,
            report=row.id,
            revision=revision,
            obligation=obligation_id,
            directive=owed.directive,
            assessment=content["assessment"],
            narrative=content.get("result_narrative", ""),
            nil_reason=content.get("nil_reason"),
            difficulties=content.get("difficulties", ""),
            proposals=content.get("proposals", ""),
            next_tasks=content.get("next_period_tasks", ""),
        )
    )
    figures = _figures(connection, row, owed.directive, content)
    if figures:
        rows = [{"id": transaction.new_id(), "report_section": identity, **figure} for figure in figures]
        connection.execute(insert(report_figure), rows)


def _figures(
    connection: Connection, row: Row[Any], directive_id: str, content: dict[str, Any]
) -> list[dict[str, Any]]:
    """Return the unit's own figures together with what the consolidation below it gave."""
    own = content.get("indicators", {})
    below = totals_below(connection, row.organisation, row.period, directive_id)
    known = connection.execute(select(indicator).where(indicator.c.directive == directive_id)).all()
    unknown = own.keys() - {entry.key for entry in known}
    if unknown:
        raise InvalidInput(
            f"Expected only the indicators {sorted(entry.key for entry in known)} of the directive, "
            f"but found {sorted(unknown)} in the section."
        )
    return [
        {
            "indicator": entry.key,
            "own_value": own.get(entry.key, 0),
            "value": combine(entry.aggregation, [own.get(entry.key, 0), *below.get(entry.key, [])]),
        }
        for entry in known
    ]


def combine(aggregation: str, values: list[int]) -> int:
    """Return one figure for several: their sum, their maximum, or the last of them."""
    match aggregation:
        case "max":
            return max(values)
        case "last":
            return values[-1]
        case _:
            return sum(values)


def totals_below(connection: Connection, unit: str, period: str, directive_id: str) -> dict[str, list[int]]:
    """Return the closed totals of the directive's children at `unit`, per indicator."""
    query = (
        select(consolidation_total.c.indicator, consolidation_total.c.value)
        .join(consolidation, consolidation.c.id == consolidation_total.c.consolidation)
        .join(directive, directive.c.id == consolidation_total.c.directive)
        .where(consolidation.c.organisation == unit, consolidation.c.period == period)
        .where(consolidation.c.status == "closed", directive.c.parent == directive_id)
    )
    found: dict[str, list[int]] = {}
    for key, value in connection.execute(query):
        found.setdefault(key, []).append(value)
    return found


def _submissions(call: Call, row: Row[Any], revision: int, obligations: Iterable[str]) -> list[str]:
    connection = call.transaction.connection
    query = select(obligation.c.superior).where(obligation.c.id.in_(list(obligations))).distinct()
    superiors = sorted(connection.execute(query).scalars())
    rows = [
        {
            "report": row.id,
            "revision": revision,
            "superior": superior,
            "status": "submitted",
            "submitted_at": call.transaction.at,
        }
        for superior in superiors
    ]
    connection.execute(insert(submission), rows)
    return superiors


def _roots(connection: Connection, obligations: list[str]) -> tuple[str, ...]:
    query = (
        select(directive.c.root)
        .join(obligation, obligation.c.directive == directive.c.id)
        .where(obligation.c.id.in_(obligations))
        .distinct()
    )
    return tuple(sorted(connection.execute(query).scalars()))
