"""What must be true of a cascade that has come to its end; a measurement of wrong work is worth nothing."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, func, select

from engine.history.verify import verify
from engine.kernel.errors import StepFailed
from engine.storage.schema import consolidation, consolidation_total, report


def check_sums(connection: Connection, top: str, written: Mapping[str, Mapping[str, int]]) -> None:
    """Check that the top's newest totals are the sums of what people wrote, per period and indicator. Raises StepFailed."""
    query = (
        select(consolidation.c.period, consolidation_total.c.indicator, consolidation_total.c.value)
        .join(consolidation_total, consolidation_total.c.consolidation == consolidation.c.id)
        .where(consolidation.c.organisation == top, consolidation.c.status == "closed")
        .where(consolidation_total.c.revision == consolidation.c.revision)
    )
    found = {(row.period, row.indicator): row.value for row in connection.execute(query)}
    wanted = {(period, key): value for period, figures in written.items() for key, value in figures.items()}
    if found != wanted:
        wrong = sorted(place for place in found.keys() | wanted.keys() if found.get(place) != wanted.get(place))
        period, key = wrong[0]
        raise StepFailed(
            f"Expected the top's total of {key!r} in {period} to be {wanted.get(wrong[0])}, the sum of what was reported, "
            f"but found {found.get(wrong[0])}. {len(wrong)} of {len(wanted)} totals are wrong."
        )


def check_reports(connection: Connection, *, reports: int, consolidations: int) -> None:
    """Check that every report was accepted and every consolidation closed. Raises StepFailed."""
    accepted = connection.execute(select(func.count()).select_from(report).where(report.c.status == "accepted")).scalar_one()
    if accepted != reports:
        raise StepFailed(f"Expected {reports} accepted reports, but found {accepted}.")
    closed = connection.execute(select(func.count()).select_from(consolidation).where(consolidation.c.status == "closed")).scalar_one()
    if closed != consolidations:
        raise StepFailed(f"Expected {consolidations} closed consolidations, but found {closed}.")


def check_history(connection: Connection) -> None:
    """Check that the history is whole. Raises StepFailed."""
    records, breaks = verify(connection)
    if breaks:
        raise StepFailed(f"Expected a history without a break, but found {len(breaks)} in {records} records, first {breaks[0].sentence()}.")
