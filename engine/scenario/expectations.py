"""What a scenario expects: rows of tables, records of the history, and that nothing is left open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from sqlalchemy import Connection, Table, func, select

from engine.kernel.errors import InvalidInput
from engine.scenario.names import Names
from engine.storage.schema import history_record, inbox, incident, instance, metadata, operation, subscription, timer, user_task


class Entry:
    """Reads one entry of a scenario, refusing keys that it does not know."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @classmethod
    def read(cls, entry: Mapping[str, Any], where: str) -> Self:
        known = {name.rstrip("_") for name in cls.__dataclass_fields__}
        if unknown := sorted(entry.keys() - known):
            raise InvalidInput(f"Expected only the keys {sorted(known)} in {where}, but found {unknown}.")
        return cls(**{f"{key}_" if key in {"from", "with", "is"} else key: value for key, value in entry.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected(Entry):
    """What must be true at the end, or in the morning of the day `at`: rows of a table, or records of the history."""

    at: str | None = None
    table: str | None = None
    history: str | None = None
    where: Mapping[str, Any] = field(default_factory=dict)
    is_: Mapping[str, Any] | None = None
    count: int | None = None


def unmet(entry: Expected, connection: Connection) -> list[str]:
    """Return what is not as an expectation says, one sentence each."""
    if entry.history is not None:
        columns = history_record.c
        query = select(func.count()).where(columns.action == entry.history, columns.outcome == entry.where.get("outcome", "done"))
        found = connection.execute(query).scalar_one()
        wanted = 1 if entry.count is None else entry.count
        return [] if found == wanted else [f"Expected {wanted} records {entry.history!r}, but found {found}."]
    table: Table = metadata.tables[str(entry.table)]
    names = Names(connection)
    matching = [row for row in names.rows(table) if all(row[key] == value for key, value in entry.where.items())]
    label = f"{entry.table} where {dict(entry.where)}"
    if entry.count is not None and len(matching) != entry.count:
        return [f"Expected {entry.count} rows of {label}, but found {len(matching)}."]
    if entry.is_ is None:
        return []
    if not matching:
        return [f"Expected a row of {label}, but found none."]
    return [
        f"Expected {key} = {value!r} in {label}, but found {row[key]!r}."
        for row in matching
        for key, value in entry.is_.items()
        if row[key] != value
    ]


def open_ends(connection: Connection) -> list[str]:
    """Return what is left over: instances, tasks, timers, operations, subscriptions, unread messages, incidents."""
    queries = {
        "instance": (instance, instance.c.status != "ended", (instance.c.status, instance.c.business_key)),
        "user task": (user_task, user_task.c.status == "open", (user_task.c.element,)),
        "timer": (timer, timer.c.status == "open", (timer.c.element, timer.c.due_at)),
        "operation": (operation, operation.c.status == "open", (operation.c.element,)),
        "subscription": (subscription, subscription.c.id.is_not(None), (subscription.c.element, subscription.c.message)),
        "unread message": (inbox, inbox.c.consumed_ver.is_(None), (inbox.c.name, inbox.c.key)),
        "incident": (incident, incident.c.resolved_at.is_(None), (incident.c.element, incident.c.message)),
    }
    return [
        f"Expected no {kind} to be left, but found {', '.join(map(str, row))}."
        for kind, (_table, condition, columns) in queries.items()
        for row in connection.execute(select(*columns).where(condition))
    ]
