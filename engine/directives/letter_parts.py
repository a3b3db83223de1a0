"""The parts of a letter that stand in rows of their own: citations, attached letters, items with deadlines, indicators."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from sqlalchemy import insert, select

from engine.directives.known import known_directive
from engine.directory.settings import BEFORE_IS_STRICT, setting
from engine.history.transaction import Transaction
from engine.kernel.calendar import last_day
from engine.kernel.errors import NotFound
from engine.storage.schema import citation, directive, directive_attachment, directive_item, indicator


def write_citations(transaction: Transaction, directive_id: str, issuer: str, bases: list[Any]) -> None:
    """Keep what the letter cites; `cited` is the letter itself where the issuer issued or received it."""
    rows = []
    for each in bases:
        base: dict[str, Any] = each if isinstance(each, dict) else {"code": each}
        rows.append(
            {
                "id": transaction.new_id(),
                "directive": directive_id,
                "code": base["code"],
                "cited_date": base.get("date"),
                "relation": base.get("relation", "implements"),
                "cited": known_directive(transaction.connection, issuer, base["code"], base.get("date")),
            }
        )
    if rows:
        transaction.connection.execute(insert(citation), rows)


def write_attachments(transaction: Transaction, directive_id: str, attached: list[str]) -> None:
    """Link the letters that go with this one; each stays its own record (DOMAIN.md 2.5). Raises NotFound."""
    known = set(transaction.connection.execute(select(directive.c.id).where(directive.c.id.in_(attached))).scalars())
    for each in attached:
        if each not in known:
            raise NotFound(f"Expected the id of a directive to attach, but found {each!r}, which nobody has. Register it first.")
    if attached:
        rows = [{"directive": directive_id, "attached": each} for each in attached]
        transaction.connection.execute(insert(directive_attachment), rows)


def write_items(transaction: Transaction, directive_id: str, items: list[dict[str, Any]]) -> None:
    """Keep every item with the deadline as it is written and the last day that is in time."""
    strict = setting(transaction.connection, BEFORE_IS_STRICT, True)
    rows = [
        {
            "id": transaction.new_id(),
            "directive": directive_id,
            "item_no": item["item_no"],
            "text": item["text"],
            "addressees": json.dumps(item.get("addressees", []), ensure_ascii=False),
            "mode": item.get("mode", "ongoing"),
            "due_date": item.get("due_date"),
            "due_operator": item.get("due_operator", "before") if item.get("due_date") else None,
            "last_day": last_day_of(item, strict=strict),
            "deliverable": item.get("deliverable"),
        }
        for item in items
    ]
    if rows:
        transaction.connection.execute(insert(directive_item), rows)


def last_day_of(entry: dict[str, Any], *, strict: bool) -> str | None:
    """Return the last day in time of what has a `due_date` and a `due_operator` ("before" when it is not said)."""
    if not entry.get("due_date"):
        return None
    return last_day(date.fromisoformat(entry["due_date"]), entry.get("due_operator") or "before", strict=strict).isoformat()


def write_indicators(transaction: Transaction, directive_id: str, parent: str | None, wanted: list[dict[str, Any]]) -> None:
    """Keep the indicators; a letter without its own has those of the letter that it hands down."""
    if not wanted and parent:
        inherited = select(indicator).where(indicator.c.directive == parent).order_by(indicator.c.position)
        wanted = [dict(row) for row in transaction.connection.execute(inherited).mappings()]
    rows = [
        {
            "directive": directive_id,
            "key": entry["key"],
            "position": position,
            "label": entry["label"],
            "unit": entry.get("unit", ""),
            "aggregation": entry.get("aggregation", "sum"),
            "required": int(bool(entry.get("required", False))),
            "numerator": entry.get("numerator"),
            "denominator": entry.get("denominator"),
        }
        for position, entry in enumerate(wanted)
    ]
    if rows:
        transaction.connection.execute(insert(indicator), rows)
