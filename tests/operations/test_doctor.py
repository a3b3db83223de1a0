"""`chidao doctor`: what is wrong is found and told with its remedy, and what cannot be looked at is not called well."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import delete, text, update

from engine.commands.checkup import machine as machine_checks
from engine.commands.checkup import store as store_checks
from engine.commands.checkup.finding import Found, exit_code
from engine.storage import Database, UnitOfWork, keys
from engine.storage.schema import calendar_day, history_head
from tests.operations.conftest import Run


def examined(run: Run, url: str, *more: str) -> tuple[int, dict[str, list[tuple[str, str]]]]:
    result = run("doctor", "--json", "--database", url, *more)
    found: dict[str, list[tuple[str, str]]] = {}
    for each in json.loads(result.stdout)["checks"]:
        found.setdefault(each["check"], []).append((each["level"], each["said"]))
    return result.exit_code, found


@pytest.fixture
def with_keys(home: Path) -> Path:
    keys.make_missing()
    return home


def level(found: dict[str, list[tuple[str, str]]], check: str) -> str:
    return found[check][0][0]


def test_a_sound_installation_is_well(run: Run, database_url: str, with_keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_checks, "NEEDED", 0)
    code, found = examined(run, database_url, "--thorough")
    wrong = {check for check, entries in found.items() if any(each[0] in {"problem", "unchecked"} for each in entries)}
    assert wrong <= {"durability", "libraries"}  # the server of the tests is quick and forgetful; somebody may test newer libraries
    assert code == (1 if wrong else 0)
    assert level(found, "schema") == level(found, "history") == "ok"
    assert "verify, levels 1 bytes and columns, 2 chain, numbers, streams, 3 signatures and keys" in found["history"][0][1]
    assert "7 state of the tables" in found["history"][0][1]
    assert level(found, "worker") == level(found, "backup") == level(found, "processes") == "warning"


def test_the_servers_that_would_forget_are_a_problem(run: Run, postgres_url: str, with_keys: Path) -> None:
    _, found = examined(run, postgres_url)
    assert found["durability"] == [("problem", "The server runs with fsync, full_page_writes, synchronous_commit off.")]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("CHIDAO_DATABSE", "x", "CHIDAO_DATABSE means nothing to chidao."),
        ("CHIDAO_NETWORK_DISK", "perhaps", "Expected yes or no for CHIDAO_NETWORK_DISK"),
    ],
)
def test_a_wrong_setting_is_told(run: Run, sqlite_url: str, with_keys: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str) -> None:
    monkeypatch.setenv(name, value)
    result = run("doctor", "--database", sqlite_url)
    assert sentence in result.stdout
    assert name != "CHIDAO_DATABSE" or "Did you mean CHIDAO_DATABASE?" in result.stdout


def test_keys_that_others_may_read_are_a_problem(run: Run, sqlite_url: str, with_keys: Path) -> None:
    (with_keys / "keys" / "signing.pem").chmod(0o644)
    code, found = examined(run, sqlite_url)
    assert code == 1
    assert found["keys"] == [("problem", "Others may read signing.pem.")]


def test_missing_keys_are_a_problem(run: Run, sqlite_url: str) -> None:
    assert level(examined(run, sqlite_url)[1], "keys") == "problem"


def test_a_file_that_others_may_read_is_warned_of(run: Run, sqlite_url: str, with_keys: Path) -> None:
    Path(sqlite_url.removeprefix("sqlite:///")).chmod(0o644)
    assert level(examined(run, sqlite_url)[1], "rights") == "warning"


def test_a_clock_behind_the_last_record_is_a_problem(run: Run, database: Database, with_keys: Path) -> None:
    run("setting", "extensions_max", "2", "--reason", "thử", "--database", database.url.render_as_string(hide_password=False))
    with UnitOfWork(database) as unit:
        unit.connection.execute(update(history_head).values(recorded_at="2999-01-01T00:00:00.000Z"))
        unit.commit()
    _, found = examined(run, database.url.render_as_string(hide_password=False))
    assert ("problem", "The clock stands behind the last record of the history, 2999-01-01T00:00:00.000Z.") in found["clock"]


def test_a_year_without_days_off_is_warned_of(run: Run, database: Database, with_keys: Path) -> None:
    url = database.url.render_as_string(hide_password=False)
    assert run("setting", "--database", url).exit_code == 0  # opens it: the shipped days come in
    with UnitOfWork(database) as unit:
        unit.connection.execute(delete(calendar_day))
        unit.connection.execute(text("INSERT INTO calendar_day (day, kind, note) VALUES ('2001-01-01', 'off', '')"))
        unit.commit()
    assert level(examined(run, url)[1], "calendar") == "warning"


def test_too_little_room_is_a_problem(run: Run, sqlite_url: str, with_keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_checks, "NEEDED", 2**62)
    code, found = examined(run, sqlite_url)
    assert (code, level(found, "room")) == (1, "problem")


def test_a_library_of_another_version_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(machine_checks, "requires", lambda _name: ["SpiffWorkflow==3.1.0", "click>=99", "no-such-thing>=1", "pytest>=1; extra == 'test'"])
    monkeypatch.setattr(machine_checks, "LOCK", tmp_path / "none")
    said = [each.said for each in machine_checks._libraries()]
    assert said[0] == "SpiffWorkflow 3.2.0 is installed, but exactly 3.1.0 is needed."
    assert said[1].endswith("but 99 or newer is needed.")
    assert said[2] == "The library no-such-thing is not installed."
    assert len(said) == 3
    (tmp_path / "lock").write_text("click==0.1 ; python_version > '3'\nabsent==1\n")
    assert next(machine_checks._beside_the_lock(tmp_path / "lock")).endswith("instead of 0.1")


def test_without_a_database_the_rest_is_told_and_the_remedy_named(run: Run, with_keys: Path) -> None:
    result = run("doctor")
    assert result.exit_code == 1
    assert "PROBLEM   database: There is no database at" in result.stdout
    assert "`chidao init`" in result.stdout
    assert not (with_keys / "chidao.db").exists()


def test_what_could_not_be_checked_is_told_by_the_exit_code() -> None:
    def code(*levels: str) -> int:
        return exit_code([Found(check="x", level=each, said="x") for each in levels])

    assert code("ok", "note", "warning") == 0
    assert code("ok", "unchecked") == 3
    assert code("unchecked", "problem") == 1


def test_the_configuration_masks_secrets(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIDAO_DATABASE", "postgresql://office:hush@host/name")
    monkeypatch.setenv("CHIDAO_SESSION_SECRET", "hush" * 10)
    monkeypatch.setenv("CHIDAO_NETWORK_DISK", "perhaps")
    result = run("configuration")
    assert result.exit_code == 0
    assert "CHIDAO_DATABASE = postgresql://office:***@host/name" in result.stdout
    assert "CHIDAO_SESSION_SECRET = ***" in result.stdout
    assert "CHIDAO_NETWORK_DISK = (Expected yes or no" in result.stdout
    assert "hush" not in result.stdout
