"""CSV for a spreadsheet: a line for each record, with headings that an office reads. UTF-8 with the mark that Excel needs to know it.

No cell is taken for a formula: what begins like one has an apostrophe before it, which a spreadsheet shows as text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.audit.exports.event import Event, compact, events, fields_of
from engine.audit.exports.names import Names
from engine.audit.exports.records import Sealed
from engine.kernel.clock import ZONE, from_stamp

MARK = "\ufeff"  # without it Excel takes the text for Windows-1252
COLUMNS: Mapping[str, str] = {
    "log": "Nhật ký",
    "record": "Số bản ghi",
    "local_time": "Thời điểm ghi (giờ Việt Nam)",
    "recorded_at": "Thời điểm ghi (UTC)",
    "occurred_at": "Thời điểm xảy ra, nếu khác (UTC)",
    "occurred_source": "Nguồn của thời điểm xảy ra",
    "action": "Hành động",
    "outcome": "Kết quả",
    "code": "Mã kết quả",
    "actor_name": "Người thực hiện",
    "actor": "Mã người thực hiện",
    "post": "Chức danh",
    "unit_name": "Đơn vị",
    "on_behalf_of": "Thay cho",
    "policy": "Quy tắc cho phép",
    "directives": "Văn bản gốc",
    "subject_type": "Loại đối tượng",
    "subject": "Mã đối tượng",
    "version": "Lần",
    "things": "Đối tượng liên quan",
    "changes": "Thay đổi",
    "documents": "Tài liệu",
    "reason_code": "Mã lý do",
    "reason": "Lý do",
    "basis": "Căn cứ",
    "process": "Quy trình",
    "process_version": "Phiên bản quy trình",
    "instance": "Hồ sơ công việc",
    "element": "Bước",
    "left": "Các bước đã qua",
    "task": "Nhiệm vụ",
    "command": "Lệnh",
    "caused_by": "Do bản ghi số",
    "record_hash": "Mã băm",
    "key": "Khóa ký",
    "disposed_under": "Đã tiêu hủy theo đợt",
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # with which a cell begins that a spreadsheet may compute


def spreadsheet(records: Iterable[Sealed], names: Names) -> Iterator[str]:
    """Yield the text of a file, line by line."""
    yield MARK + _line(COLUMNS.values())
    for event in events(records):
        row = {**fields_of(event, names), **_in_words(event)}
        yield _line(row.get(name, "") for name in COLUMNS)


def _in_words(event: Event) -> dict[str, str]:
    subject, *others = event.things
    return {
        "local_time": f"{from_stamp(event.at).astimezone(ZONE):%Y-%m-%d %H:%M:%S}",
        "recorded_at": event.at,
        "action": event.action,
        "subject_type": subject.type,
        "subject": subject.id,
        "things": "; ".join(dict.fromkeys(f"{thing.qualifier} {thing.key}" for thing in others)),
        "changes": "; ".join(f"{each['field']}: {_shown(each['old'])} → {_shown(each['new'])}" for each in event.told["changes"]),
        "documents": "; ".join(f"{each.get('name', '')} ({each['sha256']})" for each in event.told["documents"]),
    }


def _shown(value: Any) -> str:
    """Return a value for a reader; a personal one is sealed elsewhere, and only that is said."""
    if value is None:
        return "–"
    if isinstance(value, Mapping) and "sealed" in value:
        return "(niêm phong riêng)"
    return value if isinstance(value, str) else compact(value)


def _line(cells: Iterable[Any]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([_harmless(cell) for cell in cells])
    return out.getvalue()


def _harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
