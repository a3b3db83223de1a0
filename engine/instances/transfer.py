"""Hand running instances over to another organisation, or end them by decision: when bodies merge or are dissolved."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, delete, select, update

from engine.bpmn import renamed
from engine.history.record import Change
from engine.history.transaction import Transaction
from engine.instances.cases import step_fact
from engine.instances.incidents import held_by, resolve_incidents
from engine.instances.load import case_of
from engine.instances.withdrawing import BY_DECISION, Cause, withdraw_all_tasks
from engine.kernel.errors import Conflict
from engine.messages.inbox import forget_addressed
from engine.storage.schema import inbox, incident, instance, operation, subscription, timer, user_task


def hand_over(transaction: Transaction, *, old: str, new: str, reason: str) -> int:
    """Give every running instance of organisation `old` to `new`, and name `new` in the data of all others.

    Returns how many instances changed hands. Whatever waits for them (tasks, subscriptions, unread messages) follows.
    """
    connection = transaction.connection
    moved = 0
    for row in connection.execute(select(instance).where(instance.c.status != "ended")).all():
        state = renamed(bytes(row.state), old, new)
        owner = new if row.organisation == old else row.organisation
        if state != bytes(row.state) or owner != row.organisation:
            _rewrite(transaction, row, state=state, owner=owner, reason=reason)
            moved += owner != row.organisation
    _rename_texts(transaction, old, new)
    return moved


def _rewrite(transaction: Transaction, row: Row[Any], *, state: bytes, owner: str, reason: str) -> None:
    done = transaction.connection.execute(
        update(instance)
        .where(instance.c.id == row.id, instance.c.ver == row.ver)
        .values(state=state, organisation=owner, ver=row.ver + 1)
    )
    if done.rowcount != 1:
        raise Conflict(f"Expected instance {row.id} as it was read, but it has moved on.")
    if owner != row.organisation:
        case = case_of(transaction.connection, row.id)
        changes = (Change(field="organisation", old=row.organisation, new=owner),)
        transaction.record(step_fact("instance.handed_over", case, (), changes=changes, reason={"code": "succession", "text": reason}))


def _rename_texts(transaction: Transaction, old: str, new: str) -> None:
    """Name the new owner in the open rows of all instances: columns, keys and JSON texts."""
    connection = transaction.connection
    for table, condition, texts in (
        (user_task, user_task.c.status == "open", ("context",)),
        (subscription, subscription.c.id.is_not(None), ("key",)),
        (inbox, inbox.c.consumed_ver.is_(None), ("key", "payload")),
        (operation, operation.c.status == "open", ("parameters",)),
        (incident, incident.c.resolved_at.is_(None), ("data",)),
    ):
        if "organisation" in table.c:
            connection.execute(update(table).where(condition, table.c.organisation == old).values(organisation=new))
        for name in texts:
            column = table.c[name]
            for row in connection.execute(select(table.c.id, column).where(condition, column.contains(old))).all():
                connection.execute(update(table).where(table.c.id == row.id).values({name: row[1].replace(old, new)}))


def end_instances(transaction: Transaction, ids: Iterable[str], *, reason: str) -> None:
    """End running instances by decision, with everything that they have open."""
    connection = transaction.connection
    for identity in ids:
        done = connection.execute(
            update(instance)
            .where(instance.c.id == identity, instance.c.status != "ended")
            .values(status="ended", ended_at=transaction.at, ver=instance.c.ver + 1)
        )
        if done.rowcount != 1:
            continue  # it has just ended by itself
        withdraw_all_tasks(transaction, identity, Cause(kind=BY_DECISION, name=reason))
        for table in (timer, operation):
            connection.execute(
                update(table).where(table.c.instance == identity, table.c.status == "open").values(status="cancelled")
            )
        connection.execute(delete(subscription).where(subscription.c.instance == identity))
        forget_addressed(connection, identity)
        case = case_of(connection, identity)
        resolve_incidents(transaction, held_by(connection, incident.c.instance == identity), case, resolution="withdrawn", text=reason)
        changes = (Change(field="status", old="active", new="ended"),)
        transaction.record(step_fact("instance.ended_by_decision", case, (), changes=changes, reason={"code": "succession", "text": reason}))
