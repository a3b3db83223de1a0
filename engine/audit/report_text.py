"""A consolidated report as Vietnamese text, in the sections of DOMAIN.md 2.9: monthly, of a campaign, of any period."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select

from engine.audit.counts import Counts, Line, children_of, counts_of, directives_of, revision_of
from engine.audit.genealogy import Source, sources_of, totals
from engine.audit.text_table import paragraph, table
from engine.directives.print_sources import reports_entered_by
from engine.kernel.clock import from_stamp, local_date
from engine.kernel.periods import FINAL, label, previous_period
from engine.reports.indicators import RATIO, TEXT, figure_text
from engine.storage.schema import (
    consolidation,
    directive,
    dispatch,
    indicator,
    organisation,
    report,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """What one printed report is about."""

    connection: Connection
    row: Row[Any]
    kept: Row[Any]
    form: dict[str, Any]
    letters: list[Row[Any]]
    counts: Counts
    totals: list[Row[Any]]


def report_text(connection: Connection, consolidation_id: str, revision: int | None = None) -> str:
    """Return the printed text of a consolidation: of its newest revision, unless one is named."""
    row = connection.execute(
        select(consolidation, organisation.c.name)
        .join(organisation, organisation.c.id == consolidation.c.organisation)
        .where(consolidation.c.id == consolidation_id)
    ).one()
    kept = revision_of(connection, row, revision)
    letters = select(directive).where(directive.c.id.in_(directives_of(connection, row))).order_by(directive.c.issued_date, directive.c.code)
    sheet = _Sheet(
        connection=connection,
        row=row,
        kept=kept,
        form=json.loads(kept.form or "{}"),
        letters=list(connection.execute(letters).all()),
        counts=counts_of(connection, consolidation_id, kept.revision),
        totals=totals(connection, consolidation_id, kept.revision),
    )
    parts = (_head, _leadership, _results, _limits, _next, _proposals, _figures_by_unit, _lists, _origins)
    return "\n".join(line.rstrip() for part in parts for line in part(sheet)) + "\n"


def _head(sheet: _Sheet) -> Iterator[str]:
    day = local_date(from_stamp(sheet.kept.closed_at or sheet.kept.computed_at))
    yield sheet.row.name.upper()
    yield f"Ngày {day.day:02d} tháng {day.month:02d} năm {day.year}" if day.month < 3 else f"Ngày {day.day:02d} tháng {day.month} năm {day.year}"
    yield ""
    yield "BÁO CÁO"
    yield from paragraph(f"kết quả triển khai thực hiện {'; '.join(_named(letter) for letter in sheet.letters)}", indent=0)
    yield "(Báo cáo kết quả đợt)" if sheet.row.period == FINAL else f"({label(sheet.row.period)})"
    if sheet.kept.revision > 1:
        yield f"(Bản tổng hợp lần {sheet.kept.revision}, thay bản lần {sheet.kept.revision - 1}: {_cause(sheet.kept.cause)})"
    if sheet.row.outdated_at and sheet.kept.revision == sheet.row.revision:
        yield "(Lưu ý: số liệu cấp dưới đã thay đổi sau khi chốt, chưa tổng hợp lại)"


def _cause(cause: str) -> str:
    return "bổ sung báo cáo đến sau khi chốt" if cause == "supplement" else "cấp dưới đính chính báo cáo"


def _named(letter: Row[Any]) -> str:
    issued = date.fromisoformat(letter.issued_date)
    return f"{letter.doc_type.capitalize()} số {letter.code}, ngày {issued.day:02d}/{issued.month}/{issued.year}"


def _leadership(sheet: _Sheet) -> Iterator[str]:
    counts = sheet.counts
    yield from _title("I. CÔNG TÁC LÃNH ĐẠO, CHỈ ĐẠO, TRIỂN KHAI")
    yield from paragraph(sheet.form.get("leadership", ""))
    yield "   1. Văn bản đã ban hành"
    for letter in sheet.letters:
        reached = len(sheet.connection.execute(select(dispatch.c.id).where(dispatch.c.directive == letter.id)).all())
        yield from paragraph(f"{_named(letter)}, về việc {letter.subject}; gửi {reached} nơi nhận.", first="- ")
    children = children_of(sheet.connection, [letter.id for letter in sheet.letters])
    for child in children:
        yield from paragraph(f"{child.name}: {_named(child)}.", first="- Cấp dưới ban hành: ")
    yield "   2. Triển khai"
    yield from paragraph(
        f"{counts.addressed} nơi nhận; {counts.received} đã tiếp nhận, {counts.refused} trả lại, "
        f"{len({child.issuer for child in children})} đã ban hành văn bản xuống cấp dưới.",
        first="- ",
    )
    if counts.items:
        told = ", ".join(f"{number} {ASSIGNMENT.get(status, status)}" for status, number in sorted(counts.items.items()))
        yield from paragraph(f"Việc được giao: {told}; quá hạn {counts.overdue}.", first="- ")
    yield "   3. Chế độ báo cáo"
    yield from paragraph(_discipline(counts), first="- ")
    urges = ", ".join(f"mức {level}: {number}" for level, number in sorted(counts.urges.items())) or "không"
    yield from paragraph(f"Nhắc trước hạn {counts.reminders} lượt; đôn đốc {urges}.", first="- ")
    yield from paragraph(
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


def _results(sheet: _Sheet) -> Iterator[str]:
    yield from _title("II. KẾT QUẢ")
    figures = [total for total in sheet.totals if total.aggregation != TEXT]
    if figures:
        yield "   1. Số liệu"
        before = _previous(sheet)
        rows = [
            [total.label, figure_text(total.aggregation, total.value, total.unit), before.get((total.directive, total.indicator), "–"), _note(total)]
            for total in figures
        ]
        heads = ["Chỉ tiêu", "Cả đợt" if sheet.row.period == FINAL else "Kỳ này", "Kỳ trước", "Ghi chú"]
        used = [place for place in range(len(heads)) if any(row[place] not in ("", "–") for row in rows)]
        yield from table([heads[place] for place in used], [[row[place] for place in used] for row in rows])
    yield f"   {2 if figures else 1}. Kết quả theo từng nội dung"
    for letter in sheet.letters:
        yield from paragraph(f"{_named(letter)}, về việc {letter.subject}:", first="* ")
        yield from _told(sheet, letter.id, "narrative", sheet.totals)
    yield from paragraph(sheet.form.get("narrative", ""), first="Đánh giá chung: ")
    yield from paragraph(sheet.form.get("good_practices", ""), first="Cách làm hay: ")


def _note(total: Row[Any]) -> str:
    if total.override_reason is None:
        return ""
    return f"sửa tay, máy tính {figure_text(total.aggregation, total.computed)}: {total.override_reason}"


def _previous(sheet: _Sheet) -> dict[tuple[str, str], str]:
    """Return the printed figures of the period before."""
    earlier = previous_period(sheet.row.period)
    query = select(consolidation.c.id).where(
        consolidation.c.organisation == sheet.row.organisation,
        consolidation.c.report_type == sheet.row.report_type,
        consolidation.c.period == earlier,
        consolidation.c.status == "closed",
    )
    found = sheet.connection.execute(query).scalar_one_or_none()
    entries = totals(sheet.connection, found) if found else []
    return {(entry.directive, entry.indicator): figure_text(entry.aggregation, entry.value, entry.unit) for entry in entries}


def _told(sheet: _Sheet, letter: str, column: str, words: list[Row[Any]] | None = None) -> Iterator[str]:
    """Yield what each unit wrote on a directive, its name in front; then the indicators that are told in words."""
    for line in sheet.counts.lines:
        query = select(report_section.c[column], report_section.c.assessment, report_section.c.nil_reason).where(
            report_section.c.report == line.report, report_section.c.revision == line.revision, report_section.c.directive == letter
        )
        for section in sheet.connection.execute(query):
            text = section[0] or (f"Không phát sinh ({section.nil_reason})." if column == "narrative" and section.nil_reason else "")
            if column == "narrative" and section.assessment == "elsewhere":
                text = "Đã nêu ở mục khác của báo cáo."
            yield from paragraph(text, indent=6, first=f"- {line.name}{_carried(sheet, line)}: ")
    for total in words or []:
        if total.aggregation == TEXT and total.directive == letter:
            yield from paragraph(f"{total.label}:", indent=6)
            for each in (total.words or NOTHING).splitlines():
                yield from paragraph(each, indent=6, first="- ")


def _carried(sheet: _Sheet, line: Line) -> str:
    if not line.carried:
        return ""
    period = sheet.connection.execute(select(report.c.period).where(report.c.id == line.report)).scalar_one()
    return f" (báo cáo {label(period)} chuyển sang)"


def _of_units(sheet: _Sheet, column: str) -> list[str]:
    return [text for letter in sheet.letters for text in _told(sheet, letter.id, column)]


def _chapter(title: str, *written: tuple[str, str], units: list[str]) -> Iterator[str]:
    yield from _title(title)
    lines = [line for first, text in written for line in paragraph(text, first=first)]
    yield from lines
    if units:
        yield "   Các đơn vị nêu:"
        yield from units
    if not lines and not units:
        yield f"   {NOTHING}"


def _limits(sheet: _Sheet) -> Iterator[str]:
    form = sheet.form
    written = (
        ("Hạn chế: ", form.get("limitations", "")),
        ("Khó khăn, vướng mắc: ", form.get("difficulties", "")),
        ("Nguyên nhân: ", form.get("causes", "")),
    )
    yield from _chapter("III. HẠN CHẾ, KHÓ KHĂN, VƯỚNG MẮC; NGUYÊN NHÂN", *written, units=_of_units(sheet, "difficulties"))


def _next(sheet: _Sheet) -> Iterator[str]:
    yield from _chapter("IV. NHIỆM VỤ KỲ TỚI", ("", sheet.form.get("next_tasks", "")), units=_of_units(sheet, "next_tasks"))


def _proposals(sheet: _Sheet) -> Iterator[str]:
    yield from _chapter("V. ĐỀ XUẤT, KIẾN NGHỊ", ("", sheet.form.get("proposals", "")), units=_of_units(sheet, "proposals"))


def _figures_by_unit(sheet: _Sheet) -> Iterator[str]:
    yield from _title("PHỤ LỤC 1. SỐ LIỆU THEO ĐƠN VỊ")
    counted = [line for line in sheet.counts.lines if line.report]
    for letter in sheet.letters:
        heads = [total for total in sheet.totals if total.directive == letter.id and total.aggregation not in (TEXT, RATIO)]
        if not heads:
            continue
        yield f"   {_named(letter)}"
        rows = [[f"{line.name}{_carried(sheet, line)}", *_cells(sheet, letter.id, line, heads)] for line in counted if line.state != "unread"]
        sums = ["Tổng hợp", *(figure_text(head.aggregation, head.value) for head in heads)]
        yield from table(["Đơn vị", *(f"{head.label} ({head.unit})" if head.unit else head.label for head in heads)], [*rows, sums], widest=26)


def _cells(sheet: _Sheet, letter: str, line: Line, heads: list[Row[Any]]) -> list[str]:
    query = (
        select(report_figure.c.indicator, report_figure.c.value, indicator.c.aggregation)
        .join(report_section, report_section.c.id == report_figure.c.report_section)
        .join(indicator, (indicator.c.directive == report_section.c.directive) & (indicator.c.key == report_figure.c.indicator))
        .where(report_section.c.report == line.report, report_section.c.revision == line.revision, report_section.c.directive == letter)
    )
    found = {row.indicator: figure_text(row.aggregation, row.value) for row in sheet.connection.execute(query)}
    return [found.get(head.indicator, "–") for head in heads]


def _lists(sheet: _Sheet) -> Iterator[str]:
    yield from _title("PHỤ LỤC 2. TÌNH HÌNH BÁO CÁO CỦA CÁC ĐƠN VỊ")
    lines = [line for line in sheet.counts.lines if not line.carried]
    chosen = {
        "Chưa báo cáo": [line for line in lines if line.state in ("missing", "unread")],
        "Báo cáo chậm": [line for line in lines if line.state == "late"],
        "Báo cáo không phát sinh": [line for line in lines if line.nil and line.state in ("on_time", "late")],
    }
    for title, found in chosen.items():
        yield f"   {title}: {'; '.join(line.name for line in found) or 'không có'}."
    entered = reports_entered_by(sheet.connection, [line.report for line in lines if line.report])
    rows = [[line.name, STATES[line.state], _remarks(line, entered.get(line.report or "", []))] for line in lines]
    yield from table(["Đơn vị", "Báo cáo", "Ghi chú"], rows)


def _remarks(line: Line, entered_by: list[str]) -> str:
    notes = ["không phát sinh"] if line.nil and line.state in ("on_time", "late") else []
    notes += [f"trả lại {line.returned} lần"] if line.returned else []
    notes += [f"đôn đốc {line.urged} lần"] if line.urged else []
    notes += ["bổ sung sau khi chốt"] if line.supplement else []
    notes += [f"bản lần {line.revision}"] if line.revision and line.revision > 1 else []
    notes += [f"{name} nhập thay" for name in entered_by]
    return ", ".join(notes)


def _origins(sheet: _Sheet) -> Iterator[str]:
    yield from _title("PHỤ LỤC 3. NGUỒN CỦA TỪNG SỐ LIỆU")
    for total in sheet.totals:
        if total.aggregation == RATIO:
            yield f"   {total.label}: {figure_text(total.aggregation, total.computed)} = {_division(sheet, total)}"
        elif total.aggregation != TEXT:
            yield f"   {total.label}: {figure_text(total.aggregation, total.computed, total.unit)}"
            yield from _tree(sources_of(sheet.connection, total.id), deep=2)


def _division(sheet: _Sheet, total: Row[Any]) -> str:
    """Return how a ratio was computed, from the sums."""
    place = (indicator.c.directive == total.directive) & (indicator.c.key == total.indicator)
    entry = sheet.connection.execute(select(indicator).where(place)).one()
    parts = {part.indicator: part for part in sheet.totals if part.directive == total.directive}
    named = [parts[key] for key in (entry.numerator, entry.denominator) if key in parts]
    return " / ".join(f"{figure_text(part.aggregation, part.value)} ({part.label})" for part in named)


def _tree(sources: tuple[Source, ...], *, deep: int) -> Iterator[str]:
    for source in sources:
        own = f" (trong đó tự làm {figure_text('sum', source.own)})" if source.below else ""
        carried = f", báo cáo {label(source.period)} chuyển sang" if source.carried else ""
        again = f", bản lần {source.revision}" if source.revision > 1 else ""
        yield f"{'   ' * deep}{source.unit}{again}{carried}: {figure_text('sum', source.value)}{own}"
        yield from _tree(source.below, deep=deep + 1)


def _title(text: str) -> list[str]:
    return ["", text]
