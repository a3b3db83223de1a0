"""The receipt for what somebody did: the number of its record and the beginning of its hash, to be kept and compared later.

Whoever has it can show that the record was there: a history in which another hash stands under this number was changed.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from engine.history.log import Receipt
from engine.history.record import opened
from engine.storage.schema import history_record

SHORT = 12  # hexadecimal digits of the hash: 48 bits, more than anybody finds a second record for without being noticed
_FEW = 50  # records of one person in which a repeated command's is looked for


def told(receipt: Receipt) -> dict[str, Any]:
    """Return a receipt as an answer has it."""
    return {"log": receipt.log, "record": receipt.seq, "hash": receipt.record_hash[:SHORT]}


def receipt_of(connection: Connection, *, key: str, actor: str, at: str) -> Receipt | None:
    """Return the receipt of a command that was executed before, for whoever sends it again; `at`: when it was."""
    columns = history_record.c
    query = select(columns.log, columns.seq, columns.record_hash, columns.body)
    query = query.where(columns.actor == actor, columns.recorded_at >= at, columns.outcome == "done").order_by(columns.recorded_at, columns.seq)
    for row in connection.execute(query.limit(_FEW)):
        if opened(row.body)["command"] == key:
            return Receipt(log=row.log, seq=row.seq, record_hash=row.record_hash)
    return None
