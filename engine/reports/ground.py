"""What stands beside a report while it is written: what was reported last, what comes from below, what the directive asks, until when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from engine.history.transaction import Reading
from engine.kernel.errors import Denied
from engine.kernel.periods import previous_period
from engine.reports.deferring import WRITTEN, without_a_section
from engine.reports.hands import key_of_period, tasks_of, units_here, written_so_far
from engine.reports.indicators import RATIO, TEXT, combine
from engine.reports.page import report_row
from engine.reports.written import ShownSection, sections_where
from engine.storage.schema import (
    assignment,
    consolidation,
    consolidation_total,
    directive,
    directive_item,
    indicator,
    instance,
    obligation,
    opened_section,
    organisation,
    report,
    report_section,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowGround:
    """Ask for what a report is written on. `section`: only that obligation's."""

    report: str
    section: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedFigure:
    """An indicator that is asked. `below`: what the consolidations below give; None when there is none. `own`: as written so far."""

    key: str
    label: str
    unit: str
    aggregation: str
    is_required: bool
    last: int | None
    below: int | None
    below_words: str
    below_total: str | None
    own: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedItem:
    """A task of the directive, and how it stands with us; `status` None when nobody here was assigned."""

    number: str
    text: str
    last_day: str | None
    status: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedSection:
    """A section that is due: on which directive, for whom. `last`: the section of the last period. `written`: as written so far."""

    obligation: str
    directive: str
    code: str
    subject: str
    superior: str
    figures: tuple[AskedFigure, ...]
    items: tuple[AskedItem, ...]
    last: ShownSection | None
    written: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a report is written on. `to_follow`: the codes of letters that came since it was opened and have no section in it yet."""

    report: str
    report_type: str
    period: str
    last_period: str | None
    due_date: str
    awaits_below: bool
    sections: tuple[AskedSection, ...]
    to_follow: tuple[str, ...] = ()


def answer_ground(query: ShowGround, reading: Reading) -> Ground:
    """Return what a report is written on. Raises NotFound; Denied for readers of other units, as it is not submitted."""
    row, connection = report_row(reading, query.report), reading.connection
    if not units_here(reading) & {row.organisation, row.represented_by}:
        raise Denied(f"Expected somebody of {row.name}, which is writing this report, but found somebody else. Wait until it is submitted.")
    key = key_of_period(row.organisation, row.report_type, row.period)
    done, _waiting = tasks_of(reading, instance.c.organisation == row.organisation, instance.c.business_key == key)
    written, owed = written_so_far(done), _owed(connection, row, query.section)
    letters = sorted({entry.directive for entry in owed})
    last = _last(connection, row)
    figures, items, below = _indicators(connection, letters), _items(connection, row.organisation, letters), _below(connection, row, letters)
    return Ground(
        report=row.id,
        report_type=row.report_type,
        period=row.period,
        last_period=previous_period(row.period),
        due_date=row.due_date,
        awaits_below=bool(row.awaits_below),
        sections=tuple(
            AskedSection(
                obligation=entry.id,
                directive=entry.directive,
                code=entry.code,
                subject=entry.subject,
                superior=entry.name,
                figures=tuple(
                    _figure(each, last.get(entry.directive), below.get((entry.directive, each.key), []), written.get(entry.id))
                    for each in figures.get(entry.directive, ())
                ),
                items=tuple(items.get(entry.directive, ())),
                last=last.get(entry.directive),
                written=written.get(entry.id),
            )
            for entry in owed
        ),
        to_follow=_to_follow(connection, row) if not query.section and row.status == WRITTEN else (),
    )


def _to_follow(connection: Connection, row: Row[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(entry.code for entry in without_a_section(connection, row)))


def _owed(connection: Connection, row: Row[Any], section: str) -> list[Row[Any]]:
    query = (
        select(obligation.c.id, obligation.c.directive, directive.c.code, directive.c.subject, organisation.c.name)
        .join(directive, directive.c.id == obligation.c.directive)
        .join(organisation, organisation.c.id == obligation.c.superior)
        .join(opened_section, opened_section.c.obligation == obligation.c.id)
        .where(opened_section.c.report == row.id)
        .order_by(directive.c.issued_date, directive.c.code)
    )
    if section:
        query = query.where(obligation.c.id == section)
    rows: list[Row[Any]] = list(connection.execute(query))
    return rows


def _last(connection: Connection, row: Row[Any]) -> dict[str, ShownSection]:
    earlier = previous_period(row.period)
    if earlier is None:
        return {}
    same = (report.c.organisation == row.organisation) & (report.c.report_type == row.report_type) & (report.c.period == earlier)
    before = report_section.c.report == select(report.c.id).where(same).scalar_subquery()
    newest = report_section.c.revision == select(report.c.revision).where(same).scalar_subquery()
    return {section.directive: section for section in sections_where(connection, before, newest)}


def _indicators(connection: Connection, letters: list[str]) -> dict[str, list[Row[Any]]]:
    found: dict[str, list[Row[Any]]] = {}
    query = select(indicator).where(indicator.c.directive.in_(letters), indicator.c.aggregation != RATIO)
    for row in connection.execute(query.order_by(indicator.c.directive, indicator.c.position)):
        found.setdefault(row.directive, []).append(row)
    return found


def _items(connection: Connection, unit: str, letters: list[str]) -> dict[str, list[AskedItem]]:
    query = (
        select(directive_item.c.directive, directive_item.c.item_no, directive_item.c.text, directive_item.c.last_day, assignment.c.status)
        .outerjoin(assignment, (assignment.c.item == directive_item.c.id) & (assignment.c.organisation == unit))
        .where(directive_item.c.directive.in_(letters))
        .order_by(directive_item.c.directive, directive_item.c.id, assignment.c.created_at)
    )
    found: dict[str, dict[str, AskedItem]] = {}
    for row in connection.execute(query):
        item = AskedItem(number=row.item_no, text=row.text, last_day=row.last_day, status=row.status)
        found.setdefault(row.directive, {})[row.item_no] = item
    return {letter: list(items.values()) for letter, items in found.items()}


def _below(connection: Connection, row: Row[Any], letters: list[str]) -> dict[tuple[str, str], list[Row[Any]]]:
    """Return the newest closed totals of the children of the directives here, by directive and indicator (reports.sections)."""
    query = (
        select(consolidation_total.c.id, consolidation_total.c.value, consolidation_total.c.words, consolidation_total.c.indicator, directive.c.parent)
        .join(consolidation, consolidation.c.id == consolidation_total.c.consolidation)
        .join(directive, directive.c.id == consolidation_total.c.directive)
        .where(consolidation.c.organisation == row.organisation, consolidation.c.period == row.period)
        .where(consolidation_total.c.revision == consolidation.c.revision, directive.c.parent.in_(letters))
        .order_by(consolidation.c.closed_at, consolidation_total.c.id)
    )
    found: dict[tuple[str, str], list[Row[Any]]] = {}
    rows: list[Row[Any]] = list(connection.execute(query))
    for total in rows:
        found.setdefault((total.parent, total.indicator), []).append(total)
    return found


def _figure(entry: Row[Any], last: ShownSection | None, below: list[Row[Any]], written: dict[str, Any] | None) -> AskedFigure:
    before = last.figure(entry.key) if last else None
    is_text = entry.aggregation == TEXT
    return AskedFigure(
        key=entry.key,
        label=entry.label,
        unit=entry.unit,
        aggregation=entry.aggregation,
        is_required=bool(entry.required),
        last=before.value if before and not is_text else None,
        below=combine(entry.aggregation, [total.value for total in below]) if below and not is_text else None,
        below_words="\n".join(total.words for total in below if total.words),
        below_total=below[0].id if len(below) == 1 else None,
        own=(written or {}).get("indicators", {}).get(entry.key),
    )
