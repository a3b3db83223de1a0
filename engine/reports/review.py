"""A superior looks at a report: accepts or returns it; what comes after the cut-off is counted as the leader decides."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update

from engine.directives.urging import Urge, remember_urge
from engine.directory.organisations import hold_unit
from engine.history.record import Change, Subject
from engine.instances.operations import Call
from engine.kernel.clock import from_stamp, local_date
from engine.kernel.errors import Refused
from engine.kernel.periods import FINAL, OVER, frequency_of, label, next_period
from engine.messages.inbox import send
from engine.reports.collect import announce_complete, consolidation_of, count, expectation, note
from engine.reports.outdate import outdate
from engine.reports.submit import CORRECTION, report_roots
from engine.storage.schema import (
    consolidation,
    directive,
    expected_report,
    obligation,
    report,
    report_revision,
    report_section,
    submission,
    subscription,
)

SUPPLEMENT, NEXT_PERIOD = "supplement", "next_period"
CONCLUDED = "report.concluded"
_REPORT = select(report).where(report.c.id == bindparam("b_report"))
_REVISION = select(report_revision).where(report_revision.c.report == bindparam("b_report"), report_revision.c.revision == bindparam("b_revision"))
_DECIDE = (
    update(submission)
    .where(submission.c.report == bindparam("b_report"), submission.c.revision == bindparam("b_revision"))
    .where(submission.c.superior == bindparam("b_superior"), submission.c.status == "submitted")
    .values(status=bindparam("b_verdict"), decided_at=bindparam("b_at"), reason=bindparam("b_reason"))
)


def weigh_report(call: Call) -> dict[str, Any]:
    """Say what the reviewer must know first. Parameters: report, revision. Result: after_cutoff, days_late, kind."""
    connection, identity = call.transaction.connection, call.parameter("report")
    row = connection.execute(_REPORT, {"b_report": identity}).one()
    revision = connection.execute(_REVISION, {"b_report": identity, "b_revision": call.parameter("revision")}).one()
    above = consolidation_of(connection, call.case.organisation, row.report_type, row.period)
    days = (local_date(from_stamp(revision.submitted_at)) - date.fromisoformat(row.due_date)).days
    closed = above is not None and above.status != "open"
    return {"after_cutoff": closed and revision.kind != CORRECTION, "days_late": max(0, days), "kind": revision.kind}


def decide_report(call: Call) -> dict[str, Any]:
    """Write the reviewer's decision (F12). Parameters: report, revision, form.

    Result: verdict (what the reporter is to be told: accepted, returned, or noted when there is nothing to tell yet),
    counts_later (accepted after the cut-off: the leader decides how), can_carry (there is a period to carry it into).
    """
    connection, unit = call.transaction.connection, call.case.organisation
    identity, revision = call.parameter("report"), call.parameter("revision")
    form = call.form(call.parameter("form"))
    hold_unit(connection, unit)  # of two accepted at once, one completes the list; none while the list is closed
    connection.execute(select(report.c.id).where(report.c.id == identity).with_for_update())  # several superiors decide on it
    verdict = "returned" if form["decision"] == "return" else "accepted"
    place = {"b_report": identity, "b_revision": revision, "b_superior": unit}
    decision = {"b_verdict": verdict, "b_at": call.transaction.at, "b_reason": form.get("reason")}
    if connection.execute(_DECIDE, {**place, **decision}).rowcount != 1:
        raise Refused(f"Expected report {identity} revision {revision} to await a decision of {unit}, but it does not.")
    row = connection.execute(_REPORT, {"b_report": identity}).one()
    call.record(
        f"report.{verdict}",
        Subject(type="report", id=identity, qualifier=str(revision)),
        changes=(Change(field="status", old="submitted", new=verdict),),
        reason={"code": form["decision"], "text": form["reason"]} if form.get("reason") else None,
        streams=report_roots(call, identity),
    )
    later = _apply(call, row, revision, verdict)
    told = _told(call, row, revision, verdict, form.get("reason"))
    can_carry = later and next_period_owed(connection, unit, row)
    return {"verdict": told, "counts_later": later, "can_carry": can_carry}


def _apply(call: Call, row: Row[Any], revision: int, verdict: str) -> bool:
    """Count the decision; return whether it was accepted too late to be counted by itself."""
    connection = call.transaction.connection
    above = consolidation_of(connection, call.case.organisation, row.report_type, row.period)
    if above is None:
        return False  # counted when the list is frozen
    line = expectation(connection, above.id, row.organisation)
    if verdict == "returned":
        _return(connection, above, line, row)
        return False
    if above.status == "open":
        count(call, above.id, row, revision)
        announce_complete(call, above.id)
        return False
    if line is not None and line.status == "accepted":
        count(call, above.id, row, revision)
        outdate(call, above.id, cause="corrected")
        return False
    if line is not None and line.after_cutoff == NEXT_PERIOD:
        note(connection, above.id, row.organisation, revision=revision)
        if line.carried_into is not None:
            outdate(call, line.carried_into, cause="corrected")
        return False
    count(call, above.id, row, revision, status="missing", after_cutoff="accepted")
    return True


def _return(connection: Connection, above: Row[Any], line: Row[Any] | None, row: Row[Any]) -> None:
    counted = line is not None and line.report is not None
    again = (line.returned if line is not None else 0) + 1
    if counted:
        note(connection, above.id, row.organisation, returned=again)  # what was accepted before stays counted
    elif above.status == "open":
        note(connection, above.id, row.organisation, status="returned", returned=again)
    else:
        note(connection, above.id, row.organisation, status="missing", after_cutoff=None, returned=again)


def _told(call: Call, row: Row[Any], revision: int, verdict: str, reason: str | None) -> str:
    """Return what the reporter is to be told: a return at once, an acceptance only when all have accepted."""
    connection = call.transaction.connection
    if row.revision != revision or row.status not in ("submitted", "unanswered"):
        return "noted"  # another superior returned this revision before: the next one comes to all of them
    if verdict == "accepted":
        others = select(func.count()).where(
            submission.c.report == row.id, submission.c.revision == revision, submission.c.status != "accepted"
        )
        if connection.execute(others).scalar_one():
            return "noted"
    connection.execute(update(report).where(report.c.id == row.id).values(status=verdict))
    if verdict == "accepted" and row.period == FINAL:
        _conclude(call, row, revision)
    if _waits(connection, f"report.{verdict}", row.id):
        return verdict
    if verdict == "returned":
        connection.execute(update(report).where(report.c.id == row.id).values(status="unanswered"))
        about = f"Báo cáo {label(row.period)} được trả lại sau khi đã mở kỳ sau, đề nghị lập báo cáo sửa đổi: {reason}"
        remember_urge(call, Urge(organisation=row.organisation, role="specialist", about=about))
    return "noted"


def _waits(connection: Connection, message: str, key: str, unit: str | None = None) -> bool:
    query = select(subscription.c.id).where(subscription.c.message == message, subscription.c.key == key)
    if unit is not None:
        query = query.where(subscription.c.organisation == unit)
    return connection.execute(query.limit(1)).first() is not None


def _conclude(call: Call, row: Row[Any], revision: int) -> None:
    """Tell the cases of the reporter that wait for their final report that all superiors have accepted it."""
    connection = call.transaction.connection
    query = select(report_section.c.directive).where(report_section.c.report == row.id, report_section.c.revision == revision)
    for directive_id in sorted(set(connection.execute(query).scalars())):
        if _waits(connection, CONCLUDED, directive_id, row.organisation):
            source = f"concluded:{row.id}:{revision}:{directive_id}"
            roots = connection.execute(select(directive.c.root).where(directive.c.id == directive_id)).scalars().all()
            send(call.transaction, message=CONCLUDED, key=directive_id, to=[row.organisation], payload={}, source=source, roots=list(roots))


def next_period_owed(connection: Connection, unit: str, row: Row[Any]) -> bool:
    """Tell whether a later period will be consolidated at `unit` into which figures of this report can be carried."""
    following = next_period(row.period)
    if following == OVER:
        return False
    same = (consolidation.c.organisation == unit) & (consolidation.c.report_type == row.report_type)
    begun = connection.execute(select(consolidation.c.period).where(same, consolidation.c.status == "open")).scalars()
    if any(period > row.period for period in begun):
        return True
    to_come = (
        select(obligation.c.id)
        .where(obligation.c.superior == unit, obligation.c.report_type == row.report_type, obligation.c.status == "open")
        .where(obligation.c.frequency == frequency_of(row.period))
        .where((obligation.c.end_period.is_(None)) | (obligation.c.end_period >= obligation.c.next_period))
        .where((obligation.c.end_period.is_(None)) | (obligation.c.end_period > row.period))
    )
    return connection.execute(to_come.limit(1)).first() is not None


def settle_late(call: Call) -> dict[str, Any]:
    """Count a report that came after the cut-off: as a supplement, or with the next period. Parameters: report, form.

    Without a form (there is no later period) it is a supplement.
    """
    connection, unit = call.transaction.connection, call.case.organisation
    hold_unit(connection, unit)
    row = connection.execute(select(report).where(report.c.id == call.parameter("report"))).one()
    form = call.form(call.parameter("form"))
    decision = form.get("decision", SUPPLEMENT)
    above = consolidation_of(connection, unit, row.report_type, row.period)
    if above is None:
        raise Refused(f"Expected a consolidation of {label(row.period)} at {unit}, but there is none.")
    place = (expected_report.c.consolidation == above.id) & (expected_report.c.organisation == row.organisation)
    settled = connection.execute(
        update(expected_report)
        .where(place, expected_report.c.after_cutoff == "accepted")
        .values(after_cutoff=decision, status="accepted" if decision == SUPPLEMENT else "missing")
    )
    if settled.rowcount != 1:
        raise Refused(f"Expected the report of {label(row.period)} ({row.id}) to await how it is counted, but it is settled already.")
    call.record(
        "report.supplemented" if decision == SUPPLEMENT else "report.carried_over",
        Subject(type="report", id=row.id),
        objects=(Subject(type="consolidation", id=above.id),),
        changes=(Change(field="after_cutoff", old="accepted", new=decision),),
        reason={"code": decision, "text": form["reason"]} if form.get("reason") else None,
        streams=report_roots(call, row.id),
    )
    if decision == SUPPLEMENT:
        outdate(call, above.id, cause=SUPPLEMENT)
    return {}
