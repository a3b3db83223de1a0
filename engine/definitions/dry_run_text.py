"""A dry run told to a designer, in Vietnamese: what was passed, what waits, for whom and until when, and what may be done next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import zip_longest
from typing import Any

from engine.bpmn import Definition
from engine.definitions.dry_run_scenario import shown
from engine.kernel.clock import ZONE, from_stamp

KINDS = {
    "user": "việc",
    "timer": "hẹn giờ",
    "message": "tin nhắn",
    "signal": "tín hiệu",
    "operation": "thao tác",
    "choice": "lựa chọn",
    "condition": "điều kiện",
}
WIDTH = 9  # of the longest kind


def told(answer: Mapping[str, Any], definition: Definition) -> Iterator[str]:
    """Yield the lines."""
    names = {element.id: element.name for element in definition.elements.values()}
    yield f"Quy trình {answer['process']}, lúc {_moment(answer['now'])}"
    yield f"Đã đi qua: {' → '.join(_titled(element, names) for element in answer['path']) or '(chưa bắt đầu)'}"
    for entry in answer["sent"]:
        to = f" tới {', '.join(entry['to'])}" if entry["to"] else ""
        key = f" (khóa {entry['key']})" if entry["key"] else ""
        yield f"Đã gửi: {entry['message']}{key}{to} {shown(entry['data'])}"
    for entry in answer["signals"]:
        yield f"Đã phát tín hiệu: {entry['signal']} {shown(entry['data'])}"
    if answer["ended"]:
        yield f"Đã kết thúc: {', '.join(_titled(element, names) for element in answer['ends']) or 'hết đường đi (không có sự kiện kết thúc)'}"
    elif answer["waiting"]:
        yield "Đang chờ:"
        yield from (_line(entry) for entry in answer["waiting"])
    if answer["data"]:
        yield "Dữ liệu:"
        yield from (f"  {name} = {shown(value)}" for name, value in answer["data"].items())
    yield from (f"Lưu ý: {sentence}" for sentence in answer["warnings"])


def _line(entry: Mapping[str, Any]) -> str:
    parts = [_titled(entry["element"], {entry["element"]: entry["name"]})]
    if entry.get("inside"):
        parts.append(f"trong {' / '.join(entry['inside'])}")
    if entry["type"] in {"user", "choice"}:
        parts.append(f"làn {entry['lane']}" if entry["lane"] else "chưa có làn")
    if entry["due"]:
        parts.append(f"{'đến' if entry['type'] == 'timer' else 'hạn'} {_moment(entry['due'])}")
    if entry.get("key"):
        parts.append(f"khóa {entry['key']!r}")
    if entry.get("parameters"):
        parts.append(shown(entry["parameters"]))
    parts.append(f"bước tiếp: {_next(entry)}")
    return f"  {KINDS[entry['type']]:{WIDTH}}  {' · '.join(parts)}"


def _next(entry: Mapping[str, Any]) -> str:
    """Return the step that would go on from here."""
    match entry["type"]:
        case "timer":
            return f'{{"advance": "{_moment(entry["due"], iso=True)}"}}' if entry["due"] else "(không bao giờ đến)"
        case "message" | "signal":
            return f'{{"{entry["type"]}": "{entry.get(entry["type"], entry["name"])}"}}'
        case "choice":
            ways = zip_longest(entry["flows"], entry.get("names", []), fillvalue="")
            return " hoặc ".join(f'{{"choose": "{flow}"}}{f" ({name})" if name and name != flow else ""}' for flow, name in ways)
        case "condition":
            return "tự đi tiếp khi dữ liệu thỏa điều kiện"
        case "operation":
            return f'{{"complete": "{entry["element"]}", "with": {{…}}}}'
    return f'{{"complete": "{entry["element"]}"}}'


def _titled(element: str, names: Mapping[str, str]) -> str:
    return f'{element} "{names[element]}"' if names.get(element) else element


def _moment(stamped: str, *, iso: bool = False) -> str:
    """Return a moment as a clock in Vietnam shows it."""
    moment: datetime = from_stamp(stamped).astimezone(ZONE)
    if iso:
        return moment.replace(tzinfo=None).isoformat(timespec="seconds")
    return f"{moment:%d/%m/%Y %H:%M}"
