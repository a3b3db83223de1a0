"""Proofs of many records from one reading: each is the one that RFC 6962 defines."""

from __future__ import annotations

import hashlib

import pytest

from engine.history.checkpoint import Checkpoint
from engine.history.merkle import inclusion_proof, root, verify_inclusion
from engine.history.proofs import proofs, proofs_to
from engine.history.record import LOG
from engine.kernel.errors import Refused
from tests.history.sealing import Installation

LEAVES = [hashlib.sha256(bytes([number])).digest() for number in range(70)]


def test_they_are_those_of_the_definition_for_every_leaf_of_every_tree() -> None:
    for size in range(1, len(LEAVES) + 1):
        found = proofs(LEAVES[:size], size, range(size))
        assert (found.size, found.root) == (size, root(LEAVES[:size]))
        assert [found.of(index) for index in range(size)] == [inclusion_proof(LEAVES[:size], index) for index in range(size)]


def test_only_what_a_proof_needs_is_kept() -> None:
    found = proofs(LEAVES, len(LEAVES), [7])
    assert len(found.nodes) == len(found.of(7)) == 7


def test_records_of_a_database_lead_to_the_root_that_was_signed(installation: Installation) -> None:
    installation.grow(23)
    hashes = [bytes.fromhex(row.record_hash) for row in installation.records()]
    over = Checkpoint(origin=LOG, size=20, root=root(hashes[:20]))
    with installation.database.reading() as connection:
        found = proofs_to(connection, over, [1, 17, 20])
    for seq in (1, 17, 20):
        assert verify_inclusion(leaf=hashes[seq - 1], index=seq - 1, size=20, proof=found.of(seq - 1), root=over.root)


@pytest.mark.parametrize(("size", "of"), [(20, 19), (24, 23)])
def test_records_that_lead_elsewhere_prove_nothing(small_installation: Installation, size: int, of: int) -> None:
    small_installation.grow(23)
    hashes = [bytes.fromhex(row.record_hash) for row in small_installation.records()]
    over = Checkpoint(origin=LOG, size=size, root=root(hashes[:of]))
    with small_installation.database.reading() as connection, pytest.raises(Refused, match=r"but found others\. The history was changed"):
        proofs_to(connection, over, [3])
