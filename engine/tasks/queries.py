"""One user task, read together with its instance."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, bindparam, select

from engine.history.transaction import Reading
from engine.storage.schema import instance, user_task

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
    .where(user_task.c.id == bindparam("b_id"))
)


def task_by_id(reading: Reading, task_id: str) -> Row[Any]:
    """Return the row of a user task with that of its instance. Raises NotFound."""
    missing = f"Expected the id of a task, but found {task_id!r}, which no task has."
    return reading.once((task_by_id, task_id), lambda: reading.row(_TASK, task_id, missing=missing))
