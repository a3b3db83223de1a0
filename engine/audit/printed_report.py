"""A regular report and a consolidated report as documents to print."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, select
from sqlalchemy.exc import NoResultFound

from engine.audit.printed import Act, act_of, copies_of, letterhead, recorded
from engine.audit.report_parts import NOTHING, ReportSheet, blocks_of, day_of, named, notes_of, sheet_of, subject_of
from engine.documents.letters.forms import PARTY
from engine.documents.letters.model import Block, Chapter, Figures, Paragraph, PrintedDocument, Section, Signature
from engine.history.transaction import Reading
from engine.kernel.clock import from_stamp, local_date
from engine.kernel.errors import NotFound
from engine.kernel.periods import label
from engine.reports.consolidation_page import consolidation_row
from engine.reports.indicators import TEXT, figure_text
from engine.reports.page import report_row
from engine.storage.schema import (
    directive,
    indicator,
    instance,
    obligation,
    organisation,
    report_figure,
    report_revision,
    report_section,
    submission,
)

KIND = "báo cáo"
DRAFT = "Dự thảo"
NIL, ELSEWHERE = "nil", "elsewhere"
ASSESSMENTS = {"done": "Đã thực hiện", "partly": "Thực hiện một phần", "not_done": "Chưa thực hiện"}
_REVISION = select(report_revision).where(report_revision.c.report == bindparam("b_report"), report_revision.c.revision == bindparam("b_revision"))
_SECTIONS = (
    select(report_section, directive.c.doc_type, directive.c.code, directive.c.issued_date, directive.c.subject)
    .join(directive, directive.c.id == report_section.c.directive)
    .where(report_section.c.report == bindparam("b_report"), report_section.c.revision == bindparam("b_revision"))
    .order_by(directive.c.issued_date, directive.c.code, report_section.c.id)
)
_FIGURES = (
    select(report_figure, indicator.c.label, indicator.c.unit, indicator.c.aggregation)
    .join(report_section, report_section.c.id == report_figure.c.report_section)
    .join(indicator, (indicator.c.directive == report_section.c.directive) & (indicator.c.key == report_figure.c.indicator))
    .where(report_section.c.report == bindparam("b_report"), report_section.c.revision == bindparam("b_revision"))
    .order_by(indicator.c.position)
)
_OWED = select(obligation.c.superior).where(obligation.c.organisation == bindparam("b_unit"), obligation.c.report_type == bindparam("b_type"))
_SENT = select(submission.c.superior).where(submission.c.report == bindparam("b_report"))
_OWED_TO = select(organisation.c.name).where(organisation.c.id.in_(_OWED) | organisation.c.id.in_(_SENT)).order_by(organisation.c.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintReport:
    """Ask for a regular report to print: its newest revision, unless one is named. `form`: party or state; "" the usual one."""

    report: str
    form: str = ""
    revision: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintConsolidation:
    """Ask for a consolidated report to print: its newest revision, unless one is named. `form` as above."""

    consolidation: str
    form: str = ""
    revision: int | None = None


def answer_report(query: PrintReport, reading: Reading) -> PrintedDocument:
    """Return a report. Raises NotFound for one that nobody has submitted yet, and InvalidInput."""
    connection = reading.connection
    row = report_row(reading, query.report)
    wanted = query.revision or row.revision
    asked = {"b_report": query.report, "b_revision": wanted}
    kept = connection.execute(_REVISION, asked).one_or_none()
    if kept is None:
        raise NotFound(f"Expected a report that has been submitted, but found {query.report!r}, of which nothing has. Print it once it is submitted.")
    day = local_date(from_stamp(kept.submitted_at))
    superiors = _owed_to(connection, row)
    return _document(
        reading,
        row,
        query.form,
        act_of(connection, _case(row), about=("report", row.id)),
        day=day,
        code=kept.code,
        subject=_subject(row.report_type, row.period),
        note=f"(Bản lần {wanted})" if wanted > 1 else "",
        to=superiors,
        body=tuple(_body(connection, kept, asked)),
        copies=copies_of([], "Như trên", "Lưu VT"),
    )


def answer_consolidation(query: PrintConsolidation, reading: Reading) -> PrintedDocument:
    """Return a consolidated report, a draft until it is closed. Raises NotFound, InvalidInput."""
    connection = reading.connection
    row = consolidation_row(reading, query.consolidation)
    sheet = _sheet(connection, row, query.revision)
    closed = sheet.kept.closed_at is not None
    return _document(
        reading,
        sheet.row,
        query.form,
        act_of(connection, _case(sheet.row), about=("consolidation", sheet.row.id)) if closed else None,
        day=day_of(sheet) if closed else None,
        code="",
        subject=subject_of(sheet),
        note=" ".join(notes_of(sheet)),
        body=tuple(blocks_of(sheet)),
        copies=copies_of([], "Cơ quan cấp trên (để báo cáo)", "Lãnh đạo cơ quan", "Lưu VT"),
        mark="" if closed else DRAFT,
    )


def _sheet(connection: Connection, row: Row[Any], revision: int | None) -> ReportSheet:
    try:
        return sheet_of(connection, row, revision)
    except NoResultFound:
        raise NotFound("Expected a consolidation whose figures have been computed, but found one that waits for its reports. Print it later.") from None


def _document(reading: Reading, row: Row[Any], form: str, act: Act | None, *, day: date | None, code: str, **contents: Any) -> PrintedDocument:
    """Return a report with its letterhead and signature; one without a number of its own leaves room for it."""
    head = letterhead(reading.connection, row.organisation, day or local_date(reading.now), form=form, code=code)
    return PrintedDocument(
        form=head.form,
        issuer=head.issuer,
        superior=head.superior,
        code=code or (f"-BC/{head.symbol}" if head.form == PARTY else f"/BC-{head.symbol}"),
        place=head.place,
        day=day,
        kind=KIND,
        signature=act.signature if act else Signature(),
        recorded=recorded(act),
        **contents,
    )


def _case(row: Row[Any]) -> ColumnElement[bool]:
    """Return the condition of the cases of an organisation, a report type and a period: its own report, and what it consolidates."""
    return and_(instance.c.organisation == row.organisation, instance.c.business_key == f"{row.organisation}:{row.report_type}:{row.period}")


def _owed_to(connection: Connection, row: Row[Any]) -> tuple[str, ...]:
    """Return the names of those to whom a report is owed or was submitted."""
    asked = {"b_unit": row.organisation, "b_type": row.report_type, "b_report": row.id}
    return tuple(connection.execute(_OWED_TO, asked).scalars())


def _subject(report_type: str, period: str) -> str:
    """Return what a report is about: its type without the word of its kind, and the period."""
    what = report_type[len(KIND) :].strip() if report_type.casefold().startswith(KIND) else report_type
    return f"{what}, {label(period)}"


def _body(connection: Connection, kept: Row[Any], asked: dict[str, Any]) -> Iterator[Block]:
    sections = connection.execute(_SECTIONS, asked).all()
    figures: dict[str, list[Row[Any]]] = {}
    for figure in connection.execute(_FIGURES, asked):
        figures.setdefault(figure.report_section, []).append(figure)
    yield Chapter(text="I. ĐÁNH GIÁ CHUNG")
    yield Paragraph(text=kept.general_assessment or NOTHING)
    if kept.reason:
        yield Paragraph(text=kept.reason, first="Lý do bổ sung, đính chính: ")
    yield Chapter(text="II. KẾT QUẢ THỰC HIỆN")
    for number, section in enumerate(sections, start=1):
        yield Section(text=f"{number}. {named(section)}, về việc {section.subject}")
        yield Paragraph(text=_result(section))
        yield from _figures(figures.get(section.id, []))
    for title, column in (("III. KHÓ KHĂN, VƯỚNG MẮC", "difficulties"), ("IV. NHIỆM VỤ KỲ TỚI", "next_tasks"), ("V. ĐỀ XUẤT, KIẾN NGHỊ", "proposals")):
        yield Chapter(text=title)
        told = [(section.code, text) for section in sections if (text := getattr(section, column).strip())]
        yield from (Paragraph(text=text, first=f"- {code}: " if len(sections) > 1 else "") for code, text in told)
        if not told:
            yield Paragraph(text=NOTHING)


def _result(section: Row[Any]) -> str:
    if section.assessment == NIL:
        return f"Không phát sinh{f' ({section.nil_reason})' if section.nil_reason else ''}."
    if section.assessment == ELSEWHERE:
        return "Đã nêu ở mục khác của báo cáo."
    return f"{ASSESSMENTS.get(section.assessment, section.assessment)}. {section.narrative}".strip()


def _figures(figures: list[Row[Any]]) -> Iterator[Block]:
    """Yield a section's figures: with what came from below and, where it differs, the unit's own part; then what is told in words."""
    numbers = [each for each in figures if each.aggregation != TEXT]
    if numbers:
        whole = [(each.label, figure_text(each.aggregation, each.value, each.unit), figure_text(each.aggregation, each.own_value)) for each in numbers]
        below = any(each.value != each.own_value for each in numbers)
        heads = ("Chỉ tiêu", "Số liệu", "Trong đó đơn vị tự làm")[: 3 if below else 2]
        yield Figures(heads=heads, rows=tuple(row[: len(heads)] for row in whole))
    for each in figures:
        if each.aggregation == TEXT and (each.own_words or each.words):
            yield Paragraph(text="\n".join(part for part in (each.own_words, each.words) if part), first=f"{each.label}: ")
