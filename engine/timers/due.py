"""The timers of an instance as rows: what has come due, and which instances to wake for it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from engine.kernel.errors import Conflict
from engine.storage.schema import instance, timer


def due_for(connection: Connection, instance_id: str, at: str) -> list[Row[Any]]:
    """Return the open timers of an instance that are due at `at`, earliest first."""
    query = select(timer).where(timer.c.instance == instance_id, timer.c.status == "open", timer.c.due_at <= at)
    return list(connection.execute(query.order_by(timer.c.due_at, timer.c.id)).all())


def fire(connection: Connection, timer_id: str) -> None:
    """Mark a timer fired. Raises Conflict when it was fired or cancelled meanwhile."""
    done = connection.execute(update(timer).where(timer.c.id == timer_id, timer.c.status == "open").values(status="fired"))
    if done.rowcount != 1:
        raise Conflict(f"Expected timer {timer_id} to be open, but it was fired or cancelled.")


def due_instances(connection: Connection, at: str) -> set[str]:
    """Return the active instances with a timer that is due at `at`."""
    query = (
        select(timer.c.instance)
        .join(instance, instance.c.id == timer.c.instance)
        .where(timer.c.status == "open", timer.c.due_at <= at, instance.c.status == "active")
    )
    return {row[0] for row in connection.execute(query)}


def next_due(connection: Connection) -> str | None:
    """Return the earliest moment at which an open timer of an active instance is due."""
    query = (
        select(func.min(timer.c.due_at))
        .join(instance, instance.c.id == timer.c.instance)
        .where(timer.c.status == "open", instance.c.status == "active")
    )
    found: str | None = connection.execute(query).scalar_one()
    return found
