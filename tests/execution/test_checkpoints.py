"""Checkpoints: when they are made, that they come to every place, and that none is ever made of a history that was changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import Executable, delete, select, update

from engine.history import trust
from engine.history.checkpoint import Checkpoint
from engine.history.growth import AFTER_RECORDS, AFTER_SECONDS, AT_ONCE
from engine.history.merkle import leaf_hash, root
from engine.history.mirror import WIDTH, hashes
from engine.history.note import Signer
from engine.history.places import ITSELF, Place
from engine.history.record import ACCESS_LOG, LOG, opened
from engine.history.signing import checkpoint_signer
from engine.storage import Database, UnitOfWork
from engine.storage.schema import checkpoint, history_head, history_record
from tests.execution.hands import until, working
from tests.history.sealing import Installation, install


@pytest.fixture
def installation(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    return install(database, tmp_path, monkeypatch)


@pytest.fixture
def small(sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    return install(sqlite_database, tmp_path, monkeypatch)


def tamper(installation: Installation, *statements: Executable) -> None:
    with UnitOfWork(installation.database) as unit:
        for statement in statements:
            unit.connection.execute(statement)
        unit.commit()


def sealed_signer() -> Signer:
    found = checkpoint_signer()
    assert found is not None
    return found


def root_now(installation: Installation, size: int, log: str = LOG) -> bytes:
    return root(leaf_hash(bytes(row.body)) for row in installation.records(log)[:size])


# --- when ---------------------------------------------------------------------------------------------------------


def test_nothing_is_made_of_a_log_that_has_not_grown(installation: Installation) -> None:
    assert installation.maker().look() == 0
    assert installation.maker().look(now=True) == 0


def test_after_a_hundred_records_there_is_one(installation: Installation) -> None:
    maker = installation.maker()
    installation.grow(AFTER_RECORDS - 1)
    assert maker.look() == 0
    installation.grow(1)
    assert maker.look() == 1
    assert installation.sizes() == [AFTER_RECORDS]


def test_after_a_minute_there_is_one_of_whatever_has_come(installation: Installation) -> None:
    maker = installation.maker()
    installation.grow(1)
    installation.pass_by(AFTER_SECONDS - 1)
    assert maker.look() == 0
    installation.pass_by(1)
    assert maker.look() == 1
    assert installation.sizes() == [1]


@pytest.mark.parametrize("action", sorted(AT_ONCE))
def test_what_ends_something_or_leaves_the_house_is_under_one_at_once(small: Installation, action: str) -> None:
    small.grow(1, action=action)
    assert small.maker().look() == 1


def test_the_record_of_a_checkpoint_calls_for_no_other(installation: Installation) -> None:
    maker = installation.maker()
    installation.grow(1)
    assert maker.look(now=True) == 1
    for _ in range(3):
        installation.pass_by(10 * AFTER_SECONDS)
        assert maker.look() == 0
        assert maker.look(now=True) == 0
    assert [opened(row.body)["action"] for row in installation.records()] == ["task.completed", "checkpoint.made"]


def test_it_comes_under_the_next_one(installation: Installation) -> None:
    maker = installation.maker()
    installation.grow(1)
    maker.look(now=True)
    installation.grow(1)
    maker.look(now=True)
    assert installation.sizes() == [1, 3]


def test_the_log_of_reads_has_its_own(installation: Installation) -> None:
    maker = installation.maker()
    installation.grow(2)
    installation.grow(5, log=ACCESS_LOG)
    assert maker.look(now=True) == 2
    assert (installation.sizes(), installation.sizes(ACCESS_LOG)) == ([2], [5])
    assert [each.size for each in installation.kept(installation.places[0], ACCESS_LOG)] == [5]


# --- what and where -----------------------------------------------------------------------------------------------


def test_every_place_has_every_note_and_every_hash(installation: Installation) -> None:
    maker = installation.maker()
    for number in (3, WIDTH, 2 * WIDTH + 1):
        installation.grow(number)
        assert maker.look(now=True) == 1
    sizes = installation.sizes()
    assert len(sizes) == 3
    for place in installation.places:
        found = installation.kept(place)
        assert [(each.size, each.root) for each in found] == [(size, root_now(installation, size)) for size in sizes]
        assert list(hashes(place.prefix(LOG), sizes[-1])) == [leaf_hash(bytes(row.body)) for row in installation.records()[: sizes[-1]]]
        assert place.latest(LOG, trust.own_trust().checkpoints) == found[-1]
    assert installation.troubles() == {}


def test_a_note_tells_when_it_was_made_and_that_no_server_of_the_time_was_asked(small: Installation) -> None:
    small.grow(1)
    small.maker().look(now=True)
    [found] = small.kept(small.places[0])
    assert (found.origin, found.made_at, found.offset_ms) == (LOG, "2026-04-01T01:00:00.000Z", None)


def test_a_tree_goes_on_in_another_process(installation: Installation) -> None:
    for _ in range(4):
        installation.grow(7)
        assert installation.maker().look(now=True) == 1
    assert [each.root for each in installation.kept(installation.places[1])] == [root_now(installation, size) for size in installation.sizes()]


def test_two_workers_at_once_make_one(installation: Installation) -> None:
    first, second = installation.maker(), installation.maker()
    installation.grow(3)
    assert (first.look(now=True), second.look(now=True)) == (1, 0)
    installation.grow(3)
    assert (second.look(now=True), first.look(now=True)) == (1, 0)
    assert len(installation.kept(installation.places[0])) == 2


def test_a_place_that_was_away_gets_everything_when_it_is_back(installation: Installation) -> None:
    away, there = installation.places
    away.folder.write_text("a file where a folder should be")
    maker = installation.maker()
    for _ in range(3):
        installation.grow(WIDTH - 50)
        maker.look(now=True)
    assert list(installation.troubles()) == [str(away.folder)]
    assert installation.troubles()[str(away.folder)].startswith(f"Expected to write to {away.folder}, but could not: Not a directory.")
    away.folder.unlink()
    assert maker.look(now=True) == 0
    assert installation.troubles() == {}
    assert installation.kept(away) == installation.kept(there) != []
    assert list(hashes(away.prefix(LOG), 400)) == list(hashes(there.prefix(LOG), 400))


def test_a_place_that_failed_is_left_alone_for_a_while(small: Installation) -> None:
    away = small.places[0]
    away.folder.write_text("")
    maker = small.maker()
    small.grow(AFTER_RECORDS)
    maker.look()
    away.folder.unlink()
    maker.look()
    assert not away.folder.exists()


def test_a_new_place_gets_everything_from_the_beginning(small: Installation) -> None:
    for _ in range(2):
        small.grow(WIDTH)
        small.maker().look(now=True)
    late = Place(folder=small.home.parent / "late")
    small.maker(late).look(now=True)
    assert small.kept(late) == small.kept(small.places[0])


def test_without_the_key_nothing_is_made(small: Installation) -> None:
    (small.home / "keys" / "checkpoint.pem").unlink()
    small.grow(AFTER_RECORDS)
    assert small.maker().look(now=True) == 0
    assert not small.places[0].folder.exists()


# --- what was changed ---------------------------------------------------------------------------------------------


@pytest.fixture
def sealed(small: Installation) -> Installation:
    """Ten records under a checkpoint, and ten more."""
    small.grow(10)
    small.maker().look(now=True)
    small.grow(10)
    return small


def test_a_log_that_was_cut_gets_no_further_checkpoint(sealed: Installation) -> None:
    tamper(sealed, delete(history_record).where(history_record.c.seq > 8), update(history_head).values(seq=8))
    assert sealed.maker().look(now=True) == 0
    assert sealed.troubles()[ITSELF].startswith("Expected 10 records in chidao/log1, as the last checkpoint says, but found 8.")


def test_an_older_copy_that_does_not_know_its_checkpoints_is_known_by_the_places(sealed: Installation) -> None:
    tamper(sealed, delete(history_record).where(history_record.c.seq > 8), update(history_head).values(seq=8), delete(checkpoint))
    assert sealed.maker().look(now=True) == 0
    assert "Expected 10 records in chidao/log1, as the checkpoint in" in sealed.troubles()[ITSELF]


def test_a_changed_copy_that_has_grown_past_its_checkpoint_is_known_by_the_places(sealed: Installation) -> None:
    tamper(sealed, update(history_record).where(history_record.c.seq == 3).values(body=b"{}"), delete(checkpoint))
    assert sealed.maker().look(now=True) == 0
    assert sealed.troubles()[ITSELF].startswith("Expected the first 10 records of chidao/log1 as the checkpoint in")


def test_a_database_that_has_lost_its_checkpoints_alone_goes_on_from_the_places(sealed: Installation) -> None:
    tamper(sealed, delete(checkpoint))
    assert sealed.maker().look(now=True) == 1
    found = sealed.kept(sealed.places[0])
    assert [each.size for each in found] == [10, 21]
    assert found[-1].root == root_now(sealed, 21)


def test_a_missing_record_is_named_before_anything_is_signed(sealed: Installation) -> None:
    tamper(sealed, delete(history_record).where(history_record.c.seq == 15))
    assert sealed.maker().look(now=True) == 0
    assert sealed.troubles()[ITSELF].startswith("Expected record 15 of chidao/log1 after record 14, but it is not there.")


@pytest.mark.parametrize("column", ["frontier", "note"])
def test_what_the_database_says_of_a_checkpoint_is_believed_only_when_it_is_signed(sealed: Installation, column: str) -> None:
    [row] = sealed.rows(select(checkpoint))
    changed = json.dumps(["0" * 64, "1" * 64]) if column == "frontier" else row.note.replace("\n10\n", "\n9\n")
    tamper(sealed, update(checkpoint).values({column: changed}))
    assert sealed.maker().look(now=True) == 0
    assert sealed.troubles()[ITSELF].startswith(("Expected the tree of the checkpoint", "Expected the signature"))


def test_another_root_for_a_size_is_refused_and_both_are_kept(sealed: Installation) -> None:
    """Another copy of the database goes on under the same name, and meets a place that has a root for this size."""
    [place, _] = sealed.places
    elsewhere = Checkpoint(origin=LOG, size=21, root=leaf_hash(b"another tree"))
    before = elsewhere.signed([sealed_signer()])
    (place.prefix(LOG) / "checkpoints" / "021").write_text(before)
    assert sealed.maker().look(now=True) == 1
    assert "Expected the root" in sealed.troubles()[str(place.folder)]
    assert "The history was changed, or another copy of the database goes on under the same name" in sealed.troubles()[str(place.folder)]
    assert [each.root for each in sealed.kept(place) if each.size == 21] == [elsewhere.root, root_now(sealed, 21)]


def test_a_worker_makes_them_by_itself(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIDAO_CHECKPOINT_PLACES", ":".join(str(each.folder) for each in installation.places))
    installation.grow(1, action="directive.closed")
    with working(installation.door):
        until(lambda: all((place.prefix(LOG) / "checkpoint").exists() for place in installation.places))
    assert [each.size for each in installation.kept(installation.places[1])] == [1]
