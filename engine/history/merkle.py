"""The Merkle tree over a log, as RFC 6962 section 2.1 defines it: roots, proofs, and a verifier that needs no log.

A leaf here is always a leaf hash, SHA-256(0x00 || body): of a record that is its `record_hash`. Nothing is read or kept here.
A consistency proof does not commit to the size of the tree: size and root must come together, from one signed checkpoint.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

DIGEST = 32  # bytes of a hash
EMPTY = hashlib.sha256(b"").digest()  # the root of a tree without leaves


def leaf_hash(content: bytes) -> bytes:
    """Return the hash of a leaf with this content."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node over two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(slots=True)
class Frontier:
    """A growing tree of which only the whole subtrees on its edge are kept: at most one hash for each bit of the size.

    `hashes` go from the largest subtree to the smallest, one for each set bit of `size`.
    """

    size: int = 0
    hashes: list[bytes] = field(default_factory=list)

    def add(self, leaf: bytes) -> None:
        """Append one leaf hash."""
        size, last = self.size, leaf
        while size & 1:
            last = node_hash(self.hashes.pop(), last)
            size >>= 1
        self.hashes.append(last)
        self.size += 1

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Append leaf hashes in this order."""
        for leaf in leaves:
            self.add(leaf)

    def root(self) -> bytes:
        """Return the root of the tree as it stands."""
        if not self.hashes:
            return EMPTY
        found = self.hashes[-1]
        for larger in reversed(self.hashes[:-1]):
            found = node_hash(larger, found)
        return found


def root(leaves: Iterable[bytes]) -> bytes:
    """Return the root of the tree over these leaf hashes; memory stays small however many there are."""
    tree = Frontier()
    tree.extend(leaves)
    return tree.root()


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the audit path of the leaf at `index`, counted from 0, from the leaf upwards (RFC 6962 section 2.1.1).

    Raises `IndexError` when there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(f"Expected a leaf between 0 and {len(leaves) - 1}, but found {index}. Ask for a record that the tree has.")
    if len(leaves) == 1:
        return []
    half = _split(len(leaves))
    if index < half:
        return [*inclusion_proof(leaves[:half], index), root(leaves[half:])]
    return [*inclusion_proof(leaves[half:], index - half), root(leaves[:half])]


def consistency_proof(leaves: Sequence[bytes], old: int, new: int) -> list[bytes]:
    """Return the proof that the tree of the first `new` leaves begins with the tree of the first `old` (RFC 6962 section 2.1.2).

    Raises `IndexError` unless 0 < old <= new <= number of leaves: nothing can be proved of an empty tree.
    """
    if not 0 < old <= new <= len(leaves):
        raise IndexError(f"Expected sizes with 0 < old <= new <= {len(leaves)}, but found {old} and {new}. Name two sizes that the log has had.")
    return [] if old == new else _subproof(leaves[:new], old, whole=True)


def verify_inclusion(*, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Tell whether the leaf hash `leaf` stands at `index` in the tree with this size and root."""
    if not 0 <= index < size or not _all_hashes(leaf, root, *proof):
        return False
    inner, border = _path(index, size)
    if len(proof) != inner + border:
        return False
    found = _chain(leaf, proof[:inner], index)
    return _chain_left(found, proof[inner:]) == root


def verify_consistency(*, old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Tell whether the tree (new, new_root) begins with the tree (old, old_root). Of an empty tree nothing is told but equality."""
    if not 0 <= old <= new or not _all_hashes(old_root, new_root, *proof):
        return False
    if old == new:
        return not proof and old_root == new_root and (old > 0 or old_root == EMPTY)
    if old == 0 or not proof:
        return False
    inner, border = _path(old - 1, new)
    lowest = (old & -old).bit_length() - 1  # the level of the smallest whole subtree of the old tree
    whole = old == 1 << lowest
    seed, rest = (old_root, list(proof)) if whole else (proof[0], list(proof[1:]))
    inner -= lowest
    if len(rest) != inner + border:
        return False
    index = (old - 1) >> lowest
    before = _chain_left(seed, [step for level, step in enumerate(rest[:inner]) if index >> level & 1])
    if _chain_left(before, rest[inner:]) != old_root:
        return False
    return _chain_left(_chain(seed, rest[:inner], index), rest[inner:]) == new_root


def _subproof(leaves: Sequence[bytes], old: int, *, whole: bool) -> list[bytes]:
    if old == len(leaves):
        return [] if whole else [root(leaves)]
    half = _split(len(leaves))
    if old <= half:
        return [*_subproof(leaves[:half], old, whole=whole), root(leaves[half:])]
    return [*_subproof(leaves[half:], old - half, whole=False), root(leaves[:half])]


def _split(size: int) -> int:
    """Return the largest power of two that is smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1


def _path(index: int, size: int) -> tuple[int, int]:
    """Return how many steps of a leaf's path lie below the point where it leaves the tree's right edge, and how many above."""
    inner = (index ^ (size - 1)).bit_length()
    return inner, (index >> inner).bit_count()


def _chain(seed: bytes, steps: Sequence[bytes], index: int) -> bytes:
    for level, step in enumerate(steps):
        seed = node_hash(step, seed) if index >> level & 1 else node_hash(seed, step)
    return seed


def _chain_left(seed: bytes, steps: Sequence[bytes]) -> bytes:
    for step in steps:
        seed = node_hash(step, seed)
    return seed


def _all_hashes(*values: bytes) -> bool:
    return all(len(value) == DIGEST for value in values)
