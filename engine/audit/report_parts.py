"""What a consolidated report says, in the sections of DOMAIN.md 2.9: monthly, of a campaign, of any period.

The same blocks are printed on a terminal (report_text), typeset as PDF, and filled into a Word template (printed_consolidation).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select

from engine.audit.counts import Counts, Line, children_of, counts_of, directives_of, revision_of
from engine.audit.genealogy import NEWEST, Source, sources_of_all, totals_with
from engine.directives.print_sources import reports_entered_by
from engine.documents.letters.forms import day_short
from engine.documents.letters.model import Block, Chapter, Figures, Paragraph, Section
from engine.kernel.clock import from_stamp, local_date
from engine.kernel.periods import FINAL, label, previous_period
from engine.reports.indicators import RATIO, TEXT, figure_text
from engine.storage.schema import (
    consolidation,
    consolidation_total,
    indicator,
    organisation,
    report_figure,
    report_section,
)

STATES = {"on_time": "đúng hạn", "late": "chậm", "missing": "CHƯA BÁO CÁO", "unread": "đã gửi, chưa kiểm tra khi chốt", "excused": "không còn phải báo cáo"}
ASSIGNMENT = {
    "assigned": "đã giao",
    "not_started": "chưa thực hiện",
    "in_progress": "đang thực hiện",
    "done": "đã xong",
    "confirmed": "đã xác nhận xong",
    "blocked": "đang vướng mắc",
    "overdue": "quá hạn",
}
NOTHING = "Không có."
AT_ONCE = 10_000  # reports in one statement
ABREAST = 10  # indicators beside each other on a lying page


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSheet:
    """What one printed report is about.

    `children`: the letters of the units below; `before`: the printed figures of the period before, by directive and indicator;
    `sections`: what was written, by report, revision and directive.
    """

    connection: Connection
    row: Row[Any]
    kept: Row[Any]
    form: dict[str, Any]
    letters: list[Row[Any]]
    children: list[Row[Any]]
    counts: Counts
    totals: list[Row[Any]]
    before: dict[tuple[str, str], str]
    sections: dict[tuple[str | None, int | None, str], Row[Any]]


def sheet_of_report(connection: Connection, consolidation_id: str, revision: int | None = None) -> ReportSheet:
    """Return what the report of a consolidation is made from: of its newest revision, unless one is named."""
    row = connection.execute(
        select(consolidation, organisation.c.name)
        .join(organisation, organisation.c.id == consolidation.c.organisation)
        .where(consolidation.c.id == consolidation_id)
    ).one()
    return sheet_of(connection, row, revision)


def sheet_of(connection: Connection, row: Row[Any], revision: int | None = None) -> ReportSheet:
    """Return what the report of a consolidation, whose row with the organisation's name is given, is made from."""
    kept = revision_of(connection, row, revision)
    letters = directives_of(connection, row)
    identities = [letter.id for letter in letters]
    children = children_of(connection, identities)
    counts = counts_of(connection, row, kept, identities, forwarded=len(children))
    this, before = _totals(connection, row, kept.revision)
    return ReportSheet(
        connection=connection,
        row=row,
        kept=kept,
        form=json.loads(kept.form or "{}"),
        letters=letters,
        children=children,
        counts=counts,
        totals=this,
        before=before,
        sections=_sections(connection, counts),
    )


def day_of(sheet: ReportSheet) -> date:
    """Return the day of the report: when it was closed, else when its figures were computed."""
    return local_date(from_stamp(sheet.kept.closed_at or sheet.kept.computed_at))


def subject_of(sheet: ReportSheet) -> str:
    """Return what the report is about."""
    return f"kết quả triển khai thực hiện {'; '.join(named(letter) for letter in sheet.letters)}"


def notes_of(sheet: ReportSheet) -> list[str]:
    """Return the lines under the subject: the period, which version it is, what has changed since."""
    notes = ["(Báo cáo kết quả đợt)" if sheet.row.period == FINAL else f"({label(sheet.row.period)})"]
    if sheet.kept.revision > 1:
        notes.append(f"(Bản tổng hợp lần {sheet.kept.revision}, thay bản lần {sheet.kept.revision - 1}: {_cause(sheet.kept.cause)})")
    if sheet.row.outdated_at and sheet.kept.revision == sheet.row.revision:
        notes.append("(Lưu ý: số liệu cấp dưới đã thay đổi sau khi chốt, chưa tổng hợp lại)")
    return notes


def blocks_of(sheet: ReportSheet) -> Iterator[Block]:
    """Yield the report's body: five chapters and three annexes."""
    for part in (_leadership, _results, _limits, _next, _proposals, _figures_by_unit, _lists, _origins):
        yield from part(sheet)


