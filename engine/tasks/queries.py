"""The lists that people work from: what is open for a person, and one task with its form."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from engine.history.transaction import Reading
from engine.kernel.errors import NotFound
from engine.storage.schema import holding, instance, post, post_role, user_task

_TASK = (
    select(
        user_task,
        instance.c.roots,
        instance.c.definition_version,
        instance.c.business_key,
        instance.c.directive,
        instance.c.period,
        instance.c.state,
        instance.c.ver,
        instance.c.status.label("instance_status"),
    )
    .join(instance, instance.c.id == user_task.c.instance)
    .where(user_task.c.id == bindparam("b_task"))
)


def task_by_id(reading: Reading, task_id: str) -> Row[Any]:
    """Return the row of a user task with that of its instance. Raises NotFound."""
    row: Row[Any] | None = reading.seen.get(task_id)
    if row is None:
        row = reading.connection.execute(_TASK, {"b_task": task_id}).one_or_none()
    if row is None:
        raise NotFound(f"Expected the id of a task, but found {task_id!r}, which no task has.")
    reading.seen[task_id] = row
    return row


def open_tasks(connection: Connection, person_id: str, day: date) -> list[Row[Any]]:
    """Return the open tasks that a person may complete on `day`: claimed by them, or free in a lane they hold."""
    today = day.isoformat()
    lanes = (
        select(post.c.organisation, post_role.c.role)
        .join(post_role, post_role.c.post == post.c.id)
        .join(holding, holding.c.post == post.c.id)
        .where(holding.c.person == person_id, holding.c.valid_from <= today)
        .where((holding.c.valid_to.is_(None)) | (holding.c.valid_to >= today))
        .distinct()
        .subquery()
    )
    query = (
        select(user_task)
        .join(lanes, (lanes.c.organisation == user_task.c.organisation) & (lanes.c.role == user_task.c.role))
        .where(user_task.c.status == "open")
        .where((user_task.c.assignee.is_(None)) | (user_task.c.assignee == person_id))
        .order_by(user_task.c.due_at, user_task.c.created_at, user_task.c.id)
    )
    return list(connection.execute(query).all())
