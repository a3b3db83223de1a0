"""Read an instance with what it runs, for deciding."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from engine.definitions.repository import definition
from engine.instances.cases import Case
from engine.kernel.errors import NotFound, Refused
from engine.storage.schema import instance


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """An instance as it was read: its case, its state and the version that guards it."""

    case: Case
    state: bytes
    version: int


_INSTANCE = select(instance).where(instance.c.id == bindparam("b_instance"))
_INSTANCES = select(instance).where(instance.c.id.in_(bindparam("b_instances", expanding=True)))


def load(connection: Connection, instance_id: str) -> Loaded:
    """Return an active instance. Raises NotFound, or Refused when it has ended."""
    return loaded(connection, instance_id, connection.execute(_INSTANCE, {"b_instance": instance_id}).one_or_none())


def rows_of(connection: Connection, instances: Sequence[str]) -> dict[str, Row[Any]]:
    """Return the rows of several instances, for `loaded`."""
    return {row.id: row for row in connection.execute(_INSTANCES, {"b_instances": instances})}


def loaded(connection: Connection, instance_id: str, row: Row[Any] | None) -> Loaded:
    """Return an active instance whose row was read. Raises NotFound, or Refused when it has ended."""
    if row is None:
        raise NotFound(f"Expected the id of an instance, but found {instance_id!r}, which nobody has.")
    return _active(connection, row, instance_id, row.status)


def load_of_task(connection: Connection, task: Row[Any]) -> Loaded:
    """Return the instance of a task that was read together with it. Raises Refused when it is not active."""
    return _active(connection, task, task.instance, task.instance_status)


def _active(connection: Connection, row: Row[Any], instance_id: str, status: str) -> Loaded:
    if status != "active":
        raise Refused(f"Expected instance {instance_id} to be active, but it is {status!r}.")
    return Loaded(case=case_in(connection, row, instance_id), state=bytes(row.state), version=row.ver)


def case_of(connection: Connection, instance_id: str) -> Case:
    """Return the case of an instance, whatever its status."""
    return case_in(connection, connection.execute(_INSTANCE, {"b_instance": instance_id}).one(), instance_id)


def case_in(connection: Connection, row: Row[Any], instance_id: str) -> Case:
    """Return the case of an instance, of which at least its own columns were read."""
    return Case(
        id=instance_id,
        deployment=definition(connection, row.definition_version),
        organisation=row.organisation,
        business_key=row.business_key,
        directive=row.directive,
        period=row.period,
        roots=tuple(json.loads(row.roots)),
    )
