"""Hand running instances over to another organisation, or end them by decision: when bodies merge or are dissolved."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row, delete, or_, select, update

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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Handed:
    """A handing over. `only`: the instances that it concerns, None: all; `marks`: what an unread message of no instance holds that concerns it too."""

    old: str
    new: str
    reason: str
    code: str
    only: Collection[str] | None
    marks: tuple[str, ...]
    names: Mapping[str, str]

    def concerns(self, row: Row[Any]) -> bool:
        """Tell whether an open row, of an instance or of none, is to be rewritten."""
        if self.only is None:
            return True
        return row.instance in self.only if row.instance else any(mark in f"{row.key} {row.payload}" for mark in self.marks)


def hand_over(
    transaction: Transaction,
    *,
    old: str,
    new: str,
    reason: str,
    code: str = "succession",
    only: Collection[str] | None = None,
    marks: tuple[str, ...] = (),
    others: Mapping[str, str] = MappingProxyType({}),
) -> int:
    """Give every running instance of organisation `old` to `new`, and name `new` in the data of all others.

    `only`: nothing but these instances, and the unread messages in which one of `marks` stands; `others`: further ids that change.

    Returns how many instances changed hands. Whatever waits for them (tasks, subscriptions, unread messages) follows.
    """
    handed = _Handed(old=old, new=new, reason=reason, code=code, only=only, marks=marks, names={old: new, **others})
    moved = 0
    for row in transaction.connection.execute(select(instance).where(instance.c.status != "ended")).all():
        if only is not None and row.id not in only:
            continue
        state = bytes(row.state)
        for name, other in handed.names.items():
            state = renamed(state, name, other)
        owner = new if row.organisation == old else row.organisation
        if state != bytes(row.state) or owner != row.organisation:
            _rewrite(transaction, row, state=state, owner=owner, handed=handed)
            moved += owner != row.organisation
    _rename_texts(transaction, handed)
    return moved


def _rewrite(transaction: Transaction, row: Row[Any], *, state: bytes, owner: str, handed: _Handed) -> None:
    done = transaction.connection.execute(
        update(instance)
        .where(instance.c.id == row.id, instance.c.ver == row.ver)
        .values(state=state, organisation=owner, business_key=_key_of(row.business_key, handed), ver=row.ver + 1)
    )
    if done.rowcount != 1:
        raise Conflict(f"Expected instance {row.id} as it was read, but it has moved on.")
    if owner != row.organisation:
        case = case_of(transaction.connection, row.id)
        changes = (Change(field="organisation", old=row.organisation, new=owner),)
        transaction.record(step_fact("instance.handed_over", case, (), changes=changes, reason={"code": handed.code, "text": handed.reason}))


def _key_of(key: str, handed: _Handed) -> str:
    """Return the business key of a case for a period (`unit:report type:period`), by which its pages find it, under the new owner."""
    before = f"{handed.old}:"
    return f"{handed.new}:{key.removeprefix(before)}" if key.startswith(before) else key


def _rename_texts(transaction: Transaction, handed: _Handed) -> None:
    """Name the new owner in the open rows of all instances: columns, keys and JSON texts."""
    connection = transaction.connection
    for table, condition, texts in (
        (user_task, user_task.c.status == "open", ("context",)),
        (subscription, subscription.c.id.is_not(None), ("key",)),
        (inbox, inbox.c.consumed_ver.is_(None), ("key", "payload")),
        (operation, operation.c.status == "open", ("parameters",)),
        (incident, incident.c.resolved_at.is_(None), ("data",)),
    ):
        named = [table.c[name].contains(each) for name in texts for each in handed.names]
        owned = [table.c.organisation == handed.old] if "organisation" in table.c else []
        for row in connection.execute(select(table).where(condition, or_(*owned, *named))).all():
            if handed.concerns(row) and (new := _rewritten(row, texts, handed)):
                connection.execute(update(table).where(table.c.id == row.id).values(**new))


def _rewritten(row: Row[Any], texts: Collection[str], handed: _Handed) -> dict[str, str]:
    """Return the columns of an open row that name the old owner, with the new one."""
    found = {}
    for name in texts:
        text = getattr(row, name)
        for old, new in handed.names.items():
            text = text.replace(old, new)
        if text != getattr(row, name):
            found[name] = text
    if getattr(row, "organisation", None) == handed.old:
        found["organisation"] = handed.new
    return found


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
