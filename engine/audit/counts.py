"""The counts of a consolidated report that the system knows by itself (DOMAIN.md 2.9)."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, func, select
from sqlalchemy.sql import ColumnElement

from engine.kernel.clock import from_stamp, local_date
from engine.storage.schema import (
    assignment,
    consolidation,
    consolidation_revision,
    difficulty,
    directive,
    dispatch,
    expected_report,
    extension,
    obligation,
    organisation,
    reminder,
)

RECEIVED = ("03", "04", "05", "06")  # registered and everything after (DOMAIN.md 2.10)
REFUSED = "02"
FINISHED = ("done", "confirmed", "cancelled", "reassigned")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One unit on the list of a consolidation, as it stood when the revision was computed.

    `state`: on_time, late, missing, unread (handed in, not looked at when the figures were cut off) or excused.
    """

    organisation: str
    name: str
    state: str
    nil: bool
    returned: int
    urged: int
    report: str | None
    revision: int | None
    supplement: bool
    carried: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What happened to the directives of a consolidation at the moment of a revision."""

    addressed: int
    received: int
    refused: int
    forwarded: int
    lines: tuple[Line, ...]
    items: dict[str, int] = field(default_factory=dict)
    overdue: int = 0
    reminders: int = 0
    urges: dict[int, int] = field(default_factory=dict)
    difficulties_open: int = 0
    difficulties_answered: int = 0
    extensions_asked: int = 0
    extensions_granted: int = 0

    def number(self, state: str) -> int:
        """Return how many units are in a state."""
        return sum(line.state == state and not line.carried for line in self.lines)

    @property
    def expected(self) -> int:
        """How many units owed a report."""
        return sum(line.state != "excused" and not line.carried for line in self.lines)

    @property
    def nil(self) -> int:
        """How many reported that there was nothing to report."""
        return sum(line.nil and line.state in ("on_time", "late") and not line.carried for line in self.lines)

    @property
    def returned(self) -> int:
        """How many units had a report returned."""
        return sum(line.returned > 0 and not line.carried for line in self.lines)

    @property
    def supplements(self) -> int:
        """How many reports were added after the cut-off."""
        return sum(line.supplement for line in self.lines)

    @property
    def carried(self) -> int:
        """How many reports of earlier periods are counted in this one."""
        return sum(line.carried for line in self.lines)


def counts_of(connection: Connection, consolidation_id: str, revision: int | None = None) -> Counts:
    """Count for a consolidation: its newest revision, unless one is named."""
    row = connection.execute(select(consolidation).where(consolidation.c.id == consolidation_id)).one()
    kept = revision_of(connection, row, revision)
    letters = directives_of(connection, row)
    moment = kept.closed_at or kept.computed_at
    statuses = Counter(
        connection.execute(select(dispatch.c.status).where(dispatch.c.directive.in_(letters))).scalars().all()
    )
    return Counts(
        addressed=statuses.total(),
        received=sum(statuses[code] for code in RECEIVED),
        refused=statuses[REFUSED],
        forwarded=len(children_of(connection, letters)),
        lines=lines_of(connection, row, kept),
        **_work(connection, letters, moment),
        **_urging(connection, row, moment),
        **_exceptions(connection, letters, moment),
    )


def revision_of(connection: Connection, row: Row[Any], revision: int | None = None) -> Row[Any]:
    """Return what was kept of a revision: the newest closed one, unless one is named."""
    wanted = revision or row.revision or 1
    query = select(consolidation_revision).where(
        consolidation_revision.c.consolidation == row.id, consolidation_revision.c.revision == wanted
    )
    return connection.execute(query).one()


def directives_of(connection: Connection, row: Row[Any]) -> list[str]:
    """Return the directives of the organisation on which the consolidated reports are owed."""
    query = (
        select(obligation.c.directive, directive.c.issued_date)
        .join(directive, directive.c.id == obligation.c.directive)
        .where(obligation.c.superior == row.organisation, obligation.c.report_type == row.report_type)
        .where(obligation.c.first_period <= row.period)
        .where((obligation.c.end_period.is_(None)) | (obligation.c.end_period >= row.period))
        .distinct()
        .order_by(directive.c.issued_date, obligation.c.directive)
    )
    return [entry.directive for entry in connection.execute(query)]


def children_of(connection: Connection, letters: list[str]) -> list[Row[Any]]:
    """Return the letters by which the recipients handed these down, with their issuers' names."""
    query = (
        select(directive, organisation.c.name)
        .join(organisation, organisation.c.id == directive.c.issuer)
        .where(directive.c.parent.in_(letters))
        .order_by(directive.c.issued_date, directive.c.code, organisation.c.code)
    )
    return list(connection.execute(query).all())


