"""Differences between versions in Vietnamese, for people to read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

Json = dict[str, Any]
SHOWN = 120
CHANGES = {"added": "+", "removed": "-", "changed": "~"}


def all_difference_lines(processes: Sequence[Json]) -> Iterator[str]:
    """Yield the lines of several processes; of many, those that do not differ are only counted."""
    told = processes if len(processes) == 1 else [each for each in processes if not each["identical"]]
    for entry in told:
        yield from difference_lines(entry)
    if len(told) < len(processes):
        yield f"{len(processes) - len(told)} quy trình còn lại: không có gì khác."


def difference_lines(found: Json) -> Iterator[str]:
    """Yield the lines that tell the differences of one process."""
    yield _title(found)
    if found["identical"]:
        yield "  Không có gì khác."
        return
    if found["layout_only"]:
        yield "  Chỉ khác hình vẽ: không có gì thay đổi khi chạy."
        return
    yield from _elements(found["elements"])
    for process in found["called"]["added"]:
        yield f"  + gọi thêm quy trình {process}"
    for process in found["called"]["removed"]:
        yield f"  - không còn gọi quy trình {process}"
    for form in found["forms"]:
        yield from _form(form)
    for table in found["decisions"]:
        yield from _decision(table)
    for old, new in found["suggested_mapping"].items():
        yield f"  ? {old} có thể đã đổi mã thành {new} (nếu đúng, khi chuyển phiên bản dùng --map {old}={new})"


def _title(found: Json) -> str:
    old, new = found.get("from"), found.get("to")
    versions = f": phiên bản {old['version']} → {new['version']}" if old and new else ""
    return f"Quy trình {found['process']}{versions}"


def _elements(elements: dict[str, list[Json]]) -> Iterator[str]:
    for change, mark in CHANGES.items():
        for part in elements[change]:
            name = f" “{part['name']}”" if part["name"] else ""
            yield f"  {mark} {part['type']} {part['element']}{name}"
            yield from _values(part.get("changes", []), "      ")


def _values(changes: list[Json], indent: str, word: str = "attribute") -> Iterator[str]:
    for entry in changes:
        yield f"{indent}{entry[word]}: {shown(entry['old'])} → {shown(entry['new'])}"


def _form(form: Json) -> Iterator[str]:
    yield f"  {CHANGES[form['change']]} biểu mẫu {form['form']}"
    for field in form.get("added", []):
        yield f"      + trường {field['field']} ({field.get('title', field.get('type', ''))}){' bắt buộc' if field.get('required') else ''}"
    for field in form.get("removed", []):
        yield f"      - trường {field['field']} ({field.get('title', field.get('type', ''))})"
    for field in form.get("changed", []):
        yield f"      ~ trường {field['field'] or '(cả biểu mẫu)'}"
        yield from _values(field["changes"], "          ")


def _decision(table: Json) -> Iterator[str]:
    yield f"  {CHANGES[table['change']]} bảng quyết định {table['decision']}"
    yield from _values(table.get("changes", []), "      ")
    for column in table.get("columns", []):
        yield f"      {CHANGES[column['change']]} cột {column['column']}"
        yield from _values(column.get("changes", []), "          ")
    for rule in table.get("rules", []):
        yield f"      {CHANGES[rule['change']]} dòng {rule['number']}"
        if rule["change"] == "changed":
            yield from _values(rule["cells"], "          ", "column")
        else:
            yield from (f"          {column}: {shown(cell)}" for column, cell in rule["cells"].items())


def shown(value: Any) -> str:
    """Return a value as a reader sees it, never too long."""
    if value is None or value == "":
        return "(không có)"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split())
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
