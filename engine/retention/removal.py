"""What a disposal takes away of a cascade: the bodies of its records, its rows, the documents that nothing else refers to.

What stays says so: a stub for each record under its old hash, the directives with number, code and date, the numbers of the registers.
The record of the disposal tells how the rows stand from then on, since what told of them before is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from engine.history.disposed import Gone, left_of, spans_of
from engine.history.log import columns_of
from engine.history.record import LOG, opened
from engine.history.series import members
from engine.history.state import settled, written_in
from engine.history.stub import is_stub, stub_of
from engine.history.transaction import Transaction
from engine.retention.belongings import GO, going, last_first, loose_ends, of_cascade
from engine.storage.schema import (
    directive,
    document,
    draft,
    history_record,
    history_stream,
    metadata,
    register_entry,
    user_task,
)
from engine.storage.told import TOLD
from engine.storage.written import Written

WITHHELD = "(đã tiêu hủy theo thời hạn bảo quản)"  # in place of a subject, for whoever opens a page or prints a register
ABOUT_KEEPING = ("disposal", "erasure", "hold")  # records about these stay whole
AT_ONCE = 500  # records, or ids, in one statement
_WITHHOLD = (
    update(history_record)
    .where(history_record.c.log == bindparam("b_log"), history_record.c.seq == bindparam("b_seq"))
    .values(
        body=bindparam("b_body"),
        actor=bindparam("b_actor"),
        subject_type=bindparam("b_subject_type"),
        subject=bindparam("b_subject"),
        instance=bindparam("b_instance"),
    )
)
_ENTRY = {"subject": WITHHELD, **dict.fromkeys(("author", "signer", "handed_to", "handed_on", "note"))}
Row = tuple[str, str]  # table, key


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What went: of each log which records; the digests of documents. `shared`: how many records stay because another directive needs them."""

    logs: tuple[Gone, ...]
    documents: tuple[str, ...]
    shared: int

    @property
    def records(self) -> int:
        """How many records lost their bodies."""
        return sum(each.count for each in self.logs)


def remove(transaction: Transaction, root: str, disposal: str, *, over: frozenset[str]) -> Removed:
    """Take away what belongs to a cascade. `over`: the roots that are disposed of, this one among them: a record of several goes with the last."""
    connection, bodies = transaction.connection, _Bodies()
    logs = tuple(gone for log in members(connection, LOG) if (gone := bodies.withhold(connection, log.log, root, disposal, over)))
    mentioned = bodies.documents | set(_documents_of(connection, root))
    began = len(transaction.noticed.rows)
    _remove_rows(connection, root)
    _settle(transaction, bodies.rows, began)
    unneeded = tuple(sorted(_unneeded(connection, mentioned)))
    for start in range(0, len(unneeded), AT_ONCE):
        connection.execute(delete(document).where(document.c.sha256.in_(unneeded[start : start + AT_ONCE])))
    return Removed(logs=logs, documents=unneeded, shared=bodies.shared)


class _Bodies:
    """The bodies that go: what they told of rows and documents has to be known before."""

    def __init__(self) -> None:
        self.rows: dict[Row, None] = {}
        self.documents: set[str] = set()
        self.shared = 0

    def withhold(self, connection: Connection, log: str, root: str, disposal: str, over: frozenset[str]) -> Gone | None:
        """Leave a stub of each record of the cascade in a log; None when there is none of it."""
        wanted = select(history_stream.c.seq).where(history_stream.c.log == log, history_stream.c.stream == root).order_by(history_stream.c.seq)
        numbers, gone = connection.execute(wanted).scalars().all(), list[int]()
        for start in range(0, len(numbers), AT_ONCE):
            stubs = list(self._stubs(_records(connection, log, numbers[start : start + AT_ONCE]), disposal, over))
            if stubs:
                connection.execute(_WITHHOLD, stubs)
                gone += [each["b_seq"] for each in stubs]
        return left_of(connection, log, spans_of(gone)) if gone else None

    def _stubs(self, rows: Iterable[Any], disposal: str, over: frozenset[str]) -> Iterator[dict[str, Any]]:
        for row in rows:
            if is_stub(row.body):
                continue
            sealed = opened(row.body)
            if sealed["subject"]["type"] in ABOUT_KEEPING:
                continue
            if not {each["id"] for each in sealed["streams"]} <= over:
                self.shared += 1
                continue
            self.rows |= {(told.table, told.key): None for told in written_in(sealed)}
            self.documents |= {str(each["sha256"]) for each in sealed["documents"] if each.get("sha256")}
            stub = stub_of(sealed, disposal)
            columns = columns_of(opened(stub))
            yield {"b_log": row.log, "b_seq": row.seq, "b_body": stub, **{f"b_{name}": columns[name] for name in ("actor", "subject_type", "subject", "instance")}}


