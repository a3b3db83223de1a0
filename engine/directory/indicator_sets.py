"""Named sets of indicators, from which somebody who drafts a directive may choose; what was drafted keeps a copy of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from engine.directory.checks import filled, reason_of
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.errors import InvalidInput, NotFound
from engine.kernel.vietnamese import fold
from engine.storage.schema import indicator_set, indicator_set_row

Write = Callable[[Transaction], dict[str, Any]]
AGGREGATIONS = ("sum", "max", "last", "text")  # a ratio names two others of its directive, so it is drafted there


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRow:
    """One indicator of a set: what it is called, in what it is counted, and how figures of several bodies become one."""

    label: str
    unit: str
    aggregation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepIndicatorSet:
    """Make a set of indicators (`identity` None), or replace what one holds."""

    name: str
    rows: tuple[SetRow, ...]
    reason: str
    identity: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetireIndicatorSet:
    """Offer a set no more to those who draft."""

    identity: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListIndicatorSets:
    """Ask for the sets that are offered, with their indicators."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedSet:
    """A set with its indicators, each with the key by which figures are kept."""

    id: str
    name: str
    rows: tuple[Row[Any], ...]


def decide_keep_set(command: KeepIndicatorSet, reading: Reading) -> Write:
    """Refuse a set without indicators, and two indicators of one name."""
    name, why = filled(command.name, "the name of the set"), reason_of(command.reason)
    rows = _checked(command.rows)
    before = set_by_id(reading.connection, command.identity) if command.identity else None
    old = [_plain(row) for row in before.rows] if before else None

    def apply(transaction: Transaction) -> dict[str, Any]:
        connection, identity = transaction.connection, command.identity or transaction.new_id()
        if before:
            connection.execute(update(indicator_set).where(indicator_set.c.id == identity).values(name=name))
            connection.execute(delete(indicator_set_row).where(indicator_set_row.c.indicator_set == identity))
        else:
            connection.execute(insert(indicator_set).values(id=identity, name=name))
        connection.execute(insert(indicator_set_row), [{"indicator_set": identity, **row} for row in rows])
        new = [{field: row[field] for field in ("label", "unit", "aggregation")} for row in rows]
        changes = (Change(field="name", old=before.name if before else None, new=name), Change(field="rows", old=old, new=new))
        transaction.record(_fact("indicator_set.kept", identity, changes, why))
        return {"indicator_set": identity}

    return apply


def decide_retire_set(command: RetireIndicatorSet, reading: Reading) -> Write:
    """Refuse a set that is not offered."""
    found, why = set_by_id(reading.connection, command.identity), reason_of(command.reason)

    def apply(transaction: Transaction) -> dict[str, Any]:
        transaction.connection.execute(update(indicator_set).where(indicator_set.c.id == found.id).values(retired_at=transaction.at))
        transaction.record(_fact("indicator_set.retired", found.id, (Change(field="name", old=found.name),), why))
        return {"indicator_set": found.id}

    return apply


def answer_sets(_query: ListIndicatorSets, reading: Reading) -> list[OfferedSet]:
    """Return the sets by name."""
    sets = reading.connection.execute(select(indicator_set).where(indicator_set.c.retired_at.is_(None)).order_by(indicator_set.c.name)).all()
    rows: dict[str, list[Row[Any]]] = {}
    for row in reading.connection.execute(select(indicator_set_row).order_by(indicator_set_row.c.position)):
        rows.setdefault(row.indicator_set, []).append(row)
    return [OfferedSet(id=each.id, name=each.name, rows=tuple(rows.get(each.id, ()))) for each in sets]


def set_by_id(connection: Connection, identity: str) -> OfferedSet:
    """Return a set that is offered. Raises NotFound."""
    mine = select(indicator_set).where(indicator_set.c.id == identity, indicator_set.c.retired_at.is_(None))
    found = connection.execute(mine).one_or_none()
    if found is None:
        raise NotFound(f"Expected the id of a set of indicators, but found {identity!r}, which none has.")
    rows = select(indicator_set_row).where(indicator_set_row.c.indicator_set == identity).order_by(indicator_set_row.c.position)
    return OfferedSet(id=found.id, name=found.name, rows=tuple(connection.execute(rows).all()))


def key_of(label: str) -> str:
    """Return the key by which figures of an indicator are kept, made from its name; "" when the name has no letter or digit."""
    words = re.sub("[^a-z0-9]+", "_", fold(label)).strip("_")
    return (words if not words[:1].isdigit() else f"so_{words}")[:60]


def rows_of_sets(connection: Connection, sets: Sequence[str]) -> list[Row[Any]]:
    """Return the indicators of sets, in the order in which the sets were chosen; also of one that is offered no more since."""
    query = select(indicator_set_row).where(indicator_set_row.c.indicator_set.in_(sets))
    return sorted(connection.execute(query), key=lambda row: (sets.index(row.indicator_set), row.position))


def _checked(given: tuple[SetRow, ...]) -> list[dict[str, Any]]:
    if not given:
        raise InvalidInput("Expected at least one indicator, but found none. Enter its name and its unit.")
    rows: list[dict[str, Any]] = []
    for position, each in enumerate(given):
        label, unit = filled(each.label, "the name of the indicator"), filled(each.unit, "the unit of the indicator")
        if each.aggregation not in AGGREGATIONS:
            raise InvalidInput(f"Expected a way of adding up of {', '.join(AGGREGATIONS)}, but found {each.aggregation!r}. Choose one of them.")
        key = key_of(label) or f"indicator_{position}"
        if key in {row["key"] for row in rows}:
            raise InvalidInput(f"Expected each indicator once, but {label!r} stands there twice. Change one of the names.")
        rows.append({**asdict(each), "label": label, "unit": unit, "position": position, "key": key})
    return rows


def _plain(row: Row[Any]) -> dict[str, str]:
    return {"label": row.label, "unit": row.unit, "aggregation": row.aggregation}


def _fact(action: str, identity: str, changes: tuple[Change, ...], why: str) -> Fact:
    return Fact(action=action, subject=Subject(type="indicator_set", id=identity), changes=changes, reason={"code": "decided", "text": why})