def _sections(connection: Connection, counts: Counts) -> dict[tuple[str | None, int | None, str], Row[Any]]:
    """Return what the units wrote, by report, revision and directive."""
    reports = sorted({line.report for line in counts.lines if line.report})
    found: dict[tuple[str | None, int | None, str], Row[Any]] = {}
    for first in range(0, len(reports), AT_ONCE):
        query = select(report_section).where(report_section.c.report.in_(reports[first : first + AT_ONCE]))
        found |= {(row.report, row.revision, row.directive): row for row in connection.execute(query)}
    return found


def _totals(connection: Connection, row: Row[Any], revision: int) -> tuple[list[Row[Any]], dict[tuple[str, str], str]]:
    """Return the totals of a revision, and the printed figures of the period before as far as it is closed."""
    same = (consolidation.c.organisation == row.organisation) & (consolidation.c.report_type == row.report_type)
    earlier = same & (consolidation.c.period == previous_period(row.period)) & (consolidation.c.status == "closed") & (consolidation_total.c.revision == NEWEST)
    found = totals_with(connection, earlier | (consolidation.c.id == row.id) & (consolidation_total.c.revision == revision))
    before = {
        (entry.directive, entry.indicator): figure_text(entry.aggregation, entry.value, entry.unit) for entry in found if entry.consolidation != row.id
    }
    return [entry for entry in found if entry.consolidation == row.id], before


def _cause(cause: str) -> str:
    return "bổ sung báo cáo đến sau khi chốt" if cause == "supplement" else "cấp dưới đính chính báo cáo"


def named(letter: Row[Any]) -> str:
    return f"{letter.doc_type.capitalize()} số {letter.code}, ngày {day_short(date.fromisoformat(letter.issued_date))}"


def _leadership(sheet: ReportSheet) -> Iterator[Block]:
    counts = sheet.counts
    yield Chapter(text="I. CÔNG TÁC LÃNH ĐẠO, CHỈ ĐẠO, TRIỂN KHAI")
    yield from _said(sheet.form.get("leadership", ""))
    yield Section(text="1. Văn bản đã ban hành")
    for letter in sheet.letters:
        reached = counts.reached.get(letter.id, 0)
        yield from _said(f"{named(letter)}, về việc {letter.subject}; gửi {reached} nơi nhận.", first="- ")
    for child in sheet.children:
        yield from _said(f"{child.name}: {named(child)}.", first="- Cấp dưới ban hành: ")
    yield Section(text="2. Triển khai")
    yield from _said(
        f"{counts.addressed} nơi nhận; {counts.received} đã tiếp nhận, {counts.refused} trả lại, "
        f"{len({child.issuer for child in sheet.children})} đã ban hành văn bản xuống cấp dưới.",
        first="- ",
    )
    if counts.items:
        told = ", ".join(f"{number} {ASSIGNMENT.get(status, status)}" for status, number in sorted(counts.items.items()))
        yield from _said(f"Việc được giao: {told}; quá hạn {counts.overdue}.", first="- ")
    yield Section(text="3. Chế độ báo cáo")
    yield from _said(_discipline(counts), first="- ")
    urges = ", ".join(f"mức {level}: {number}" for level, number in sorted(counts.urges.items())) or "không"
    yield from _said(f"Nhắc trước hạn {counts.reminders} lượt; đôn đốc {urges}.", first="- ")
    yield from _said(
        f"Khó khăn, vướng mắc nêu lên: {counts.difficulties_answered} đã trả lời, {counts.difficulties_open} chưa trả lời; "
        f"gia hạn: {counts.extensions_asked} đề nghị, {counts.extensions_granted} được chấp thuận.",
        first="- ",
    )


def _discipline(counts: Counts) -> str:
    told = (
        f"{counts.expected} đơn vị phải báo cáo: {counts.number('on_time')} đúng hạn, {counts.number('late')} chậm, "
        f"{counts.number('missing')} chưa báo cáo"
    )
    more = {
        "gửi nhưng chưa kiểm tra khi chốt": counts.number("unread"),
        "báo cáo không phát sinh": counts.nil,
        "phải trả lại để bổ sung": counts.returned,
        "bổ sung sau khi chốt": counts.supplements,
        "của kỳ trước tính vào kỳ này": counts.carried,
    }
    return told + "".join(f"; {number} {what}" for what, number in more.items() if number) + "."


