"""The registers as they are printed: the columns of Decree 30/2020, annex IV (DOMAIN.md 3.2), in number order."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from engine.directives.print_sources import Sources, read_sources
from engine.directory.organisations import organisation_by_id
from engine.history.transaction import Reading
from engine.kernel.clock import local_date
from engine.kernel.errors import InvalidInput
from engine.storage.schema import directive, organisation, register_book, register_entry, report, report_revision

COLUMNS = {
    "incoming": (
        "Ngày đến", "Số đến", "Tác giả", "Số, ký hiệu", "Ngày tháng văn bản", "Tên loại và trích yếu",
        "Đơn vị hoặc người nhận", "Ngày chuyển", "Ký nhận", "Ghi chú",
    ),
    "outgoing": (
        "Số, ký hiệu", "Ngày tháng", "Tên loại và trích yếu", "Người ký", "Nơi nhận", "Đơn vị, người nhận bản lưu",
        "Số lượng bản", "Ngày chuyển", "Ký nhận", "Ghi chú",
    ),
    "follow_up": (
        "Số đến", "Tên loại, số, ký hiệu, ngày, cơ quan ban hành", "Đơn vị hoặc người nhận", "Thời hạn", "Tiến độ",
        "Số, ký hiệu văn bản trả lời", "Ghi chú",
    ),
}  # fmt: skip
TITLES = {"incoming": "SỔ ĐĂNG KÝ VĂN BẢN ĐẾN", "outgoing": "SỔ ĐĂNG KÝ VĂN BẢN ĐI", "follow_up": "SỔ THEO DÕI GIẢI QUYẾT VĂN BẢN ĐẾN"}
WITHDRAWN = {"recalled": "đã thu hồi", "replaced": "đã được thay thế"}
STATES = {
    "00": "đang chuyển đến", "01": "đã đến", "02": "từ chối tiếp nhận", "03": "đã tiếp nhận", "04": "đã phân công",
    "05": "đang xử lý", "06": "hoàn thành", "13": "được yêu cầu lấy lại", "15": "đồng ý lấy lại", "16": "từ chối lấy lại",
}  # fmt: skip
DONE = frozenset({"02", "06", "15"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintRegister:
    """Ask for a register of an organisation: `kind` is a key of COLUMNS; `term` a term or year; days as ISO text."""

    organisation: str
    kind: str
    term: str | None = None
    begin: str | None = None
    end: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """A register ready to print: every line has a text for every column."""

    organisation: str
    title: str
    columns: tuple[str, ...]
    lines: list[dict[str, str]] = field(default_factory=list)


def answer_print(query: PrintRegister, reading: Reading) -> Printed:
    """Return the register that was asked for. Raises InvalidInput."""
    return register_lines(
        reading.connection,
        query.organisation,
        query.kind,
        term=query.term,
        begin=query.begin,
        end=query.end,
        today=local_date(reading.now),
    )


def register_lines(
    connection: Connection,
    organisation_id: str,
    kind: str,
    *,
    term: str | None = None,
    begin: str | None = None,
    end: str | None = None,
    today: date | None = None,
    part: range | None = None,
) -> Printed:
    """Return a register's lines in number order; entries that are void or withdrawn stay, and say so.

    `begin` and `end` bound the day of entry; `today` lets the follow-up register tell what is overdue. `part`: the lines with
    these indexes only. Raises NotFound, InvalidInput.
    """
    unit = organisation_by_id(connection, organisation_id)
    query = _chosen(_ENTRIES, organisation_id, kind, term=term, begin=begin, end=end).order_by(*_IN_ORDER)
    entries = connection.execute(query.offset(part.start).limit(len(part)) if part is not None else query).all()
    letters, reports = [row.directive for row in entries if row.directive], [row.report for row in entries if row.report]
    sources = read_sources(connection, organisation_id, letters, reports, sent=kind == "outgoing")
    write = _LINES[kind]
    lines = [dict(zip(COLUMNS[kind], write(row, sources, unit, today), strict=True)) for row in entries]
    return Printed(organisation=unit.name, title=TITLES[kind], columns=COLUMNS[kind], lines=lines)


def count_lines(connection: Connection, organisation_id: str, kind: str, *, term: str | None = None, begin: str | None = None, end: str | None = None) -> int:
    """Return how many lines a register has."""
    query = select(func.count()).select_from(register_entry).join(register_book, register_book.c.id == register_entry.c.register_book)
    return int(connection.execute(_chosen(query, organisation_id, kind, term=term, begin=begin, end=end)).scalar_one())


def as_csv(printed: Printed) -> str:
    """Return the register as CSV with its headings."""
    out = io.StringIO()
    writer = csv.DictWriter(out, printed.columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(printed.lines)
    return out.getvalue()


def as_json(printed: Printed) -> str:
    """Return the register as one JSON document."""
    whole = {"organisation": printed.organisation, "title": printed.title, "columns": printed.columns, "lines": printed.lines}
    return json.dumps(whole, ensure_ascii=False)


def as_text(printed: Printed) -> str:
    """Return the register for a terminal: a heading, then one block per line with the columns that are filled."""
    blocks = ["\n".join(f"  {name}: {line[name]}" for name in printed.columns if line[name]) for line in printed.lines]
    heading = f"{printed.organisation}\n{printed.title} ({len(printed.lines)})"
    return "\n\n".join([heading, *blocks])


_ENTRIES = (
    select(
        register_entry,
        register_book.c.term,
        register_book.c.doc_type.label("sequence"),
        directive.c.code.label("letter_code"),
        directive.c.doc_type.label("letter_type"),
        directive.c.issued_date,
        directive.c.status,
        organisation.c.name.label("issuer"),
        report_revision.c.code.label("report_code"),
        report.c.report_type,
    )
    .join(register_book, register_book.c.id == register_entry.c.register_book)
    .outerjoin(directive, directive.c.id == register_entry.c.directive)
    .outerjoin(organisation, organisation.c.id == directive.c.issuer)
    .outerjoin(report, report.c.id == register_entry.c.report)
    .outerjoin(report_revision, (report_revision.c.report == register_entry.c.report) & (report_revision.c.revision == 1))
)
_IN_ORDER = (register_book.c.doc_type, register_book.c.term, register_entry.c.number)


def _chosen(query: Select[Any], unit: str, kind: str, *, term: str | None, begin: str | None, end: str | None) -> Select[Any]:
    """Return `query` over the entries of one register."""
    if kind not in COLUMNS:
        raise InvalidInput(f"Expected a register of {', '.join(COLUMNS)}, but found {kind!r}.")
    query = query.where(register_book.c.organisation == unit, register_book.c.direction == ("outgoing" if kind == "outgoing" else "incoming"))
    if kind == "follow_up":
        query = query.where(register_entry.c.directive.is_not(None), register_entry.c.voided_at.is_(None))
    if term is not None:
        query = query.where(register_book.c.term == term)
    if begin is not None:
        query = query.where(register_entry.c.entry_date >= begin)
    if end is not None:
        query = query.where(register_entry.c.entry_date <= end)
    return query


def _incoming(row: Row[Any], sources: Sources, _unit: Row[Any], _today: date | None) -> Sequence[str]:
    return (
        day_in_words(row.entry_date),
        str(row.number),
        row.issuer or row.author or "",
        row.letter_code or row.code or "",
        day_in_words(row.issued_date or row.doc_date),
        _type_and_subject(row),
        row.handed_to or ", ".join(sources.handed_to.get(row.directive, [])),
        day_in_words(row.handed_on or sources.handed_on.get(row.directive)),
        "",
        _notes(row, sources),
    )


def _outgoing(row: Row[Any], sources: Sources, unit: Row[Any], _today: date | None) -> Sequence[str]:
    to = sources.recipients.get(row.directive or row.report, [])
    received = sum(entry.received for entry in to)
    return (
        row.letter_code or row.report_code or row.code or str(row.number),
        day_in_words(row.issued_date or row.entry_date),
        _type_and_subject(row),
        row.signer or "",
        row.handed_to or "; ".join(entry.name for entry in to),
        f"Văn thư, {unit.name}",
        str(row.copies or ""),
        day_in_words(row.handed_on or (row.entry_date if to else None)),
        f"{received}/{len(to)} đã nhận" if to else "",
        _notes(row, sources),
    )


def _follow_up(row: Row[Any], sources: Sources, _unit: Row[Any], today: date | None) -> Sequence[str]:
    due, code = sources.due.get(row.directive), sources.status.get(row.directive, "00")
    overdue = today is not None and due is not None and due < today.isoformat() and code not in DONE
    return (
        str(row.number),
        f"{row.letter_type}, {row.letter_code}, {day_in_words(row.issued_date)}, {row.issuer}",
        row.handed_to or ", ".join(sources.handed_to.get(row.directive, [])),
        day_in_words(due),
        f"{STATES.get(code, code)}{', quá hạn' if overdue else ''}",
        ", ".join(sources.replies.get(row.directive, [])),
        _notes(row, sources),
    )


_LINES: dict[str, Callable[[Row[Any], Sources, Row[Any], date | None], Sequence[str]]] = {
    "incoming": _incoming,
    "outgoing": _outgoing,
    "follow_up": _follow_up,
}


def _type_and_subject(row: Row[Any]) -> str:
    kind = row.letter_type or row.doc_type or row.sequence
    return f"{kind}: {row.subject}"


def _notes(row: Row[Any], sources: Sources) -> str:
    notes = [f"hủy: {row.void_reason}"] if row.voided_at else []
    notes += [WITHDRAWN[row.status]] if row.status in WITHDRAWN else []
    notes += [f"{name} nhập thay" for name in sources.entered_by.get(row.directive or row.report, [])]
    return "; ".join([*notes, *([row.note] if row.note else [])])


def day_in_words(text: str | None) -> str:
    """Return "2024-04-01" (or a moment of that day) as 01/04/2024; nothing as nothing."""
    return f"{date.fromisoformat(text[:10]):%d/%m/%Y}" if text else ""
