"""The indicators of a drafted letter: those of the chosen sets and those that were written, each with a key of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from engine.directory.indicator_sets import key_of, rows_of_sets
from engine.kernel.vietnamese import fold

PARTS = ("numerator", "denominator")


def drafted_indicators(connection: Connection, body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the indicators of a letter's body. A key that was left out is made from the name; a ratio may name its parts by name.

    An indicator of a set that was written by hand too, under the same name or key, is kept as it was written.
    """
    written = [dict(each) for each in body.get("indicators") or ()]
    taken = {each["key"] for each in written if each.get("key")}
    for position, each in enumerate(written):
        if not each.get("key"):
            each["key"] = _free(key_of(each["label"]) or f"chi_tieu_{position + 1}", taken)
            taken.add(each["key"])
    names = {fold(each["label"]) for each in written}
    chosen = rows_of_sets(connection, list(body.get("indicator_sets") or ()))
    for row in chosen:
        if row.key not in taken and fold(row.label) not in names:
            taken.add(row.key)
            names.add(fold(row.label))
            written.append({"key": row.key, "label": row.label, "unit": row.unit, "aggregation": row.aggregation, "required": True})
    keys = {fold(each["label"]): each["key"] for each in written}
    for each in written:
        each.update({part: each[part] if each[part] in taken else keys.get(fold(each[part]), each[part]) for part in PARTS if each.get(part)})
    return written


def _free(wanted: str, taken: set[str]) -> str:
    """Return a key that no other indicator of the letter has."""
    return next(key for key in (wanted, *(f"{wanted[:56]}_{number}" for number in range(2, 1000))) if key not in taken)