def lines_of(connection: Connection, row: Row[Any], kept: Row[Any]) -> tuple[Line, ...]:
    """Return the list as it stood at a revision, in the order of the units' codes; carried reports last."""
    entries = json.loads(kept.expected)
    units = select(organisation).where(organisation.c.id.in_([entry["organisation"] for entry in entries]))
    names = {unit.id: unit.name for unit in connection.execute(units.order_by(organisation.c.code))}
    order = {identity: place for place, identity in enumerate(names)}
    urged = dict(
        tuple(entry)
        for entry in connection.execute(
            select(expected_report.c.organisation, expected_report.c.urged).where(expected_report.c.consolidation == row.id)
        )
    )
    lines = [
        Line(
            organisation=entry["organisation"],
            name=names[entry["organisation"]],
            state=_state(entry),
            nil=bool(entry["nil"]),
            returned=entry["returned"],
            urged=max(entry["urged"], urged.get(entry["organisation"], 0)),
            report=entry["report"],
            revision=entry["revision"],
            supplement=entry["after_cutoff"] == "supplement",
            carried=bool(entry["carried"]),
        )
        for entry in entries
    ]
    return tuple(sorted(lines, key=lambda line: (line.carried, order[line.organisation])))


def _state(entry: dict[str, Any]) -> str:
    if entry["status"] == "accepted" or entry["carried"]:
        return "late" if entry["late"] else "on_time"
    if entry["status"] == "excused":
        return "excused"
    return "unread" if entry["after_cutoff"] in ("submitted", "accepted") else "missing"


def _work(connection: Connection, letters: list[str], moment: str) -> dict[str, Any]:
    day = local_date(from_stamp(moment)).isoformat()
    rows = connection.execute(select(assignment.c.status, assignment.c.due_at).where(assignment.c.directive.in_(letters))).all()
    late = [row for row in rows if row.status == "overdue" or (row.due_at and row.due_at < day and row.status not in FINISHED)]
    return {"items": dict(Counter(row.status for row in rows)), "overdue": len(late)}


def _urging(connection: Connection, row: Row[Any], moment: str) -> dict[str, Any]:
    query = (
        select(reminder.c.urge_level, func.count())
        .where(reminder.c.consolidation == row.id, reminder.c.sent_at <= moment)
        .group_by(reminder.c.urge_level)
    )
    levels = {row[0]: row[1] for row in connection.execute(query)}
    return {"reminders": levels.pop(0, 0), "urges": levels}


def _exceptions(connection: Connection, letters: list[str], moment: str) -> dict[str, Any]:
    def number(table: Any, *conditions: ColumnElement[bool]) -> int:
        query = select(func.count()).select_from(table).where(table.c.directive.in_(letters), *conditions)
        return int(connection.execute(query).scalar_one())

    raised = difficulty.c.raised_at <= moment
    answered = (difficulty.c.answered_at.is_not(None)) & (difficulty.c.answered_at <= moment)
    asked = extension.c.requested_at <= moment
    return {
        "difficulties_open": number(difficulty, raised, ~answered),
        "difficulties_answered": number(difficulty, raised, answered),
        "extensions_asked": number(extension, asked),
        "extensions_granted": number(extension, asked, extension.c.decision == "granted"),
    }
