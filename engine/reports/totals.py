"""The totals of one revision of a consolidation: from the counted figures, each total with its sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, case, insert, select, update

from engine.instances.operations import Call
from engine.reports.indicators import RATIO, TEXT, combine, ratio
from engine.reports.sections import indicators_of
from engine.storage.schema import (
    consolidation_source,
    consolidation_total,
    expected_report,
    indicator,
    obligation,
    organisation,
    report_figure,
    report_revision,
    report_section,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The revision of a consolidation that is being computed."""

    call: Call
    consolidation: str
    revision: int


def figures_of(connection: Connection, row: Row[Any]) -> list[Row[Any]]:
    """Return the figures that this consolidation counts: of reports in time and of those carried over, oldest first.

    A unit counts once: its accepted revision, in the sections that are owed to this organisation.
    """
    carried = case((expected_report.c.carried_into == row.id, 1), else_=0)
    mine = (expected_report.c.consolidation == row.id) & (expected_report.c.status == "accepted")
    query = (
        select(report_figure, report_section.c.directive, organisation.c.name, indicator.c.aggregation, carried.label("carried"))
        .join(report_section, report_section.c.id == report_figure.c.report_section)
        .join(
            expected_report,
            (expected_report.c.report == report_section.c.report)
            & (expected_report.c.revision == report_section.c.revision),
        )
        .join(obligation, obligation.c.id == report_section.c.obligation)
        .join(organisation, organisation.c.id == expected_report.c.organisation)
        .join(
            report_revision,
            (report_revision.c.report == report_section.c.report)
            & (report_revision.c.revision == report_section.c.revision),
        )
        .join(
            indicator,
            (indicator.c.directive == report_section.c.directive) & (indicator.c.key == report_figure.c.indicator),
        )
        .where(mine | (expected_report.c.carried_into == row.id), obligation.c.superior == row.organisation)
        .order_by(carried.desc(), report_revision.c.submitted_at, report_figure.c.id)
    )
    return list(connection.execute(query).all())


def write_total(book: Book, place: tuple[str, str], figures: list[Row[Any]]) -> int:
    """Write the total of one indicator of one directive with its sources; return its value."""
    aggregation = figures[0].aggregation
    words = None
    value = 0
    if aggregation == TEXT:
        words = "\n".join(line for figure in figures for line in _lines(figure)) or None
    else:
        value = combine(aggregation, [figure.value for figure in figures])
    identity = _insert_total(book, place, value, words)
    links = [{"consolidation_total": identity, "report_figure": figure.id, "carried": figure.carried} for figure in figures]
    book.call.transaction.connection.execute(insert(consolidation_source), links)
    return value


def _lines(figure: Row[Any]) -> list[str]:
    """Return what a unit wrote, its name in front, and what its subordinates wrote, which bears their names already."""
    return ([f"{figure.name}: {figure.own_words}"] if figure.own_words else []) + ([figure.words] if figure.words else [])


def write_ratios(book: Book, totals: dict[tuple[str, str], int]) -> None:
    """Write the ratios of every directive that has totals, from the summed parts."""
    connection = book.call.transaction.connection
    for directive_id in sorted({place[0] for place in totals}):
        for entry in indicators_of(connection, directive_id):
            if entry.aggregation != RATIO:
                continue
            parts = [totals.get((directive_id, key)) for key in (entry.numerator, entry.denominator)]
            value = ratio(parts[0], parts[1]) if parts[0] is not None and parts[1] is not None else None
            if value is not None:
                _insert_total(book, (directive_id, entry.key), value, None)


def _insert_total(book: Book, place: tuple[str, str], value: int, words: str | None) -> str:
    identity = book.call.transaction.new_id()
    book.call.transaction.connection.execute(
        insert(consolidation_total).values(
            id=identity,
            consolidation=book.consolidation,
            revision=book.revision,
            directive=place[0],
            indicator=place[1],
            computed=value,
            value=value,
            words=words,
        )
    )
    return identity


def divide_again(book: Book) -> None:
    """Compute the ratios anew from parts that were overridden; one that was itself overridden stays as it was written."""
    connection = book.call.transaction.connection
    mine = (consolidation_total.c.consolidation == book.consolidation) & (consolidation_total.c.revision == book.revision)
    rows = {(row.directive, row.indicator): row for row in connection.execute(select(consolidation_total).where(mine))}
    for (directive_id, key), row in rows.items():
        entry = next(each for each in indicators_of(connection, directive_id) if each.key == key)
        if entry.aggregation != RATIO or row.override_reason is not None:
            continue
        parts = [rows[directive_id, part].value for part in (entry.numerator, entry.denominator)]
        value = ratio(parts[0], parts[1])
        if value is not None and value != row.value:
            connection.execute(update(consolidation_total).where(consolidation_total.c.id == row.id).values(value=value))
