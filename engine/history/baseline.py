"""What stood when the history began to tell of rows: in a database from before, every told row is told of once, as it was found.

From then on it is checked like any other. What was done to it before is only in the older records' own words.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select

from engine.history.record import LOG, Fact, Subject, opened
from engine.history.state import plain
from engine.history.transaction import Transaction
from engine.storage.schema import history_record
from engine.storage.told import TOLD
from engine.storage.written import Written

TOLD_ONCE = "state.told"
ABOUT = Subject(type="database", id="state")
AT_ONCE = 100  # rows in one record
_FIRST = select(history_record.c.body).where(history_record.c.log == LOG, history_record.c.seq == 1)
_DONE = select(history_record.c.seq).where(history_record.c.subject == ABOUT.id, history_record.c.action == TOLD_ONCE).limit(1)
WHY = {"code": "upgrade", "text": "Bản ghi trước đây chưa ghi từng dòng dữ liệu; từ đây trở đi từng dòng được đối chiếu."}


def tell_what_stands(transaction: Transaction) -> None:
    """Record every told row as it stands, once, in a database whose first records tell of none."""
    if not _is_from_before(transaction.connection):
        return
    for rows in _standing(transaction.connection):
        transaction.record(Fact(action=TOLD_ONCE, subject=ABOUT, state=tuple(plain(rows)), reason=WHY))


def _is_from_before(connection: Connection) -> bool:
    first = connection.execute(_FIRST).scalar_one_or_none()
    return first is not None and b'"state":[' not in bytes(first) and opened(first)["v"] == 1 and connection.execute(_DONE).first() is None


def _standing(connection: Connection) -> Iterator[list[Written]]:
    for name, told in TOLD.items():
        for rows in connection.execute(select(told.table).execution_options(yield_per=AT_ONCE)).mappings().partitions():
            yield [Written(table=name, key=told.key_of(row), old=None, new=told.filled(row)) for row in rows]
