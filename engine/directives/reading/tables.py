"""Tables of assignments: which column holds the task, who does it and by when, by the words of the first row."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from engine.directives.reading.deadlines import Deadline, deadlines
from engine.directives.reading.lines import Marker, Paragraph, Span, row_cells
from engine.kernel.vietnamese import skeleton


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One printed row; `owner` and `due` are empty where the table has no such column."""

    id: str
    task: str
    owner: str
    due: str
    lines: Span


#: The first column that fits takes the meaning; "Đơn vị chủ trì" stands before "Đơn vị phối hợp".
_COLUMNS = {
    "id": re.compile(r"s?tt\b|so tt"),
    "task": re.compile(r"(?:noi dung|nhiem vu|cong viec|hoat dong)"),
    "owner": re.compile(r".*(?:chu tri|thuc hien|phu trach|chiu trach nhiem)|(?:don vi|co quan)(?! phoi hop)"),
    "due": re.compile(r"(?:thoi (?:gian|han|diem)|ngay hoan thanh|hoan thanh|tien do|han )"),
}


def table_rows(parts: list[Paragraph]) -> list[Row]:
    """Return the rows of every table that has a column for tasks and one for who does them or by when."""
    result: list[Row] = []
    columns: dict[str, int] = {}
    previous: Paragraph | None = None
    for part in parts:
        if part.marker is not Marker.ROW:
            previous = None
            continue
        cells = row_cells(part)
        if previous is None:
            columns = _columns(cells)
        elif columns:
            result.append(_row(cells, columns, part, len(result) + 1))
        previous = part
    return [row for row in result if row.task and (row.owner or row.due)]


def row_deadline(cell: str, issued: date | None) -> Deadline | None:
    """Return the deadline in a cell, where the column's title stands for the words "by" or "within"."""
    for words in ("", "trong ", "chậm nhất "):
        if found := deadlines(words + cell, issued):
            return found[0] if not words else replace(found[0], raw=cell)
    return None


def _columns(cells: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for index, cell in enumerate(cells):
        meaning = next((name for name, pattern in _COLUMNS.items() if name not in found and pattern.match(skeleton(cell))), None)
        if meaning:
            found[meaning] = index
    return found if "task" in found and len(found) > 1 else {}


def _row(cells: list[str], columns: dict[str, int], part: Paragraph, count: int) -> Row:
    def cell(name: str) -> str:
        return cells[columns[name]] if name in columns and columns[name] < len(cells) else ""

    return Row(id=cell("id").strip(".") or str(count), task=cell("task"), owner=cell("owner"), due=cell("due"), lines=part.lines)
