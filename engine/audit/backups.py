"""What the history says about copies: that one was made, and that the database was made from one.

A database that was restored holds the records up to the backup; whatever came after them is gone. The log must not go on
(AUDIT.md 3, note 8): another one begins, whose first record, `database.restored`, cites the end of the one before, its last checkpoint,
and, where a place outside has a later one, which records are gone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from engine.history.checkpoint import checkpoint_of
from engine.history.growth import latest_note
from engine.history.key_periods import from_the_command_line
from engine.history.log import append_all
from engine.history.note import note_text
from engine.history.record import ACCESS_LOG, LOG, Change, Fact, Subject
from engine.history.series import begin_anew
from engine.history.transaction import Reading, Transaction
from engine.kernel.ids import new_id
from engine.storage.portable import Manifest
from engine.storage.schema import history_head, history_record

BACKED_UP = "database.backed_up"
RESTORED = "database.restored"
_DATABASE = Subject(type="database", id="database")
_LAST = select(history_record.c.recorded_at).where(history_record.c.action == BACKED_UP).order_by(history_record.c.recorded_at.desc(), history_record.c.seq.desc()).limit(1)


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


def record_restore(connection: Connection, manifest: Manifest, *, file: str, reason: str, breaks: int, now: datetime, witnessed: Mapping[str, str]) -> None:
    """Begin new logs, with the record of the restore as their first, in the transaction that wrote the rows: nothing else can come before it.

    `witnessed`: the last checkpoint of each log that any place outside has, as a signed note.
    """
    ended = connection.execute(select(history_head).where(history_head.c.succeeded_by.is_(None)).order_by(history_head.c.log)).all()
    begin_anew(connection, witnessed)
    changes = [
        Change(field="file", new=file),
        Change(field="made_at", new=manifest.made_at),
        Change(field="program", new=manifest.program),
        Change(field="source", new=manifest.source),
        Change(field="breaks", new=breaks),
    ]
    for head in ended:
        changes.append(Change(field=f"head of {head.log}", old={"seq": head.seq, "record_hash": head.record_hash}))
        changes.append(Change(field=f"checkpoint of {head.log}", old=latest_note(connection, head.log)))
        if head.log in witnessed and (size := checkpoint_of(note_text(witnessed[head.log])).size) > head.seq:
            changes.append(Change(field=f"records of {head.log} that are gone", old={"up_to": size, "checkpoint": witnessed[head.log]}, new={"up_to": head.seq}))
    fact = Fact(action=RESTORED, subject=_DATABASE, changes=tuple(changes), reason={"code": "restore", "text": reason})
    circumstances = from_the_command_line(now, "restore")
    for series in (LOG, ACCESS_LOG):
        append_all(connection, [(fact, circumstances)], [new_id(now)], log=series)


def last_backup(connection: Connection) -> str | None:
    """Return when the last backup was recorded; None when none ever was."""
    return connection.execute(_LAST).scalar_one_or_none()
