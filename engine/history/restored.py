"""What a log says of the one before it: how far that one went before the database was restored from a backup (AUDIT.md 3, note 8).

It is told by the first record of the log that goes on, which is signed and checked like any other.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from engine.history.record import opened
from engine.storage.schema import history_record

RESTORED = "database.restored"


def gone_since(connection: Connection, head: Row[Any]) -> int:
    """Return up to which record the log of `head` went before the restore that ended it; 0 when its successor does not say so."""
    first = select(history_record.c.body).where(history_record.c.log == head.succeeded_by, history_record.c.seq == 1)
    body = connection.execute(first).scalar_one_or_none()
    try:
        sealed = opened(body or b"{}")
        told = {change["field"]: change["old"] for change in sealed["changes"]}
        if sealed["action"] != RESTORED or told[f"head of {head.log}"] != {"seq": head.seq, "record_hash": head.record_hash}:
            return 0
        return int(told[f"records of {head.log} that are gone"]["up_to"])
    except (ValueError, KeyError, TypeError):
        return 0