def _results(sheet: ReportSheet) -> Iterator[Block]:
    yield Chapter(text="II. KẾT QUẢ")
    figures = [total for total in sheet.totals if total.aggregation != TEXT]
    if figures:
        yield Section(text="1. Số liệu")
        rows = [
            [total.label, figure_text(total.aggregation, total.value, total.unit), sheet.before.get((total.directive, total.indicator), "–"), _note(total)]
            for total in figures
        ]
        heads = ["Chỉ tiêu", "Cả đợt" if sheet.row.period == FINAL else "Kỳ này", "Kỳ trước", "Ghi chú"]
        used = [place for place in range(len(heads)) if any(row[place] not in ("", "–") for row in rows)]
        yield Figures(heads=tuple(heads[place] for place in used), rows=tuple(tuple(row[place] for place in used) for row in rows))
    yield Section(text=f"{2 if figures else 1}. Kết quả theo từng nội dung")
    for letter in sheet.letters:
        yield from _said(f"{named(letter)}, về việc {letter.subject}:", first="* ")
        yield from _told(sheet, letter.id, "narrative", sheet.totals)
    yield from _said(sheet.form.get("narrative", ""), first="Đánh giá chung: ")
    yield from _said(sheet.form.get("good_practices", ""), first="Cách làm hay: ")


def _note(total: Row[Any]) -> str:
    if total.override_reason is None:
        return ""
    return f"sửa tay, máy tính {figure_text(total.aggregation, total.computed)}: {total.override_reason}"


def _told(sheet: ReportSheet, letter: str, column: str, words: list[Row[Any]] | None = None) -> Iterator[Block]:
    """Yield what each unit wrote on a directive, its name in front; then the indicators that are told in words."""
    for line in sheet.counts.lines:
        section = sheet.sections.get((line.report, line.revision, letter))
        if section is not None:
            yield from _said(_written(section, column), deep=1, first=f"- {line.name}{_carried(line)}: ")
    for total in words or []:
        if total.aggregation == TEXT and total.directive == letter:
            yield from _said(f"{total.label}:", deep=1)
            for each in (total.words or NOTHING).splitlines():
                yield from _said(each, deep=1, first="- ")


def _written(section: Row[Any], column: str) -> str:
    if column != "narrative":
        return str(getattr(section, column))
    if section.assessment == "elsewhere":
        return "Đã nêu ở mục khác của báo cáo."
    return section.narrative or (f"Không phát sinh ({section.nil_reason})." if section.nil_reason else "")


def _carried(line: Line) -> str:
    if not line.carried:
        return ""
    return f" (báo cáo {label(line.period)} chuyển sang)"


def _of_units(sheet: ReportSheet, column: str) -> list[Block]:
    return [block for letter in sheet.letters for block in _told(sheet, letter.id, column)]


def _chapter(title: str, *written: tuple[str, str], units: list[Block]) -> Iterator[Block]:
    yield Chapter(text=title)
    blocks = [block for first, text in written for block in _said(text, first=first)]
    yield from blocks
    if units:
        yield Paragraph(text="Các đơn vị nêu:")
        yield from units
    if not blocks and not units:
        yield Paragraph(text=NOTHING)


def _limits(sheet: ReportSheet) -> Iterator[Block]:
    form = sheet.form
    written = (
        ("Hạn chế: ", form.get("limitations", "")),
        ("Khó khăn, vướng mắc: ", form.get("difficulties", "")),
        ("Nguyên nhân: ", form.get("causes", "")),
    )
    yield from _chapter("III. HẠN CHẾ, KHÓ KHĂN, VƯỚNG MẮC; NGUYÊN NHÂN", *written, units=_of_units(sheet, "difficulties"))


def _next(sheet: ReportSheet) -> Iterator[Block]:
    yield from _chapter("IV. NHIỆM VỤ KỲ TỚI", ("", sheet.form.get("next_tasks", "")), units=_of_units(sheet, "next_tasks"))


def _proposals(sheet: ReportSheet) -> Iterator[Block]:
    yield from _chapter("V. ĐỀ XUẤT, KIẾN NGHỊ", ("", sheet.form.get("proposals", "")), units=_of_units(sheet, "proposals"))


def _figures_by_unit(sheet: ReportSheet) -> Iterator[Block]:
    yield Chapter(text="PHỤ LỤC 1. SỐ LIỆU THEO ĐƠN VỊ", annex=True)
    lines = [line for line in sheet.counts.lines if line.report and line.state != "unread"]
    figures = _reported(sheet)
    for letter in sheet.letters:
        heads = [total for total in sheet.totals if total.directive == letter.id and total.aggregation not in (TEXT, RATIO)]
        if heads:
            yield Paragraph(text=named(letter))
        for first in range(0, len(heads), ABREAST):
            some = heads[first : first + ABREAST]
            rows = [(f"{line.name}{_carried(line)}", *_cells(sheet, letter.id, line, some, figures)) for line in lines]
            sums = ("Tổng hợp", *(figure_text(head.aggregation, head.value) for head in some))
            named_heads = ("Đơn vị", *(f"{head.label} ({head.unit})" if head.unit else head.label for head in some))
            yield Figures(heads=named_heads, rows=(*rows, sums), widest=26)


