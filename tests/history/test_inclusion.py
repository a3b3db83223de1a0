"""The proof that a record stands in the tree of a checkpoint: it holds for the record as it was, and for no other."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update

from engine.history import inclusion
from engine.history.inclusion import Proof, proof_of
from engine.history.log import leaf_hash
from engine.history.merkle import inclusion_proof
from engine.history.record import LOG
from engine.kernel.errors import InvalidInput
from engine.storage import Database, UnitOfWork
from engine.storage.schema import history_record
from tests.history.sealing import Installation, install

STEPS = (3, 1, 7, 20, 2, 33)  # records between checkpoints; each checkpoint is itself a record that comes after it


@pytest.fixture
def sealed(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    made = install(database, tmp_path, monkeypatch)
    maker = made.maker()
    for count in STEPS:
        made.grow(count)
        maker.look(now=True)
    return made


def proof(made: Installation, seq: int) -> Proof | None:
    with made.database.reading() as connection:
        return proof_of(connection, LOG, seq)


def test_every_record_has_the_path_that_the_whole_tree_gives(sealed: Installation) -> None:
    records = sealed.records()
    leaves = [bytes.fromhex(row.record_hash) for row in records]
    last = sealed.sizes()[-1]
    for row in records[:last]:
        found = proof(sealed, row.seq)
        assert found is not None
        assert (found.size, found.index) == (last, row.seq - 1)
        assert list(found.path) == inclusion_proof(leaves[:last], row.seq - 1)
        assert found.holds(leaf_hash(bytes(row.body)))
        assert not found.holds(leaf_hash(bytes(row.body) + b" "))
    assert last == len(records) - 1


def test_a_record_after_the_last_checkpoint_has_none_yet(sealed: Installation) -> None:
    assert proof(sealed, sealed.sizes()[-1] + 1) is None


def test_of_a_long_log_the_last_checkpoint_within_reach_is_taken_else_the_first_one(sealed: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = sealed.sizes()
    monkeypatch.setattr(inclusion, "REACH", 12)
    found = proof(sealed, 5)
    assert found is not None
    assert found.size == max(size for size in sizes if size <= 17)
    monkeypatch.setattr(inclusion, "REACH", 0)
    again = proof(sealed, 20)
    assert again is not None
    assert again.size == min(size for size in sizes if size >= 20)
    assert again.holds(sealed.records()[19].record_hash)


def change(made: Installation, seq: int, **values: object) -> None:
    with UnitOfWork(made.database) as unit:
        unit.connection.execute(update(history_record).where(history_record.c.log == LOG, history_record.c.seq == seq).values(**values))
        unit.commit()


@pytest.mark.parametrize("other", [1, 9, 60])
def test_a_hash_that_was_changed_anywhere_else_leads_to_another_root(sealed: Installation, other: int) -> None:
    before = sealed.sizes()[-2]
    record = before + 2
    change(sealed, other, record_hash="ab" * 32)
    found = proof(sealed, record)
    assert found is not None
    holds = found.holds(sealed.records()[record - 1].record_hash)
    assert holds is (other <= before), "what lies under the checkpoint before is taken from its edge, which was signed"


def test_hashes_that_are_missing_are_said(sealed: Installation) -> None:
    change(sealed, 60, record_hash="no hash")
    with pytest.raises(InvalidInput, match=r"chidao audit verify"):
        proof(sealed, sealed.sizes()[-2] + 2)
    change(sealed, 60, log="elsewhere")
    with pytest.raises(InvalidInput, match=r"some are not there"):
        proof(sealed, sealed.sizes()[-2] + 2)
