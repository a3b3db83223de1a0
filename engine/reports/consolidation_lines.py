"""Who owes a report to a consolidation, and how it stands with each: as it was kept at a revision, or as it stands at this moment."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, RowMapping, case, func, select

from engine.storage.schema import consolidation, expected_report, organisation, reminder, report, submission

IN = ("on_time", "late")
NOT_IN = ("overdue", "missing", "returned", "waiting")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReporterLine:
    """One unit on the list.

    `state`: on_time, late (both accepted), unread (handed in, not looked at), returned, waiting (not due yet), overdue (due, the list is
    open), missing (not in at the cut-off), excused. `newest`: another revision than the counted one has been accepted since.
    """

    organisation: str
    name: str
    state: str
    is_nil: bool
    returned: int
    urged: int
    reminded: int
    urged_at: str | None
    urge_answer: str
    report: str | None
    revision: int | None
    due_date: str
    is_supplement: bool
    carried_from: str
    newest: int | None = None


def reporter_lines(connection: Connection, row: Row[Any], kept: str | None, today: date) -> list[ReporterLine]:
    """Return every unit on the list, by name; `kept`: the list that a computed revision keeps (JSON), else as it stands."""
    rows = connection.execute(_query(row)).mappings().all()
    frozen = {(line["consolidation"], line["organisation"]): line for line in json.loads(kept)} if kept else None
    urges = _urges(connection, row.id)
    lines = [_line(entry, row, frozen, urges.get(entry["organisation"]), today) for entry in rows]
    return [line for line in lines if line is not None]


def _query(row: Row[Any]) -> Any:
    handed_in = (
        select(func.count())
        .where(submission.c.report == report.c.id, submission.c.superior == row.organisation, submission.c.status == "submitted")
        .correlate(report)
        .scalar_subquery()
    )
    mine = (expected_report.c.consolidation == row.id) | (expected_report.c.carried_into == row.id)
    return (
        select(expected_report, organisation.c.name, consolidation.c.period, report.c.id.label("theirs"), report.c.due_date, handed_in.label("handed_in"))
        .add_columns(report.c.revision.label("their_revision"))
        .join(organisation, organisation.c.id == expected_report.c.organisation)
        .join(consolidation, consolidation.c.id == expected_report.c.consolidation)
        .outerjoin(
            report,
            (report.c.organisation == expected_report.c.organisation)
            & (report.c.report_type == consolidation.c.report_type)
            & (report.c.period == consolidation.c.period),
        )
        .where(mine)
        .order_by(case((expected_report.c.consolidation == row.id, 0), else_=1), organisation.c.name)
    )


def _urges(connection: Connection, identity: str) -> dict[str, Row[Any]]:
    level = reminder.c.urge_level
    query = (
        select(reminder.c.organisation, func.sum(case((level == 0, 1), else_=0)).label("reminded"), func.max(reminder.c.sent_at).label("last"))
        .add_columns(func.max(case((level > 0, reminder.c.sent_at))).label("urged_at"), func.max(reminder.c.answer).label("answer"))
        .where(reminder.c.consolidation == identity)
        .group_by(reminder.c.organisation)
    )
    return {row.organisation: row for row in connection.execute(query)}


def _line(entry: RowMapping, row: Row[Any], frozen: dict[tuple[str, str], Any] | None, urge: Row[Any] | None, today: date) -> ReporterLine | None:
    carried = entry["consolidation"] != row.id
    told: Any = entry
    if frozen is not None:
        told = frozen.get((entry["consolidation"], entry["organisation"]))
        if told is None:
            return None  # it came onto the list later
    counted = told["report"] if told["status"] == "accepted" or carried else None
    revision = told["revision"] if counted else None
    return ReporterLine(
        organisation=entry["organisation"],
        name=entry["name"],
        state=_state(entry, told, today, carried=carried, is_open=row.status == "open" and frozen is None),
        is_nil=bool(told["nil"]) and counted is not None,
        returned=told["returned"],
        urged=max(told["urged"], entry["urged"]),
        reminded=urge.reminded if urge else 0,
        urged_at=urge.urged_at if urge else None,
        urge_answer=(urge.answer or "") if urge else "",
        report=counted or entry["theirs"],
        revision=revision or entry["their_revision"] or None,
        due_date=entry["due_date"] or "",
        is_supplement=told["after_cutoff"] == "supplement",
        carried_from=entry["period"] if carried else "",
        newest=_newest(entry, told) if frozen is not None else None,
    )


def _state(entry: RowMapping, told: Any, today: date, *, carried: bool, is_open: bool) -> str:
    if told["status"] == "accepted" or carried:
        return "late" if told["late"] else "on_time"
    if told["status"] == "excused":
        return "excused"
    if told["after_cutoff"] in ("submitted", "accepted") or (is_open and entry["handed_in"]):
        return "unread"
    if told["status"] == "expected" and is_open:
        return "overdue" if entry["due_date"] and entry["due_date"] < today.isoformat() else "waiting"
    return "returned" if told["status"] == "returned" else "missing"


def _newest(entry: RowMapping, told: Any) -> int | None:
    """Return the revision that counts now, when it is another than the one that was counted."""
    now = entry["revision"] if entry["status"] == "accepted" or entry["carried_into"] else None
    then = told["revision"] if told["status"] == "accepted" or told["carried"] else None
    return now if now != then else None