def _reported(sheet: ReportSheet) -> dict[tuple[str, str], str]:
    """Return the figures that the units reported, as they are printed, by section and indicator."""
    sections = sorted(section.id for section in sheet.sections.values())
    found: dict[tuple[str, str], str] = {}
    for first in range(0, len(sections), AT_ONCE):
        query = (
            select(report_figure.c.report_section, report_figure.c.indicator, report_figure.c.value, indicator.c.aggregation)
            .join(report_section, report_section.c.id == report_figure.c.report_section)
            .join(indicator, (indicator.c.directive == report_section.c.directive) & (indicator.c.key == report_figure.c.indicator))
            .where(report_section.c.id.in_(sections[first : first + AT_ONCE]))
        )
        for row in sheet.connection.execute(query):
            found[row.report_section, row.indicator] = figure_text(row.aggregation, row.value)
    return found


def _cells(sheet: ReportSheet, letter: str, line: Line, heads: list[Row[Any]], figures: dict[tuple[str, str], str]) -> list[str]:
    section = sheet.sections.get((line.report, line.revision, letter))
    return [figures.get((section.id, head.indicator), "–") if section is not None else "–" for head in heads]


def _lists(sheet: ReportSheet) -> Iterator[Block]:
    yield Chapter(text="PHỤ LỤC 2. TÌNH HÌNH BÁO CÁO CỦA CÁC ĐƠN VỊ", annex=True)
    lines = [line for line in sheet.counts.lines if not line.carried]
    chosen = {
        "Chưa báo cáo": [line for line in lines if line.state in ("missing", "unread")],
        "Báo cáo chậm": [line for line in lines if line.state == "late"],
        "Báo cáo không phát sinh": [line for line in lines if line.nil and line.state in ("on_time", "late")],
    }
    for title, found in chosen.items():
        yield Paragraph(text=f"{title}: {'; '.join(line.name for line in found) or 'không có'}.")
    entered = reports_entered_by(sheet.connection, [line.report for line in lines if line.report])
    rows = tuple((line.name, STATES[line.state], _remarks(line, entered.get(line.report or "", []))) for line in lines)
    yield Figures(heads=("Đơn vị", "Báo cáo", "Ghi chú"), rows=rows)


def _remarks(line: Line, entered_by: list[str]) -> str:
    notes = ["không phát sinh"] if line.nil and line.state in ("on_time", "late") else []
    notes += [f"trả lại {line.returned} lần"] if line.returned else []
    notes += [f"đôn đốc {line.urged} lần"] if line.urged else []
    notes += ["bổ sung sau khi chốt"] if line.supplement else []
    notes += [f"bản lần {line.revision}"] if line.revision and line.revision > 1 else []
    notes += [f"{name} nhập thay" for name in entered_by]
    return ", ".join(notes)


def _origins(sheet: ReportSheet) -> Iterator[Block]:
    yield Chapter(text="PHỤ LỤC 3. NGUỒN CỦA TỪNG SỐ LIỆU", annex=True)
    found = sources_of_all(sheet.connection, [total.id for total in sheet.totals if total.aggregation not in (RATIO, TEXT)])
    for total in sheet.totals:
        if total.aggregation == RATIO:
            yield Paragraph(text=f"{total.label}: {figure_text(total.aggregation, total.computed)} = {_division(sheet, total)}")
        elif total.aggregation != TEXT:
            yield Paragraph(text=f"{total.label}: {figure_text(total.aggregation, total.computed, total.unit)}")
            yield from _tree(found[total.id], deep=1)


def _division(sheet: ReportSheet, total: Row[Any]) -> str:
    """Return how a ratio was computed, from the sums."""
    parts = {part.indicator: part for part in sheet.totals if part.directive == total.directive}
    named = [parts[key] for key in (total.numerator, total.denominator) if key in parts]
    return " / ".join(f"{figure_text(part.aggregation, part.value)} ({part.label})" for part in named)


def _tree(sources: tuple[Source, ...], *, deep: int) -> Iterator[Block]:
    for source in sources:
        own = f" (trong đó tự làm {figure_text('sum', source.own)})" if source.below else ""
        carried = f", báo cáo {label(source.period)} chuyển sang" if source.carried else ""
        again = f", bản lần {source.revision}" if source.revision > 1 else ""
        yield Paragraph(text=f"{source.unit}{again}{carried}: {figure_text('sum', source.value)}{own}", deep=deep)
        yield from _tree(source.below, deep=deep + 1)


def _said(text: str, *, first: str = "", deep: int = 0) -> Iterator[Block]:
    """Yield a paragraph, where anything was said."""
    if text.strip():
        yield Paragraph(text=text, first=first, deep=deep)
