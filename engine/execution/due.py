"""What is due, as the commands that do it: everything, or what stands at the rows that wake-ups name; and when more will be."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, select

from engine.audit.texts import KeepTexts, behind
from engine.effects.digests import SendDigests, digests_due
from engine.instances.commands import AdvanceInstance, StartInstance
from engine.instances.incidents import DIGESTS, PERIODS, TEXTS
from engine.instances.migration import MigrateBatch, running
from engine.instances.operations import RunOperation
from engine.kernel.calendar import start_of_day
from engine.kernel.clock import from_stamp, local_date, stamp
from engine.kernel.errors import EngineError
from engine.messages.inbox import awaited_messages, subscribers_of, unread_starts, waiting_instances, waiting_of
from engine.reports.deferring import ALL
from engine.reports.periods import OpenPeriods, due_obligations, next_opening
from engine.storage.holds import OPEN, free, held_work, next_attempt
from engine.storage.schema import instance, operation
from engine.storage.wake_ups import Due, key_of, rows_of
from engine.timers.due import due_instances, next_due

LIMIT = 500  # pieces of one kind in a sweep
_AMONG: BindParameter[str] = bindparam("b_among", expanding=True)
_OPERATIONS = (
    select(operation.c.id)
    .join(instance, instance.c.id == operation.c.instance)
    .where(operation.c.status == OPEN, instance.c.status == "active", free(operation.c.id))
    .order_by(operation.c.created_at, operation.c.id)
    .limit(bindparam("b_limit"))
)
_OPERATIONS_AMONG = _OPERATIONS.where(operation.c.id.in_(_AMONG))


def due_pieces(connection: Connection, now: datetime, *, limit: int = LIMIT) -> list[Any]:
    """Return the short pieces of work that are due and that nothing holds, in the order in which they became so."""
    at = stamp(now)
    starts = [StartInstance(message=row.id) for row in unread_starts(connection, at, limit)]
    operations = [RunOperation(operation=row.id) for row in connection.execute(_OPERATIONS, {"b_limit": limit, "b_at": at})]
    waiting = waiting_instances(connection, at) | due_instances(connection, at)
    return [*starts, *operations, *(AdvanceInstance(instance=entry) for entry in sorted(waiting)[:limit])]


def due_at(connection: Connection, now: datetime, keys: Sequence[str]) -> list[Any]:
    """Return the work that is due at the rows that `keys` name: none, when it was done before."""
    at = stamp(now)
    starts, operations = rows_of(keys, Due.START), rows_of(keys, Due.OPERATION)
    found: list[Any] = []
    if starts:
        found += [StartInstance(message=row.id) for row in unread_starts(connection, at, len(starts), among=starts)]
    if operations:
        asked = {"b_limit": len(operations), "b_at": at, "b_among": operations}
        found += [RunOperation(operation=row.id) for row in connection.execute(_OPERATIONS_AMONG, asked)]
    instances = set(rows_of(keys, Due.INSTANCE)) | who_waits(connection, keys)
    if instances:
        among = sorted(instances)
        waiting = waiting_of(connection, at, among) | due_instances(connection, at, among=among)
        found += [AdvanceInstance(instance=entry) for entry in sorted(waiting)]
    if rows_of(keys, Due.TEXTS):
        found += due_texts(connection, now)
    wanted = {row for kind in (Due.MIGRATION, Due.PERIODS, Due.DIGESTS) for row in rows_of(keys, kind)}
    return found + [chore for chore in due_chores(connection, now) if _key(chore).partition(":")[2] in wanted] if wanted else found


def who_waits(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Return the instances that wait for one of the messages that the keys name."""
    messages = rows_of(keys, Due.MESSAGE)
    return subscribers_of(connection, messages) if messages else set()


def besides(connection: Connection, keys: Iterable[str], known: Container[str]) -> list[str]:
    """Return the keys, in order, that `known` leaves out: also an instance is known by a message for which it waits."""
    left = sorted(key for key in keys if key not in known)
    instances = rows_of(left, Due.INSTANCE)
    if not instances:
        return left
    awaited = awaited_messages(connection, instances)
    covered = {key_of(Due.INSTANCE, entry) for entry, message in awaited if key_of(Due.MESSAGE, message) in known}
    return [key for key in left if key not in covered]


def due_chores(connection: Connection, now: datetime) -> list[Any]:
    """Return the work of the whole installation that is due: periods to open, morning mails, migrations to go on with."""
    held = held_work(connection, stamp(now))
    periods = [OpenPeriods()] if PERIODS not in held and _periods_due(connection, now) else []
    digests = [SendDigests()] if DIGESTS not in held and digests_due(connection, now) else []
    return [*periods, *digests, *(MigrateBatch(migration=entry) for entry in running(connection) if entry not in held)]


def due_texts(connection: Connection, now: datetime) -> list[Any]:
    """Return what keeps the texts of the search: due when the history has gone on. It alone may wait for everything else."""
    return [KeepTexts()] if behind(connection) and TEXTS not in held_work(connection, stamp(now)) else []


def keys_of(pieces: Iterable[Any]) -> list[str]:
    """Return the keys of the rows at which the pieces are found."""
    return [_key(piece) for piece in pieces]


def _key(piece: Any) -> str:
    match piece:
        case StartInstance():
            return key_of(Due.START, piece.message)
        case RunOperation():
            return key_of(Due.OPERATION, piece.operation)
        case OpenPeriods():
            return key_of(Due.PERIODS, ALL)
        case SendDigests():
            return key_of(Due.DIGESTS, DIGESTS)
        case KeepTexts():
            return key_of(Due.TEXTS, TEXTS)
        case MigrateBatch():
            return key_of(Due.MIGRATION, piece.migration)
        case _:
            return key_of(Due.INSTANCE, piece.instance)


def next_moment(connection: Connection, now: datetime) -> datetime | None:
    """Return when something will next become due by time alone; None when nothing will."""
    stamps = next_due(connection, stamp(now)), next_attempt(connection)
    try:
        opening = next_opening(connection, local_date(now))
    except EngineError:
        opening = None  # the sweep makes an incident of it, whose next attempt is the moment
    moments = [from_stamp(each) for each in stamps if each]
    if opening is not None:
        moments.append(start_of_day(opening))
    return min(moments, default=None)


def _periods_due(connection: Connection, now: datetime) -> bool:
    """Tell whether periods are to be opened. Whether that can be told at all, opening them will say."""
    try:
        return bool(due_obligations(connection, local_date(now)))
    except EngineError:
        return True
