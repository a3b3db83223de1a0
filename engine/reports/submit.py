"""A regular report from its opening to its submission: one section per open obligation (DOMAIN.md A3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, bindparam, insert, select, update

from engine.directives.register import code_of, enter, take_number, term_of
from engine.directory.organisations import hold_unit, organisation_by_id
from engine.history.growth import newest_note
from engine.history.record import Change, Subject
from engine.instances.operations import Call
from engine.kernel.clock import local_date
from engine.kernel.errors import InvalidInput, Refused
from engine.kernel.periods import label
from engine.reports.collect import hand_in, join_lists
from engine.reports.deferring import defer, without_a_section
from engine.reports.regimes import WAIT_WORKING_DAYS, cutoff, due_date, due_dates, next_opening_of, obligations_in
from engine.reports.sections import NIL, Content, Sheet, write_sections
from engine.storage.schema import (
    consolidation,
    directive,
    obligation,
    opened_section,
    report,
    report_revision,
    report_section,
    submission,
)

REGULAR, REVISED, CORRECTION = "regular", "revised", "correction"
_AMONG: BindParameter[str] = bindparam("b_obligations", expanding=True)
_SUPERIORS = select(obligation.c.superior).where(obligation.c.id.in_(_AMONG)).distinct()
_ROOTS = select(directive.c.root).join(obligation, obligation.c.directive == directive.c.id).where(obligation.c.id.in_(_AMONG)).distinct()
_OBLIGATIONS_OF = select(report_section.c.obligation).where(report_section.c.report == bindparam("b_report")).distinct()
_WRITE_REVISION, _WRITE_SUBMISSIONS, _OPEN_SECTIONS = insert(report_revision), insert(submission), insert(opened_section)
_SUBMITTED = update(report).where(report.c.id == bindparam("b_report")).values(revision=bindparam("b_revision"), status="submitted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What is about to be submitted: the contents by obligation, the printed number, why there is a new revision."""

    kind: str
    contents: dict[str, Content]
    code: str
    assessment: str = ""
    reason: str | None = None


def open_report(call: Call) -> dict[str, Any]:
    """Open the report of a period. Parameters: report_type, period. Result: report, sections, dates."""
    report_type, period = call.parameter("report_type"), call.parameter("period")
    transaction, unit = call.transaction, call.case.organisation
    connection = transaction.connection
    hold_unit(connection, unit, beside=True)  # what it waits for is not closed meanwhile
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
    waits = awaited(connection, unit, period, [entry.directive for entry in owed])
    connection.execute(
        insert(report).values(
            **row, status="open", awaits_below=int(bool(waits)), due_date=due.isoformat(), opened_at=transaction.at
        )
    )
    open_sections(connection, identity, [entry.id for entry in owed])
    call.record(
        "report.opened",
        Subject(type="report", id=identity),
        changes=(Change(field="period", new=period), Change(field="due", new=due.isoformat()), Change(field="sections", new=[entry.id for entry in owed])),
        streams=tuple(sorted({entry.root for entry in owed})),
    )
    join_lists(call, unit=unit, report_type=report_type, period=period)
    return {
        "report": identity,
        "sections": [entry.id for entry in owed],
        "has_subordinates": bool(waits),
        "due": due.isoformat(),
        "cutoff": wait_until(call, period, waits, due),
        "next_opens": next_opening_of(connection, unit, report_type, period).isoformat(),
    }


def open_sections(connection: Connection, report_id: str, obligations: list[str]) -> None:
    """Note on which duties a report has a section."""
    if obligations:
        connection.execute(_OPEN_SECTIONS, [{"report": report_id, "obligation": each} for each in obligations])


def awaited(connection: Connection, unit: str, period: str, directives: list[str]) -> list[Row[Any]]:
    """Return the obligations below `directives` whose reports of the period `unit` has not consolidated yet."""
    below = below_report(connection, unit, period, directives)
    kinds = {kind for kind in {entry.report_type for entry in below} if not _closed(connection, unit, kind, period)}
    return [entry for entry in below if entry.report_type in kinds]


def wait_until(call: Call, period: str, waits: list[Row[Any]], due: date) -> str:
    """Return the day (ISO) on which a report, due on `due`, goes on without what it waits for: `waits`, as `awaited` gives them."""
    connection, unit = call.transaction.connection, call.case.organisation
    dues = {kind: due_dates(connection, unit, period, report_type=kind) for kind in {entry.report_type for entry in waits}}
    last_below = max((dues[entry.report_type][entry.organisation] for entry in waits), default=due)
    return call.calendar.working_days_after(cutoff(call.calendar, last_below), WAIT_WORKING_DAYS).isoformat()


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


def stop_waiting(call: Call) -> dict[str, Any]:
    """Go on without what the subordinates were to consolidate. Parameter: report."""
    identity = call.parameter("report")
    call.transaction.connection.execute(update(report).where(report.c.id == identity).values(awaits_below=0))
    call.record("report.went_on", Subject(type="report", id=identity), reason={"code": "cutoff", "text": "the consolidation below is not closed"})
    return {}


