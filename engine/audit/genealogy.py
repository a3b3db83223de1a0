"""Where a figure came from: from a consolidated total down to the units that reported it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from engine.storage.schema import (
    consolidation,
    consolidation_source,
    consolidation_total,
    directive,
    indicator,
    organisation,
    report,
    report_figure,
    report_section,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A figure of one report revision: the unit's own part, and the figures consolidated below it."""

    unit: str
    report: str
    revision: int
    own: int
    value: int
    below: tuple[Source, ...]


def sources_of(connection: Connection, total_id: str) -> tuple[Source, ...]:
    """Return the accepted figures that a total sums, each with its own sources."""
    query = (
        select(report_figure, report_section.c.report, report_section.c.revision, report_section.c.directive)
        .add_columns(report.c.organisation, report.c.period, organisation.c.name)
        .join(consolidation_source, consolidation_source.c.report_figure == report_figure.c.id)
        .join(report_section, report_section.c.id == report_figure.c.report_section)
        .join(report, report.c.id == report_section.c.report)
        .join(organisation, organisation.c.id == report.c.organisation)
        .where(consolidation_source.c.consolidation_total == total_id)
        .order_by(organisation.c.code)
    )
    return tuple(
        Source(
            unit=row.name,
            report=row.report,
            revision=row.revision,
            own=row.own_value,
            value=row.value,
            below=tuple(source for child in _totals_below(connection, row) for source in sources_of(connection, child)),
        )
        for row in connection.execute(query).all()
    )


def _totals_below(connection: Connection, row: Any) -> list[str]:
    query = (
        select(consolidation_total.c.id)
        .join(consolidation, consolidation.c.id == consolidation_total.c.consolidation)
        .join(directive, directive.c.id == consolidation_total.c.directive)
        .where(consolidation.c.organisation == row.organisation, consolidation.c.period == row.period)
        .where(consolidation_total.c.indicator == row.indicator, directive.c.parent == row.directive)
    )
    return list(connection.execute(query).scalars())


def leaf_sum(sources: tuple[Source, ...]) -> int:
    """Return the sum of the units' own figures, which for a summed indicator equals the total."""
    return sum(source.own + leaf_sum(source.below) for source in sources)


def totals(connection: Connection, consolidation_id: str) -> list[Any]:
    """Return the totals of a consolidation with their labels."""
    query = (
        select(consolidation_total, indicator.c.label, indicator.c.unit, indicator.c.aggregation)
        .join(
            indicator,
            (indicator.c.directive == consolidation_total.c.directive)
            & (indicator.c.key == consolidation_total.c.indicator),
        )
        .where(consolidation_total.c.consolidation == consolidation_id)
        .order_by(consolidation_total.c.directive, indicator.c.position)
    )
    return list(connection.execute(query).all())
