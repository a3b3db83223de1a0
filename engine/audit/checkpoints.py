"""That a checkpoint was made: its row, for whoever cites it, and a record in the history, whatever log it is about.

The record of a checkpoint does not call for another one: it comes under the next, which other records call for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from engine.history.growth import MADE, last_size
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.errors import Refused
from engine.storage.schema import checkpoint, history_head


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCheckpoint:
    """Keep a checkpoint that was signed. `root`: hexadecimal; `frontier`: the edge of its tree, as growth.py keeps it; `offset_ms`: of the clock,
    from a server of the time, which stands in the records to come; None when it was not asked."""

    log: str
    size: int
    root: str
    note: str
    frontier: str
    offset_ms: int | None = None


def decide_record_checkpoint(command: RecordCheckpoint, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Return what keeps a checkpoint; nothing, when another worker was faster. Raises `Refused` for a second root of one size."""
    known = select(checkpoint.c.root).where(checkpoint.c.log == command.log, checkpoint.c.size == command.size)
    before = reading.connection.execute(known).scalar_one_or_none()
    if before not in {None, command.root}:
        raise Refused(
            f"Expected the root {before} of the first {command.size} records of {command.log}, as it was signed, but found {command.root}. "
            "The history was changed; run `chidao audit verify`."
        )
    if last_size(reading.connection, command.log) >= command.size:
        return lambda _transaction: {"made": False}

    def apply(transaction: Transaction) -> dict[str, Any]:
        row = {"log": command.log, "size": command.size, "root": command.root, "note": command.note, "frontier": command.frontier}
        transaction.connection.execute(insert(checkpoint).values(**row, made_at=transaction.at))
        going_on = update(history_head).where(history_head.c.succeeded_by.is_(None), history_head.c.offset_ms.is_distinct_from(command.offset_ms))
        transaction.connection.execute(going_on.values(offset_ms=command.offset_ms))
        changes = (Change(field="size", new=command.size), Change(field="root", new=command.root))
        transaction.record(Fact(action=MADE, subject=Subject(type="log", id=command.log), changes=changes))
        return {"made": True}

    return apply
