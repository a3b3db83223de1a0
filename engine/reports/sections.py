"""The sections of a report: one per open obligation, with the unit's own figures and what was consolidated below it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select

from engine.history.transaction import Transaction
from engine.kernel.errors import InvalidInput
from engine.reports.indicators import RATIO, TEXT, combine
from engine.storage.schema import (
    consolidation,
    consolidation_total,
    directive,
    figure_source,
    indicator,
    obligation,
    organisation,
    report_figure,
    report_section,
)

NIL, ELSEWHERE = "nil", "elsewhere"
Content = dict[str, Any]
_OWED = (
    select(obligation, organisation.c.name, directive.c.code)
    .join(organisation, organisation.c.id == obligation.c.organisation)
    .join(directive, directive.c.id == obligation.c.directive)
    .where(obligation.c.id == bindparam("b_obligation"))
)
_WRITE_SECTION, _WRITE_FIGURES, _WRITE_SOURCES = insert(report_section), insert(report_figure), insert(figure_source)
_INDICATORS = select(indicator).where(indicator.c.directive == bindparam("b_directive")).order_by(indicator.c.position)
_TOTALS_BELOW = (
    select(consolidation_total)
    .join(consolidation, consolidation.c.id == consolidation_total.c.consolidation)
    .join(directive, directive.c.id == consolidation_total.c.directive)
    .where(consolidation.c.organisation == bindparam("b_unit"), consolidation.c.period == bindparam("b_period"))
    .where(consolidation_total.c.revision == consolidation.c.revision, directive.c.parent == bindparam("b_directive"))
    .order_by(consolidation.c.closed_at, consolidation_total.c.id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The revision of a report into which sections are written."""

    report: str
    revision: int
    organisation: str
    period: str


def write_sections(transaction: Transaction, sheet: Sheet, contents: dict[str, Content]) -> None:
    """Write every section with its figures; `contents` is keyed by obligation."""
    for obligation_id, content in contents.items():
        _write(transaction, sheet, owed_by(transaction.connection, sheet.organisation, obligation_id), content)


def owed_by(connection: Connection, organisation_id: str, obligation_id: str) -> Row[Any]:
    """Return an obligation of this organisation. Raises InvalidInput when it is another's, or none."""
    row = connection.execute(_OWED, {"b_obligation": obligation_id}).one_or_none()
    if row is None:
        raise InvalidInput(f"Expected a reporting duty as the section, but found {obligation_id!r}, which nobody has. Choose one of yours.")
    if row.organisation != organisation_id:
        own = connection.execute(select(organisation.c.name).where(organisation.c.id == organisation_id)).scalar_one()
        raise InvalidInput(
            f"Expected a reporting duty of {own} as the section, but found that of {row.name} on {row.code}. "
            "Choose one of yours; each body reports for itself."
        )
    return row


def _write(transaction: Transaction, sheet: Sheet, owed: Row[Any], content: Content) -> None:
    identity = transaction.new_id()
    row = {
        "id": identity,
        "report": sheet.report,
        "revision": sheet.revision,
        "obligation": owed.id,
        "directive": owed.directive,
        "assessment": content["assessment"],
        "narrative": content.get("result_narrative", ""),
        "nil_reason": content.get("nil_reason"),
        "difficulties": content.get("difficulties", ""),
        "proposals": content.get("proposals", ""),
        "next_tasks": content.get("next_period_tasks", ""),
        "same_as": content.get("same_as"),
    }
    transaction.connection.execute(_WRITE_SECTION, row)
    own = {} if content["assessment"] in (NIL, ELSEWHERE) else content.get("indicators", {})
    below = totals_below(transaction.connection, sheet.organisation, sheet.period, owed.directive)
    told = [entry for entry in indicators_of(transaction.connection, owed.directive) if entry.aggregation != RATIO]
    figures = [(_figure(transaction, identity, entry, own.get(entry.key), below.get(entry.key, [])), entry.key) for entry in told]
    if figures:
        transaction.connection.execute(_WRITE_FIGURES, [figure for figure, _ in figures])
    links = [{"report_figure": figure["id"], "consolidation_total": total.id} for figure, key in figures for total in below.get(key, [])]
    if links:
        transaction.connection.execute(_WRITE_SOURCES, links)


def _figure(transaction: Transaction, section: str, entry: Row[Any], own: Any, below: list[Row[Any]]) -> dict[str, Any]:
    """Return a figure: the unit's own part, and the whole with the totals of its subordinates."""
    values: dict[str, Any] = {"own_value": 0, "value": 0, "own_words": None, "words": None}
    if entry.aggregation == TEXT:
        values |= {"own_words": own, "words": "\n".join(row.words for row in below if row.words) or None}
    else:
        whole = [row.value for row in below] + ([] if own is None else [own])
        values |= {"own_value": own or 0, "value": combine(entry.aggregation, whole)}
    return {"id": transaction.new_id(), "report_section": section, "indicator": entry.key, **values}


def indicators_of(connection: Connection, directive_id: str) -> list[Row[Any]]:
    """Return the indicators of a directive in their order."""
    return list(connection.execute(_INDICATORS, {"b_directive": directive_id}).all())


def totals_below(connection: Connection, unit: str, period: str, directive_id: str) -> dict[str, list[Row[Any]]]:
    """Return the newest closed totals of the directive's children at `unit`, per indicator."""
    found: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(_TOTALS_BELOW, {"b_unit": unit, "b_period": period, "b_directive": directive_id}):
        found.setdefault(row.indicator, []).append(row)
    return found


def contents_of(connection: Connection, report_id: str, revision: int) -> dict[str, Content]:
    """Return what a revision says, as its forms said it, keyed by obligation: what a correction begins with."""
    sections = connection.execute(
        select(report_section).where(report_section.c.report == report_id, report_section.c.revision == revision)
    ).all()
    return {row.obligation: _content(connection, row) for row in sections}


def _content(connection: Connection, row: Row[Any]) -> Content:
    figures = connection.execute(select(report_figure).where(report_figure.c.report_section == row.id)).all()
    told = {figure.indicator: figure.own_words or figure.own_value for figure in figures}
    words = {entry.key for entry in indicators_of(connection, row.directive) if entry.aggregation == TEXT}
    content = {
        "assessment": row.assessment,
        "result_narrative": row.narrative,
        "nil_reason": row.nil_reason,
        "difficulties": row.difficulties,
        "proposals": row.proposals,
        "next_period_tasks": row.next_tasks,
        "same_as": row.same_as,
    }
    own = {key: value for key, value in told.items() if key not in words or isinstance(value, str)}
    return {key: value for key, value in content.items() if value} | {"indicators": own}
