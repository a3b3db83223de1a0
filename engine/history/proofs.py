"""Inclusion proofs of many records at once (RFC 6962 section 2.1.1): the hashes of a log are read once, and only what a proof needs is kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from engine.history.checkpoint import Checkpoint
from engine.history.merkle import Frontier, node_hash
from engine.kernel.errors import Refused
from engine.storage.schema import history_record

AT_ONCE = 5_000  # hashes in memory at a time
Node = tuple[int, int]  # level above the leaves, and number on that level


@dataclass(frozen=True, slots=True, kw_only=True)
class Proofs:
    """The proofs of some leaves of one tree. `size` and `root`: of the tree."""

    size: int
    root: bytes
    nodes: Mapping[Node, bytes]

    def of(self, index: int) -> list[bytes]:
        """Return the audit path of the leaf at `index`, counted from 0, from the leaf upwards. Only of leaves that were asked for."""
        return [self.nodes[node] for node in _path(index, self.size)]


def proofs(leaves: Iterable[bytes], size: int, wanted: Collection[int]) -> Proofs:
    """Return the proofs of the leaves at the places `wanted`, counted from 0, in the tree over the first `size` of these leaf hashes."""
    needed = {node for index in wanted for node in _path(index, size)}
    found: dict[Node, bytes] = {}
    tree = Frontier()
    for leaf in leaves:
        _grow(tree, leaf, needed, found)
    _fill_the_edge(tree, needed, found)
    return Proofs(size=tree.size, root=tree.root(), nodes=found)


def proofs_to(connection: Connection, checkpoint: Checkpoint, records: Collection[int]) -> Proofs:
    """Return the proofs that the records with these numbers are under a checkpoint.

    The hashes are those that the database keeps. Raises `Refused` when they do not lead to the signed root: nothing could be proved then.
    """
    found = proofs(_hashes(connection, checkpoint.origin, checkpoint.size), checkpoint.size, [seq - 1 for seq in records])
    if found.size != checkpoint.size or found.root != checkpoint.root:
        raise Refused(
            f"Expected the first {checkpoint.size} records of {checkpoint.origin} as their checkpoint has them, but found others. "
            "The history was changed; run `chidao audit verify`."
        )
    return found


def _hashes(connection: Connection, log: str, size: int) -> Iterator[bytes]:
    columns = history_record.c
    query = select(columns.record_hash).where(columns.log == log, columns.seq <= size).order_by(columns.seq)
    for told in connection.execute(query.execution_options(yield_per=AT_ONCE)).scalars():
        try:
            yield bytes.fromhex(told)
        except (ValueError, TypeError):
            yield b""  # leads to no signed root


def _path(index: int, size: int) -> Iterator[Node]:
    """Yield the nodes of a leaf's path. A node at the right edge that has no neighbour goes up as it is."""
    level, last = 0, size - 1
    while last > 0:
        if index != last or index & 1:
            yield level, index ^ 1
        level, index, last = level + 1, index >> 1, last >> 1


def _grow(tree: Frontier, leaf: bytes, needed: Collection[Node], found: dict[Node, bytes]) -> None:
    """Append a leaf, and keep the nodes that it completes and a proof needs."""
    place, level, whole = tree.size, 0, leaf
    if (0, place) in needed:
        found[0, place] = whole
    edge = list(tree.hashes)
    while place & 1:
        whole = node_hash(edge.pop(), whole)
        place, level = place >> 1, level + 1
        if (level, place) in needed:
            found[level, place] = whole
    tree.hashes = [*edge, whole]
    tree.size += 1


def _fill_the_edge(tree: Frontier, needed: Collection[Node], found: dict[Node, bytes]) -> None:
    """Keep the nodes over the right edge of the tree that are not whole: each is the root over what is under it."""
    for level, place in needed:
        if (level, place) not in found:
            begin = place << level
            under = [each for start, each in _standing(tree) if start >= begin]
            found[level, place] = Frontier(size=tree.size - begin, hashes=under).root()


def _standing(tree: Frontier) -> Iterator[tuple[int, bytes]]:
    """Yield the whole subtrees on the edge of a tree, each with the place of its first leaf."""
    start = 0
    for bit, each in zip((bit for bit in reversed(range(tree.size.bit_length())) if tree.size >> bit & 1), tree.hashes, strict=True):
        yield start, each
        start += 1 << bit
