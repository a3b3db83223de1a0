"""What a change below does to the consolidations that counted it: they are outdated, up to the top, until somebody decides."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select, update

from engine.definitions.repository import begins_with
from engine.history.record import Change, Subject
from engine.instances.operations import Call
from engine.messages.inbox import send
from engine.storage.schema import (
    consolidation,
    definition_version,
    directive,
    expected_report,
    inbox,
    instance,
    obligation,
    report,
    report_section,
)

OUTDATED = "consolidation.outdated"


def outdate(call: Call, consolidation_id: str, *, cause: str) -> None:
    """Mark a consolidation and all above that counted it; ask its organisation what to do."""
    connection = call.transaction.connection
    row = connection.execute(select(consolidation).where(consolidation.c.id == consolidation_id)).one()
    _mark(call, row.id, cause)
    for above in _all_above(connection, row.id):
        _mark(call, above, cause)
    if row.status == "closed":
        ask(call, row, cause)  # while it is still being merged, closing it asks


def ask(call: Call, row: Row[Any], cause: str) -> None:
    """Start the reconsolidation of a consolidation, unless one is under way, which will notice by itself."""
    connection = call.transaction.connection
    under_way = (
        select(instance.c.id)
        .join(definition_version, definition_version.c.id == instance.c.definition_version)
        .where(begins_with(OUTDATED), instance.c.business_key == row.id)
        .where(instance.c.status != "ended", instance.c.id != call.case.id)
    )
    unread = select(inbox.c.id).where(inbox.c.name == OUTDATED, inbox.c.key == row.id, inbox.c.consumed_ver.is_(None))
    if connection.execute(under_way).first() or connection.execute(unread).first():
        return
    payload = {
        "consolidation": row.id,
        "report_type": row.report_type,
        "period": row.period,
        "cause": cause,
        "own_report": fed_report(connection, row) or "",
    }
    source = f"outdated:{call.transaction.new_id()}"
    send(call.transaction, message=OUTDATED, key=row.id, to=[row.organisation], payload=payload, source=source, roots=roots_of(connection, row))


def keep_consolidation(call: Call) -> dict[str, Any]:
    """Let a consolidation stand although something below has changed, for a reason. Parameters: consolidation, form."""
    identity, form = call.parameter("consolidation"), call.form(call.parameter("form"))
    _release(call, identity, form["reason"])
    return {}


def keep_report(call: Call) -> dict[str, Any]:
    """Let the organisation's own report stand although what it reports has changed. Parameters: consolidation, form."""
    identity, form = call.parameter("consolidation"), call.form(call.parameter("form"))
    for above in _directly_above(call.transaction.connection, identity):
        _release(call, above, form["reason"])
    return {}


def _release(call: Call, identity: str, reason: str) -> None:
    connection = call.transaction.connection
    connection.execute(update(consolidation).where(consolidation.c.id == identity).values(outdated_at=None))
    call.record(
        "consolidation.kept",
        Subject(type="consolidation", id=identity),
        changes=(Change(field="outdated", old=True, new=False),),
        reason={"code": "keep", "text": reason},
    )
    for above in _directly_above(connection, identity):
        if not _counts_outdated(connection, above):
            _release(call, above, reason)


def _mark(call: Call, identity: str, cause: str) -> None:
    connection = call.transaction.connection
    change = update(consolidation).where(consolidation.c.id == identity, consolidation.c.outdated_at.is_(None))
    if connection.execute(change.values(outdated_at=call.transaction.at)).rowcount:
        row = connection.execute(select(consolidation).where(consolidation.c.id == identity)).one()
        call.record(
            "consolidation.outdated",
            Subject(type="consolidation", id=identity, qualifier=str(row.revision)),
            objects=(Subject(type="organisation", id=row.organisation, qualifier="consolidates"),),
            changes=(Change(field="outdated", old=False, new=True), Change(field="cause", new=cause)),
            streams=roots_of(connection, row),
        )


def _all_above(connection: Connection, identity: str) -> list[str]:
    found: list[str] = []
    frontier = [identity]
    while frontier:
        frontier = [above for each in frontier for above in _directly_above(connection, each) if above not in found]
        found += frontier
    return found


def _directly_above(connection: Connection, identity: str) -> list[str]:
    """Return the closed consolidations that counted the organisation's own report of the period."""
    row = connection.execute(select(consolidation).where(consolidation.c.id == identity)).one()
    own = fed_report(connection, row)
    if own is None:
        return []
    counted = select(expected_report).where(expected_report.c.report == own)
    wanted = {
        line.carried_into or line.consolidation
        for line in connection.execute(counted)
        if line.status == "accepted" or line.carried_into
    }
    query = select(consolidation.c.id).where(consolidation.c.id.in_(wanted), consolidation.c.status != "open")
    return sorted(connection.execute(query).scalars())


def _counts_outdated(connection: Connection, identity: str) -> bool:
    """Tell whether a report that this consolidation counts rests on an outdated consolidation."""
    counted = select(expected_report.c.report).where(
        (expected_report.c.consolidation == identity) | (expected_report.c.carried_into == identity),
        expected_report.c.report.is_not(None),
    )
    reports = connection.execute(select(report).where(report.c.id.in_(counted))).all()
    for row in reports:
        below = select(consolidation).where(
            consolidation.c.organisation == row.organisation,
            consolidation.c.period == row.period,
            consolidation.c.outdated_at.is_not(None),
        )
        if any(fed_report(connection, entry) == row.id for entry in connection.execute(below).all()):
            return True
    return False


def fed_report(connection: Connection, row: Row[Any]) -> str | None:
    """Return the organisation's own submitted report that holds what this consolidation gave; None when there is none."""
    child = directive.alias("child")
    handed_down = (
        select(child.c.parent)
        .join(obligation, obligation.c.directive == child.c.id)
        .where(obligation.c.superior == row.organisation, obligation.c.report_type == row.report_type)
    )
    query = (
        select(report.c.id)
        .join(report_section, report_section.c.report == report.c.id)
        .where(report.c.organisation == row.organisation, report.c.period == row.period)
        .where(report_section.c.directive.in_(handed_down))
    )
    return connection.execute(query.order_by(report.c.id).limit(1)).scalar_one_or_none()


def roots_of(connection: Connection, row: Row[Any]) -> tuple[str, ...]:
    """Return the root directives on which a consolidation reports."""
    query = (
        select(directive.c.root)
        .join(obligation, obligation.c.directive == directive.c.id)
        .where(obligation.c.superior == row.organisation, obligation.c.report_type == row.report_type)
        .distinct()
    )
    return tuple(sorted(connection.execute(query).scalars()))
