"""What was lawfully disposed of is told in a dossier, and is no change; what somebody only says was disposed of is one."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from engine.audit.exports.dossier import ExportDossier, OpenDossier
from engine.audit.exports.dossier_files import dossier_of
from engine.history.record import opened
from engine.history.stub import stub_of
from engine.kernel.actor import SYSTEM
from engine.storage import Database
from tests.audit.dossier.stage import changed, checked, packed, proofs, records, unpacked, walk, write
from tests.retention.archive import Archive
from tests.states import play_whole
from tests.templates import copied

CALL, SHARED = "call_from_the_centre", "report_two_superiors"
called = copied(f"played_{CALL}", partial(play_whole, CALL), kinds=("sqlite",))
reported = copied(f"played_{SHARED}", partial(play_whole, SHARED), kinds=("sqlite",))


def taken_out(archive: Archive, root: str, to: Path) -> Path:
    answer = archive.do(ExportDossier(directive=root), SYSTEM)
    exported = archive.door.ask(OpenDossier(directive=root, export=answer["export"]), SYSTEM)
    with archive.database.reading() as connection:
        to.write_bytes(b"".join(dossier_of(connection, exported).pieces()))
    return to


@pytest.fixture
def disposed(called: Database, tmp_path: Path) -> Path:
    """The dossier of a directive that was disposed of."""
    archive = Archive(called)
    root = archive.roots()[0]
    archive.dispose(root)
    return taken_out(archive, root, tmp_path / "disposed.zip")


def test_what_was_disposed_of_is_told_and_is_no_change(disposed: Path) -> None:
    found = checked(disposed, None)
    assert (found.count, list(found.findings)) == (0, [])
    [gone] = found.disposed
    lines = [opened(line) for line in records(packed(disposed))]
    assert gone.count == sum("disposed" in each for each in lines) > 20
    by = next(each["seq"] for each in lines if each["action"] == "directive.disposed")
    assert f"disposed under record {by} of chidao/log1" in gone.sentence()
    assert not any("disposal" in said for said in found.missing)
    assert json.loads(packed(disposed)["data/ocel.json"])["events"]


def test_the_manual_says_what_was_disposed_of(disposed: Path, tmp_path: Path) -> None:
    folder = unpacked(disposed, tmp_path)
    (tmp_path / "none.txt").write_text("")
    lines = [opened(line) for line in records(packed(disposed))]
    gone = next(number for number, each in enumerate(lines, start=1) if "disposed" in each)
    by = next(number for number, each in enumerate(lines, start=1) if each["action"] == "directive.disposed")
    kept = [records(packed(disposed))[number - 1] for number in (gone, by)]
    (folder / "data/records.jsonl").write_bytes(b"".join(line + b"\n" for line in kept))
    told = [dict(proofs(packed(disposed))[1][number - 1], line=place) for place, number in enumerate((gone, by), start=1)]
    (folder / "data/proofs.json").write_text('{}\n"records":[\n' + ",\n".join(json.dumps(each, separators=(",", ":")) for each in told) + "\n]}\n")
    said = walk(folder, tmp_path / "none.txt").stdout.splitlines()
    assert "record 1: disposed of, the record directive.disposed says by whom and why" in said
    assert not any("its bytes are not those that were sealed" in each for each in said)


def test_a_stub_that_was_changed_is_named(disposed: Path, tmp_path: Path) -> None:
    def change(files: dict[str, bytes]) -> None:
        lines, told = records(files), proofs(files)[1]
        place = next(number for number, line in enumerate(lines) if "disposed" in opened(line))
        lines[place] = lines[place].replace(b'"action":"', b'"action":"x', 1)
        write(files, lines, told)

    said = [each.sentence() for each in checked(changed(disposed, tmp_path / "changed.zip", change), None).findings]
    assert any(", stub: expected " in each and "stubs as record" in each for each in said), said


def test_a_body_that_somebody_takes_out_on_the_way_is_named(called: Database, tmp_path: Path) -> None:
    archive = Archive(called)
    whole = taken_out(archive, archive.roots()[0], tmp_path / "whole.zip")

    def change(files: dict[str, bytes]) -> None:
        lines, told = records(files), proofs(files)[1]
        lines[7] = stub_of(opened(lines[7]), "018e001b-0000-7000-8000-000000000000")
        write(files, lines, told)

    assert checked(whole, None).count == 0
    said = [each.sentence() for each in checked(changed(whole, tmp_path / "changed.zip", change), None).findings]
    assert any("body: expected sealed bytes, or the record of a disposal, but found a stub of the disposal 018e001b" in each for each in said), said


def test_a_record_that_went_with_another_directive_asks_for_the_dossier_of_that_one(reported: Database, tmp_path: Path) -> None:
    archive = Archive(reported)
    first, second = archive.roots()
    archive.dispose(first)
    archive.dispose(second)
    found = checked(taken_out(archive, first, tmp_path / "first.zip"), None)
    assert found.count == 0
    assert any("Expected the record of the disposal" in said and "Ask for its dossier, too." in said for said in found.missing)
    assert not any("record of the disposal" in said for said in checked(taken_out(archive, second, tmp_path / "second.zip"), None).missing)
