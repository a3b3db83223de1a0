"""What the history says about copies: that one was made, and that the database was made from one.

A database that was restored holds the records up to the backup; whatever came after them is gone. The log must not silently go on
(AUDIT.md 3, note 8): the record `database.restored` comes first, with the head that the backup ended with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from engine.history.log import append
from engine.history.record import Change, Circumstances, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.actor import SYSTEM
from engine.kernel.clock import stamp
from engine.kernel.ids import new_id
from engine.storage.portable import Manifest
from engine.storage.schema import history_record

BACKED_UP = "database.backed_up"
RESTORED = "database.restored"
_DATABASE = Subject(type="database", id="database")
_LAST = select(history_record.c.recorded_at).where(history_record.c.action == BACKED_UP).order_by(history_record.c.seq.desc()).limit(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordBackup:
    """Record that a backup was made: the file's name and digest, and the head of the history in it."""

    file: str
    sha256: str
    head: int
    rows: int
    made_at: str
    keys: bool


def decide_record_backup(command: RecordBackup, _reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Return what records the backup."""

    def apply(transaction: Transaction) -> dict[str, Any]:
        fields = ("file", "sha256", "head", "rows", "made_at", "keys")
        changes = tuple(Change(field=name, new=getattr(command, name)) for name in fields)
        transaction.record(Fact(action=BACKED_UP, subject=_DATABASE, changes=changes))
        return {"recorded": True}

    return apply


def record_restore(connection: Connection, manifest: Manifest, *, file: str, reason: str, breaks: int, now: datetime) -> None:
    """Append the record of a restore, in the transaction that wrote the rows: nothing else can come before it."""
    changes = [
        Change(field="file", new=file),
        Change(field="made_at", new=manifest.made_at),
        Change(field="program", new=manifest.program),
        Change(field="source", new=manifest.source),
        Change(field="breaks", new=breaks),
    ]
    changes += [Change(field=f"head of {head['log']}", old={"seq": head["seq"], "record_hash": head["record_hash"]}) for head in manifest.history]
    fact = Fact(action=RESTORED, subject=_DATABASE, changes=tuple(changes), reason={"code": "restore", "text": reason})
    identity = new_id(now)
    who = {"type": SYSTEM.type.value, "id": SYSTEM.id, "name": SYSTEM.id, "post": None}
    circumstances = Circumstances(
        recorded_at=stamp(now),
        actor=who,
        on_behalf_of=None,
        auth={"method": "command line"},
        policy="system",
        command=f"restore:{identity}",
        correlation=f"restore:{identity}",
    )
    append(connection, [fact], circumstances, [identity])


def last_backup(connection: Connection) -> str | None:
    """Return when the last backup was recorded; None when none ever was."""
    return connection.execute(_LAST).scalar_one_or_none()
