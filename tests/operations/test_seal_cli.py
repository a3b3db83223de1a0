"""The seal from the command line: checkpoints are made, keys are renewed, and `chidao doctor` says what is missing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from engine.history import trust
from engine.history.places import Place
from engine.history.record import LOG, opened
from engine.storage import Database, UnitOfWork
from engine.storage.schema import history_record
from tests.operations.conftest import Run
from tests.operations.test_init import installed


@pytest.fixture
def places(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """An installation whose checkpoints go to two folders."""
    installed(run)
    found = [tmp_path / "archive", tmp_path / "neighbour"]
    monkeypatch.setenv("CHIDAO_CHECKPOINT_PLACES", ":".join(map(str, found)))
    return found


def told(run: Run, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(*arguments, "--json").stdout)
    return found


def seal(run: Run) -> list[tuple[str, str]]:
    """What `chidao doctor` says of the seal."""
    return [(check["level"], check["said"]) for check in told(run, "doctor")["checks"] if check["check"] == "seal"]


def records(home: Path) -> list[Any]:
    database = Database(f"sqlite:///{home / 'chidao.db'}")
    with database.reading() as connection:
        found = list(connection.execute(select(history_record).where(history_record.c.log == LOG).order_by(history_record.c.seq)).all())
    database.dispose()
    return found


def test_a_checkpoint_is_made_and_brought_to_both_places(run: Run, home: Path, places: list[Path]) -> None:
    count = len(records(home))
    result = run("checkpoint")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == ["checkpoints made: 1", *(f"{place}: chidao/log1 up to record {count}" for place in places)]
    for place in places:
        latest = Place(folder=place).latest(LOG, trust.own_trust().checkpoints)
        assert latest is not None
        assert latest.size == count
    assert told(run, "checkpoint")["made"] == 0


def test_a_place_that_cannot_be_reached_is_named(run: Run, places: list[Path]) -> None:
    places[0].write_text("")
    result = run("checkpoint")
    assert result.exit_code == 1
    assert f"Expected to write to {places[0]}, but could not: Not a directory." in result.stdout
    [(level, said)] = seal(run)
    assert level == "warning"
    assert f": Expected to write to {places[0]}, but could not: Not a directory." in said


def test_without_the_key_it_says_where_it_looked(run: Run, home: Path, places: list[Path]) -> None:
    (home / "keys" / "checkpoint.pem").rename(home / "elsewhere.pem")
    result = run("checkpoint")
    assert result.exit_code == 1
    assert "Name it with CHIDAO_CHECKPOINT_KEY." in result.stderr
    assert run("init", "--no-processes").exit_code == 0
    assert not (home / "keys" / "checkpoint.pem").exists()


def test_the_key_may_lie_elsewhere(run: Run, home: Path, places: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "keys" / "checkpoint.pem").rename(home / "elsewhere.pem")
    monkeypatch.setenv("CHIDAO_CHECKPOINT_KEY", str(home / "elsewhere.pem"))
    assert told(run, "checkpoint")["made"] == 1


def test_a_key_is_renewed_for_a_reason_that_the_history_keeps(run: Run, home: Path, places: list[Path]) -> None:
    before = records(home)[-1].key_id
    found = told(run, "keys", "renew", "--reason", "quý I đã hết")
    last = records(home)[-1]
    assert (last.action, last.key_id, found["record"]) == ("key.renewed", before, last.seq)
    assert opened(last.body)["reason"]["text"] == "quý I đã hết"
    known = told(run, "keys", "trust")["keys"]
    assert [(each["role"], each["since"], each["until"]) for each in known] == [
        ("records", None, last.recorded_at),
        ("checkpoints", None, None),
        ("records", last.recorded_at, None),
    ]
    assert known[2]["vkey"] == found["vkey"]
    assert run("setting", "extensions_max", "3", "--reason", "thử").exit_code == 0
    assert records(home)[-1].key_id == found["vkey"].split("+")[1]


@pytest.mark.parametrize("arguments", [("--reason", " "), ("--reason", "x", "--lost")])
def test_a_renewal_that_may_not_be_changes_nothing(run: Run, home: Path, places: list[Path], arguments: tuple[str, ...]) -> None:
    before = records(home)
    result = run("keys", "renew", *arguments)
    assert result.exit_code == 1
    assert result.stderr.startswith("Expected ")
    assert records(home) == before


def test_all_is_well_when_two_places_have_everything(run: Run, places: list[Path]) -> None:
    run("checkpoint")
    [(level, said)] = seal(run)
    assert level == "ok"
    assert said.startswith("checkpoints in 2 places: chidao/log1 up to record ")


def test_places_beside_the_keys_are_said_to_prove_little(run: Run, home: Path) -> None:
    installed(run)
    run("checkpoint")
    assert ("warning", f"Checkpoints go only to {home / 'checkpoints'}, beside the keys: whoever may write there may change the history too.") in seal(run)


def test_one_place_is_said_to_be_too_few(run: Run, places: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIDAO_CHECKPOINT_PLACES", str(places[0]))
    assert ("warning", f"Checkpoints go only to {places[0]}.") in seal(run)


def change(home: Path, act: Callable[[Any], None]) -> None:
    database = Database(f"sqlite:///{home / 'chidao.db'}")
    with UnitOfWork(database) as unit:
        act(unit.connection)
        unit.commit()
    database.dispose()


def test_records_that_are_gone_are_known_by_the_places(run: Run, home: Path, places: list[Path]) -> None:
    run("checkpoint")
    size = len(records(home)) - 1
    change(home, lambda connection: connection.execute(delete(history_record).where(history_record.c.seq > 1)))
    change(home, lambda connection: connection.exec_driver_sql("UPDATE history_head SET seq = 1"))
    problems = [said for level, said in seal(run) if level == "problem"]
    assert problems[:2] == [f"{place} has a checkpoint of {size} records of chidao/log1, but the database has 1: records are gone." for place in places]


def test_a_key_that_is_gone_is_a_problem(run: Run, home: Path, places: list[Path]) -> None:
    key_id = records(home)[-1].key_id
    (home / "keys" / "signing.pem").unlink()
    assert any(level == "problem" and said.startswith(f"The key {key_id}, with which the history is signed, is not here") for level, said in seal(run))
