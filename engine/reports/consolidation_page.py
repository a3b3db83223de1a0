"""The page of a consolidation: who is in, the totals with where they come from, what the units wrote beside each other, the revisions."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from engine.history.transaction import Reading
from engine.kernel.clock import local_date
from engine.kernel.errors import NotFound
from engine.kernel.periods import previous_period
from engine.reports.consolidation_lines import IN, NOT_IN, ReporterLine, reporter_lines
from engine.reports.hands import OpenTask, key_of_period, tasks_of
from engine.reports.indicators import RATIO, TEXT, combine
from engine.reports.regimes import obligations_in
from engine.reports.totals import figures_of
from engine.reports.written import ShownSection, sections_where
from engine.storage.schema import (
    consolidation,
    consolidation_revision,
    consolidation_total,
    directive,
    indicator,
    instance,
    obligation,
    organisation,
    report_section,
)

PAGE = 50
_ROW = (
    select(consolidation, organisation.c.name)
    .join(organisation, organisation.c.id == consolidation.c.organisation)
    .where(consolidation.c.id == bindparam("b_id"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowConsolidation:
    """Ask for a consolidation: its newest revision, unless one is named. `only`: lines of these states; pages count from 0."""

    consolidation: str
    revision: int | None = None
    only: tuple[str, ...] = ()
    page: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """A total of one indicator of one directive. `id` None: not computed yet, the sum of what has been accepted so far.

    `last`: its value in the period before. `sources`: of how many figures it is made; None for one that is kept.
    """

    id: str | None
    directive: str
    key: str
    label: str
    unit: str
    aggregation: str
    computed: int
    value: int
    words: str
    override_reason: str | None
    last: int | None
    sources: int | None = None

    @property
    def is_text(self) -> bool:
        """Whether it is told in words."""
        return self.aggregation == TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A directive on which the consolidated reports tell, with its totals and, of the units on this page, their sections."""

    id: str
    code: str
    subject: str
    status: str
    indicators: tuple[Total, ...]
    sections: tuple[tuple[ReporterLine, ShownSection], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRevision:
    """A revision of a consolidation. `cause`: first, supplement or corrected; `form`: what the consolidator wrote."""

    number: int
    cause: str
    computed_at: str
    closed_at: str | None
    form: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsolidationPage:
    """A consolidation as its page shows it. `shown`: the revision; None while reports are still collected."""

    id: str
    organisation: str
    name: str
    report_type: str
    period: str
    status: str
    cutoff: str
    closed_at: str | None
    is_outdated: bool
    shown: KeptRevision | None
    revisions: tuple[KeptRevision, ...]
    counts: dict[str, int]
    lines: tuple[ReporterLine, ...]
    line_count: int
    changed: tuple[ReporterLine, ...]
    letters: tuple[Letter, ...]
    tasks: tuple[OpenTask, ...]


def consolidation_row(reading: Reading, identity: str) -> Row[Any]:
    """Return the row of a consolidation with its organisation's name. Raises NotFound."""
    return reading.row(_ROW, identity, missing=f"Expected the id of a consolidation, but found {identity!r}, which none has.")


def answer_consolidation(query: ShowConsolidation, reading: Reading) -> ConsolidationPage:
    """Return the page of a consolidation. Raises NotFound."""
    row, connection = consolidation_row(reading, query.consolidation), reading.connection
    kept = _revisions(connection, row.id)
    shown = _chosen(kept, row, query.revision)
    lines = reporter_lines(connection, row, shown[1] if shown else None, local_date(reading.now))
    chosen = [line for line in lines if not query.only or line.state in query.only or ("nil" in query.only and line.is_nil)]
    here = chosen[query.page * PAGE : (query.page + 1) * PAGE]
    totals = _kept_totals(connection, row, shown[0].number) if shown else _so_far(connection, row)
    cases = (key_of_period(row.organisation, row.report_type, row.period), row.id)
    _done, waiting = tasks_of(reading, instance.c.organisation == row.organisation, instance.c.business_key.in_(cases))
    return ConsolidationPage(
        id=row.id,
        organisation=row.organisation,
        name=row.name,
        report_type=row.report_type,
        period=row.period,
        status=row.status,
        cutoff=row.cutoff,
        closed_at=row.closed_at,
        is_outdated=row.outdated_at is not None,
        shown=shown[0] if shown else None,
        revisions=tuple(entry for entry, _list in kept),
        counts=counts_of_lines(lines),
        lines=tuple(here),
        line_count=len(chosen),
        changed=tuple(line for line in lines if line.newest is not None) if row.outdated_at else (),
        letters=_letters(connection, row, totals, here),
        tasks=tuple(task for task in waiting if task.context.get("consolidation") == row.id),
    )


def counts_of_lines(lines: list[ReporterLine]) -> dict[str, int]:
    """Return how many units stand how, each counted once; `nil`, `urged` and `carried` beside."""
    own = [line for line in lines if not line.carried_from]
    found = Counter(line.state for line in own)
    return {
        **found,
        "expected": sum(line.state != "excused" for line in own),
        "in": sum(found[state] for state in IN),
        "not_in": sum(found[state] for state in NOT_IN),
        "nil": sum(line.is_nil for line in own),
        "urged": sum(line.urged for line in own),
        "carried": len(lines) - len(own),
    }


def _revisions(connection: Connection, identity: str) -> list[tuple[KeptRevision, str]]:
    query = select(consolidation_revision).where(consolidation_revision.c.consolidation == identity).order_by(consolidation_revision.c.revision)
    return [
        (
            KeptRevision(number=row.revision, cause=row.cause, computed_at=row.computed_at, closed_at=row.closed_at, form=json.loads(row.form or "{}")),
            row.expected,
        )
        for row in connection.execute(query)
    ]


def _chosen(kept: list[tuple[KeptRevision, str]], row: Row[Any], wanted: int | None) -> tuple[KeptRevision, str] | None:
    if wanted is not None:
        found = next((entry for entry in kept if entry[0].number == wanted), None)
        if found is None:
            raise NotFound(f"Expected a revision of consolidation {row.id}, but found {wanted}, which it does not have.")
        return found
    return kept[-1] if kept else None


def _kept_totals(connection: Connection, row: Row[Any], revision: int) -> dict[str, list[Total]]:
    """Return the totals of a revision with those of the period before, by directive, in one statement."""
    same = (consolidation.c.organisation == row.organisation) & (consolidation.c.report_type == row.report_type)
    earlier = same & (consolidation.c.period == (previous_period(row.period) or "")) & (consolidation_total.c.revision == consolidation.c.revision)
    mine = (consolidation_total.c.consolidation == row.id) & (consolidation_total.c.revision == revision)
    query = (
        select(consolidation_total, indicator.c.label, indicator.c.unit, indicator.c.aggregation)
        .join(consolidation, consolidation.c.id == consolidation_total.c.consolidation)
        .join(indicator, (indicator.c.directive == consolidation_total.c.directive) & (indicator.c.key == consolidation_total.c.indicator))
        .where(mine | earlier)
        .order_by(consolidation_total.c.directive, indicator.c.position)
    )
    rows = connection.execute(query).all()
    last = {(entry.directive, entry.indicator): entry.value for entry in rows if entry.consolidation != row.id}
    found: dict[str, list[Total]] = {}
    for entry in rows:
        if entry.consolidation == row.id:
            found.setdefault(entry.directive, []).append(_total(entry, last.get((entry.directive, entry.indicator))))
    return found


def _total(entry: Row[Any], last: int | None) -> Total:
    return Total(
        id=entry.id,
        directive=entry.directive,
        key=entry.indicator,
        label=entry.label,
        unit=entry.unit,
        aggregation=entry.aggregation,
        computed=entry.computed,
        value=entry.value,
        words=entry.words or "",
        override_reason=entry.override_reason,
        last=last,
    )


def _so_far(connection: Connection, row: Row[Any]) -> dict[str, list[Total]]:
    """Return what has been accepted so far, added up; ratios come with the computed totals."""
    groups: dict[tuple[str, str], list[Row[Any]]] = {}
    for figure in figures_of(connection, row):
        groups.setdefault((figure.directive, figure.indicator), []).append(figure)
    entries = select(indicator).where(indicator.c.directive.in_({place[0] for place in groups})).order_by(indicator.c.directive, indicator.c.position)
    found: dict[str, list[Total]] = {}
    for entry in connection.execute(entries) if groups else ():
        figures = groups.get((entry.directive, entry.key))
        if figures is None or entry.aggregation == RATIO:
            continue
        value = 0 if entry.aggregation == TEXT else combine(entry.aggregation, [figure.value for figure in figures])
        words = "\n".join(f"{figure.name}: {figure.own_words or figure.words}" for figure in figures if figure.own_words or figure.words)
        found.setdefault(entry.directive, []).append(
            Total(
                id=None,
                directive=entry.directive,
                key=entry.key,
                label=entry.label,
                unit=entry.unit,
                aggregation=entry.aggregation,
                computed=value,
                value=value,
                words=words if entry.aggregation == TEXT else "",
                override_reason=None,
                last=None,
                sources=len(figures),
            )
        )
    return found


def _letters(connection: Connection, row: Row[Any], totals: dict[str, list[Total]], lines: list[ReporterLine]) -> tuple[Letter, ...]:
    query = (
        select(directive.c.id, directive.c.code, directive.c.subject, directive.c.status, directive.c.issued_date)
        .join(obligation, obligation.c.directive == directive.c.id)
        .where(obligation.c.superior == row.organisation, obligation.c.report_type == row.report_type, obligations_in(row.period))
        .distinct()
        .order_by(directive.c.issued_date, directive.c.code)
    )
    by_report = {(line.report, line.revision): line for line in lines if line.report and line.revision}
    reports = sorted({line.report for line in by_report.values() if line.report})
    sections = sections_where(connection, report_section.c.report.in_(reports)) if reports else []
    told: dict[str, list[tuple[ReporterLine, ShownSection]]] = {}
    for section in sections:
        line = by_report.get((section.report, section.revision))
        if line is not None and section.superior == row.organisation:
            told.setdefault(section.directive, []).append((line, section))
    return tuple(
        Letter(
            id=letter.id,
            code=letter.code,
            subject=letter.subject,
            status=letter.status,
            indicators=tuple(totals.get(letter.id, ())),
            sections=tuple(sorted(told.get(letter.id, ()), key=lambda pair: (pair[0].carried_from, pair[0].name))),
        )
        for letter in connection.execute(query)
    )
