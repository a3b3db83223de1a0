"""Where a figure came from: from a consolidated total down to the units that reported it, in any revision.

Every level is one step: a total names the report figures that it counts, a report figure the totals that it holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from engine.storage.schema import (
    consolidation,
    consolidation_source,
    consolidation_total,
    figure_source,
    indicator,
    organisation,
    report,
    report_figure,
    report_section,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A figure of one report revision: the unit's own part, and the figures consolidated below it.

    `carried`: it came after the cut-off of `period` and is counted in a later one.
    """

    unit: str
    report: str
    revision: int
    period: str
    own: int
    value: int
    words: str
    carried: bool
    below: tuple[Source, ...]


def sources_of(connection: Connection, total_id: str) -> tuple[Source, ...]:
    """Return the accepted figures that a total counts, each with its own sources; of a ratio, those of its parts."""
    parts = parts_of(connection, total_id)
    if parts:
        return tuple(source for part in parts for source in sources_of(connection, part))
    query = (
        select(report_figure, report_section.c.report, report_section.c.revision, consolidation_source.c.carried)
        .add_columns(report.c.period, organisation.c.name)
        .join(consolidation_source, consolidation_source.c.report_figure == report_figure.c.id)
        .join(report_section, report_section.c.id == report_figure.c.report_section)
        .join(report, report.c.id == report_section.c.report)
        .join(organisation, organisation.c.id == report.c.organisation)
        .where(consolidation_source.c.consolidation_total == total_id)
        .order_by(organisation.c.code, report.c.period)
    )
    return tuple(_source(connection, row) for row in connection.execute(query).all())


def _source(connection: Connection, row: Row[Any]) -> Source:
    below = select(figure_source.c.consolidation_total).where(figure_source.c.report_figure == row.id)
    totals_below = sorted(connection.execute(below).scalars())
    return Source(
        unit=row.name,
        report=row.report,
        revision=row.revision,
        period=row.period,
        own=row.own_value,
        value=row.value,
        words=row.own_words or "",
        carried=bool(row.carried),
        below=tuple(source for total in totals_below for source in sources_of(connection, total)),
    )


def parts_of(connection: Connection, total_id: str) -> tuple[str, ...]:
    """Return the totals of numerator and denominator of a ratio; nothing for another total."""
    total = connection.execute(
        select(consolidation_total, indicator.c.numerator, indicator.c.denominator)
        .join(
            indicator,
            (indicator.c.directive == consolidation_total.c.directive)
            & (indicator.c.key == consolidation_total.c.indicator),
        )
        .where(consolidation_total.c.id == total_id)
    ).one_or_none()
    if total is None or total.numerator is None:
        return ()
    query = select(consolidation_total.c.id).where(
        consolidation_total.c.consolidation == total.consolidation,
        consolidation_total.c.revision == total.revision,
        consolidation_total.c.directive == total.directive,
        consolidation_total.c.indicator.in_([total.numerator, total.denominator]),
    )
    return tuple(sorted(connection.execute(query).scalars()))


def leaf_sum(sources: tuple[Source, ...]) -> int:
    """Return the sum of the units' own figures, which for a summed indicator equals the total."""
    return sum(source.own + leaf_sum(source.below) for source in sources)


def depth(sources: tuple[Source, ...]) -> int:
    """Return in how many steps the farthest leaf is reached."""
    return max((1 + depth(source.below) for source in sources), default=0)


def totals(connection: Connection, consolidation_id: str, revision: int | None = None) -> list[Row[Any]]:
    """Return the totals of a consolidation with their labels: of its newest revision, unless one is named."""
    wanted = revision or select(func.coalesce(func.nullif(consolidation.c.revision, 0), 1)).where(
        consolidation.c.id == consolidation_id
    ).scalar_subquery()
    query = (
        select(consolidation_total, indicator.c.label, indicator.c.unit, indicator.c.aggregation)
        .join(
            indicator,
            (indicator.c.directive == consolidation_total.c.directive)
            & (indicator.c.key == consolidation_total.c.indicator),
        )
        .where(consolidation_total.c.consolidation == consolidation_id, consolidation_total.c.revision == wanted)
        .order_by(consolidation_total.c.directive, indicator.c.position)
    )
    return list(connection.execute(query).all())