def _records(connection: Connection, log: str, numbers: Sequence[int]) -> Sequence[Any]:
    columns = history_record.c
    query = select(columns.log, columns.seq, columns.body).where(columns.log == log, columns.seq.in_(numbers)).order_by(columns.seq)
    return connection.execute(query).all()


def _remove_rows(connection: Connection, root: str) -> None:
    tasks = select(user_task.c.id).where(going(user_task, root))
    connection.execute(delete(draft).where(draft.c.place.in_(select("task:" + tasks.subquery().c.id))))
    entries = register_entry.c.directive.in_(select(directive.c.id).where(of_cascade(root)))
    connection.execute(update(register_entry).where(entries).values(**_ENTRY))
    for table, field, target in loose_ends():
        named = select(target.c.id).where(going(target, root))
        connection.execute(update(table).where(field.in_(named)).values({field.key: None}))
    for table in last_first():
        connection.execute(delete(table).where(going(table, root)))
    connection.execute(update(directive).where(of_cascade(root)).values(subject=WITHHELD, reading=None, document=None))


def _settle(transaction: Transaction, told: dict[Row, None], began: int) -> None:
    """Have the record say how each row stands now that was written here, or told of in a body that is gone; nothing of what it was."""
    written: dict[Row, None] = {(each.table, each.key): None for each in transaction.noticed.rows[began:]}
    by_table: dict[str, list[str]] = {}
    for table, key in sorted(written | told):
        by_table.setdefault(table, []).append(key)
    rows = [row for table, keys in by_table.items() for row in _as_they_stand(transaction.connection, table, keys)]
    transaction.noticed.rows[began:] = rows


def _as_they_stand(connection: Connection, table: str, keys: list[str]) -> Iterator[Written]:
    told = TOLD[table]
    there: dict[str, Written] = {}
    for start in range(0, len(keys), AT_ONCE):
        part = keys[start : start + AT_ONCE]
        query = select(told.table).where(told.table.c[told.key[0]].in_([key.partition("/")[0] for key in part]))
        for row in connection.execute(query).mappings():
            there[told.key_of(row)] = Written(table=table, key=told.key_of(row), old={}, new=told.filled(row))
    for key in keys:
        yield there.get(key) or settled(Written(table=table, key=key, old=None, new=None))


def _documents_of(connection: Connection, root: str) -> Iterator[str]:
    """Yield the digests that the rows of a cascade refer to."""
    for table in metadata.sorted_tables:
        for field in _references(table):
            theirs = of_cascade(root) if table is directive else going(table, root) if table.name in GO else None
            if theirs is not None:
                yield from connection.execute(select(field).where(theirs, field.is_not(None))).scalars()


def _unneeded(connection: Connection, digests: Iterable[str]) -> Iterator[str]:
    """Yield those documents that are stored, and that no row that stays refers to: by a reference, or in what a form holds."""
    for digest in sorted(set(digests)):
        if connection.execute(select(document.c.sha256).where(document.c.sha256 == digest)).first() is None:
            continue
        references = (select(field).where(field == digest).limit(1) for table in metadata.sorted_tables for field in _references(table))
        in_forms = select(user_task.c.id).where(user_task.c.data.contains(digest)).limit(1)
        if not any(connection.execute(query).first() for query in (*references, in_forms)):
            yield digest


def _references(table: Any) -> Iterator[Any]:
    for field in table.columns:
        if any(reference.column.table is document for reference in field.foreign_keys):
            yield field
