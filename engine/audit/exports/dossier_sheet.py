"""What a dossier says on paper: which letters it is about, what happened in which order, which documents it holds, and what proves it.

For reading only: what counts are the sealed records beside it. Everything is in Vietnamese, as all that the house prints.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row

from engine.audit.desk.told import tell
from engine.audit.exports import layout
from engine.audit.exports.dossier import Exported, directive_row, directives_of
from engine.audit.exports.dossier_lines import UNREADABLE, line, moment
from engine.audit.exports.dossier_parts import Gathered
from engine.audit.exports.dossier_words import STATUSES, SYSTEM
from engine.audit.exports.records import Sealed
from engine.documents.letters.forms import day_short
from engine.history.trust import own_trust

FIRST, LAST = 1_500, 500  # records that are printed, from the beginning and from the end; all are in the sealed file
AT_ONCE = 200  # records whose names are asked for together
Cells = list[str]


def sheet(connection: Connection, exported: Exported, records: Iterable[Sealed], gathered: Gathered, proved: str) -> dict[str, Any]:
    """Return what stands on the paper. `proved`: when the checkpoint over all records was made, "" where there is none."""
    root = directive_row(connection, exported.root)
    rows, left_out = _rows(connection, records)
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
        "keys": [[{"records": "Ký bản ghi", "checkpoints": "Ký điểm chốt"}[each.role], each.verifier.key_id, _period(each.since, each.until)] for each in own_trust().keys],
    }


def _facts(exported: Exported, proved: str) -> list[Cells]:
    numbers = "; ".join(f"1 đến {last} ({log})" for log, last in exported.last.items() if last)
    return [
        ["Xuất lúc", moment(exported.at)],
        ["Người xuất", SYSTEM if exported.by == "system" else exported.by],
        ["Mục đích", exported.purpose or "(không nêu)"],
        ["Số thứ tự bản ghi", numbers],
        ["Số bản ghi", str(exported.records)],
        ["Bản ghi cuối", f"số {exported.record} của {exported.log}, mã băm {exported.record_hash}"],
        ["Điểm chốt", f"lập lúc {moment(proved)}, bao gồm mọi bản ghi" if proved else "chưa có điểm chốt nào bao gồm bản ghi cuối"],
    ]


def _directive(row: Row[Any]) -> Cells:
    return [row.code, _day(row.issued_date), row.issuer, row.subject, STATUSES.get(row.status, row.status)]


def _rows(connection: Connection, records: Iterable[Sealed]) -> tuple[list[Cells], int]:
    """Return the first and the last records as lines, and how many between them are left out."""
    first: list[Sealed] = []
    last: deque[Sealed] = deque(maxlen=LAST)
    number = 0
    for number, record in enumerate(records, start=1):
        (first if number <= FIRST else last).append(record)
    left_out = max(0, number - FIRST - LAST)
    between = [["…", "", "", f"{left_out} bản ghi nữa có trong tệp {layout.RECORDS}", ""]] if left_out else []
    return [*_lines(connection, first), *between, *_lines(connection, list(last))], left_out


def _lines(connection: Connection, records: Sequence[Sealed]) -> Iterator[Cells]:
    for start in range(0, len(records), AT_ONCE):
        piece = records[start : start + AT_ONCE]
        told, names = tell(connection, [(each.log, each.seq, each.seq, *_read(each)) for each in piece])
        for record, each in zip(piece, told, strict=True):
            yield [str(record.stream_seq), *line(each, names)]


def _read(record: Sealed) -> tuple[dict[str, Any], bool]:
    try:
        return record.opened(), True
    except (ValueError, KeyError, TypeError):
        return UNREADABLE, False


def _size(size: int, file: str | None) -> str:
    return f"{size:,} byte".replace(",", ".") if file else "không còn lưu"


def _period(since: str | None, until: str | None) -> str:
    parts = ([f"từ {moment(since)}"] if since else []) + ([f"đến {moment(until)}"] if until else [])
    return " ".join(parts) or "đang dùng"


def _day(stated: str) -> str:
    return day_short(date.fromisoformat(stated[:10])) if stated else ""
