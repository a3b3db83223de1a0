"""How the work stands: what is due by kind, since when, what comes next, when a worker last looked, what is held."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select

from engine.door import Door
from engine.execution.due import next_moment
from engine.kernel.clock import from_stamp, stamp
from engine.storage.holds import UNRESOLVED, free
from engine.storage.schema import effect, inbox, incident, instance, operation, subscription, timer, worker
from engine.storage.wake_ups import Waking

SILENT = timedelta(seconds=60)  # a worker that has not looked for so long is counted no more


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The work at one moment. `due`: pieces that are due and that nothing holds, by kind; `oldest`: since when the first of them is."""

    at: datetime
    due: Mapping[str, int]
    oldest: datetime | None
    next_moment: datetime | None
    last_sweep: datetime | None  # None: no worker has ever looked
    workers: int  # that have looked within the last minute
    held: int  # incidents that wait for an administrator
    retrying: int  # incidents that are tried again by themselves
    waking: Waking

    @property
    def oldest_seconds(self) -> float:
        """For how long the oldest due piece has been waiting; 0 when nothing is due."""
        return max(0.0, (self.at - self.oldest).total_seconds()) if self.oldest else 0.0

    @property
    def sweep_seconds(self) -> float | None:
        """For how long no worker has looked; None when none ever has."""
        return max(0.0, (self.at - self.last_sweep).total_seconds()) if self.last_sweep else None


def status(door: Door) -> Status:
    """Return how the work of the door's database stands."""
    now = door.clock.now()
    with door.database.reading() as connection:
        queues = {kind: connection.execute(query, {"b_at": stamp(now)}).one() for kind, query in _QUEUES.items()}
        swept, workers = connection.execute(_WORKERS, {"b_since": stamp(now - SILENT)}).one()
        following = next_moment(connection, now)
        held, retrying = _incidents(connection)
    return Status(
        at=now,
        due={kind: found[0] for kind, found in queues.items()},
        oldest=min((from_stamp(found[1]) for found in queues.values() if found[1]), default=None),
        next_moment=following,
        last_sweep=from_stamp(swept) if swept else None,
        workers=workers or 0,
        held=held,
        retrying=retrying,
        waking=door.wake_ups.status(),
    )


def _incidents(connection: Connection) -> tuple[int, int]:
    query = select(func.count(), func.count(incident.c.next_attempt)).where(UNRESOLVED)
    whole, retrying = connection.execute(query).one()
    return whole - retrying, retrying


def _pieces(when: Any) -> Select[Any]:
    return select(func.count(), func.min(when))


_UNREAD = inbox.c.consumed_ver.is_(None) & free(inbox.c.id)
_AWAITED = (
    (subscription.c.message == inbox.c.name)
    & (subscription.c.key == inbox.c.key)
    & (subscription.c.kind == "message")
    & (inbox.c.organisation.is_(None) | (inbox.c.organisation == subscription.c.organisation))
)
_LIVE = instance.c.status == "active"
# A message for which nobody waits yet is no work that is due.
_QUEUES: Mapping[str, Select[Any]] = {
    "start": _pieces(inbox.c.created_at).where(_UNREAD, inbox.c.kind.in_(("start", "signal_start"))),
    "message": _pieces(inbox.c.created_at).select_from(inbox.join(subscription, _AWAITED)).where(_UNREAD, inbox.c.kind == "message"),
    "result": _pieces(inbox.c.created_at).where(_UNREAD, inbox.c.kind.in_(("result", "signal"))),
    "operation": _pieces(operation.c.created_at)
    .select_from(operation.join(instance, instance.c.id == operation.c.instance))
    .where(operation.c.status == "open", _LIVE, free(operation.c.id)),
    "timer": _pieces(timer.c.due_at)
    .select_from(timer.join(instance, instance.c.id == timer.c.instance))
    .where(timer.c.status == "open", timer.c.due_at <= bindparam("b_at"), _LIVE, free(timer.c.id)),
    "effect": _pieces(effect.c.next_at).where(effect.c.status == "open", effect.c.next_at <= bindparam("b_at")),
}
_SEEN = worker.c.swept_at >= bindparam("b_since")
_WORKERS = select(func.max(worker.c.swept_at), func.count().filter(_SEEN))
