"""The buttons inside a form that change what stands in it: another row, a row less, a row up or down, a file removed."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from web.forms.shapes import resolved, steps

ADD, DELETE, UP, DOWN = "add", "del", "up", "down"


def is_change(button: str) -> bool:
    """Tell whether a button's value is one of `add:/items`, `del:/items:2`, `up:/items:2`, `down:/items:2`, `del:/document`."""
    return button.partition(":")[0] in {ADD, DELETE, UP, DOWN} and ":/" in button


def changed(data: Mapping[str, Any], button: str) -> tuple[dict[str, Any], str]:
    """Return the data after a button inside the form, and the JSON pointer of the field to which the eye should go."""
    done, _colon, where = button.partition(":")
    place, _colon, number = where.rpartition(":") if done != ADD and ":" in where else (where, "", "")
    found: dict[str, Any] = deepcopy(dict(data))
    path = steps(place)
    holder: Any = _walk(found, path[:-1])
    if not path or not isinstance(holder, dict):
        return found, place
    if done == DELETE and not number:
        holder.pop(path[-1], None)
        return found, place
    rows = holder.setdefault(path[-1], [])
    if not isinstance(rows, list):
        return found, place
    shown = _rearranged(rows, done, int(number) if number.isdecimal() else 0)
    return found, f"{place}/{shown}" if shown < len(rows) else place


def _rearranged(rows: list[Any], done: str, at: int) -> int:
    if done == ADD:
        rows.append({})
        return len(rows) - 1
    if at >= len(rows):
        return 0
    if done == DELETE:
        rows.pop(at)
        return 0
    other = at - 1 if done == UP else at + 1
    if 0 <= other < len(rows):
        rows[at], rows[other] = rows[other], rows[at]
        return other
    return at


def _walk(found: Any, path: list[str]) -> Any:
    for step in path:
        if isinstance(found, list):
            found = found[int(step)] if step.isdecimal() and int(step) < len(found) else None
        elif isinstance(found, dict):
            found = found.setdefault(step, {})
        else:
            return None
    return found


def with_file(data: Mapping[str, Any], schema: Mapping[str, Any], place: str, digest: str) -> dict[str, Any]:
    """Return the data with a stored file at a JSON pointer: instead of the one that stood there, or one more of a list."""
    found: dict[str, Any] = deepcopy(dict(data))
    path = steps(place)
    holder = _walk(found, path[:-1]) if path else None
    if not isinstance(holder, dict):
        return found
    if _part(schema, path).get("type") == "array":
        rows = holder.setdefault(path[-1], [])
        if isinstance(rows, list) and digest not in rows:
            rows.append(digest)
    else:
        holder[path[-1]] = digest
    return found


def _part(schema: Mapping[str, Any], path: list[str]) -> Mapping[str, Any]:
    here: Any = schema
    for step in path:
        here = resolved(here, schema)
        here = here.get("items", {}) if here.get("type") == "array" else here.get("properties", {}).get(step, {})
    return resolved(here, schema)
