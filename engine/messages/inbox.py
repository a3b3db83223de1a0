"""The inbox: rows written for others. A row is matched with a waiting subscription when somebody looks, so an early
message simply waits, and a lost wake-up harms nothing (EXECUTION.md 1)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, literal, select, update

from engine.history.transaction import Transaction
from engine.kernel.errors import Conflict
from engine.storage.schema import definition_version, inbox, instance, subscription

BATCH = 200


def send(
    transaction: Transaction,
    *,
    message: str,
    key: str,
    to: Sequence[str] = (),
    payload: dict[str, Any],
    source: str,
    roots: Sequence[str] = (),
) -> None:
    """Write one row per addressed organisation (or one for whoever waits); `source` makes it idempotent.

    `roots` are the root directives that the message is about: what it starts keeps its history in their streams.
    """
    starts = transaction.connection.execute(
        select(literal(1)).where(definition_version.c.start_message == message).limit(1)
    ).first()
    targets: Sequence[str | None] = to or [None]
    rows = [
        {
            "id": transaction.new_id(),
            "idempotency": f"{source}:{message}:{target or '*'}",
            "instance": None,
            "organisation": target,
            "kind": "start" if starts else "message",
            "name": message,
            "key": key,
            "payload": json.dumps(payload, ensure_ascii=False),
            "roots": json.dumps(sorted(roots)),
            "created_at": transaction.at,
            "consumed_ver": None,
        }
        for target in targets
    ]
    for first in range(0, len(rows), BATCH):
        transaction.connection.execute(insert(inbox), rows[first : first + BATCH])


def answer_operation(transaction: Transaction, *, operation: str, instance_id: str, result: dict[str, Any]) -> None:
    """Hand the result of an operation to the instance that waits for it."""
    transaction.connection.execute(
        insert(inbox).values(
            id=transaction.new_id(),
            idempotency=f"operation:{operation}",
            instance=instance_id,
            organisation=None,
            kind="result",
            name="result",
            key=operation,
            payload=json.dumps(result, ensure_ascii=False),
            roots="[]",
            created_at=transaction.at,
            consumed_ver=None,
        )
    )


_UNREAD = inbox.c.consumed_ver.is_(None)
_FITS = (subscription.c.message == inbox.c.name) & (subscription.c.key == inbox.c.key)
_FOR_UNIT = (inbox.c.organisation.is_(None)) | (inbox.c.organisation == subscription.c.organisation)
_DUE = (
    select(inbox).where(_UNREAD, inbox.c.instance == bindparam("b_instance"), inbox.c.kind == "result").limit(BATCH),
    select(inbox)
    .join(subscription, _FITS)
    .where(_UNREAD, inbox.c.kind == "message", subscription.c.instance == bindparam("b_instance"), _FOR_UNIT)
    .limit(BATCH),
)


def due_for(connection: Connection, instance_id: str) -> list[Row[Any]]:
    """Return the unread rows for an instance, oldest first: results, and messages that it waits for."""
    rows = {row.id: row for query in _DUE for row in connection.execute(query, {"b_instance": instance_id})}
    return sorted(rows.values(), key=lambda row: (row.created_at, row.id))


def subscriber(connection: Connection, instance_id: str, message: str, key: str) -> str | None:
    """Return the open work of the instance that waits for this message, or None."""
    query = select(subscription.c.id).where(
        subscription.c.instance == instance_id, subscription.c.message == message, subscription.c.key == key
    )
    return connection.execute(query.order_by(subscription.c.id).limit(1)).scalar_one_or_none()


_CONSUME = update(inbox).where(inbox.c.id == bindparam("b_id"), _UNREAD).values(consumed_ver=bindparam("b_version"))


def consume(connection: Connection, row_id: str, *, version: int) -> None:
    """Mark a row read by the transition to `version`. Raises Conflict when somebody else read it."""
    done = connection.execute(_CONSUME, {"b_id": row_id, "b_version": version})
    if done.rowcount != 1:
        raise Conflict(f"Expected the message {row_id} to be unread, but another transition has read it.")


def forget(connection: Connection, messages: Sequence[str], *, key: str, organisation: str) -> None:
    """Mark unread messages of a kind that nobody of the organisation waits for any more, with version 0: read by nobody."""
    unread = inbox.c.consumed_ver.is_(None) & (inbox.c.kind == "message") & (inbox.c.organisation == organisation)
    connection.execute(update(inbox).where(unread, inbox.c.key == key, inbox.c.name.in_(messages)).values(consumed_ver=0))


_WAITING = (
    select(inbox.c.instance)
    .where(_UNREAD, inbox.c.kind == "result")
    .union(select(subscription.c.instance).join(inbox, _FITS).where(_UNREAD, inbox.c.kind == "message", _FOR_UNIT))
    .subquery()
)
_WAITING_ACTIVE = select(instance.c.id).where(instance.c.id.in_(select(_WAITING.c[0])), instance.c.status == "active")
_STARTS = select(inbox).where(_UNREAD, inbox.c.kind == "start").order_by(inbox.c.created_at, inbox.c.id).limit(bindparam("b_limit"))


def waiting_instances(connection: Connection) -> set[str]:
    """Return the ids of the active instances for which something unread is there."""
    return {row[0] for row in connection.execute(_WAITING_ACTIVE)}


def unread_starts(connection: Connection, limit: int = 500) -> list[Row[Any]]:
    """Return unread messages that start an instance, oldest first."""
    return list(connection.execute(_STARTS, {"b_limit": limit}).all())
