"""`chidao audit export --format dossier`: a file that is there when it is whole, recorded, under a checkpoint that was made at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from engine.commands.audit import audit
from engine.storage import Database
from engine.storage.schema import history_record
from tests.audit.dossier.stage import Bureau, bureau_in, packed, records, verify


@pytest.fixture
def bureau(signed_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bureau:
    found = bureau_in(tmp_path, signed_database)
    monkeypatch.setenv("CHIDAO_HOME", str(found.home))
    monkeypatch.setenv("CHIDAO_CHECKPOINT_PLACES", str(tmp_path / "place"))
    return found


def export(bureau: Bureau, to: Path, *more: str) -> Result:
    url = bureau.database.url.render_as_string(hide_password=False)
    return CliRunner().invoke(audit, ["export", str(to), "--format", "dossier", "--database", url, *more])


def exports(bureau: Bureau) -> int:
    with bureau.database.reading() as connection:
        return int(connection.execute(select(func.count()).where(history_record.c.action == "dossier.exported", history_record.c.outcome == "done")).scalar_one())


def test_it_writes_a_dossier_that_can_be_verified_at_once(bureau: Bureau, tmp_path: Path) -> None:
    done = export(bureau, tmp_path / "dossier.zip", "--directive", "370-CV/BTGTU", "--purpose", "Kiểm tra", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["format"], told["directive"], told["covered"]) == ("dossier", bureau.ward.letter, True)
    assert told["records"] == len(records(packed(tmp_path / "dossier.zip")))
    assert told["bytes"] == (tmp_path / "dossier.zip").stat().st_size
    assert verify(tmp_path / "dossier.zip", "--trust", bureau.kept).exit_code == 0
    assert exports(bureau) == 1


def test_where_the_key_of_checkpoints_lies_elsewhere_it_says_what_is_unproved(bureau: Bureau, tmp_path: Path) -> None:
    assert bureau.home
    for each in (bureau.home / "keys").glob("checkpoint*"):
        each.unlink()
    (bureau.home / "keys/vkeys.txt").write_text("".join(line for line in bureau.kept.read_text().splitlines(keepends=True) if not line.startswith("checkpoints")))
    done = export(bureau, tmp_path / "dossier.zip", "--directive", bureau.ward.letter)
    assert done.exit_code == 0, done.output
    assert "No checkpoint covers the last records yet: take the dossier out again when one was made" in done.stdout
    assert verify(tmp_path / "dossier.zip", "--trust", bureau.kept).exit_code == 3


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "Expected --directive alone with a dossier"),
        (("--directive", "370-CV/BTGTU", "--from", "2024-04-01"), "Expected --directive alone with a dossier"),
        (("--directive", "999-CV/KHONG"), "Expected a directive with the number '999-CV/KHONG', but found none"),
        (("--directive", "370-CV/BTGTU", "--as", "van.thu"), "Expected someone who holds the role auditor"),
    ],
)
def test_what_is_refused_leaves_no_file(bureau: Bureau, tmp_path: Path, options: tuple[str, ...], said: str) -> None:
    done = export(bureau, tmp_path / "dossier.zip", *options)
    assert (done.exit_code, said in done.stderr) == (1, True), done.output
    assert list(tmp_path.glob("dossier*")) == []
    assert exports(bureau) == 0
