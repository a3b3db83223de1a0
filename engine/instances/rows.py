"""The rows of one transition: state, user tasks, timers, subscriptions, operations, messages (EXECUTION.md 2, T1)."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    CompoundSelect,
    Connection,
    Row,
    Select,
    Table,
    Text,
    UpdateBase,
    bindparam,
    delete,
    insert,
    literal,
    null,
    select,
    union_all,
    update,
)

from engine.bpmn import OpenChoice, OpenOperation, OpenSubscription, OpenTask, OpenTimer, Outcome, Sent, Signalled
from engine.history.transaction import Transaction
from engine.instances.cases import Case
from engine.instances.incidents import Held, resolve_incidents
from engine.instances.withdrawing import WENT_ON, Cause, withdraw_tasks
from engine.kernel.clock import stamp
from engine.kernel.errors import Conflict
from engine.messages.inbox import forget_addressed, send, signal
from engine.storage.holds import UNRESOLVED
from engine.storage.schema import inbox, incident, instance, operation, subscription, timer, user_task
from engine.storage.wake_ups import Due


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Ids of the open rows of an instance, as they were read together with its state; choices are among the tasks.

    `answered`: operations that are done, but the instance has not read their results yet. `held`: its unresolved incidents.
    """

    tasks: frozenset[str] = frozenset()
    timers: frozenset[str] = frozenset()
    subscriptions: frozenset[str] = frozenset()
    operations: frozenset[str] = frozenset()
    answered: frozenset[str] = frozenset()
    held: tuple[Held, ...] = ()


_BEGIN = insert(instance)
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


_NOTHING = null().cast(Text)


def _open_ids(table: Table, theirs: Callable[[Column[Any]], ColumnElement[bool]]) -> Select[Any]:
    query = select(literal(table.name).label("name"), table.c.instance, table.c.id, _NOTHING.label("work"), _NOTHING.label("token"))
    query = query.where(theirs(table.c.instance))
    return query.where(table.c.status == "open") if "status" in table.c else query


OPEN_TABLES = (user_task, timer, subscription, operation)


def _open(theirs: Callable[[Column[Any]], ColumnElement[bool]]) -> CompoundSelect[Any]:
    """Return the query for the ids of what is open of the instances that `theirs` chooses."""
    answered = select(literal("answered"), inbox.c.instance, inbox.c.key, _NOTHING, _NOTHING)
    held = select(literal("held"), incident.c.instance, incident.c.id, incident.c.work, incident.c.token)
    return union_all(
        *(_open_ids(table, theirs) for table in OPEN_TABLES),
        answered.where(inbox.c.consumed_ver.is_(None), theirs(inbox.c.instance), inbox.c.kind == "result"),
        held.where(theirs(incident.c.instance), UNRESOLVED),
    )


_OPEN = _open(lambda column: column == bindparam("b_instance"))
_OPEN_OF = _open(lambda column: column.in_(bindparam("b_instances", expanding=True)))


_GONE: BindParameter[str] = bindparam("b_gone", expanding=True)
_INSERT = {table.name: insert(table) for table in OPEN_TABLES}
_WITHDRAW: dict[str, UpdateBase] = {
    table.name: update(table).where(table.c.id.in_(_GONE), table.c.status == "open").values(status="cancelled")
    for table in OPEN_TABLES
    if table not in (subscription, user_task)
}
_WITHDRAW[subscription.name] = delete(subscription).where(subscription.c.id.in_(_GONE))


def insert_instance(transaction: Transaction, case: Case, outcome: Outcome) -> None:
    """Write a new instance and everything that it opens."""
    row = {
        "id": case.id,
        "definition_version": case.deployment.id,
        "organisation": case.organisation,
        "business_key": case.business_key,
        "directive": case.directive,
        "period": case.period,
        "roots": json.dumps(case.roots),
        "state": outcome.state,
        "ver": 1,
        "status": "ended" if outcome.ended else "active",
        "started_at": transaction.at,
        "ended_at": transaction.at if outcome.ended else None,
    }
    transaction.connection.execute(_BEGIN, row)
    _write_open(transaction, case, outcome, Open())
    _send(transaction, case, outcome.sent, outcome.signals, version=1)


