"""The timers of an instance as rows: what has come due, and which instances to wake for it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update

from engine.kernel.errors import Conflict
from engine.storage.holds import free
from engine.storage.schema import instance, timer

_DUE = (timer.c.status == "open") & (timer.c.due_at <= bindparam("b_at")) & free(timer.c.id)
_DUE_FOR = select(timer).where(timer.c.instance == bindparam("b_instance"), _DUE).order_by(timer.c.due_at, timer.c.id)
_ACTIVE = instance.c.status == "active"
_DUE_INSTANCES = select(timer.c.instance).join(instance, instance.c.id == timer.c.instance).where(_DUE, _ACTIVE, free(instance.c.id))
_NEXT = (
    select(func.min(timer.c.due_at))
    .join(instance, instance.c.id == timer.c.instance)
    .where(timer.c.status == "open", _ACTIVE, free(timer.c.id))
)


def due_for(connection: Connection, instance_id: str, at: str) -> list[Row[Any]]:
    """Return the open timers of an instance that are due at `at`, earliest first."""
    return list(connection.execute(_DUE_FOR, {"b_instance": instance_id, "b_at": at}).all())


def fire(connection: Connection, timer_id: str) -> None:
    """Mark a timer fired. Raises Conflict when it was fired or cancelled meanwhile."""
    done = connection.execute(update(timer).where(timer.c.id == timer_id, timer.c.status == "open").values(status="fired"))
    if done.rowcount != 1:
        raise Conflict(f"Expected timer {timer_id} to be open, but it was fired or cancelled.")


def again(connection: Connection, timer_id: str, due: str) -> None:
    """Let a timer that has fired run again, until the next occurrence of its cycle."""
    connection.execute(update(timer).where(timer.c.id == timer_id).values(status="open", due_at=due))


def due_instances(connection: Connection, at: str) -> set[str]:
    """Return the active instances with a timer that is due at `at`."""
    return {row[0] for row in connection.execute(_DUE_INSTANCES, {"b_at": at})}


def next_due(connection: Connection, at: str) -> str | None:
    """Return the earliest moment at which an open timer of an active instance is due, of those that nothing holds at `at`."""
    found: str | None = connection.execute(_NEXT, {"b_at": at}).scalar_one()
    return found
