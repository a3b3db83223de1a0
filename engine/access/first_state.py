"""Seals what stood when the history began to tell of rows (engine/history/baseline.py), as the system's own act."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from engine.access.authorise import Standing
from engine.access.sealing import seal
from engine.history.baseline import tell_what_stands
from engine.history.transaction import Transaction
from engine.kernel.actor import SYSTEM

_STANDING = Standing(policy="system", actor={"type": SYSTEM.type.value, "id": SYSTEM.id, "name": SYSTEM.id, "post": None})


def record_what_stands(connection: Connection, now: datetime) -> None:
    """Record the told rows of a database from before as they stand; of any other, and a second time, nothing."""
    transaction = Transaction(connection=connection, now=now, actor=SYSTEM)
    tell_what_stands(transaction)
    seal([(transaction, _STANDING, f"upgrade:{transaction.new_id()}")])
