"""That a record stands in the tree of a signed checkpoint: its audit path (RFC 6962 section 2.1.1), from what the database keeps.

What is left of the record is read from the edge of an earlier tree, what is right of it from the hashes behind it, so that a proof
costs no more than the records between two checkpoints, however long the log is. Whether it holds, only the signed root tells.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Row, Select, bindparam, select

from engine.history.checkpoint import checkpoint_of
from engine.history.merkle import Frontier, root, verify_inclusion
from engine.history.note import note_text
from engine.kernel.errors import InvalidInput
from engine.storage.schema import checkpoint, history_record

REACH = 50_000  # records behind the record: the last checkpoint among them is the one to which the proof leads
_LATEST: Select[tuple[int, str]] = (
    select(checkpoint.c.size, checkpoint.c.note)
    .where(checkpoint.c.log == bindparam("b_log"), checkpoint.c.size >= bindparam("b_seq"), checkpoint.c.size <= bindparam("b_last"))
    .order_by(checkpoint.c.size.desc())
    .limit(1)
)
_FIRST: Select[tuple[int, str]] = (
    select(checkpoint.c.size, checkpoint.c.note)
    .where(checkpoint.c.log == bindparam("b_log"), checkpoint.c.size >= bindparam("b_seq"))
    .order_by(checkpoint.c.size)
    .limit(1)
)
_BEFORE = (
    select(checkpoint.c.size, checkpoint.c.root, checkpoint.c.frontier)
    .where(checkpoint.c.log == bindparam("b_log"), checkpoint.c.size < bindparam("b_seq"))
    .order_by(checkpoint.c.size.desc())
    .limit(1)
)
_HASHES = (
    select(history_record.c.record_hash)
    .where(history_record.c.log == bindparam("b_log"), history_record.c.seq > bindparam("b_after"), history_record.c.seq <= bindparam("b_last"))
    .order_by(history_record.c.seq)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The audit path of a record, from the leaf upwards, in the tree of a checkpoint. `note`: the checkpoint as it was signed; `root`: what it says."""

    index: int
    size: int
    root: bytes
    note: str
    path: tuple[bytes, ...]

    def holds(self, leaf: str) -> bool:
        """Tell whether the record with this leaf hash (hexadecimal, computed from its bytes) stands there."""
        return verify_inclusion(leaf=bytes.fromhex(leaf), index=self.index, size=self.size, proof=self.path, root=self.root)


def proof_of(connection: Connection, log: str, seq: int) -> Proof | None:
    """Return the proof of a record, to the last checkpoint within `REACH` records of it, else to the first that covers it; None: none covers it yet.

    Raises `InvalidInput` when the database holds something else than a checkpoint, or not all the hashes in between.
    """
    row = _covering(connection, log, seq)
    if row is None:
        return None
    told = checkpoint_of(note_text(row.note))
    if (told.origin, told.size) != (log, row.size):
        raise InvalidInput(f"Expected the checkpoint of {row.size} records of {log}, but its note is about {told.size} of {told.origin}. Run `chidao audit verify`.")
    tree = _tree_before(connection, log, seq)
    tree.extend(_hashes(connection, log, tree.size, seq - 1))
    behind = list(_hashes(connection, log, seq, told.size))
    if tree.size != seq - 1 or len(behind) != told.size - seq:
        raise InvalidInput(f"Expected the hashes of {told.size} records of {log}, but some are not there. Run `chidao audit verify`.")
    path = tuple(_path(list(tree.hashes), behind, index=seq - 1, size=told.size))
    return Proof(index=seq - 1, size=told.size, root=told.root, note=row.note, path=path)


def _covering(connection: Connection, log: str, seq: int) -> Row[tuple[int, str]] | None:
    values = {"b_log": log, "b_seq": seq}
    return connection.execute(_LATEST, {**values, "b_last": seq + REACH}).one_or_none() or connection.execute(_FIRST, values).one_or_none()


def _tree_before(connection: Connection, log: str, seq: int) -> Frontier:
    """Return the tree of the last checkpoint before a record, when the database still has its edge; else an empty one to grow from the start."""
    row = connection.execute(_BEFORE, {"b_log": log, "b_seq": seq}).one_or_none()
    if row is None:
        return Frontier()
    try:
        tree = Frontier(size=row.size, hashes=[bytes.fromhex(each) for each in json.loads(row.frontier)])
    except (ValueError, TypeError):
        return Frontier()
    return tree if len(tree.hashes) == tree.size.bit_count() and tree.root().hex() == row.root else Frontier()


def _hashes(connection: Connection, log: str, after: int, last: int) -> Iterator[bytes]:
    rows = connection.execute(_HASHES, {"b_log": log, "b_after": after, "b_last": last}).scalars()
    try:
        yield from map(bytes.fromhex, rows)
    except (ValueError, TypeError):
        raise InvalidInput(f"Expected the hashes of the records {after + 1} to {last} of {log}, but found something else. Run `chidao audit verify`.") from None


def _path(left: list[bytes], behind: Sequence[bytes], *, index: int, size: int) -> Iterator[bytes]:
    """Yield the siblings of a leaf from below: those on its left are the whole subtrees before it, those on its right are made of what is behind it."""
    first, width = index, 1  # of the subtree that has been climbed to
    while first > 0 or first + width < size:
        if first & width:
            first -= width
            yield left.pop()
        else:
            begin, end = first + width, min(first + 2 * width, size)
            if begin < size:
                yield root(behind[begin - index - 1 : end - index - 1])
        width *= 2
