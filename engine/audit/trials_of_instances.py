"""A trial from what really happened: the finished cases of a process, and the scenario of one of them without people and offices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from engine.audit.recording import record_instance
from engine.history.transaction import Reading
from engine.kernel.errors import NotFound, Refused
from engine.storage.schema import definition_version, instance

MOST = 30  # finished cases that are offered, the last first


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedInstances:
    """Ask for the cases of a process that have ended."""

    process: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordTrial:
    """Ask for the scenario of a case of `process` that has ended."""

    process: str
    instance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedInstance:
    """A case that has ended, without what it was about: a designer sees no content."""

    id: str
    version: int
    started_at: str
    ended_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedTrial:
    """A scenario, and where it differs from what happened, in sentences."""

    scenario: Mapping[str, Any]
    differences: tuple[str, ...]


_ENDED = (
    select(instance.c.id, instance.c.started_at, instance.c.ended_at, definition_version.c.version)
    .join(definition_version, definition_version.c.id == instance.c.definition_version)
    .where(definition_version.c.key == bindparam("b_process"), instance.c.status == "ended")
    .order_by(instance.c.ended_at.desc(), instance.c.id)
    .limit(MOST)
)
_ONE = (
    select(instance.c.id, instance.c.status)
    .join(definition_version, definition_version.c.id == instance.c.definition_version)
    .where(definition_version.c.key == bindparam("b_process"), instance.c.id == bindparam("b_instance"))
)


def answer_finished(query: FinishedInstances, reading: Reading) -> tuple[FinishedInstance, ...]:
    """List the finished cases, the last first."""
    rows = reading.connection.execute(_ENDED, {"b_process": query.process})
    return tuple(FinishedInstance(id=row.id, version=row.version, started_at=row.started_at, ended_at=row.ended_at) for row in rows)


def answer_recorded(query: RecordTrial, reading: Reading) -> RecordedTrial:
    """Record a finished case. Raises NotFound, Refused for one that still runs or was brought to another version on its way."""
    row = reading.connection.execute(_ONE, {"b_process": query.process, "b_instance": query.instance}).one_or_none()
    if row is None:
        raise NotFound(
            f"Expected a case of the process {query.process!r}, but it has none with the id {query.instance!r}. Choose one of the list."
        )
    if row.status != "ended":
        raise Refused("Expected a case that has ended, but this one still goes on. Choose one that has ended.")
    found = record_instance(reading.connection, row.id)
    return RecordedTrial(scenario=found.scenario, differences=found.differences)
