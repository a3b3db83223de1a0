"""The timers of an instance as rows: what has come due, and which instances to wake for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, bindparam, select, update

from engine.kernel.errors import Conflict
from engine.storage.holds import OPEN, free
from engine.storage.schema import instance, timer

_DUE = (timer.c.status == OPEN) & (timer.c.due_at <= bindparam("b_at")) & free(timer.c.id)
_DUE_FOR = select(timer).where(timer.c.instance.in_(bindparam("b_instances", expanding=True)), _DUE).order_by(timer.c.due_at, timer.c.id)
_FIRE = update(timer).where(timer.c.id == bindparam("b_timer"), timer.c.status == "open").values(status="fired")
_ACTIVE = instance.c.status == "active"
_DUE_INSTANCES = select(timer.c.instance).join(instance, instance.c.id == timer.c.instance).where(_DUE, _ACTIVE, free(instance.c.id))
_AMONG: BindParameter[str] = bindparam("b_among", expanding=True)
_DUE_AMONG = _DUE_INSTANCES.where(timer.c.instance.in_(_AMONG))
_NEXT = (
    select(timer.c.due_at)
    .join(instance, instance.c.id == timer.c.instance)
    .where(timer.c.status == OPEN, _ACTIVE, free(timer.c.id))
    .order_by(timer.c.due_at)
    .limit(1)
)


def due_for(connection: Connection, instances: Sequence[str], at: str) -> dict[str, list[Row[Any]]]:
    """Return, by instance, the open timers that are due at `at`, earliest first."""
    found: dict[str, list[Row[Any]]] = {identity: [] for identity in instances}
    for row in connection.execute(_DUE_FOR, {"b_instances": instances, "b_at": at}):
        found[row.instance].append(row)
    return found


def fire(connection: Connection, timer_id: str) -> None:
    """Mark a timer fired. Raises Conflict when it was fired or cancelled meanwhile."""
    done = connection.execute(_FIRE, {"b_timer": timer_id})
    if done.rowcount != 1:
        raise Conflict(f"Expected timer {timer_id} to be open, but it was fired or cancelled.")


def again(connection: Connection, timer_id: str, due: str) -> None:
    """Let a timer that has fired run again, until the next occurrence of its cycle."""
    connection.execute(update(timer).where(timer.c.id == timer_id).values(status="open", due_at=due))


def due_instances(connection: Connection, at: str, *, among: Sequence[str] | None = None) -> set[str]:
    """Return the active instances (of those `among`) with a timer that is due at `at`."""
    query, asked = (_DUE_INSTANCES, {}) if among is None else (_DUE_AMONG, {"b_among": among})
    return {row[0] for row in connection.execute(query, {"b_at": at, **asked})}


def next_due(connection: Connection, at: str) -> str | None:
    """Return the earliest moment at which an open timer of an active instance is due, of those that nothing holds at `at`."""
    found: str | None = connection.execute(_NEXT, {"b_at": at}).scalar_one_or_none()
    return found
