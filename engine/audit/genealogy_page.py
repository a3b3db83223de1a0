"""A figure down to its leaves, for a page: every source with its unit, its report revision and its level; one statement a level."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from engine.audit.genealogy import Counted, counted_figures
from engine.history.transaction import Reading
from engine.reports.indicators import RATIO
from engine.storage.schema import (
    consolidation,
    consolidation_total,
    directive,
    indicator,
    organisation,
)

MOST = 500  # sources on one page: below them, each total has a page of its own
_TOTAL = (
    select(consolidation_total, consolidation.c.organisation, consolidation.c.report_type, consolidation.c.period, consolidation.c.revision.label("newest"))
    .add_columns(organisation.c.name, directive.c.code, directive.c.subject, directive.c.root)
    .add_columns(indicator.c.label, indicator.c.unit, indicator.c.aggregation, indicator.c.numerator, indicator.c.denominator)
    .join(consolidation, consolidation.c.id == consolidation_total.c.consolidation)
    .join(organisation, organisation.c.id == consolidation.c.organisation)
    .join(directive, directive.c.id == consolidation_total.c.directive)
    .join(indicator, (indicator.c.directive == consolidation_total.c.directive) & (indicator.c.key == consolidation_total.c.indicator))
    .where(consolidation_total.c.id == bindparam("b_id"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowFigure:
    """Ask where a consolidated total comes from."""

    total: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """A figure of a report that is counted, `level` steps below the total. `totals_below`: the totals that it holds.

    `is_cut`: it holds totals whose sources are not on this page.
    """

    level: int
    unit: str
    report: str
    revision: int
    period: str
    own: int
    value: int
    words: str
    is_carried: bool
    totals_below: tuple[str, ...] = ()
    is_cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FigurePage:
    """A total with all its sources, each followed by its own. `parts`: of a ratio, (label, total, value) of what was divided."""

    id: str
    consolidation: str
    organisation: str
    name: str
    report_type: str
    period: str
    revision: int
    is_newest: bool
    code: str
    subject: str
    label: str
    unit: str
    aggregation: str
    computed: int
    value: int
    words: str
    override_reason: str | None
    rows: tuple[SourceRow, ...]
    levels: int
    parts: tuple[tuple[str, str, int], ...] = field(default=())


def total_row(reading: Reading, identity: str) -> Row[Any]:
    """Return the row of a total with its consolidation and indicator. Raises NotFound."""
    return reading.row(_TOTAL, identity, missing=f"Expected the id of a consolidated figure, but found {identity!r}, which none has.")


def answer_figure(query: ShowFigure, reading: Reading) -> FigurePage:
    """Return a total down to the leaves. Raises NotFound."""
    row, connection = total_row(reading, query.total), reading.connection
    parts = _parts(connection, row) if row.aggregation == RATIO else ()
    levels = _levels(connection, row.id) if not parts else []
    return FigurePage(
        id=row.id,
        consolidation=row.consolidation,
        organisation=row.organisation,
        name=row.name,
        report_type=row.report_type,
        period=row.period,
        revision=row.revision,
        is_newest=row.revision >= row.newest,
        code=row.code,
        subject=row.subject,
        label=row.label,
        unit=row.unit,
        aggregation=row.aggregation,
        computed=row.computed,
        value=row.value,
        words=row.words or "",
        override_reason=row.override_reason,
        rows=tuple(_in_order(levels, row.id)),
        levels=len(levels),
        parts=parts,
    )


def _parts(connection: Connection, row: Row[Any]) -> tuple[tuple[str, str, int], ...]:
    query = (
        select(consolidation_total.c.id, consolidation_total.c.value, consolidation_total.c.indicator, indicator.c.label)
        .join(indicator, (indicator.c.directive == consolidation_total.c.directive) & (indicator.c.key == consolidation_total.c.indicator))
        .where(consolidation_total.c.consolidation == row.consolidation, consolidation_total.c.revision == row.revision)
        .where(consolidation_total.c.directive == row.directive, consolidation_total.c.indicator.in_([row.numerator, row.denominator]))
    )
    found = {entry.indicator: (entry.label, entry.id, entry.value) for entry in connection.execute(query)}
    return tuple(found[key] for key in (row.numerator, row.denominator) if key in found)


def _levels(connection: Connection, total: str) -> list[dict[str, list[Counted]]]:
    """Return, level by level, the figures of each total; a level that would be too long for the page is not read."""
    levels: list[dict[str, list[Counted]]] = []
    frontier, count = {total}, 0
    while frontier and count <= MOST:
        level = counted_figures(connection, sorted(frontier), order=organisation.c.name)
        levels.append(level)
        found = [each for figures in level.values() for each in figures]
        count += len(found)
        frontier = {below for each in found for below in each.below}
    return levels


def _in_order(levels: list[dict[str, list[Counted]]], total: str, depth: int = 0) -> list[SourceRow]:
    if depth >= len(levels):
        return []
    rows: list[SourceRow] = []
    for found in levels[depth].get(total, ()):
        rows.append(_source(found, depth, is_cut=bool(found.below) and depth + 1 >= len(levels)))
        for below in found.below:
            rows += _in_order(levels, below, depth + 1)
    return rows


def _source(found: Counted, depth: int, *, is_cut: bool) -> SourceRow:
    row = found.row
    return SourceRow(
        level=depth + 1,
        unit=row.name,
        report=row.report,
        revision=row.revision,
        period=row.period,
        own=row.own_value,
        value=row.value,
        words=row.own_words or "",
        is_carried=bool(row.carried),
        totals_below=tuple(found.below),
        is_cut=is_cut,
    )
