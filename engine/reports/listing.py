"""The list of an organisation's reports: what is to be reported, what was submitted, and what came in from below, period by period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Select, case, exists, func, select
from sqlalchemy.sql import ColumnElement

from engine.directory.organisations import organisation_by_id
from engine.history.transaction import Reading
from engine.kernel.errors import InvalidInput
from engine.kernel.periods import OVER, next_period
from engine.reports.hands import OpenTask, key_of_period, tasks_of, written_so_far
from engine.reports.regimes import DUE_DAY, due_of, opens_of, with_regime
from engine.storage.schema import (
    consolidation,
    directive,
    expected_report,
    instance,
    obligation,
    organisation,
    report,
    report_revision,
    report_section,
    submission,
)

PAGE = 50
UNFINISHED, FINISHED, LATE = "unfinished", "finished", "late"
STATES = (UNFINISHED, FINISHED, LATE)
SOON = 20  # periods to come that are shown
_superior = organisation.alias("superior")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListReports:
    """Ask for the reports of an organisation. `state` is one of STATES, `year` of the due day; pages count from 0."""

    organisation: str
    report_type: str = ""
    year: str = ""
    state: str = ""
    page: int = 0
    below_page: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ToCome:
    """A report whose period has not been opened yet. Days as ISO text; `due` "" when the regime has no day."""

    report_type: str
    period: str
    due: str
    opens: str
    superiors: tuple[str, ...]
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerInShort:
    """What one superior said to the newest revision."""

    name: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnReport:
    """A report of the organisation. `sections`, `written`: of one that is being written; `tasks`: what is open in it."""

    id: str
    report_type: str
    period: str
    status: str
    due_date: str
    opened_at: str
    revision: int
    code: str
    submitted_at: str
    is_late: bool
    is_nil: bool
    awaits_below: bool
    answers: tuple[AnswerInShort, ...]
    sections: int
    written: int
    tasks: tuple[OpenTask, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FromBelow:
    """A period as it came in from below: every unit that owes is counted once in `on_time`, `late`, `unread`, `returned`, `missing` or `waiting`."""

    id: str
    report_type: str
    period: str
    status: str
    cutoff: str
    revision: int
    is_outdated: bool
    expected: int
    on_time: int
    late: int
    unread: int
    returned: int
    missing: int
    waiting: int
    nil: int
    urged: int
    tasks: tuple[OpenTask, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportList:
    """The reports of an organisation. `own_count`, `below_count`: how many there are in all."""

    organisation: str
    name: str
    types: tuple[str, ...]
    years: tuple[str, ...]
    to_come: tuple[ToCome, ...]
    own: tuple[OwnReport, ...]
    own_count: int
    below: tuple[FromBelow, ...]
    below_count: int


def answer_list(query: ListReports, reading: Reading) -> ReportList:
    """Return the list. Raises NotFound."""
    connection = reading.connection
    unit = organisation_by_id(connection, query.organisation)
    types, years = _choices(connection, unit.id)
    own = connection.execute(_own(query)).all()
    below = connection.execute(_below(query)).all()
    sections, written, tasks = _work(reading, unit.id, [*own, *below])
    answers = _answers(connection, [row.id for row in own])
    return ReportList(
        organisation=unit.id,
        name=unit.name,
        types=types,
        years=years,
        to_come=_to_come(connection, unit.id),
        own=tuple(
            OwnReport(
                id=row.id,
                report_type=row.report_type,
                period=row.period,
                status=row.status,
                due_date=row.due_date,
                opened_at=row.opened_at,
                revision=row.revision,
                code=row.code or "",
                submitted_at=row.submitted_at or "",
                is_late=bool(row.late),
                is_nil=bool(row.told) and row.told == row.nil,
                awaits_below=bool(row.awaits_below),
                answers=tuple(answers.get((row.id, row.revision), ())),
                sections=sections.get(key_of_period(unit.id, row.report_type, row.period), 0),
                written=written.get(key_of_period(unit.id, row.report_type, row.period), 0),
                tasks=tuple(task for task in tasks if task.context.get("report") == row.id),
            )
            for row in own
        ),
        own_count=own[0].in_all if own else 0,
        below=tuple(_from_below(row, tasks) for row in below),
        below_count=below[0].in_all if below else 0,
    )


def _choices(connection: Connection, unit: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    mine = select(report.c.report_type, func.substr(report.c.due_date, 1, 4).label("year")).where(report.c.organisation == unit)
    below = select(consolidation.c.report_type, func.substr(consolidation.c.cutoff, 1, 4)).where(consolidation.c.organisation == unit)
    rows = connection.execute(mine.union(below)).all()
    return tuple(sorted({row.report_type for row in rows})), tuple(sorted({row.year for row in rows}, reverse=True))


def _own(query: ListReports) -> Select[Any]:
    of_newest = (report_section.c.report == report.c.id) & (report_section.c.revision == report.c.revision)
    told = select(func.count()).where(of_newest, report_section.c.assessment != "elsewhere").scalar_subquery()
    nil = select(func.count()).where(of_newest, report_section.c.assessment == "nil").scalar_subquery()
    found = (
        select(report, report_revision.c.code, report_revision.c.submitted_at, report_revision.c.late)
        .add_columns(told.label("told"), nil.label("nil"), func.count().over().label("in_all"))
        .outerjoin(report_revision, (report_revision.c.report == report.c.id) & (report_revision.c.revision == report.c.revision))
        .where(report.c.organisation == query.organisation)
        .order_by(report.c.due_date.desc(), report.c.id)
        .limit(PAGE)
        .offset(query.page * PAGE)
    )
    if query.report_type:
        found = found.where(report.c.report_type == query.report_type)
    if query.year:
        found = found.where(report.c.due_date.startswith(query.year, autoescape=True))
    match query.state:
        case "unfinished":
            found = found.where(report.c.status != "accepted")
        case "finished":
            found = found.where(report.c.status == "accepted")
        case "late":
            found = found.where(report_revision.c.late == 1)
    return found


def _sums_below() -> list[ColumnElement[int]]:
    """Return how many units of a consolidation stand how, each counted once."""
    handed_in = exists().where(
        report.c.organisation == expected_report.c.organisation,
        report.c.report_type == consolidation.c.report_type,
        report.c.period == consolidation.c.period,
        submission.c.report == report.c.id,
        submission.c.superior == consolidation.c.organisation,
        submission.c.status == "submitted",
    )
    line = expected_report.c
    counted = line.status == "accepted"
    unread = ~counted & (line.status != "excused") & handed_in
    rest = ~counted & (line.status != "excused") & ~handed_in
    kinds = {
        "expected": line.status != "excused",
        "on_time": counted & (line.late == 0),
        "late": counted & (line.late == 1),
        "unread": unread,
        "returned": rest & (line.status == "returned"),
        "missing": rest & (line.status == "missing"),
        "waiting": rest & (line.status == "expected"),
        "nil": counted & (line.nil == 1),
    }
    return [func.coalesce(func.sum(case((condition, 1), else_=0)), 0).label(name) for name, condition in kinds.items()]


def _below(query: ListReports) -> Select[Any]:
    line = expected_report.c
    found = (
        select(consolidation, *_sums_below(), func.coalesce(func.sum(line.urged), 0).label("urged"), func.count().over().label("in_all"))
        .outerjoin(expected_report, line.consolidation == consolidation.c.id)
        .where(consolidation.c.organisation == query.organisation)
        .group_by(*consolidation.c)
        .order_by(consolidation.c.cutoff.desc(), consolidation.c.id)
        .limit(PAGE)
        .offset(query.below_page * PAGE)
    )
    if query.report_type:
        found = found.where(consolidation.c.report_type == query.report_type)
    if query.year:
        found = found.where(consolidation.c.cutoff.startswith(query.year, autoescape=True))
    match query.state:
        case "unfinished":
            found = found.where((consolidation.c.status != "closed") | consolidation.c.outdated_at.is_not(None))
        case "finished":
            found = found.where(consolidation.c.status == "closed", consolidation.c.outdated_at.is_(None))
        case "late":
            late = exists().where(line.consolidation == consolidation.c.id, (line.late == 1) | (line.status == "missing"))
            found = found.where(late.correlate(consolidation))
    return found


def _from_below(row: Row[Any], tasks: list[OpenTask]) -> FromBelow:
    numbers = {name: int(getattr(row, name)) for name in ("expected", "on_time", "late", "unread", "returned", "missing", "waiting", "nil", "urged")}
    return FromBelow(
        id=row.id,
        report_type=row.report_type,
        period=row.period,
        status=row.status,
        cutoff=row.cutoff,
        revision=row.revision,
        is_outdated=row.outdated_at is not None,
        tasks=tuple(task for task in tasks if task.context.get("consolidation") == row.id),
        **numbers,
    )


def _work(reading: Reading, unit: str, rows: list[Row[Any]]) -> tuple[dict[str, int], dict[str, int], list[OpenTask]]:
    """Return, by the key of the period, how many sections there are and how many are written; and everything that is open."""
    unfinished = [row for row in rows if row.status not in ("accepted", "closed") or getattr(row, "outdated_at", None)]
    keys = {key_of_period(unit, row.report_type, row.period) for row in unfinished} | {row.id for row in unfinished}
    if not keys:
        return {}, {}, []
    done, waiting = tasks_of(reading, instance.c.organisation == unit, instance.c.business_key.in_(sorted(keys)))
    sections: dict[str, int] = {}
    by_key: dict[str, list[Any]] = {}
    for told in [*(hand.context for hand in done), *(task.context for task in waiting)]:
        if "report_type" in told and "period" in told and isinstance(told.get("sections"), list):
            sections[key_of_period(unit, told["report_type"], told["period"])] = len(told["sections"])
    for hand in done:
        if "report_type" in hand.context and "period" in hand.context:
            by_key.setdefault(key_of_period(unit, hand.context["report_type"], hand.context["period"]), []).append(hand)
    return sections, {key: len(written_so_far(hands)) for key, hands in by_key.items()}, waiting


def _answers(connection: Connection, reports: list[str]) -> dict[tuple[str, int], list[AnswerInShort]]:
    query = (
        select(submission.c.report, submission.c.revision, submission.c.status, submission.c.reason, organisation.c.name)
        .join(organisation, organisation.c.id == submission.c.superior)
        .where(submission.c.report.in_(reports))
        .order_by(organisation.c.name)
    )
    found: dict[tuple[str, int], list[AnswerInShort]] = {}
    for row in connection.execute(query) if reports else ():
        found.setdefault((row.report, row.revision), []).append(AnswerInShort(name=row.name, status=row.status, reason=row.reason or ""))
    return found


def _to_come(connection: Connection, unit: str) -> tuple[ToCome, ...]:
    whole = (
        with_regime(obligation.join(organisation, organisation.c.id == obligation.c.organisation))
        .join(_superior, _superior.c.id == obligation.c.superior)
        .join(directive, directive.c.id == obligation.c.directive)
    )
    begun = exists().where(report.c.organisation == unit, report.c.report_type == obligation.c.report_type, report.c.period == obligation.c.next_period)
    query = (
        select(obligation, organisation.c.name, organisation.c.level, DUE_DAY.label("due_day"), _superior.c.name.label("superior_name"), directive.c.code)
        .add_columns(begun.label("has_begun"))
        .select_from(whole)
        .where(obligation.c.organisation == unit, obligation.c.status == "open", obligation.c.next_period != OVER)
        .where((obligation.c.end_period.is_(None)) | (obligation.c.next_period <= obligation.c.end_period))
        .order_by(directive.c.code)
    )
    groups: dict[tuple[str, str], list[Row[Any]]] = {}
    for row in connection.execute(query):
        period = _first_with_a_section(row)
        if period != OVER and (row.end_period is None or period <= row.end_period):
            groups.setdefault((row.report_type, period), []).append(row)
    found = [_coming(*place, rows) for place, rows in groups.items()]
    return tuple(sorted(found, key=lambda each: (each.due == "", each.due, each.report_type))[:SOON])


def _first_with_a_section(row: Row[Any]) -> str:
    """Return the period in which an obligation has its next section: a report that is open already has those with which it was opened."""
    return next_period(row.next_period) if row.has_begun else str(row.next_period)


def _coming(report_type: str, period: str, rows: list[Row[Any]]) -> ToCome:
    dues = [day for row in rows if (day := _day(row, period))]
    opens = [opens_of(row, period) for row in rows if _day(row, period)]
    return ToCome(
        report_type=report_type,
        period=period,
        due=min(dues).isoformat() if dues else "",
        opens=min(opens).isoformat() if opens else "",
        superiors=tuple(sorted({row.superior_name for row in rows})),
        codes=tuple(dict.fromkeys(row.code for row in rows)),
    )


def _day(row: Row[Any], period: str) -> date | None:
    try:
        return due_of(row, period)
    except InvalidInput:
        return None  # the regime has no day for this level: an incident says so to the administrator when it opens