def submit_report(call: Call) -> dict[str, Any]:
    """Freeze a revision and submit it to every superior. Result: superiors, revision.

    Parameters: report, sections, [added], revised, merged, numbering (element ids of the forms). Letters that came too late
    for a section begin with the period after.
    """
    connection = call.transaction.connection
    row = connection.execute(select(report).where(report.c.id == call.parameter("report"))).one()
    if row.status not in ("open", "returned"):
        raise Refused(f"Expected the report of {label(row.period)} ({row.id}) to be open or returned, but it is {row.status}.")
    first = row.revision == 0
    whole = Revision(
        kind=REGULAR if first else REVISED,
        contents=_contents(call),
        code=number(call, row, call.form(call.parameter("numbering"))) if first else first_code(connection, row.id),
        assessment=call.form(call.parameter("merged")).get("general_assessment", ""),
    )
    if first:
        defer(call.transaction, without_a_section(connection, row))
    return submit(call, row, whole)


def submit(call: Call, row: Row[Any], whole: Revision) -> dict[str, Any]:
    """Write a revision and submit it to every superior to whom its sections are owed. Result: superiors, revision."""
    transaction, connection = call.transaction, call.transaction.connection
    revision = row.revision + 1
    late = _is_late(call, row, whole.kind)
    written = {
        "report": row.id,
        "revision": revision,
        "general_assessment": whole.assessment,
        "code": whole.code,
        "submitted_at": transaction.at,
        "late": int(late),
        "kind": whole.kind,
        "reason": whole.reason,
    }
    connection.execute(_WRITE_REVISION, written)
    sheet = Sheet(report=row.id, revision=revision, organisation=row.organisation, period=row.period)
    write_sections(transaction, sheet, whole.contents)
    superiors = _submissions(call, row, revision, list(whole.contents))
    connection.execute(_SUBMITTED, {"b_report": row.id, "b_revision": revision})
    call.record(
        "report.submitted",
        Subject(type="report", id=row.id, qualifier=str(revision)),
        objects=tuple(Subject(type="organisation", id=entry, qualifier="superior") for entry in superiors),
        changes=(
            Change(field="revision", old=row.revision or None, new=revision),
            Change(field="kind", new=whole.kind),
            Change(field="late", new=late),
            Change(field="nil", new=all(entry["assessment"] == NIL for entry in whole.contents.values())),
            *_witnessed(connection),
        ),
        reason={"code": whole.kind, "text": whole.reason} if whole.reason else None,
        basis=whole.code,
        streams=_roots(connection, list(whole.contents)),
    )
    hand_in(call, row, superiors)
    return {"superiors": superiors, "revision": revision}


def _witnessed(connection: Connection) -> tuple[Change, ...]:
    """Return the reporter's latest checkpoint, which goes up with what they submit: where the superior keeps a history of its own, that
    of the reporter cannot be changed up to there without contradicting it (AUDIT.md 3, note 9)."""
    note = newest_note(connection)
    return (Change(field="checkpoint", new=note),) if note else ()


def _is_late(call: Call, row: Row[Any], kind: str) -> bool:
    """Tell whether a revision comes after the due day; a correction is as late as what it corrects."""
    if kind != CORRECTION:
        return local_date(call.transaction.now) > date.fromisoformat(row.due_date)
    before = (report_revision.c.report == row.id) & (report_revision.c.revision == row.revision)
    return bool(call.transaction.connection.execute(select(report_revision.c.late).where(before)).scalar_one())


def mark_unanswered(call: Call) -> dict[str, Any]:
    """Note that the next period began before the superiors answered. Parameter: report."""
    identity = call.parameter("report")
    change = update(report).where(report.c.id == identity, report.c.status == "submitted").values(status="unanswered")
    call.transaction.connection.execute(change)
    call.record("report.unanswered", Subject(type="report", id=identity), streams=report_roots(call, identity))
    return {}


def report_roots(call: Call, report_id: str) -> tuple[str, ...]:
    """Return the root directives that the sections of a report answer."""
    connection = call.transaction.connection
    return _roots(connection, list(connection.execute(_OBLIGATIONS_OF, {"b_report": report_id}).scalars()))


def _contents(call: Call) -> dict[str, Content]:
    """Return the newest content per obligation: as first written, then as revised after a return."""
    found = {item["section"]: form for item, form in call.forms(call.parameter("sections"))}
    if "added" in call.parameters:
        found |= {item["section"]: form for item, form in call.forms(call.parameters["added"])}
    for _, form in call.forms(call.parameter("revised")):
        found |= {entry["section"]: entry for entry in form["sections"]}
    if not found:
        raise InvalidInput(f"Expected at least one section in report {call.parameter('report')}, but found none.")
    return found


def first_code(connection: Connection, report_id: str) -> str:
    """Return the printed number under which a report was first submitted."""
    query = select(report_revision.c.code).where(report_revision.c.report == report_id, report_revision.c.revision == 1)
    return str(connection.execute(query).scalar_one())


def number(call: Call, row: Row[Any], numbering: dict[str, Any]) -> str:
    """Take the next number of the organisation's reports and enter it in the register; return it as printed."""
    unit = organisation_by_id(call.transaction.connection, row.organisation)
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
    enter(call.transaction, taken, instance=call.case.id, report=row.id, entry_date=issued, subject=f"{row.report_type}, {label(row.period)}")
    return code_of(taken.number, symbol)


def _submissions(call: Call, row: Row[Any], revision: int, obligations: list[str]) -> list[str]:
    connection = call.transaction.connection
    superiors = sorted(connection.execute(_SUPERIORS, {"b_obligations": obligations}).scalars())
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
    connection.execute(_WRITE_SUBMISSIONS, rows)
    return superiors


def _roots(connection: Connection, obligations: list[str]) -> tuple[str, ...]:
    return tuple(sorted(connection.execute(_ROOTS, {"b_obligations": obligations}).scalars()))
