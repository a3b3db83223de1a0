"""What deployments and migrations would do or have done, in Vietnamese, for people to read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.definitions.differences_text import shown

Json = dict[str, Any]
KINDS = {
    "task": "việc", "operation": "thao tác", "timer": "hẹn giờ", "subscription": "chờ tin", "listener": "chờ sự kiện", "join": "chờ nhập nhánh",
    "choice": "chờ lựa chọn", "other": "khác", "unreadable": "hồ sơ không đọc được",
}  # fmt: skip
BECOMES = {"kept": "giữ nguyên", "changed": "có thay đổi", "removed": "không còn", "moved": "chuyển sang chỗ khác"}
LISTED = 20


def affected_lines(found: Json) -> Iterator[str]:
    """Yield what a deployment would put in force and where the running instances stand."""
    unchanged = [entry for entry in found["processes"] if not entry["next"]["changed"]]
    if unchanged:
        yield f"{len(unchanged)} quy trình không đổi, {sum(entry['instances'] for entry in unchanged)} hồ sơ đang chạy."
    for entry in found["processes"]:
        next_version = entry["next"]
        if not next_version["changed"]:
            continue
        now = f"đang dùng phiên bản {entry['in_force']}" if entry["in_force"] else "chưa có phiên bản nào"
        yield f"{entry['process']}: sẽ là phiên bản {next_version['version']} ({now}), {entry['instances']} hồ sơ đang chạy giữ phiên bản của mình"
        for told in entry["running"]:
            yield f"  phiên bản {told['version']}: {told['instances']} hồ sơ"
            yield from (_token(token) for token in told["tokens"])
        for kind, number in entry["without_home"].items():
            yield f"  ! {number} {KINDS[kind]} sẽ không còn chỗ nếu chuyển phiên bản mà không ánh xạ"


def _token(token: Json) -> str:
    path = " / ".join((*token["call_path"], token["element"]))
    name = f" “{token['name']}”" if token["name"] else ""
    changes = "; ".join(f"{each['attribute']}: {shown(each['old'])} → {shown(each['new'])}" for each in token["changes"])
    return f"      {token['tokens']} {KINDS[token['kind']]} tại {path}{name}: {BECOMES[token['change']]}{f' ({changes})' if changes else ''}"


def preview_lines(found: Json) -> Iterator[str]:
    """Yield what a migration would do."""
    yield f"Quy trình {found['process']} → phiên bản {found['to']['version']}: chuyển được {found['movable']} trong {found['instances']} hồ sơ"
    for source in found["from"]:
        yield f"  từ phiên bản {source['version']}: {source['movable']} / {source['instances']}"
    for element, number in found["listening"].items():
        yield f"  + {element} bắt đầu chờ ở {number} hồ sơ"
    for element, number in found["silent"].items():
        yield f"  - {element} thôi chờ ở {number} hồ sơ"
    for obstacle in found["obstacles"]:
        yield f"  ! {obstacle['instances']} hồ sơ: {obstacle['message']}"
    yield from _refused(found["refused"])


def migrated_lines(found: Json) -> Iterator[str]:
    """Yield what a migration has done."""
    yield f"Quy trình {found['process']} → phiên bản {found['to']}: đã chuyển {found['moved']} hồ sơ, để lại {found['left']}"
    yield from _refused(found["refused"])


def _refused(refused: list[Json]) -> Iterator[str]:
    for entry in refused[:LISTED]:
        yield f"      {entry['instance']}: {entry['obstacles'][0]['message']}"
    if len(refused) > LISTED:
        yield f"      … và {len(refused) - LISTED} hồ sơ khác (xem đủ bằng --json)"


def proposal_line(entry: Json) -> str:
    """Return a proposal as one line."""
    overtaken = " · ĐÃ LỖI THỜI" if entry["overtaken"] else ""
    decided = f" · {entry['decided_by']}: {entry['decision_reason']}" if entry["decided_by"] else ""
    return f"{entry['proposal']} {entry['status']} {entry['kind']} {entry['subject']} · {entry['proposed_by']}: {entry['reason']}{decided}{overtaken}"


def waits_line(answer: Json) -> str:
    """Return the line that tells who proposed what to do next: nothing, somebody else decides."""
    return f"Đề nghị {answer['proposal']} chờ người thứ hai: chidao approve {answer['proposal']} --as LOGIN --reason …"
