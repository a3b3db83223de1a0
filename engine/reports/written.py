"""What report revisions say: their sections with the figures, read at once for pages; nothing here changes anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, Select, select
from sqlalchemy.sql import ColumnElement

from engine.reports.indicators import TEXT
from engine.storage.schema import directive, indicator, obligation, organisation, report_figure, report_section

_same = obligation.alias("same_as")
_same_directive = directive.alias("same_directive")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFigure:
    """One figure of a section. `own`: the unit's own part; `value`: with what came from below; `words` of an indicator told in words."""

    key: str
    label: str
    unit: str
    aggregation: str
    own: int
    value: int
    words: str
    words_below: str

    @property
    def is_text(self) -> bool:
        """Whether it is told in words."""
        return self.aggregation == TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSection:
    """One section of a report revision: what was reported on one directive. `same_as`: the code of the directive under which it is told."""

    report: str
    revision: int
    obligation: str
    directive: str
    code: str
    subject: str
    superior: str
    superior_name: str
    assessment: str
    narrative: str
    nil_reason: str
    difficulties: str
    proposals: str
    next_tasks: str
    same_as: str
    figures: tuple[ShownFigure, ...] = field(default=())

    def figure(self, key: str) -> ShownFigure | None:
        """Return the figure of an indicator; None when the section has none."""
        return next((entry for entry in self.figures if entry.key == key), None)


def _sections_query() -> Select[Any]:
    figures = report_section.outerjoin(report_figure, report_figure.c.report_section == report_section.c.id).outerjoin(
        indicator, (indicator.c.directive == report_section.c.directive) & (indicator.c.key == report_figure.c.indicator)
    )
    whole = (
        figures.join(obligation, obligation.c.id == report_section.c.obligation)
        .join(organisation, organisation.c.id == obligation.c.superior)
        .join(directive, directive.c.id == report_section.c.directive)
        .outerjoin(_same, _same.c.id == report_section.c.same_as)
        .outerjoin(_same_directive, _same_directive.c.id == _same.c.directive)
    )
    return (
        select(report_section, directive.c.code, directive.c.subject, obligation.c.superior, organisation.c.name.label("superior_name"))
        .add_columns(_same_directive.c.code.label("same_code"), indicator.c.key, indicator.c.label, indicator.c.unit, indicator.c.aggregation)
        .add_columns(report_figure.c.own_value, report_figure.c.value, report_figure.c.own_words, report_figure.c.words)
        .select_from(whole)
        .order_by(report_section.c.revision, directive.c.issued_date, directive.c.code, report_section.c.id, indicator.c.position)
    )


_SECTIONS = _sections_query()


def sections_where(connection: Connection, *conditions: ColumnElement[bool]) -> list[ShownSection]:
    """Return the sections that meet `conditions` on report_section, with their figures, in one statement."""
    rows: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(_SECTIONS.where(*conditions)):
        rows.setdefault(row.id, []).append(row)
    return [_section(found) for found in rows.values()]


def _section(rows: list[Row[Any]]) -> ShownSection:
    row = rows[0]
    return ShownSection(
        report=row.report,
        revision=row.revision,
        obligation=row.obligation,
        directive=row.directive,
        code=row.code,
        subject=row.subject,
        superior=row.superior,
        superior_name=row.superior_name,
        assessment=row.assessment,
        narrative=row.narrative,
        nil_reason=row.nil_reason or "",
        difficulties=row.difficulties,
        proposals=row.proposals,
        next_tasks=row.next_tasks,
        same_as=row.same_code or "",
        figures=tuple(_figure(each) for each in rows if each.key is not None),
    )


def _figure(row: Row[Any]) -> ShownFigure:
    return ShownFigure(
        key=row.key,
        label=row.label,
        unit=row.unit,
        aggregation=row.aggregation,
        own=row.own_value,
        value=row.value,
        words=row.own_words or "",
        words_below=row.words or "",
    )
