"""`chidao audit verify`: 0 intact, 1 tampered, 3 not verified; each run stands in the history, and the next may begin where it ended."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import update

from engine.history.places import Place
from engine.history.record import opened
from engine.kernel.clock import stamp
from engine.storage import Database, UnitOfWork
from engine.storage.schema import history_record
from tests.history.sealing import BEGIN, Installation, install
from tests.operations.conftest import Run

RECORDS = 12


@pytest.fixture
def installation(sqlite_database: Database, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """A history of 12 records with a checkpoint over them in two places: the record of the checkpoint is the thirteenth."""
    monkeypatch.setenv("CHIDAO_DATABASE", f"sqlite:///{sqlite_database.file}")
    made = install(sqlite_database, tmp_path, monkeypatch)
    made.grow(RECORDS)
    assert made.maker().look(now=True) == 1
    return made


def verify(run: Run, installation: Installation, *more: str) -> Result:
    """Check with what is kept outside."""
    outside = [f"--checkpoints={place.folder}" for place in installation.places]
    return run("audit", "verify", *outside, f"--trust={installation.home}/keys/vkeys.txt", f"--mirror={installation.places[0].folder}", *more)


def told(result: Result) -> Any:
    return json.loads(result.stdout)


def tamper(installation: Installation, seq: int) -> None:
    with UnitOfWork(installation.database) as unit:
        unit.connection.execute(update(history_record).where(history_record.c.seq == seq).values(actor="minh"))
        unit.commit()


def test_an_intact_history_is_0_and_all_that_was_compared_is_told(run: Run, installation: Installation) -> None:
    result = verify(run, installation)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "chidao/log1: 13 records, proved by checkpoints up to record 12",
        "chidao/log1/access: 0 records",
        "checked: 1 bytes and columns; 2 chain, numbers, streams; 3 signatures and keys; 4 checkpoints; 5 mirror; 6 documents and definitions by digest",
        "not asked for, or nothing to compare with: 7 state of the tables",
        "intact",
    ]


def test_a_tampered_history_is_1_and_the_record_is_named(run: Run, installation: Installation) -> None:
    tamper(installation, 7)
    result = verify(run, installation)
    assert result.exit_code == 1
    assert result.stderr == "chidao/log1 record 7, actor: expected lan, but found minh (level 1, bytes and columns)\n"
    assert result.stdout.splitlines()[-1] == "tampered"


def test_what_is_missing_is_3_and_never_intact(run: Run, installation: Installation, tmp_path: Path) -> None:
    result = verify(run, installation, f"--checkpoints={tmp_path / 'none'}")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (3, "unchecked")
    assert f"Expected a folder with checkpoints at {tmp_path / 'none'}, but there is none." in result.stderr


def test_tampered_outweighs_missing(run: Run, installation: Installation, tmp_path: Path) -> None:
    tamper(installation, 7)
    assert verify(run, installation, f"--checkpoints={tmp_path / 'none'}").exit_code == 1


def test_without_options_the_own_keys_and_places_are_compared_and_that_is_said(run: Run, installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIDAO_CHECKPOINT_PLACES", ":".join(str(place.folder) for place in installation.places))
    result = run("audit", "verify")
    assert result.exit_code == 0
    assert "proved by checkpoints up to record 12" in result.stdout
    assert "Compared with the keys and checkpoints that this installation keeps itself" in result.stdout
    monkeypatch.setenv("CHIDAO_CHECKPOINT_PLACES", f"{installation.home}/gone")
    assert run("audit", "verify").exit_code == 3


def test_the_check_stands_in_the_history_with_what_it_found(run: Run, installation: Installation) -> None:
    assert told(verify(run, installation, "--json"))["recorded"] is True
    body = opened(installation.records()[-1].body)
    changes = {change["field"]: change["new"] for change in body["changes"]}
    assert (body["action"], body["actor"]["type"], changes["result"], changes["levels"]) == ("history.verified", "system", "intact", [1, 2, 3, 4, 5, 6])
    assert changes["logs"][0] == {"log": "chidao/log1", "records": 13, "since": 0, "good": 12, "findings": 0}


def test_a_copy_that_is_evidence_is_not_written_to(run: Run, installation: Installation) -> None:
    assert told(verify(run, installation, "--json", "--no-record"))["recorded"] is False
    assert len(installation.records()) == RECORDS + 1


def test_a_check_that_cannot_be_recorded_still_tells_what_it_found(run: Run, installation: Installation) -> None:
    (installation.home / "keys" / "signing.pem").unlink()
    result = verify(run, installation)
    assert result.exit_code == 0
    assert "with which the history is signed, but it is not there" in result.stderr


def test_the_next_check_begins_where_the_last_good_one_ended(run: Run, installation: Installation) -> None:
    verify(run, installation)
    installation.grow(3)
    installation.maker().look(now=True)
    found = told(verify(run, installation, "--since", "last", "--json"))
    assert (found["result"], found["logs"][0]["since"], found["logs"][0]["records"]) == ("intact", 12, 18)
    tamper(installation, 7)  # before it: for a check of the whole
    assert verify(run, installation, "--since", "last").exit_code == 0
    assert verify(run, installation).exit_code == 1
    tamper(installation, 16)
    assert told(verify(run, installation, "--since", "12", "--json"))["findings"][0]["record"] == 16


def test_without_a_good_check_before_the_whole_is_checked(run: Run, installation: Installation) -> None:
    assert told(verify(run, installation, "--since", "last", "--json"))["logs"][0]["since"] == 0


def test_a_beginning_that_is_no_number_is_refused(run: Run, installation: Installation) -> None:
    result = verify(run, installation, "--since", "yesterday")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.startswith("Expected a number of records or `last` for --since, but found 'yesterday'.")
    assert told(verify(run, installation, "--since", "yesterday", "--json"))["result"] == "unchecked"


def test_the_state_is_compared_when_it_is_asked_for(run: Run, installation: Installation) -> None:
    assert told(verify(run, installation, "--state", "--json"))["levels"] == [1, 2, 3, 4, 5, 6, 7]


def test_a_place_that_misses_a_checkpoint_which_another_has_is_no_harm(run: Run, installation: Installation) -> None:
    behind = Place(folder=installation.places[1].folder)
    installation.grow(3)
    installation.maker(installation.places[0]).look(now=True)
    assert len(installation.kept(behind)) == 1
    assert verify(run, installation).exit_code == 0


def test_what_a_restore_has_lost_is_told_and_not_called_tampering(run: Run, installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIDAO_CHECKPOINT_PLACES", ":".join(str(place.folder) for place in installation.places))
    run("backup", tmp_path / "backup.zip")
    installation.grow(5)
    installation.maker().look(now=True)
    monkeypatch.setenv("CHIDAO_DATABASE", f"sqlite:///{tmp_path / 'again.sqlite3'}")
    assert run("restore", tmp_path / "backup.zip", "--reason", "the disk broke").exit_code == 0
    result = verify(run, installation)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "chidao/log1: 13 records, proved by checkpoints up to record 12; records 14 to 19 are gone since a restore, as its record says" in result.stdout
    assert "chidao/log2: 1 records" in result.stdout


def test_an_older_copy_that_was_put_back_without_a_restore_is_tampering(run: Run, installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    older = tmp_path / "older.sqlite3"
    with closing(sqlite3.connect(str(installation.database.file))) as source, closing(sqlite3.connect(older)) as copy:
        source.backup(copy)
    installation.grow(5)
    installation.maker().look(now=True)
    monkeypatch.setenv("CHIDAO_DATABASE", f"sqlite:///{older}")
    result = verify(run, installation)
    assert result.exit_code == 1
    assert "chidao/log1 records 14 to 18, checkpoint: expected 18 records, but found 13 records (level 4, checkpoints; last good checkpoint: 12 records)" in result.stderr


def test_the_doctor_tells_of_the_last_check(run: Run, installation: Installation, tmp_path: Path) -> None:
    def said() -> tuple[str, str]:
        [found] = [each for each in json.loads(run("doctor", "--json").stdout)["checks"] if each["check"] == "verification"]
        return found["level"], found["said"]

    assert said() == ("warning", f"The history has never been checked, since {stamp(BEGIN)}.")  # the demonstrated history is months old
    verify(run, installation)
    assert said()[0] == "ok"
    verify(run, installation, f"--mirror={tmp_path / 'none'}")
    assert said()[0] == "warning"
    tamper(installation, 7)
    verify(run, installation)
    level, sentence = said()
    assert (level, sentence.endswith("found changes.")) == ("problem", True)
