"""The embedded worker: one sweep does everything that is due now, in the order in which it became due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from engine.door import Door
from engine.instances.commands import AdvanceInstance, StartInstance
from engine.instances.operations import RaiseIncident, RunOperation
from engine.kernel.actor import SYSTEM
from engine.kernel.calendar import start_of_day
from engine.kernel.clock import from_stamp, local_date, stamp
from engine.kernel.errors import EngineError, InvalidInput, NotFound, Refused, StepFailed
from engine.kernel.ids import new_id
from engine.messages.inbox import unread_starts, waiting_instances
from engine.reports.periods import OpenPeriods, due_obligations, next_opening
from engine.storage.schema import instance, operation
from engine.timers.due import due_instances, next_due

_OPERATIONS = (
    select(operation.c.id, operation.c.instance, operation.c.element)
    .join(instance, instance.c.id == operation.c.instance)
    .where(operation.c.status == "open", instance.c.status == "active")
    .order_by(operation.c.created_at, operation.c.id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """One due piece of work: the command, and the instance to stop when it cannot be done."""

    command: Any
    instance: str | None
    element: str = ""


class Poller:
    """Sweeps a database through its door."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def drain(self) -> int:
        """Sweep until nothing is due; return the number of commands done."""
        done = 0
        while progress := sum(self._do(work) for work in self._due()):
            done += progress
        return done

    def next_moment(self) -> datetime | None:
        """Return when something will next become due by time alone; None when nothing will."""
        with self._door.database.reading() as connection:
            timer, opening = next_due(connection), next_opening(connection, local_date(self._door.clock.now()))
        moments = [from_stamp(timer)] if timer else []
        if opening is not None:
            moments.append(start_of_day(opening))
        return min(moments, default=None)

    def _due(self) -> list[_Work]:
        now = self._door.clock.now()
        with self._door.database.reading() as connection:
            starts = [_Work(command=StartInstance(message=row.id), instance=None) for row in unread_starts(connection)]
            operations = [
                _Work(command=RunOperation(operation=row.id), instance=row.instance, element=row.element)
                for row in connection.execute(_OPERATIONS)
            ]
            waiting = waiting_instances(connection) | due_instances(connection, stamp(now))
            advances = [_Work(command=AdvanceInstance(instance=entry), instance=entry) for entry in sorted(waiting)]
            opening = bool(due_obligations(connection, local_date(now)))
        periods = [_Work(command=OpenPeriods(), instance=None)] if opening else []
        return starts + operations + advances + periods

    def _do(self, work: _Work) -> int:
        try:
            answer = self._door.execute(work.command, SYSTEM, key=f"worker:{new_id(self._door.clock.now())}")
        except (StepFailed, InvalidInput, NotFound, Refused) as error:
            return self._stop(work, error)
        return int(answer.get("advanced", True))

    def _stop(self, work: _Work, error: EngineError) -> int:
        """Stop the instance that cannot go on, so that the others do; without one the fault is the operator's."""
        if work.instance is None:
            raise error
        incident = RaiseIncident(instance=work.instance, element=work.element, message=error.message)
        self._door.execute(incident, SYSTEM, key=f"incident:{new_id(self._door.clock.now())}")
        return 1
