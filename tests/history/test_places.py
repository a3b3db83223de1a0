"""What lies outside the database: tiles of hashes and signed notes, each file whole, nothing overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.history.checkpoint import Checkpoint
from engine.history.merkle import leaf_hash
from engine.history.mirror import WIDTH, extend, hashes, numbered, tile_start
from engine.history.places import DEFAULT, Place, are_outside, configured_places, witnessed
from engine.kernel.errors import InvalidInput, Refused
from tests.history.test_note import HUNG, LAN

LOG = "chidao/log1"
MANY = [leaf_hash(str(number).encode()) for number in range(2 * WIDTH + 30)]


def checkpoint(size: int, root: bytes | None = None) -> Checkpoint:
    return Checkpoint(origin=LOG, size=size, root=root or leaf_hash(str(size).encode()))


def put(place: Place, size: int, root: bytes | None = None) -> None:
    made = checkpoint(size, root)
    place.put(made, made.signed([LAN]))


@pytest.mark.parametrize(("number", "path"), [(0, "000"), (7, "007"), (999, "999"), (1000, "x001/000"), (1234067, "x001/x234/067")])
def test_a_number_is_a_path_as_tlog_tiles_writes_it(number: int, path: str) -> None:
    assert numbered(number).as_posix() == path


@pytest.mark.parametrize("steps", [[1], [WIDTH], [WIDTH - 1, WIDTH, WIDTH + 1], [3, 2 * WIDTH, 2 * WIDTH + 30], list(range(1, 40))])
def test_a_mirror_that_grows_has_every_hash(tmp_path: Path, steps: list[int]) -> None:
    held = 0
    for size in steps:
        start = tile_start(held)
        assert extend(tmp_path, start, MANY[start:size]) == size
        held = size
        assert list(hashes(tmp_path, size)) == MANY[:size]


def test_of_an_unfinished_tile_only_the_last_state_stays(tmp_path: Path) -> None:
    for size in (3, 7, WIDTH - 1):
        extend(tmp_path, 0, MANY[:size])
    assert [each.relative_to(tmp_path).as_posix() for each in sorted(tmp_path.rglob("*")) if each.is_file()] == [f"tile/0/000.p/{WIDTH - 1}"]
    extend(tmp_path, 0, MANY[:WIDTH])
    assert [each.relative_to(tmp_path).as_posix() for each in sorted(tmp_path.rglob("*")) if each.is_file()] == ["tile/0/000"]


def test_a_mirror_tells_a_smaller_size_too(tmp_path: Path) -> None:
    extend(tmp_path, 0, MANY)
    for size in (0, 1, WIDTH, WIDTH + 5, len(MANY)):
        assert list(hashes(tmp_path, size)) == MANY[:size]


@pytest.mark.parametrize("harm", ["gone", "short"])
def test_a_tile_that_is_gone_or_short_is_named(tmp_path: Path, harm: str) -> None:
    extend(tmp_path, 0, MANY)
    tile = tmp_path / "tile/0/001"
    tile.unlink() if harm == "gone" else tile.write_bytes(tile.read_bytes()[:-1])
    with pytest.raises(InvalidInput, match=f"Expected the hashes of the records {WIDTH + 1} to {2 * WIDTH} in the mirror"):
        list(hashes(tmp_path, len(MANY)))


def test_a_place_has_every_note_and_the_latest_beside(tmp_path: Path) -> None:
    place = Place(folder=tmp_path)
    for size in (3, 999, 1000, 1234067):
        put(place, size)
    assert [each.relative_to(tmp_path / LOG / "checkpoints").as_posix() for each, _ in place.notes(LOG)] == ["003", "999", "x001/000", "x001/x234/067"]
    assert place.latest(LOG, [LAN.verifier]) == checkpoint(1234067)
    assert place.logs() == [LOG]


def test_a_place_where_nothing_lies_has_nothing(tmp_path: Path) -> None:
    place = Place(folder=tmp_path / "none")
    assert (place.logs(), place.latest(LOG, [LAN.verifier]), list(place.notes(LOG))) == ([], None, [])


def test_the_same_again_changes_nothing(tmp_path: Path) -> None:
    place = Place(folder=tmp_path)
    put(place, 3)
    before = {each: each.read_bytes() for each in tmp_path.rglob("*") if each.is_file()}
    put(place, 3)
    assert {each: each.read_bytes() for each in tmp_path.rglob("*") if each.is_file()} == before


def test_a_second_root_for_a_size_is_refused_and_kept_apart(tmp_path: Path) -> None:
    place = Place(folder=tmp_path)
    put(place, 3)
    with pytest.raises(Refused, match=r"Expected the root .+ of the first 3 records of chidao/log1"):
        put(place, 3, leaf_hash(b"another"))
    assert len(list(place.notes(LOG))) == 2
    assert place.latest(LOG, [LAN.verifier]) == checkpoint(3)


def test_the_latest_by_somebody_unknown_is_not_believed(tmp_path: Path) -> None:
    place = Place(folder=tmp_path)
    put(place, 3)
    with pytest.raises(InvalidInput, match="Expected a note signed by a key that is trusted"):
        place.latest(LOG, [HUNG.verifier])


def test_a_latest_that_is_no_text_is_refused_in_a_sentence(tmp_path: Path) -> None:
    place = Place(folder=tmp_path)
    put(place, 3)
    (tmp_path / LOG / "checkpoint").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInput, match="Expected a signed note"):
        place.latest(LOG, [LAN.verifier])


@pytest.mark.parametrize("log", ["../elsewhere", "/etc", "chidao/log0", "chidao/log1/../..", "", "chidao/log1/access/x"])
def test_a_name_from_the_database_leads_nowhere_else(tmp_path: Path, log: str) -> None:
    with pytest.raises(InvalidInput, match="Expected a name of a log"):
        Place(folder=tmp_path / "inside").prefix(log)


def test_where_nothing_is_said_checkpoints_lie_beside_the_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIDAO_HOME", str(tmp_path))
    monkeypatch.delenv("CHIDAO_CHECKPOINT_PLACES", raising=False)
    assert (configured_places(), are_outside()) == ([Place(folder=tmp_path / DEFAULT)], False)
    monkeypatch.setenv("CHIDAO_CHECKPOINT_PLACES", f"{tmp_path}/a: {tmp_path}/b :")
    assert (configured_places(), are_outside()) == ([Place(folder=tmp_path / "a"), Place(folder=tmp_path / "b")], True)


def test_the_largest_that_any_place_has_is_cited(tmp_path: Path) -> None:
    near, far, broken = (Place(folder=tmp_path / name) for name in ("near", "far", "broken"))
    put(near, 3)
    put(far, 5)
    put(broken, 9)
    (broken.folder / LOG / "checkpoint").write_text("no note")
    found = witnessed([near, far, broken, Place(folder=tmp_path / "none")])
    assert found == {LOG: checkpoint(5).signed([LAN])}
