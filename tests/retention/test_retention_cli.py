"""`chidao retention`: the same on the command line, by the logins of two persons."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from engine.cli import main
from engine.storage import Database
from engine.storage.schema import person
from tests.retention.archive import Archive
from tests.states import play_whole
from tests.templates import copied

CALL = "call_from_the_centre"
called = copied(f"played_{CALL}", partial(play_whole, CALL), kinds=("sqlite",))


def ran(*words: str, exits: int = 0) -> str:
    result = CliRunner().invoke(main, list(words))
    assert result.exit_code == exits, result.output
    return result.output


def told(*words: str) -> Any:
    return json.loads(ran(*words, "--json"))


def test_a_hold_is_set_shown_and_lifted_and_keeps_what_it_covers(called: Database) -> None:
    archive, place = Archive(called), ("--database", str(called.address))
    [root] = archive.roots()
    hold = told("retention", "hold", "--directive", root, "--reason", "Thanh tra.", "--as", "admin", *place)["hold"]
    assert [each["reason"] for each in told("retention", "show", *place)["holds"]] == ["Thanh tra."]
    said = ran("retention", "dispose", root, "--authority", "15/QĐ", "--reason", "x", "--as", "admin", *place, exits=1)
    assert "Expected" in said
    told("retention", "lift", hold, "--reason", "Xong.", "--as", "admin", *place)
    assert "lifted" in ran("retention", "show", *place)


def test_what_was_disposed_of_is_said_by_the_check(called: Database) -> None:
    archive, place = Archive(called), ("--database", str(called.address))
    [root] = archive.roots()
    named = archive.propose(root)  # in 2080: on the command line it is today
    with called.reading() as connection:
        leader = connection.execute(select(person.c.login).where(person.c.id == archive.person("leader", archive.keeper(root)).id)).scalar_one()
    archive.dispose_named(named, root)
    shown = told("retention", "show", *place)["disposals"]
    assert [(each["id"], each["status"]) for each in shown] == [(named, "done")]
    found = told("audit", "verify", "--no-record", "--state", *place)
    assert [each["records"] for each in found["disposed"]] == [shown[0]["records"]]
    again = ran("retention", "decide", "disposal", named, "--approve", "--reason", "x", "--as", leader, *place, exits=1)
    assert "Nothing is left to decide." in again


def test_the_system_alone_answers_for_nothing(called: Database) -> None:
    archive = Archive(called)
    [root] = archive.roots()
    said = ran("retention", "hold", "--directive", root, "--reason", "x", "--database", str(called.address), exits=1)
    assert "Expected a person who answers for this, but found the system alone." in said


def test_keys_are_copied_to_a_new_file_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIDAO_PERSONAL_KEYS", str(tmp_path / "none.sqlite3"))
    assert "nothing personal has been sealed here yet" in ran("retention", "copy-keys", str(tmp_path / "copy"), exits=1)
