"""How a log has grown since its last checkpoint, and the tree over it: read from the sealed bytes, in bounded memory.

A checkpoint is only ever made on top of one that our own key has signed. What the database says of it (its size, the edge of its
tree) counts only when it leads to the signed root, so that a changed database makes us stop, and sign nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, select

from engine.history.checkpoint import Checkpoint, open_checkpoint
from engine.history.merkle import Frontier
from engine.history.note import Verifier
from engine.history.series import CURRENT
from engine.history.stub import leaf_of
from engine.kernel.errors import InvalidInput
from engine.storage.schema import checkpoint, history_head, history_record

MADE = "checkpoint.made"
AFTER_RECORDS = 100
AFTER_SECONDS = 60.0
AT_ONCE = frozenset({  # a closing, an approval, what leaves the house: the record is under a checkpoint at once
    *("directive.closed", "directive.print", "consolidation.closed", "report.accepted", "report.print"),
    *("milestone.accepted", "milestone.approved", "extension.decided", "proposal.approved", "process.deployed"),
    *("dossier.exported", "history.exported", "database.backed_up", "database.restored", "key.renewed", "key.replaced"),
    *("directive.disposed", "value.erased"),
})
_PIECE = 1_000  # records in memory at a time
_NEWEST = select(checkpoint).where(checkpoint.c.log == bindparam("b_log")).order_by(checkpoint.c.size.desc()).limit(1)
_NEWEST_OF_ALL = select(checkpoint.c.note).where(checkpoint.c.log == CURRENT).order_by(checkpoint.c.size.desc()).limit(1)
_SINCE = (
    select(history_record.c.action, history_record.c.recorded_at)
    .where(history_record.c.log == bindparam("b_log"), history_record.c.seq > bindparam("b_seq"))
    .order_by(history_record.c.seq)
    .limit(AFTER_RECORDS)
)
_BODIES = (
    select(history_record.c.seq, history_record.c.body, history_record.c.record_hash)
    .where(history_record.c.log == bindparam("b_log"), history_record.c.seq > bindparam("b_first"), history_record.c.seq <= bindparam("b_last"))
    .order_by(history_record.c.seq)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The end of a log that goes on."""

    log: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What has come to a log since its last checkpoint. `since`: the moment of the first of these records."""

    records: int
    since: str | None
    at_once: bool

    def at(self, waited: float) -> bool:
        """Tell whether it is time for a checkpoint, `waited` seconds after the first of these records."""
        return self.records >= AFTER_RECORDS or self.at_once or (self.records > 0 and waited >= AFTER_SECONDS)


def heads(connection: Connection) -> list[Head]:
    """Return the logs that go on, with how many records each has."""
    query = select(history_head.c.log, history_head.c.seq).where(history_head.c.succeeded_by.is_(None)).order_by(history_head.c.log)
    return [Head(log=row.log, seq=row.seq) for row in connection.execute(query)]


def due(connection: Connection, log: str, size: int) -> Due:
    """Tell what came after the first `size` records; nothing, when it is only that checkpoints were made."""
    rows = connection.execute(_SINCE, {"b_log": log, "b_seq": size}).all()
    if all(row.action == MADE for row in rows):
        return Due(records=0, since=None, at_once=False)
    return Due(records=len(rows), since=rows[0].recorded_at, at_once=any(row.action in AT_ONCE for row in rows))


def last_size(connection: Connection, log: str) -> int:
    """Return how many records the last checkpoint in the database covers; 0 when there is none."""
    return int(connection.execute(select(func.max(checkpoint.c.size)).where(checkpoint.c.log == log)).scalar_one_or_none() or 0)


def latest_note(connection: Connection, log: str) -> str | None:
    """Return the signed note of a log's last checkpoint, as the database has it; None when there is none."""
    row = connection.execute(_NEWEST, {"b_log": log}).one_or_none()
    return row.note if row else None


def newest_note(connection: Connection) -> str | None:
    """Return the signed note of the last checkpoint of the history, whichever log goes on; None when there is none."""
    row = connection.execute(_NEWEST_OF_ALL).one_or_none()
    return row.note if row else None


def signed_tree(connection: Connection, log: str, known: Sequence[Verifier]) -> tuple[Checkpoint | None, Frontier]:
    """Return the last checkpoint that the database has of a log, and the tree to grow on with: an empty one when there is none.

    Raises `InvalidInput` when the checkpoint is signed by nobody we know, or what the database keeps beside it does not lead to its root.
    """
    row = connection.execute(_NEWEST, {"b_log": log}).one_or_none()
    if row is None:
        return None, Frontier()
    found = open_checkpoint(row.note, known)
    tree = Frontier(size=found.size, hashes=[bytes.fromhex(each) for each in json.loads(row.frontier)])
    if (found.origin, found.size) != (log, row.size) or len(tree.hashes) != tree.size.bit_count() or tree.root() != found.root:
        raise InvalidInput(
            f"Expected the tree of the checkpoint of {row.size} records of {log} as it was signed, but found another one in the database. "
            "No further checkpoint is made; run `chidao audit verify`."
        )
    return found, tree


def tree_of(connection: Connection, log: str, size: int) -> Frontier:
    """Return the tree over the first `size` records, from their bytes: for a checkpoint that the database no longer knows."""
    tree = Frontier()
    tree.extend(leaves(connection, log, 0, size))
    return tree


def leaves(connection: Connection, log: str, first: int, last: int) -> Iterator[bytes]:
    """Yield the leaf hashes of the records after `first` up to `last`. Raises `InvalidInput` where a record, or a stub's hash, is missing."""
    for start in range(first, last, _PIECE):
        rows = connection.execute(_BODIES, {"b_log": log, "b_first": start, "b_last": min(start + _PIECE, last)}).all()
        for expected, row in enumerate(rows, start=start + 1):
            if row.seq != expected:
                raise InvalidInput(_gap(log, expected))
            yield _leaf(log, row.seq, row.body, row.record_hash)
        if len(rows) != min(start + _PIECE, last) - start:
            raise InvalidInput(_gap(log, start + len(rows) + 1))


def _leaf(log: str, seq: int, body: bytes, record_hash: str) -> bytes:
    try:
        return bytes.fromhex(leaf_of(body, record_hash))
    except ValueError as error:
        raise InvalidInput(f"{log} record {seq}: {error}") from None


def kept_frontier(tree: Frontier) -> str:
    """Return the edge of a tree as the database keeps it."""
    return json.dumps([each.hex() for each in tree.hashes])


def _gap(log: str, seq: int) -> str:
    return f"Expected record {seq} of {log} after record {seq - 1}, but it is not there. No further checkpoint is made; run `chidao audit verify`."
