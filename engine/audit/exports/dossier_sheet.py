"""What a dossier says on paper: which letters it is about, what happened in which order, which documents it holds, and what proves it.

For reading only: what counts are the sealed records beside it. Everything is in Vietnamese, as all that the house prints.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row

from engine.audit.exports import layout
from engine.audit.exports.dossier import Exported, directive_row, directives_of
from engine.audit.exports.dossier_parts import Gathered
from engine.audit.exports.dossier_words import STATUSES, SYSTEM, action
from engine.audit.exports.names import Names
from engine.audit.exports.records import Sealed
from engine.documents.letters.forms import day_short
from engine.history.trust import own_trust
from engine.kernel.clock import ZONE, from_stamp

FIRST, LAST = 1_500, 500  # records that are printed, from the beginning and from the end; all are in the sealed file
MOST_DETAIL = 220  # letters of what changed
Cells = list[str]


def sheet(connection: Connection, exported: Exported, records: Iterable[Sealed], gathered: Gathered, proved: str) -> dict[str, Any]:
    """Return what stands on the paper. `proved`: when the checkpoint over all records was made, "" where there is none."""
    root, names = directive_row(connection, exported.root), Names(connection)
    rows, left_out = _rows(records, names)
    return {
        "title": f"Hồ sơ kiểm chứng văn bản số {root.code}",
        "head": f"{root.doc_type[:1].upper()}{root.doc_type[1:]} số {root.code}, ngày {_day(root.issued_date)}",
        "issuer": root.issuer,
        "subject": root.subject,
        "facts": _facts(exported, proved),
        "directives": [_directive(row) for row in directives_of(connection, exported.root)],
        "records": rows,
        "left_out": left_out,
        "documents": [[str(place), each.name or "(không tên)", _size(each.size, each.file), each.sha256] for place, each in enumerate(gathered.enclosed, start=1)],
        "versions": [[key, str(version), sha256] for key, version, sha256 in gathered.versions],
        "keys": [[{"records": "Ký bản ghi", "checkpoints": "Ký mốc kiểm chứng"}[each.role], each.verifier.key_id, _period(each.since, each.until)] for each in own_trust().keys],
    }


def _facts(exported: Exported, proved: str) -> list[Cells]:
    numbers = "; ".join(f"1 đến {last} ({log})" for log, last in exported.last.items() if last)
    return [
        ["Xuất lúc", _moment(exported.at)],
        ["Người xuất", SYSTEM if exported.by == "system" else exported.by],
        ["Mục đích", exported.purpose or "(không nêu)"],
        ["Số thứ tự bản ghi", numbers],
        ["Số bản ghi", str(exported.records)],
        ["Bản ghi cuối", f"số {exported.record} của {exported.log}, mã băm {exported.record_hash}"],
        ["Mốc kiểm chứng", f"lập lúc {_moment(proved)}, bao gồm mọi bản ghi" if proved else "chưa có mốc nào bao gồm bản ghi cuối"],
    ]


def _directive(row: Row[Any]) -> Cells:
    return [row.code, _day(row.issued_date), row.issuer, row.subject, STATUSES.get(row.status, row.status)]


def _rows(records: Iterable[Sealed], names: Names) -> tuple[list[Cells], int]:
    """Return the first and the last records as lines, and how many between them are left out."""
    first: list[Cells] = []
    last: deque[Cells] = deque(maxlen=LAST)
    number = 0
    for number, record in enumerate(records, start=1):
        line = _row(record, names)
        (first if number <= FIRST else last).append(line)
    left_out = max(0, number - FIRST - LAST)
    between = [["…", "", "", f"{left_out} bản ghi nữa có trong tệp {layout.RECORDS}", ""]] if left_out else []
    return [*first, *between, *last], left_out


def _row(record: Sealed, names: Names) -> Cells:
    try:
        told = record.opened()
        if not record.is_whole:
            return [str(record.stream_seq), _moment(str(told.get("recorded_at", ""))), "", action(str(told["action"]), "done"), "Nội dung bản ghi đã được tiêu hủy."]
        return [str(record.stream_seq), _moment(told["recorded_at"]), _who(told, names), action(told["action"], told["outcome"]), _detail(told)]
    except (ValueError, KeyError, TypeError):
        return [str(record.stream_seq), "", "", "Bản ghi không đọc được", ""]


def _who(told: Mapping[str, Any], names: Names) -> str:
    actor = told["actor"]
    if actor["type"] != "person":
        return SYSTEM
    post = ", ".join(part for part in (actor.get("title") or "", names.unit(actor["unit"]) if actor.get("unit") else "") if part)
    name = f"{actor['name'] or actor['id']} ({post})" if post else str(actor["name"] or actor["id"])
    return f"{name}, thay {names.whoever(told['on_behalf_of'])}" if told["on_behalf_of"] else name


def _detail(told: Mapping[str, Any]) -> str:
    reason = (told["reason"] or {}).get("text", "")
    parts = [f"Lý do: {reason}"] if reason else []
    parts += [f"{each['field'].removeprefix('form.')}: {_change(each['old'], each['new'])}" for each in told["changes"]]
    text = "; ".join(parts)
    return text if len(text) <= MOST_DETAIL else f"{text[:MOST_DETAIL].rstrip()}…"


def _change(old: Any, new: Any) -> str:
    return _value(new) if old is None else f"{_value(old)} → {_value(new)}"


def _value(value: Any) -> str:
    match value:
        case None:
            return "(trống)"
        case bool():
            return "có" if value else "không"
        case {"sealed": _}:
            return "(dữ liệu cá nhân, niêm phong riêng)"
        case dict():
            return ", ".join(f"{name}: {_value(item)}" for name, item in value.items())
        case list():
            return f"{len(value)} mục" if any(isinstance(item, dict | list) for item in value) else ", ".join(map(_value, value))
    return str(value)


def _size(size: int, file: str | None) -> str:
    return f"{size:,} byte".replace(",", ".") if file else "không còn lưu"


def _period(since: str | None, until: str | None) -> str:
    parts = ([f"từ {_moment(since)}"] if since else []) + ([f"đến {_moment(until)}"] if until else [])
    return " ".join(parts) or "đang dùng"


def _moment(stamp: str) -> str:
    return f"{from_stamp(stamp).astimezone(ZONE):%H:%M:%S %d/%m/%Y}" if stamp else ""


def _day(stated: str) -> str:
    return day_short(date.fromisoformat(stated[:10])) if stated else ""
