"""The list of those who must report on a period: frozen, counted, reminded and urged (DOMAIN.md A4, T6, T7)."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, bindparam, exists, insert, select, update

from engine.directory.organisations import hold_unit
from engine.history.record import Change, Subject
from engine.instances.operations import Call
from engine.kernel.periods import FINAL
from engine.messages.inbox import send
from engine.reports.regimes import cutoff, due_date, due_dates, obligations_in
from engine.reports.sections import ELSEWHERE, NIL
from engine.storage.schema import (
    consolidation,
    directive,
    expected_report,
    inbox,
    obligation,
    opened_section,
    report,
    report_revision,
    report_section,
    submission,
    subscription,
)

REMIND_WORKING_DAYS = 2  # before the last day (T7)
REMIND_FINAL_WORKING_DAYS = (3, 1)  # what is owed on one day only is called to mind twice (T4, DOMAIN.md E3)
URGE_WORKING_DAYS = 1
WRITTEN_AFTER = 1  # working days after the cut-off: D+3
LEADER_AFTER = 5  # D+7
COMPLETE, MISSING, ALL_IN = "reports.complete", "reports.missing", "reports.all_in"
_CONSOLIDATION_OF = (
    select(consolidation)
    .where(consolidation.c.organisation == bindparam("b_unit"), consolidation.c.report_type == bindparam("b_type"))
    .where(consolidation.c.period == bindparam("b_period"))
)
_BY_ID = select(consolidation).where(consolidation.c.id == bindparam("b_consolidation"))
_LINE = (
    select(expected_report)
    .where(expected_report.c.consolidation == bindparam("b_consolidation"), expected_report.c.organisation == bindparam("b_reporter"))
)
_WAITING = (
    select(expected_report.c.organisation)
    .where(expected_report.c.consolidation == bindparam("b_consolidation"), expected_report.c.status.not_in(["accepted", "excused"]))
    .limit(1)
)
_ANNOUNCED = select(inbox.c.id).where(inbox.c.name == COMPLETE, inbox.c.key == bindparam("b_consolidation"))
_LATE = select(report_revision.c.late).where(report_revision.c.report == bindparam("b_report"), report_revision.c.revision == bindparam("b_revision"))
_TOLD = (
    select(report_section.c.assessment)
    .where(report_section.c.report == bindparam("b_report"), report_section.c.revision == bindparam("b_revision"))
    .where(report_section.c.assessment != ELSEWHERE)
)
BLANK = {"status": "expected", "late": 0, "nil": 0, "returned": 0, "urged": 0}


def expect_reports(call: Call) -> dict[str, Any]:
    """Freeze who must report. Parameters: report_type, period. Result: consolidation, expected, dates."""
    report_type, period = call.parameter("report_type"), call.parameter("period")
    transaction, unit = call.transaction, call.case.organisation
    connection = transaction.connection
    hold_unit(connection, unit)  # nobody is accepted, or begins to owe, while the list is frozen
    owed = _owed(connection, unit, report_type, period)
    reporters = sorted({row.organisation for row in owed})
    dues = due_dates(connection, unit, period, report_type=report_type)
    last_due = max((dues[reporter] for reporter in reporters), default=None) or due_date(connection, unit, period)
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
    if reporters:
        rows = [{"consolidation": identity, "organisation": reporter, **BLANK} for reporter in reporters]
        connection.execute(insert(expected_report), rows)
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
        **_reminders(call, last_due, final=period == FINAL),
        "urge_at": call.calendar.working_days_after(last_due, URGE_WORKING_DAYS).isoformat(),
        "cutoff": call.calendar.working_days_after(closes, 1).isoformat(),
    }


def _reminders(call: Call, last_due: date, *, final: bool) -> dict[str, str]:
    days = [call.calendar.working_days_before(last_due, count) for count in REMIND_FINAL_WORKING_DAYS]
    if not final:
        return {"remind_at": call.calendar.working_days_before(last_due, REMIND_WORKING_DAYS).isoformat(), "remind_again_at": ""}
    return {"remind_at": days[0].isoformat(), "remind_again_at": days[1].isoformat()}


def _owed(connection: Connection, unit: str, report_type: str, period: str) -> list[Row[Any]]:
    query = (
        select(obligation.c.organisation, directive.c.root)
        .join(directive, directive.c.id == obligation.c.directive)
        .where(obligation.c.superior == unit, obligation.c.report_type == report_type)
        .where(obligation.c.status == "open", obligations_in(period))
    )
    rows: list[Row[Any]] = list(connection.execute(query))
    return rows


def _catch_up(call: Call, identity: str, unit: str, report_type: str, period: str) -> None:
    """Count reports that were accepted before the list was frozen."""
    accepted = (
        select(report, submission.c.revision.label("accepted"))
        .join(submission, submission.c.report == report.c.id)
        .where(submission.c.superior == unit, submission.c.status == "accepted")
        .where(report.c.report_type == report_type, report.c.period == period)
        .order_by(submission.c.revision)
    )
    for row in call.transaction.connection.execute(accepted).all():
        count(call, identity, row, row.accepted)
    announce_complete(call, identity)


def join_lists(call: Call, *, unit: str, report_type: str, period: str) -> None:
    """Put an organisation that opens its report on the lists of its superiors that were frozen before it owed one."""
    connection = call.transaction.connection
    owed = (
        select(obligation.c.superior)
        .where(obligation.c.organisation == unit, obligation.c.report_type == report_type)
        .where(obligation.c.status == "open", obligations_in(period))
    )
    superiors = sorted(set(connection.execute(owed).scalars()))
    for superior in superiors:
        hold_unit(connection, superior, beside=True)
    frozen = select(consolidation.c.id).where(
        consolidation.c.organisation.in_(superiors),
        consolidation.c.report_type == report_type,
        consolidation.c.period == period,
        consolidation.c.status == "open",
    )
    for identity in connection.execute(frozen).scalars().all():
        if expectation(connection, identity, unit) is None:
            connection.execute(insert(expected_report).values(consolidation=identity, organisation=unit, **BLANK))


def consolidation_of(connection: Connection, unit: str, report_type: str, period: str) -> Row[Any] | None:
    """Return the consolidation of a period at `unit`; None when it was not opened yet."""
    return connection.execute(_CONSOLIDATION_OF, {"b_unit": unit, "b_type": report_type, "b_period": period}).one_or_none()


def expectation(connection: Connection, identity: str, reporter: str) -> Row[Any] | None:
    """Return the line of an organisation on the list of a consolidation."""
    return connection.execute(_LINE, {"b_consolidation": identity, "b_reporter": reporter}).one_or_none()


def note(connection: Connection, identity: str, reporter: str, **values: Any) -> None:
    """Change the line of an organisation on the list; add it when it is not there."""
    place = (expected_report.c.consolidation == identity) & (expected_report.c.organisation == reporter)
    if connection.execute(update(expected_report).where(place).values(**values)).rowcount == 0:
        connection.execute(insert(expected_report).values(consolidation=identity, organisation=reporter, **(BLANK | values)))


def excuse(call: Call, identity: str) -> None:
    """Take from the list whoever owes nothing any more: it refused the directive, the directive was withdrawn, or came too late for the period."""
    connection = call.transaction.connection
    row = connection.execute(select(consolidation).where(consolidation.c.id == identity)).one()
    owing = {entry.organisation for entry in _owed(connection, row.organisation, row.report_type, row.period)}
    for reporter in missing_from(connection, identity):
        told = (
            select(report.c.id)
            .join(opened_section, opened_section.c.report == report.c.id)
            .join(obligation, obligation.c.id == opened_section.c.obligation)
            .where(report.c.organisation == reporter, report.c.report_type == row.report_type, report.c.period == row.period)
            .where(obligation.c.superior == row.organisation)
        )
        if reporter not in owing and connection.execute(told.limit(1)).first() is None:
            note(connection, identity, reporter, status="excused")
            call.record(
                "consolidation.excused",
                Subject(type="consolidation", id=identity),
                objects=(Subject(type="organisation", id=reporter, qualifier="reporter"),),
                reason={"code": "owes_nothing", "text": "Đơn vị không còn phải báo cáo: đã từ chối văn bản, hoặc văn bản đã được rút."},
            )
    announce_complete(call, identity)


def missing_from(connection: Connection, identity: str) -> list[str]:
    """Return who has not handed in a report that could still be looked at."""
    waiting = exists().where(
        report.c.organisation == expected_report.c.organisation,
        report.c.report_type == consolidation.c.report_type,
        report.c.period == consolidation.c.period,
        submission.c.report == report.c.id,
        submission.c.superior == consolidation.c.organisation,
        submission.c.status == "submitted",
    )
    query = (
        select(expected_report.c.organisation)
        .join(consolidation, consolidation.c.id == expected_report.c.consolidation)
        .where(expected_report.c.consolidation == identity)
        .where(expected_report.c.status.in_(["expected", "returned", "missing"]), expected_report.c.after_cutoff.is_(None), ~waiting)
    )
    return sorted(connection.execute(query).scalars())


def hand_in(call: Call, row: Row[Any], superiors: list[str]) -> None:
    """Note a report that comes after the cut-off, and end the urging when nobody is missing any more."""
    connection = call.transaction.connection
    for superior in superiors:  # a hundred may do this side by side, but not while the list is being closed
        above = consolidation_of(connection, superior, row.report_type, row.period)
        hold_unit(connection, superior, beside=above is None or above.status == "open")
        above = consolidation_of(connection, superior, row.report_type, row.period)
        if above is None or above.status == "open":
            continue
        line = expectation(connection, above.id, row.organisation)
        if line is None or (line.status == "missing" and line.after_cutoff is None):
            note(connection, above.id, row.organisation, status="missing", after_cutoff="submitted")
        waiting = select(subscription.c.id).where(subscription.c.message == ALL_IN, subscription.c.key == above.id)
        if not missing_from(connection, above.id) and connection.execute(waiting).first():
            send(call.transaction, message=ALL_IN, key=above.id, payload={}, source=f"all_in:{call.transaction.new_id()}")


def count(call: Call, consolidation_id: str, row: Row[Any], revision: int, **more: Any) -> None:
    """Count an accepted revision on the list; `more` changes further columns of the line."""
    connection = call.transaction.connection
    place = {"b_report": row.id, "b_revision": revision}
    late = connection.execute(_LATE, place).scalar_one()
    assessments = list(connection.execute(_TOLD, place).scalars())
    nil = bool(assessments) and all(value == NIL for value in assessments)
    values = {"status": "accepted", "late": late, "nil": int(nil), "report": row.id, "revision": revision}
    note(connection, consolidation_id, row.organisation, **(values | more))


def announce_complete(call: Call, consolidation_id: str) -> None:
    """Tell the consolidation, once, that nobody is missing."""
    connection = call.transaction.connection
    place = {"b_consolidation": consolidation_id}
    row = connection.execute(_BY_ID, place).one()
    if row.status != "open" or connection.execute(_WAITING, place).first() or connection.execute(_ANNOUNCED, place).first():
        return
    send(call.transaction, message=COMPLETE, key=consolidation_id, payload={}, source=f"complete:{consolidation_id}")


_MISSING = (
    update(expected_report)
    .where(expected_report.c.consolidation == bindparam("b_consolidation"), expected_report.c.organisation == bindparam("b_reporter"))
    .values(status="missing", after_cutoff=bindparam("b_after"))
)


def settle_list(call: Call, row: Row[Any]) -> None:
    """At the cut-off: say who is missing, who handed in what nobody has looked at yet, and have the missing urged."""
    connection = call.transaction.connection
    excuse(call, row.id)
    late = set(missing_from(connection, row.id))
    open_lines = select(expected_report.c.organisation).where(
        expected_report.c.consolidation == row.id, expected_report.c.status.in_(["expected", "returned"])
    )
    lines = [
        {"b_consolidation": row.id, "b_reporter": reporter, "b_after": None if reporter in late else "submitted"}
        for reporter in connection.execute(open_lines).scalars()
    ]
    if lines:
        connection.execute(_MISSING, lines)
    if late:
        closes = date.fromisoformat(row.cutoff)
        payload = {
            "consolidation": row.id,
            "report_type": row.report_type,
            "period": row.period,
            "missing": sorted(late),
            "escalate_at": call.calendar.working_days_after(closes, LEADER_AFTER).isoformat(),
        }
        source = f"missing:{row.id}"
        send(call.transaction, message=MISSING, key=row.id, to=[row.organisation], payload=payload, source=source, roots=call.case.roots)


def snapshot(connection: Connection, consolidation_id: str) -> str:
    """Return the list as it stands, as JSON: what a closed revision keeps."""
    on_time = expected_report.c.consolidation == consolidation_id
    query = (
        select(expected_report, consolidation.c.period)
        .join(consolidation, consolidation.c.id == expected_report.c.consolidation)
        .where(on_time | (expected_report.c.carried_into == consolidation_id))
        .order_by(expected_report.c.organisation, consolidation.c.period)
    )
    rows = connection.execute(query).mappings()
    lines = [{**row, "carried": int(row["consolidation"] != consolidation_id)} for row in rows]
    return json.dumps(lines, ensure_ascii=False)