def move_instance(  # noqa: PLR0913  the one place that writes a transition names all of it
    transaction: Transaction,
    case: Case,
    outcome: Outcome,
    *,
    version: int,
    before: Open,
    sent: Iterable[Sent],
    signals: Iterable[Signalled] = (),
    done: Collection[str] = (),
    why: Mapping[str, Cause] | Cause = WENT_ON,
) -> None:
    """Write the transition from `version` to the next. Raises Conflict when the instance moved meanwhile.

    `done`: the rows of work that led to it, which no incident holds any more. `why`: what withdraws the tasks that it leaves.
    """
    moved = transaction.connection.execute(
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
    if moved.rowcount != 1:
        raise Conflict(f"Expected instance {case.id} at version {version}, but it has moved on.")
    _write_open(transaction, case, outcome, before, why)
    _send(transaction, case, sent, signals, version=version + 1)
    if outcome.ended:
        forget_addressed(transaction.connection, case.id)
    if before.held:
        _settle(transaction, case, outcome, before.held, done)


def _settle(transaction: Transaction, case: Case, outcome: Outcome, held: Iterable[Held], done: Collection[str]) -> None:
    """Close the incidents of work that is done, and of work that is open no more."""
    still = open_work(outcome)
    finished = [each for each in held if each.work in done]
    resolve_incidents(transaction, finished, case, resolution="done", text="it has been done after all")
    left = [each for each in held if each.work not in done and each.token is not None and each.token not in still]
    resolve_incidents(transaction, left, case, resolution="withdrawn", text="the process has gone on without it")


def open_work(outcome: Outcome) -> set[str]:
    """Return the ids of everything that the instance waits for."""
    return {entry.id for entry in waiting(outcome)}


def waiting(outcome: Outcome) -> Iterator[OpenTask | OpenChoice | OpenTimer | OpenSubscription | OpenOperation]:
    """Yield everything that the instance waits for."""
    yield from outcome.tasks
    yield from outcome.choices
    yield from outcome.timers
    yield from outcome.subscriptions
    yield from outcome.operations


def read_open(connection: Connection, instance_id: str) -> Open:
    """Read the ids of what an instance has open."""
    return _opened(connection.execute(_OPEN, {"b_instance": instance_id}))


def read_open_of(connection: Connection, instances: Sequence[str]) -> dict[str, Open]:
    """Read the ids of what several instances have open."""
    rows: dict[str, list[Row[Any]]] = {identity: [] for identity in instances}
    for row in connection.execute(_OPEN_OF, {"b_instances": instances}):
        rows[row.instance].append(row)
    return {identity: _opened(theirs) for identity, theirs in rows.items()}


def _opened(rows: Iterable[Row[Any]]) -> Open:
    found: dict[str, set[str]] = {name: set() for name in (*(table.name for table in OPEN_TABLES), "answered")}
    held: list[Held] = []
    for row in rows:
        if row.name == "held":
            held.append(Held(id=row.id, work=row.work, token=row.token))
        else:
            found[row.name].add(row.id)
    return Open(
        tasks=frozenset(found["user_task"]),
        timers=frozenset(found["timer"]),
        subscriptions=frozenset(found["subscription"]),
        operations=frozenset(found["operation"]),
        answered=frozenset(found["answered"]),
        held=tuple(held),
    )


def _write_open(transaction: Transaction, case: Case, outcome: Outcome, before: Open, why: Mapping[str, Cause] | Cause = WENT_ON) -> None:
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
            "kind": "task",
            "due_at": stamp(task.due) if task.due else None,
            "created_at": transaction.at,
        }
        for task in outcome.tasks
    } | {choice.id: _choice(transaction, case, outcome, choice) for choice in outcome.choices}
    timers = {
        entry.id: {**common, "id": entry.id, "element": entry.element, "due_at": stamp(entry.due), "status": "open"}
        for entry in outcome.timers
    }
    subscriptions = {
        entry.id: {**placed, "id": entry.id, "element": entry.element, "kind": entry.kind, "message": entry.message, "key": entry.key}
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
            "created_at": transaction.at,
        }
        for entry in outcome.operations
        if entry.id not in before.answered
    }
    for choice in outcome.choices:
        if choice.id in before.tasks:  # what an ad-hoc sub-process offers changes while it is open
            connection.execute(update(user_task).where(user_task.c.id == choice.id).values(context=tasks[choice.id]["context"]))
    withdraw_tasks(transaction, before.tasks - tasks.keys(), why)
    _difference(connection, user_task, tasks, before.tasks & tasks.keys())
    _difference(connection, timer, timers, before.timers)
    _difference(connection, operation, operations, before.operations)
    _difference(connection, subscription, subscriptions, before.subscriptions)
    for each in operations.keys() - before.operations:
        transaction.wake(Due.OPERATION, each)
    expects = any(entry.kind == "message" and entry.id not in before.subscriptions for entry in outcome.subscriptions)
    if expects or any(entry["due_at"] <= transaction.at for key, entry in timers.items() if key not in before.timers):
        transaction.wake(Due.INSTANCE, case.id)  # what it expects may have come early, or the moment have passed


def _choice(transaction: Transaction, case: Case, outcome: Outcome, choice: OpenChoice) -> dict[str, Any]:
    """Return the row of a choice: a task without a form, whose context names the ways."""
    element = case.deployment.definition.elements.get(choice.element)
    names = choice.names or choice.flows
    ways = [{"flow": flow, "name": name or flow} for flow, name in zip(choice.flows, names, strict=True)]
    return {
        "instance": case.id,
        "organisation": case.organisation,
        "id": choice.id,
        "kind": "choice",
        "element": choice.element,
        "name": (element.name if element else "") or choice.element,
        "role": choice.role or "",
        "form": "",
        "context": json.dumps({"ways": ways, "data": outcome.data}, ensure_ascii=False),
        "status": "open",
        "due_at": None,
        "created_at": transaction.at,
    }


def _difference(connection: Connection, table: Table, wanted: dict[str, dict[str, Any]], before: frozenset[str]) -> None:
    new = [row for key, row in wanted.items() if key not in before]
    if new:
        connection.execute(_INSERT[table.name], new)
    gone = before - wanted.keys()
    if gone:
        connection.execute(_WITHDRAW[table.name], {"b_gone": sorted(gone)})


def _send(transaction: Transaction, case: Case, sent: Iterable[Sent], signals: Iterable[Signalled], *, version: int) -> None:
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
    for number, thrown in enumerate(signals):
        signal(
            transaction,
            name=thrown.signal,
            organisation=case.organisation,
            payload=thrown.payload,
            source=f"{case.id}:{version}:signal {number}",
            roots=case.roots,
            besides=case.id,
        )
