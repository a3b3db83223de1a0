"""The embedded worker: one sweep does everything that is due now, in the order in which it became due.

Whatever fails is held by its incident when the door returns, so it never stops the sweep and never makes others wait.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from engine.door import Door
from engine.instances.commands import AdvanceInstance, StartInstance
from engine.instances.incidents import PERIODS
from engine.instances.migration import MigrateBatch, running
from engine.instances.operations import RunOperation
from engine.kernel.actor import SYSTEM
from engine.kernel.calendar import start_of_day
from engine.kernel.clock import from_stamp, local_date, stamp
from engine.kernel.errors import Conflict, EngineError
from engine.kernel.ids import new_id
from engine.kernel.points import reach
from engine.messages.inbox import unread_starts, waiting_instances
from engine.reports.periods import OpenPeriods, due_obligations, next_opening
from engine.storage.holds import free, held_work, next_attempt
from engine.storage.schema import instance, operation
from engine.timers.due import due_instances, next_due

LIMIT = 500  # pieces of one kind in a sweep
TOGETHER = 25  # in one transaction: some 50 ms, which a person who completes a task meanwhile does not feel
SHORT = (StartInstance, RunOperation, AdvanceInstance)
_OPERATIONS = (
    select(operation.c.id)
    .join(instance, instance.c.id == operation.c.instance)
    .where(operation.c.status == "open", instance.c.status == "active", free(operation.c.id))
    .order_by(operation.c.created_at, operation.c.id)
    .limit(bindparam("b_limit"))
)


class Poller:
    """Sweeps a database through its door."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def drain(self) -> int:
        """Sweep until nothing is due; return the number of commands done."""
        done = 0
        failed: set[Any] = set()  # tried once until something else calls for another sweep
        while progress := sum(self._do_together([command for command in part if command not in failed], failed) for part in _parts(self._due())):
            done += progress
        return done

    def _do_together(self, commands: list[Any], failed: set[Any]) -> int:
        """Do several pieces of work in one transaction; what does not go through there is done by itself."""
        if len(commands) == 1:
            return self._do(commands[0], failed)
        keyed = {f"worker:{new_id(self._door.clock.now())}": command for command in commands}
        answers = self._door.execute_together(keyed, SYSTEM) if keyed else {}
        done = sum(int(answer.get("advanced", True)) for answer in answers.values())
        return done + sum(self._do(command, failed) for key, command in keyed.items() if key not in answers)

    def next_moment(self) -> datetime | None:
        """Return when something will next become due by time alone; None when nothing will."""
        now = self._door.clock.now()
        with self._door.database.reading() as connection:
            stamps = next_due(connection, stamp(now)), next_attempt(connection)
            try:
                opening = next_opening(connection, local_date(now))
            except EngineError:
                opening = None  # the sweep makes an incident of it, whose next attempt is the moment
        moments = [from_stamp(each) for each in stamps if each]
        if opening is not None:
            moments.append(start_of_day(opening))
        return min(moments, default=None)

    def _due(self) -> list[Any]:
        now = self._door.clock.now()
        at = stamp(now)
        with self._door.database.reading() as connection:
            starts = [StartInstance(message=row.id) for row in unread_starts(connection, at, LIMIT)]
            operations = [RunOperation(operation=row.id) for row in connection.execute(_OPERATIONS, {"b_limit": LIMIT, "b_at": at})]
            waiting = waiting_instances(connection, at) | due_instances(connection, at)
            advances = [AdvanceInstance(instance=entry) for entry in sorted(waiting)[:LIMIT]]
            held = held_work(connection, at)
            periods = [OpenPeriods()] if PERIODS not in held and _periods_due(connection, now) else []
            migrations = [MigrateBatch(migration=entry) for entry in running(connection) if entry not in held]
        reach("worker.found")
        return [*starts, *operations, *advances, *periods, *migrations]

    def _do(self, command: Any, failed: set[Any]) -> int:
        """Do one piece of work. Return 1 when it, or at least its incident, has come into the database."""
        try:
            answer = self._door.execute(command, SYSTEM, key=f"worker:{new_id(self._door.clock.now())}")
        except Conflict:
            return 0  # other workers are at it
        except EngineError:
            failed.add(command)
            return 1  # recorded by the door: held, or done by somebody else
        return int(answer.get("advanced", True))


def _parts(commands: list[Any]) -> Iterator[list[Any]]:
    """Yield what is done in one transaction: short pieces together, long ones each by itself."""
    short = [command for command in commands if isinstance(command, SHORT)]
    yield from (short[first : first + TOGETHER] for first in range(0, len(short), TOGETHER))
    yield from ([command] for command in commands if not isinstance(command, SHORT))


def _periods_due(connection: Connection, now: datetime) -> bool:
    """Tell whether periods are to be opened. Whether that can be told at all, opening them will say."""
    try:
        return bool(due_obligations(connection, local_date(now)))
    except EngineError:
        return True
