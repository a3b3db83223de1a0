"""The rows of one transition: state, user tasks, timers, subscriptions, operations, messages (EXECUTION.md 2, T1)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Connection, Select, Table, UpdateBase, bindparam, delete, insert, literal, select, union_all, update

from engine.bpmn import Outcome, Passed, Sent
from engine.definitions.repository import Deployment
from engine.history.record import Fact, Subject, Where
from engine.history.transaction import Transaction
from engine.kernel.clock import stamp
from engine.kernel.errors import Conflict
from engine.messages.inbox import send
from engine.storage.schema import instance, operation, subscription, timer, user_task


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What identifies an instance besides its state."""

    id: str
    deployment: Deployment
    organisation: str
    business_key: str
    directive: str | None
    period: str | None
    roots: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Ids of the open rows of an instance, as they were read together with its state."""

    tasks: frozenset[str] = frozenset()
    timers: frozenset[str] = frozenset()
    subscriptions: frozenset[str] = frozenset()
    operations: frozenset[str] = frozenset()


_MOVE = (
    update(instance)
    .where(instance.c.id == bindparam("b_id"), instance.c.ver == bindparam("b_ver"))
    .values(
        state=bindparam("b_state"),
        ver=bindparam("b_next"),
        status=bindparam("b_status"),
        ended_at=bindparam("b_ended"),
    )
)


def _open_ids(table: Table) -> Select[tuple[str, str]]:
    query = select(literal(table.name).label("name"), table.c.id).where(table.c.instance == bindparam("b_instance"))
    return query.where(table.c.status == "open") if "status" in table.c else query


OPEN_TABLES = (user_task, timer, subscription, operation)
_OPEN = union_all(*(_open_ids(table) for table in OPEN_TABLES))


_GONE: BindParameter[str] = bindparam("b_gone", expanding=True)
_INSERT = {table.name: insert(table) for table in OPEN_TABLES}
_WITHDRAW: dict[str, UpdateBase] = {
    table.name: update(table).where(table.c.id.in_(_GONE), table.c.status == "open").values(status="cancelled")
    for table in OPEN_TABLES
    if table is not subscription
}
_WITHDRAW[subscription.name] = delete(subscription).where(subscription.c.id.in_(_GONE))


def insert_instance(transaction: Transaction, case: Case, outcome: Outcome) -> None:
    """Write a new instance and everything that it opens."""
    transaction.connection.execute(
        insert(instance).values(
            id=case.id,
            definition_version=case.deployment.id,
            organisation=case.organisation,
            business_key=case.business_key,
            directive=case.directive,
            period=case.period,
            roots=json.dumps(case.roots),
            state=outcome.state,
            ver=1,
            status="ended" if outcome.ended else "active",
            started_at=transaction.at,
            ended_at=transaction.at if outcome.ended else None,
        )
    )
    _write_open(transaction, case, outcome, Open())
    _send(transaction, case, outcome.sent, version=1)


def move_instance(
    transaction: Transaction, case: Case, outcome: Outcome, *, version: int, before: Open, sent: Iterable[Sent]
) -> None:
    """Write the transition from `version` to the next. Raises Conflict when the instance moved meanwhile."""
    done = transaction.connection.execute(
        _MOVE,
        {
            "b_id": case.id,
            "b_ver": version,
            "b_next": version + 1,
            "b_state": outcome.state,
            "b_status": "ended" if outcome.ended else "active",
            "b_ended": transaction.at if outcome.ended else None,
        },
    )
    if done.rowcount != 1:
        raise Conflict(f"Expected instance {case.id} at version {version}, but it has moved on.")
    _write_open(transaction, case, outcome, before)
    _send(transaction, case, sent, version=version + 1)


def read_open(connection: Connection, instance_id: str) -> Open:
    """Read the ids of what an instance has open."""
    found: dict[str, set[str]] = {table.name: set() for table in OPEN_TABLES}
    for row in connection.execute(_OPEN, {"b_instance": instance_id}):
        found[row.name].add(row.id)
    return Open(
        tasks=frozenset(found["user_task"]),
        timers=frozenset(found["timer"]),
        subscriptions=frozenset(found["subscription"]),
        operations=frozenset(found["operation"]),
    )


def step_fact(
    action: str, case: Case, passed: Iterable[Passed], **fields: Any
) -> Fact:
    """Return the history's fact for a transition that left the elements `passed`."""
    left = [passage.element for passage in passed]
    of = (Subject(type="directive", id=case.directive, qualifier="directive"),) if case.directive else ()
    objects = (
        Subject(type="organisation", id=case.organisation, qualifier="unit"),
        *of,
        *(Subject(type="element", id=element, qualifier="left") for element in left),
        *(Subject(type="directive", id=stream, qualifier="root") for stream in case.roots),
    )
    subject = fields.pop("subject", Subject(type="instance", id=case.id))
    where = fields.pop("where", Where(definition=definition_of(case.deployment), instance=case.id))
    return Fact(action=action, subject=subject, objects=objects, streams=case.roots, where=where, **fields)


def definition_of(deployment: Deployment) -> dict[str, Any]:
    """Return the history's group `definition`."""
    return {"key": deployment.key, "version": deployment.version, "sha256": deployment.sha256}


def _write_open(transaction: Transaction, case: Case, outcome: Outcome, before: Open) -> None:
    connection = transaction.connection
    common = {"instance": case.id}
    placed = {"organisation": case.organisation, **common}
    tasks = {
        task.id: {
            **placed,
            "id": task.id,
            "element": task.element,
            "name": task.name,
            "role": task.role or "",
            "form": task.form or "",
            "context": json.dumps(task.data, ensure_ascii=False),
            "status": "open",
            "due_at": stamp(task.due) if task.due else None,
            "created_at": transaction.at,
        }
        for task in outcome.tasks
    }
    timers = {
        entry.id: {**common, "id": entry.id, "element": entry.element, "due_at": stamp(entry.due), "status": "open"}
        for entry in outcome.timers
    }
    subscriptions = {
        entry.id: {**placed, "id": entry.id, "element": entry.element, "message": entry.message, "key": entry.key}
        for entry in outcome.subscriptions
    }
    operations = {
        entry.id: {
            **common,
            "id": entry.id,
            "element": entry.element,
            "name": entry.operation,
            "parameters": json.dumps(entry.parameters, ensure_ascii=False),
            "status": "open",
            "attempts": 0,
            "created_at": transaction.at,
        }
        for entry in outcome.operations
    }
    _difference(connection, user_task, tasks, before.tasks)
    _difference(connection, timer, timers, before.timers)
    _difference(connection, operation, operations, before.operations)
    _difference(connection, subscription, subscriptions, before.subscriptions)


def _difference(connection: Connection, table: Table, wanted: dict[str, dict[str, Any]], before: frozenset[str]) -> None:
    new = [row for key, row in wanted.items() if key not in before]
    if new:
        connection.execute(_INSERT[table.name], new)
    gone = before - wanted.keys()
    if gone:
        connection.execute(_WITHDRAW[table.name], {"b_gone": sorted(gone)})


def _send(transaction: Transaction, case: Case, sent: Iterable[Sent], *, version: int) -> None:
    for number, message in enumerate(sent):
        payload = {**message.payload, "sender": case.organisation}
        send(
            transaction,
            message=message.message,
            key=message.key,
            to=message.to,
            payload=payload,
            source=f"{case.id}:{version}:{number}",
            roots=case.roots,
        )
