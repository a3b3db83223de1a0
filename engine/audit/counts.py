"""The counts of a consolidated report that the system knows by itself (DOMAIN.md 2.9)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, String, case, cast, func, literal, select, union_all

from engine.kernel.clock import from_stamp, local_date
from engine.storage.schema import (
    assignment,
    consolidation_revision,
    difficulty,
    directive,
    dispatch,
    expected_report,
    extension,
    obligation,
    organisation,
    reminder,
    report,
)

RECEIVED = ("03", "04", "05", "06")  # registered and everything after (DOMAIN.md 2.10)
REFUSED = "02"
FINISHED = ("done", "confirmed", "cancelled", "reassigned")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One unit on the list of a consolidation, as it stood when the revision was computed.

    `state`: on_time, late, missing, unread (handed in, not looked at when the figures were cut off) or excused. `period`: of its report.
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
    period: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What happened to the directives of a consolidation at the moment of a revision; `reached`: to how many each of them went."""

    reached: dict[str, int]
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


def counts_of(connection: Connection, row: Row[Any], kept: Row[Any], letters: list[str], *, forwarded: int) -> Counts:
    """Count for a revision of a consolidation about some directives, of which `forwarded` letters of the units below came."""
    tallies = _tallies(connection, row, letters, kept.closed_at or kept.computed_at)
    levels = {int(level): number for level, number in tallies.of("urge").items()}
    return Counts(
        reached=tallies.reached,
        addressed=sum(tallies.of("dispatch").values()),
        received=sum(tallies.of("dispatch").get(code, 0) for code in RECEIVED),
        refused=tallies.of("dispatch").get(REFUSED, 0),
        forwarded=forwarded,
        lines=lines_of(connection, row, kept),
        items=tallies.of("item"),
        overdue=tallies.of("overdue").get("", 0),
        reminders=levels.pop(0, 0),
        urges=levels,
        difficulties_open=tallies.of("difficulty").get("open", 0),
        difficulties_answered=tallies.of("difficulty").get("answered", 0),
        extensions_asked=sum(tallies.of("extension").values()),
        extensions_granted=tallies.of("extension").get("granted", 0),
    )


def revision_of(connection: Connection, row: Row[Any], revision: int | None = None) -> Row[Any]:
    """Return what was kept of a revision: the newest closed one, unless one is named."""
    wanted = revision or row.revision or 1
    query = select(consolidation_revision).where(
        consolidation_revision.c.consolidation == row.id, consolidation_revision.c.revision == wanted
    )
    return connection.execute(query).one()


def directives_of(connection: Connection, row: Row[Any]) -> list[Row[Any]]:
    """Return the directives of the organisation on which the consolidated reports are owed, in the order of their days."""
    owed = (
        select(obligation.c.directive)
        .where(obligation.c.superior == row.organisation, obligation.c.report_type == row.report_type)
        .where(obligation.c.first_period <= row.period)
        .where((obligation.c.end_period.is_(None)) | (obligation.c.end_period >= row.period))
    )
    query = select(directive).where(directive.c.id.in_(owed)).order_by(directive.c.issued_date, directive.c.code)
    return list(connection.execute(query).all())


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
    query = (
        select(organisation.c.id, organisation.c.name, expected_report.c.urged)
        .outerjoin(expected_report, (expected_report.c.organisation == organisation.c.id) & (expected_report.c.consolidation == row.id))
        .where(organisation.c.id.in_({entry["organisation"] for entry in entries}))
        .order_by(organisation.c.code)
    )
    units = {unit.id: unit for unit in connection.execute(query)}
    order = {identity: place for place, identity in enumerate(units)}
    periods = _periods(connection, [entry["report"] for entry in entries if entry["carried"]])
    lines = [
        Line(
            organisation=entry["organisation"],
            name=units[entry["organisation"]].name,
            state=_state(entry),
            nil=bool(entry["nil"]),
            returned=entry["returned"],
            urged=max(entry["urged"], units[entry["organisation"]].urged or 0),
            report=entry["report"],
            revision=entry["revision"],
            supplement=entry["after_cutoff"] == "supplement",
            carried=bool(entry["carried"]),
            period=periods.get(entry["report"], row.period),
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


def _periods(connection: Connection, carried: list[str]) -> dict[str, str]:
    """Return the periods of reports that were carried over."""
    if not carried:
        return {}
    return {each.id: each.period for each in connection.execute(select(report.c.id, report.c.period).where(report.c.id.in_(carried)))}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tallies:
    """What was counted, by kind and state; `reached`: to how many each directive went."""

    numbers: dict[str, dict[str, int]]
    reached: dict[str, int]

    def of(self, kind: str) -> dict[str, int]:
        return self.numbers.get(kind, {})


def _tallies(connection: Connection, row: Row[Any], letters: list[str], moment: str) -> _Tallies:
    """Count everything in one statement, as things stood at the moment of a revision."""
    day = local_date(from_stamp(moment)).isoformat()
    answered = (difficulty.c.answered_at.is_not(None)) & (difficulty.c.answered_at <= moment)
    late = (assignment.c.status == "overdue") | ((assignment.c.due_at < day) & assignment.c.status.not_in(FINISHED))
    parts = (
        _tally("dispatch", dispatch.c.status, dispatch.c.directive.in_(letters), about=dispatch.c.directive),
        _tally("item", assignment.c.status, assignment.c.directive.in_(letters)),
        _tally("overdue", literal(""), assignment.c.directive.in_(letters) & late, table=assignment),
        _tally("urge", cast(reminder.c.urge_level, String), (reminder.c.consolidation == row.id) & (reminder.c.sent_at <= moment)),
        _tally("difficulty", case((answered, "answered"), else_="open"), difficulty.c.directive.in_(letters) & (difficulty.c.raised_at <= moment)),
        _tally("extension", func.coalesce(extension.c.decision, ""), extension.c.directive.in_(letters) & (extension.c.requested_at <= moment)),
    )
    numbers: dict[str, dict[str, int]] = {}
    reached: dict[str, int] = {}
    for kind, state, about, number in connection.execute(union_all(*parts)):
        found = numbers.setdefault(kind, {})
        found[state] = found.get(state, 0) + number
        if about:
            reached[about] = reached.get(about, 0) + number
    return _Tallies(numbers=numbers, reached=reached)


def _tally(kind: str, state: ColumnElement[Any], where: ColumnElement[bool], *, about: ColumnElement[Any] | None = None, table: Any = None) -> Select[Any]:
    """Return the statement that counts one kind of thing by its state, and by what it is about."""
    rows = select(state.label("state"), (literal("") if about is None else about).label("about")).where(where)
    inner = (rows.select_from(table) if table is not None else rows).subquery()
    return select(literal(kind), inner.c.state, inner.c.about, func.count()).group_by(inner.c.state, inner.c.about)
