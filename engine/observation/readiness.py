"""Whether this installation can do its work now: one check a question, each answered in one sentence that anybody may read."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from engine.door import Door
from engine.history.places import ITSELF
from engine.kernel.clock import from_stamp
from engine.storage.database import head_revision, revision
from engine.storage.revisions import known_revisions
from engine.storage.schema import checkpoint, checkpoint_place, worker

ROOM = 200 * 1024 * 1024  # bytes that a disk must have left
SILENCE = timedelta(seconds=60)  # after which a worker counts as gone
_FAILED = select(checkpoint_place).where(checkpoint_place.c.error.is_not(None)).order_by(checkpoint_place.c.place).limit(1)  # the log itself first
_SEALED = select(func.max(checkpoint.c.made_at))
_LAST_SWEEP = select(func.max(worker.c.swept_at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The answer to one question. `needed`: without it no work gets done here."""

    ok: bool
    sentence: str
    needed: bool = True


def readiness(door: Door) -> dict[str, Check]:
    """Return the checks by name; the installation is ready when all that are needed are. Never raises for what the checks are about."""
    return {name: _answer(check, door) for name, check in CHECKS.items()}


def _answer(check: Callable[[Door], Check], door: Door) -> Check:
    try:
        return check(door)
    except DBAPIError:  # what the driver says names hosts and users: it belongs into the log, not here
        return Check(ok=False, sentence="Expected an answer of the database, but it gave none. Start its server, or make room on its disk.")


def _database(door: Door) -> Check:
    with door.database.reading() as connection:
        connection.execute(select(1))
    return Check(ok=True, sentence=f"The database ({door.database.dialect}) answers.")


def _schema(door: Door) -> Check:
    found, wanted = revision(door.database), _wanted()
    if found == wanted:
        return Check(ok=True, sentence=f"The schema is at revision {wanted}, as this program wants it.")
    if found is not None and found not in _known():  # upgraded since we began; an upgrade only adds (decision 0023), so we may go on
        return Check(ok=True, sentence=f"The schema was upgraded to revision {found} while this process runs. Start it again with the new version.")
    remedy = "Bring it to this version with `chidao db upgrade`, or start the program that fits it."
    return Check(ok=False, sentence=f"Expected the schema at revision {wanted}, but found {found or 'none'}. {remedy}")


@cache
def _known() -> frozenset[str]:
    return frozenset(known_revisions())


@cache
def _wanted() -> str:
    return head_revision()  # reads every migration, and never changes in a process


def _worker(door: Door) -> Check:
    with door.database.reading() as connection:
        swept = connection.execute(_LAST_SWEEP).scalar_one()
    remedy = "Start `chidao worker`, or `chidao serve` with its worker."
    if swept is None:
        return Check(ok=False, sentence=f"Expected a worker to look for work, but there is none. {remedy}")
    silent = door.clock.now() - from_stamp(swept)
    if silent > SILENCE:
        return Check(ok=False, sentence=f"Expected a worker to look for work every few seconds, but none has for {silent.total_seconds():.0f} s. {remedy}")
    return Check(ok=True, sentence=f"A worker looked for work {max(0.0, silent.total_seconds()):.0f} s ago.")


def _disk(door: Door) -> Check:
    place = door.database.file.parent if door.database.file else Path(tempfile.gettempdir())
    left = shutil.disk_usage(place).free
    if left < ROOM:
        sentence = f"Expected {ROOM // 2**20} MB left on the disk, but found {left // 2**20} MB. Make room before work is refused."
        return Check(ok=False, sentence=sentence)
    return Check(ok=True, sentence=f"The disk has {left // 2**20} MB left.")


def _seal(door: Door) -> Check:
    """Say whether checkpoints come to their places. Work goes on when they do not: somebody has to look, but nothing is unready."""
    with door.database.reading() as connection:
        failed = connection.execute(_FAILED).first()
        last = connection.execute(_SEALED).scalar_one()
    if failed is not None:
        where = "No checkpoint of the history is made" if failed.place == ITSELF else "Checkpoints of the history do not come to one of their places"
        return Check(ok=False, sentence=f"{where} since {failed.failed_at}. See `chidao doctor`.", needed=False)
    told = f"The last checkpoint of the history was made at {last}." if last else "No checkpoint of the history was made yet."
    return Check(ok=True, sentence=told, needed=False)


CHECKS: Mapping[str, Callable[[Door], Check]] = {"database": _database, "schema": _schema, "worker": _worker, "disk": _disk, "seal": _seal}
