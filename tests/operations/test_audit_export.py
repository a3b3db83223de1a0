"""`chidao audit export`: a file that is whole or not there, and the record that it was taken out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.audit.exports.exporting import FORMATS
from engine.history.record import opened
from engine.storage import Database
from engine.storage.schema import directive, history_record
from tests.operations.conftest import Run
from tests.states import write_to_the_ward
from tests.templates import copied

office_database = copied("ward", write_to_the_ward, kinds=("sqlite",))


@pytest.fixture
def database(office_database: Database, home: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setenv("CHIDAO_DATABASE", f"sqlite:///{office_database.file}")
    return office_database


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_each_format_is_written_to_a_new_file_and_recorded(form: str, run: Run, database: Database, tmp_path: Path) -> None:
    file = tmp_path / f"history.{form}"
    result = run("audit", "export", file, "--format", form, "--purpose", "Kiểm tra", "--json")
    told = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (told["file"], told["format"], told["bytes"]) == (str(file), form, file.stat().st_size)
    with database.reading() as connection:
        records = [opened(body) for body in connection.execute(select(history_record.c.body).order_by(history_record.c.seq)).scalars()]
    assert (records[-1]["action"], records[-1]["reason"]["text"], told["records"]) == ("history.exported", "Kiểm tra", len(records) - 1)
    assert sorted(tmp_path.glob("history.*")) == [file]


def test_of_a_directive_and_to_the_terminal(run: Run, database: Database) -> None:
    with database.reading() as connection:
        code = connection.execute(select(directive.c.code).where(directive.c.id == directive.c.root)).scalars().first()
    result = run("audit", "export", "-", "--format", "csv", "--directive", str(code), "--from", "2024-04-01", "--to", "2024-04-30")
    assert result.exit_code == 0
    heading, *lines = result.stdout.removeprefix("\ufeff").splitlines()
    assert heading.startswith("Nhật ký,Số bản ghi")
    assert lines
    assert all(str(code) in line for line in lines)


def test_a_file_that_is_there_is_not_written_over(run: Run, database: Database, tmp_path: Path) -> None:
    (tmp_path / "history.csv").write_text("mine")
    result = run("audit", "export", tmp_path / "history.csv", "--format", "csv")
    assert (result.exit_code, (tmp_path / "history.csv").read_text()) == (1, "mine")
    assert result.stderr.startswith("Expected a new file at ")


def test_what_is_refused_leaves_no_file(run: Run, database: Database, tmp_path: Path) -> None:
    result = run("audit", "export", tmp_path / "history.csv", "--format", "csv", "--directive", "9/9")
    assert (result.exit_code, sorted(tmp_path.glob("history.*"))) == (1, [])
    assert result.stderr == "Expected a directive with the number '9/9', but found none. Look for it in the list of directives.\n"


def test_somebody_who_is_no_auditor_takes_out_nothing(run: Run, database: Database, tmp_path: Path) -> None:
    result = run("audit", "export", tmp_path / "history.csv", "--format", "csv", "--as", "van.thu")
    assert (result.exit_code, sorted(tmp_path.glob("history.*"))) == (1, [])
    assert "history.export" in result.stderr


def test_the_file_and_its_tidings_do_not_share_an_output(run: Run, database: Database) -> None:
    assert run("audit", "export", "-", "--format", "csv", "--json").exit_code == 1
    assert run("audit", "export", "-", "--format", "xls").exit_code == 2
