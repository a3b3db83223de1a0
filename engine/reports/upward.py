"""Where the figures of a report went: which consolidations counted them, and in whose report those went on upward."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, Text, bindparam, cast, func, select

from engine.storage.schema import (
    consolidation,
    consolidation_source,
    consolidation_total,
    figure_source,
    organisation,
    report,
    report_figure,
    report_section,
)

_above_figure, _above_section = report_figure.alias("above_figure"), report_section.alias("above_section")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUp:
    """A consolidation that counted the report, `level` steps up. `counted`: which revision of the report below it holds.

    `report`: the consolidating organisation's own report that holds its totals, with its revision; None when there is none yet.
    """

    level: int
    consolidation: str
    organisation: str
    name: str
    period: str
    revision: int
    counted: int
    carried: bool
    is_outdated: bool
    report: str | None
    report_revision: int | None


def path_upward(connection: Connection, report_id: str) -> tuple[StepUp, ...]:
    """Return every consolidation that counted a figure of the report, directly or through reports above, nearest first; one statement."""
    rows = connection.execute(_query(), {"b_report": report_id}).all()
    steps: list[StepUp] = []
    frontier, level, seen = {report_id}, 1, {report_id}
    while frontier:
        here = [row for row in rows if row.below in frontier]
        steps += [_step(row, level) for row in here]
        frontier = {row.above for row in here if row.above} - seen
        seen |= frontier
        level += 1
    return tuple(steps)


@cache
def _query() -> Select[Any]:
    """Return the query: all reports upward, then for each the consolidations that counted it."""
    start = select(cast(report.c.id, Text).label("report")).where(report.c.id == bindparam("b_report"))
    up = start.cte("up", recursive=True)
    further = (
        select(cast(_above_section.c.report, Text))  # of one type with the start, as PostgreSQL asks
        .select_from(up.join(report_section, report_section.c.report == up.c.report))
        .join(report_figure, report_figure.c.report_section == report_section.c.id)
        .join(consolidation_source, consolidation_source.c.report_figure == report_figure.c.id)
        .join(figure_source, figure_source.c.consolidation_total == consolidation_source.c.consolidation_total)
        .join(_above_figure, _above_figure.c.id == figure_source.c.report_figure)
        .join(_above_section, _above_section.c.id == _above_figure.c.report_section)
    )
    up = up.union(further)
    return (
        select(up.c.report.label("below"), consolidation.c.id, consolidation.c.organisation, organisation.c.name, consolidation.c.period)
        .add_columns(consolidation.c.outdated_at, func.max(consolidation_total.c.revision).label("newest"))
        .add_columns(func.max(report_section.c.revision).label("counted"), func.max(consolidation_source.c.carried).label("carried"))
        .add_columns(func.max(_above_section.c.report).label("above"), func.max(_above_section.c.revision).label("above_revision"))
        .select_from(up.join(report_section, report_section.c.report == up.c.report))
        .join(report_figure, report_figure.c.report_section == report_section.c.id)
        .join(consolidation_source, consolidation_source.c.report_figure == report_figure.c.id)
        .join(consolidation_total, consolidation_total.c.id == consolidation_source.c.consolidation_total)
        .join(consolidation, consolidation.c.id == consolidation_total.c.consolidation)
        .join(organisation, organisation.c.id == consolidation.c.organisation)
        .outerjoin(figure_source, figure_source.c.consolidation_total == consolidation_total.c.id)
        .outerjoin(_above_figure, _above_figure.c.id == figure_source.c.report_figure)
        .outerjoin(_above_section, _above_section.c.id == _above_figure.c.report_section)
        .group_by(up.c.report, consolidation.c.id, consolidation.c.organisation, organisation.c.name, consolidation.c.period, consolidation.c.outdated_at)
        .order_by(organisation.c.name)
    )


def _step(row: Row[Any], level: int) -> StepUp:
    return StepUp(
        level=level,
        consolidation=row.id,
        organisation=row.organisation,
        name=row.name,
        period=row.period,
        revision=row.newest,
        counted=row.counted,
        carried=bool(row.carried),
        is_outdated=row.outdated_at is not None,
        report=row.above,
        report_revision=row.above_revision,
    )
