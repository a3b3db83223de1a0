"""Letters that come after the report of their period was opened get their section in it, until it goes to be signed (DOMAIN.md 2.2)."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import exists, select, update

from engine.directory.organisations import hold_unit
from engine.history.record import Change, Subject
from engine.instances.operations import Call
from engine.reports.collect import join_lists
from engine.reports.deferring import without_a_section
from engine.reports.periods import CLOSING, begin_consolidations, note_opened
from engine.reports.submit import awaited, open_sections, wait_until
from engine.storage.schema import obligation, opened_section, report, subscription


def add_sections(call: Call) -> dict[str, Any]:
    """Take in the letters whose cases have come so far since the report was opened. Parameter: report.

    Result: late_sections (their obligations); when there are any, also sections (all of the report), has_subordinates and
    cutoff, as when it was opened. Done again, it finds none.
    """
    identity, unit = call.parameter("report"), call.case.organisation
    transaction, connection = call.transaction, call.transaction.connection
    hold_unit(connection, unit, beside=True)  # what it waits for is not closed meanwhile
    row = connection.execute(select(report).where(report.c.id == identity)).one()
    waiting = exists().where(
        subscription.c.organisation == unit, subscription.c.message.in_(CLOSING), subscription.c.key == obligation.c.directive
    )
    ready = set(connection.execute(select(obligation.c.id).where(obligation.c.organisation == unit, waiting)).scalars())
    late = [entry for entry in without_a_section(connection, row) if entry.id in ready]
    if not late:
        return {"late_sections": []}
    added = [entry.id for entry in late]
    open_sections(connection, identity, added)
    begin_consolidations(transaction, late)
    note_opened(transaction, late)
    join_lists(call, unit=unit, report_type=row.report_type, period=row.period)
    waits = awaited(connection, unit, row.period, [entry.directive for entry in late])
    connection.execute(update(report).where(report.c.id == identity).values(awaits_below=int(bool(waits))))
    call.record(
        "report.sections_added",
        Subject(type="report", id=identity),
        changes=(Change(field="sections", new=added),),
        streams=tuple(sorted({entry.root for entry in late})),
    )
    sections = connection.execute(select(opened_section.c.obligation).where(opened_section.c.report == identity)).scalars()
    return {
        "late_sections": added,
        "sections": sorted(sections),
        "has_subordinates": bool(waits),
        "cutoff": wait_until(call, row.period, waits, date.fromisoformat(row.due_date)),
    }
