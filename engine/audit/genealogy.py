"""Where a figure came from: from a consolidated total down to the units that reported it, in any revision.

Every level is one step: a total names the report figures that it counts, a report figure the totals that it holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, String, cast, func, select

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

NEWEST = func.coalesce(func.nullif(consolidation.c.revision, 0), 1)  # of a consolidation, as long as nothing is closed the first


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


@dataclass(slots=True)
class Counted:
    """A figure of a report as it was read, with the totals that it holds."""

    row: Row[Any]
    below: list[str]


def sources_of(connection: Connection, total_id: str) -> tuple[Source, ...]:
    """Return the accepted figures that a total counts, each with its own sources; of a ratio, those of its parts."""
    totals_of_it = parts_of(connection, total_id) or (total_id,)
    found = sources_of_all(connection, totals_of_it)
    return tuple(source for total in totals_of_it for source in found[total])


def sources_of_all(connection: Connection, totals_asked: Iterable[str]) -> dict[str, tuple[Source, ...]]:
    """Return, for several totals, the figures that each counts, down to the leaves: in one statement, however many there are."""
    asked = sorted(totals_asked)
    reached = select(cast(consolidation_total.c.id, String).label("id")).where(consolidation_total.c.id.in_(asked)).cte("reached", recursive=True)
    step = consolidation_source.join(reached, consolidation_source.c.consolidation_total == reached.c.id).join(
        figure_source, figure_source.c.report_figure == consolidation_source.c.report_figure
    )
    reached = reached.union(select(cast(figure_source.c.consolidation_total, String)).select_from(step))
    counted = counted_figures(connection, select(reached.c.id), order=organisation.c.code)
    return {total: _tree(counted, total) for total in asked}


def counted_figures(connection: Connection, totals_asked: list[str] | Select[tuple[str]], *, order: ColumnElement[str]) -> dict[str, list[Counted]]:
    """Return, by total, the figures that it counts; those of one total in the `order` of their units, then by period."""
    query = (
        select(consolidation_source.c.consolidation_total, consolidation_source.c.carried, report_figure, report_section.c.report)
        .add_columns(report_section.c.revision, report.c.period, organisation.c.name, figure_source.c.consolidation_total.label("total_below"))
        .join(report_figure, report_figure.c.id == consolidation_source.c.report_figure)
        .join(report_section, report_section.c.id == report_figure.c.report_section)
        .join(report, report.c.id == report_section.c.report)
        .join(organisation, organisation.c.id == report.c.organisation)
        .outerjoin(figure_source, figure_source.c.report_figure == report_figure.c.id)
        .where(consolidation_source.c.consolidation_total.in_(totals_asked))
        .order_by(order, report.c.period, figure_source.c.consolidation_total)
    )
    found: dict[str, list[Counted]] = {}
    known: dict[tuple[str, str], Counted] = {}
    for row in connection.execute(query):
        place = (row.consolidation_total, row.id)
        if place not in known:
            known[place] = Counted(row=row, below=[])
            found.setdefault(row.consolidation_total, []).append(known[place])
        if row.total_below:
            known[place].below.append(row.total_below)
    return found


def _tree(counted: dict[str, list[Counted]], total: str) -> tuple[Source, ...]:
    return tuple(
        Source(
            unit=each.row.name,
            report=each.row.report,
            revision=each.row.revision,
            period=each.row.period,
            own=each.row.own_value,
            value=each.row.value,
            words=each.row.own_words or "",
            carried=bool(each.row.carried),
            below=tuple(source for below in each.below for source in _tree(counted, below)),
        )
        for each in counted.get(total, ())
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
    """Return the totals of a consolidation with their indicators: of its newest revision, unless one is named."""
    return totals_with(connection, (consolidation.c.id == consolidation_id) & (consolidation_total.c.revision == (revision or NEWEST)))


def totals_with(connection: Connection, which: ColumnElement[bool]) -> list[Row[Any]]:
    """Return the totals of the consolidations and revisions that a condition names, with their indicators."""
    query = (
        select(consolidation_total, indicator.c.label, indicator.c.unit, indicator.c.aggregation, indicator.c.numerator, indicator.c.denominator)
        .join(consolidation, consolidation.c.id == consolidation_total.c.consolidation)
        .join(indicator, (indicator.c.directive == consolidation_total.c.directive) & (indicator.c.key == consolidation_total.c.indicator))
        .where(which)
        .order_by(consolidation_total.c.directive, indicator.c.position)
    )
    return list(connection.execute(query).all())
