"""The inbox: rows written for others. A message is matched with a waiting subscription when somebody looks, so an early
one simply waits, and a lost wake-up harms nothing (EXECUTION.md 1). A signal is for those who wait when it is thrown.

What starts a process does so each time (BPMN 2.0, 10.5.2), also while an earlier instance with the same key still runs;
only when an instance waits for this very message already, the message is for that one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, bindparam, insert, select, update

from engine.definitions.repository import starters
from engine.history.transaction import Transaction
from engine.kernel.errors import Conflict
from engine.storage.holds import free
from engine.storage.schema import inbox, instance, subscription
from engine.storage.wake_ups import Due

BATCH = 200
_INSERT = insert(inbox)


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
    starts = bool(starters(transaction.connection, message))
    waiting = _organisations_that_wait(transaction.connection, message, key) if starts else set()
    targets: Sequence[str | None] = to or [None]
    texts = {"name": message, "key": key, "payload": json.dumps(payload, ensure_ascii=False), "roots": json.dumps(sorted(roots))}
    _write(
        transaction,
        [
            {
                **texts,
                "idempotency": f"{source}:{message}:{target or '*'}",
                "organisation": target,
                "kind": "start" if starts and not (waiting if target is None else target in waiting) else "message",
            }
            for target in targets
        ],
    )


def signal(
    transaction: Transaction, *, name: str, organisation: str, payload: dict[str, Any], source: str, roots: Sequence[str], besides: str
) -> None:
    """Hand a signal to every instance of the organisation that waits for it now, but `besides`, and start whom it starts."""
    waiting = select(subscription.c.id, subscription.c.instance).where(
        subscription.c.kind == "signal",
        subscription.c.message == name,
        subscription.c.organisation == organisation,
        subscription.c.instance != besides,
    )
    texts = {"organisation": organisation, "name": name, "roots": json.dumps(sorted(roots))}
    rows = [
        {
            **texts,
            "idempotency": f"{source}:{row.id}",
            "instance": row.instance,
            "kind": "signal",
            "key": row.id,
            "payload": json.dumps(payload, ensure_ascii=False),
        }
        for row in transaction.connection.execute(waiting.order_by(subscription.c.id))
    ]
    rows += [
        {
            **texts,
            "idempotency": f"{source}:{process}",
            "instance": None,
            "kind": "signal_start",
            "key": "",
            "payload": json.dumps({**payload, "process": process}, ensure_ascii=False),
        }
        for process in starters(transaction.connection, name, kind="signal")
    ]
    _write(transaction, rows)


def _write(transaction: Transaction, rows: list[dict[str, Any]]) -> None:
    common = {"instance": None, "created_at": transaction.at, "consumed_ver": None}
    for first in range(0, len(rows), BATCH):
        batch = [{**common, **row, "id": transaction.new_id()} for row in rows[first : first + BATCH]]
        transaction.connection.execute(_INSERT, batch)
        for row in batch:
            _wake(transaction, row)


def _wake(transaction: Transaction, row: dict[str, Any]) -> None:
    match row["kind"]:
        case "start" | "signal_start":
            transaction.wake(Due.START, row["id"])
        case "message":
            transaction.wake(Due.MESSAGE, row["id"])
        case _:
            transaction.wake(Due.INSTANCE, row["instance"])


def _organisations_that_wait(connection: Connection, message: str, key: str) -> set[str]:
    query = select(subscription.c.organisation).where(
        subscription.c.message == message, subscription.c.key == key, subscription.c.kind == "message"
    )
    return set(connection.execute(query).scalars())


def answer_operation(transaction: Transaction, *, operation: str, instance_id: str, result: dict[str, Any], name: str = "result") -> None:
    """Hand the result of an operation to the instance that waits for it; with the name `error` its business error: {code, data}."""
    transaction.wake(Due.INSTANCE, instance_id)
    row = {
        "id": transaction.new_id(),
        "idempotency": f"operation:{operation}",
        "instance": instance_id,
        "organisation": None,
        "kind": "result",
        "name": name,
        "key": operation,
        "payload": json.dumps(result, ensure_ascii=False),
        "roots": "[]",
        "created_at": transaction.at,
        "consumed_ver": None,
    }
    transaction.connection.execute(_INSERT, row)


_UNREAD = inbox.c.consumed_ver.is_(None)
_FREE = free(inbox.c.id)
_ADDRESSED = inbox.c.kind.in_(("result", "signal"))
_FITS = (subscription.c.message == inbox.c.name) & (subscription.c.key == inbox.c.key) & (subscription.c.kind == "message")
_FOR_UNIT = (inbox.c.organisation.is_(None)) | (inbox.c.organisation == subscription.c.organisation)
_THEM: BindParameter[str] = bindparam("b_instances", expanding=True)
_DUE = (
    select(inbox, inbox.c.instance.label("receiver")).where(_UNREAD, inbox.c.instance.in_(_THEM), _ADDRESSED, _FREE),
    select(inbox, subscription.c.instance.label("receiver"))
    .join(subscription, _FITS)
    .where(_UNREAD, inbox.c.kind == "message", subscription.c.instance.in_(_THEM), _FOR_UNIT, _FREE),
)


def due_for(connection: Connection, instances: Sequence[str], at: str) -> dict[str, list[Row[Any]]]:
    """Return, by instance, the unread rows that nothing holds at `at`, oldest first: results, signals, messages that it waits for."""
    found: dict[str, dict[str, Row[Any]]] = {identity: {} for identity in instances}
    for query in _DUE:
        for row in connection.execute(query.limit(BATCH * len(instances)), {"b_instances": instances, "b_at": at}):
            found[row.receiver][row.id] = row
    return {identity: sorted(rows.values(), key=lambda row: (row.created_at, row.id))[: 2 * BATCH] for identity, rows in found.items()}


def subscriber(connection: Connection, instance_id: str, message: str, key: str) -> str | None:
    """Return the open work of the instance that waits for this message, or None."""
    query = select(subscription.c.id).where(
        subscription.c.instance == instance_id, subscription.c.message == message, subscription.c.key == key, subscription.c.kind == "message"
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


def forget_addressed(connection: Connection, instance_id: str) -> None:
    """Mark what was addressed to an instance that has ended: results and signals that it has not read."""
    connection.execute(update(inbox).where(_UNREAD, inbox.c.instance == instance_id).values(consumed_ver=0))


_WAITING = (
    select(inbox.c.instance)
    .where(_UNREAD, _ADDRESSED, _FREE)
    .union(select(subscription.c.instance).join(inbox, _FITS).where(_UNREAD, inbox.c.kind == "message", _FOR_UNIT, _FREE))
    .subquery()
)
_WAITING_ACTIVE = select(instance.c.id).where(instance.c.id.in_(select(_WAITING.c[0])), instance.c.status == "active", free(instance.c.id))
_STARTS = select(inbox).where(_UNREAD, inbox.c.kind.in_(("start", "signal_start")), _FREE).order_by(inbox.c.created_at, inbox.c.id).limit(bindparam("b_limit"))
_AMONG: BindParameter[str] = bindparam("b_among", expanding=True)
_STARTS_AMONG = _STARTS.where(inbox.c.id.in_(_AMONG))
_WAITING_AMONG = (
    select(inbox.c.instance)
    .where(_UNREAD, _ADDRESSED, _FREE, inbox.c.instance.in_(_AMONG))
    .union(
        select(subscription.c.instance)
        .join(inbox, _FITS)
        .where(_UNREAD, inbox.c.kind == "message", _FOR_UNIT, _FREE, subscription.c.instance.in_(_AMONG))
    )
    .subquery()
)
_WAITING_OF = select(instance.c.id).where(instance.c.id.in_(select(_WAITING_AMONG.c[0])), instance.c.status == "active", free(instance.c.id))
_SUBSCRIBERS = select(subscription.c.instance).join(inbox, _FITS).where(inbox.c.id.in_(_AMONG), _UNREAD, _FOR_UNIT)
_AWAITED = (
    select(subscription.c.instance, inbox.c.id)
    .join(inbox, _FITS)
    .where(subscription.c.instance.in_(_AMONG), _UNREAD, inbox.c.kind == "message", _FOR_UNIT)
)


def waiting_instances(connection: Connection, at: str) -> set[str]:
    """Return the ids of the active instances for which something unread is there that nothing holds at `at`."""
    return {row[0] for row in connection.execute(_WAITING_ACTIVE, {"b_at": at})}


def waiting_of(connection: Connection, at: str, among: Sequence[str]) -> set[str]:
    """Return those of the instances `among` for which something unread is there that nothing holds at `at`."""
    return {row[0] for row in connection.execute(_WAITING_OF, {"b_at": at, "b_among": among})}


def subscribers_of(connection: Connection, messages: Sequence[str]) -> set[str]:
    """Return the instances that wait for one of the unread messages with these ids."""
    return {row[0] for row in connection.execute(_SUBSCRIBERS, {"b_among": messages})}


def awaited_messages(connection: Connection, instances: Sequence[str]) -> list[tuple[str, str]]:
    """Return which of the instances waits for which unread message."""
    return [(row[0], row[1]) for row in connection.execute(_AWAITED, {"b_among": instances})]


def unread_starts(connection: Connection, at: str, limit: int = 500, *, among: Sequence[str] | None = None) -> list[Row[Any]]:
    """Return unread messages (of those `among`) that start an instance and that nothing holds at `at`, oldest first."""
    query, asked = (_STARTS, {}) if among is None else (_STARTS_AMONG, {"b_among": among})
    return list(connection.execute(query, {"b_limit": limit, "b_at": at, **asked}).all())
