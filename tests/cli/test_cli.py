"""The command line: what it exits with, and one sentence instead of a traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from engine.cli import main
from engine.storage import Database, UnitOfWork
from engine.storage.schema import history_record

ENTITY = '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>'
BOMB = '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]><d>&c;</d>'


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def one_sentence(result: Result) -> str:
    """Expect exit code 1 and one line on stderr; return it."""
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    (line,) = result.stderr.strip().splitlines()
    return line


def shipped() -> list[Path]:
    return [Path(__file__).parents[2] / "processes"]


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x01\x02\xff\xfe binary \x00", "Kính gửi bạn, hôm nay trời đẹp.".encode()],
    ids=["empty", "binary", "not a directive"],
)
def test_what_is_no_directive_is_refused_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "letter.txt"
    path.write_bytes(content)
    assert "Expected" in one_sentence(run("read", path))


def test_a_missing_document_is_named(tmp_path: Path) -> None:
    assert "missing.txt" in one_sentence(run("read", tmp_path / "missing.txt"))


def test_a_directive_is_read_as_json() -> None:
    result = run("read", Path(__file__).parents[2] / "processes/samples/documents/42-cv-btgtu.txt")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["documents"][0]["code"] == "42-CV/BTGTU"


@pytest.mark.parametrize("arguments", [(), ("read",), ("nothing",), ("demo", "--months", "0"), ("lint",)], ids=str)
def test_wrong_usage_exits_with_2(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


@pytest.mark.parametrize("content", [ENTITY, BOMB, "", "<not-closed"], ids=["external entity", "entity bomb", "empty", "not well-formed"])
def test_a_hostile_drawing_is_a_finding(tmp_path: Path, content: str) -> None:
    path = tmp_path / "hostile.bpmn"
    path.write_text(content, "utf-8")
    result = run("lint", path)
    assert result.exit_code == 1
    assert "hostile.bpmn" in result.output
    assert "root:" not in result.output
    assert "Traceback" not in result.output


def test_the_shipped_drawings_have_no_errors() -> None:
    assert run("lint", *shipped()).exit_code == 0


def test_a_bad_drawing_is_not_deployed(tmp_path: Path, sqlite_url: str, sqlite_database: Database) -> None:
    path = tmp_path / "bad.bpmn"
    path.write_text(ENTITY, "utf-8")
    result = run("deploy", path, "--database", sqlite_url)
    assert result.exit_code == 1
    assert "bad.bpmn" in result.stderr
    with sqlite_database.reading() as connection:
        for table in ("definition_version", "definition_file", "definition_part"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one() == 0


def test_a_deployed_and_then_tampered_database_is_told_from_an_intact_one(sqlite_url: str, sqlite_database: Database) -> None:
    assert run("deploy", *shipped(), "--database", sqlite_url).exit_code == 0
    assert json.loads(run("audit", "verify", "--database", sqlite_url, "--json").stdout)["result"] == "intact"
    with UnitOfWork(sqlite_database) as unit:
        unit.connection.execute(update(history_record).where(history_record.c.seq == 1).values(actor="forged"))
        unit.commit()
    result = run("audit", "verify", "--database", sqlite_url, "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert found["result"] == "tampered"
    assert [(entry["record"], entry["field"]) for entry in found["findings"]] == [(1, "actor")]


def test_a_database_without_our_tables_is_never_called_intact(tmp_path: Path) -> None:
    result = run("audit", "verify", "--database", f"sqlite:///{tmp_path / 'other.sqlite3'}")
    assert result.exit_code == 3
    assert "Expected a chidao database" in result.stderr
    assert "intact" not in result.stdout


def test_a_demo_does_not_run_into_a_database_that_holds_data(sqlite_url: str) -> None:
    assert run("deploy", *shipped(), "--database", sqlite_url).exit_code == 0
    result = run("demo", "--months", "1", "--database", sqlite_url, "--json")
    assert result.exit_code == 1
    assert "Expected an empty database for the demo" in result.stderr
    assert "Traceback" not in result.output


def test_a_wrong_line_of_a_csv_file_is_named(tmp_path: Path, sqlite_url: str) -> None:
    path = tmp_path / "organisations.csv"
    path.write_text("code,name,level,symbol,valid_from,valid_to\na,A,cell,A,2020-01-01,\nb,B,cell,B,01/02/2020,\n", "utf-8")
    assert "organisations.csv:3: Expected valid_from as YYYY-MM-DD" in one_sentence(run("org", "import", path, "--database", sqlite_url))


def test_a_register_is_imported_and_printed_in_every_format(tmp_path: Path, sqlite_url: str) -> None:
    units = tmp_path / "organisations.csv"
    units.write_text("code,name,level,symbol,valid_from,valid_to\nbtg,Ban Tuyên giáo,province,BTGTU,2020-01-01,\n", "utf-8")
    books = tmp_path / "registers.csv"
    books.write_text("organisation,direction,doc_type,term,next_number\nbtg,outgoing,công văn,term,371\n", "utf-8")
    for path in (units, books):
        assert run("org", "import", path, "--database", sqlite_url).exit_code == 0
    assert "registers.csv:2: Expected a register of Ban Tuyên giáo" in one_sentence(run("org", "import", books, "--database", sqlite_url))
    common = ("register", "print", "--organisation", "btg", "--kind", "outgoing", "--database", sqlite_url)
    assert "SỔ ĐĂNG KÝ VĂN BẢN ĐI (0)" in run(*common).stdout
    assert run(*common, "--format", "csv").stdout.startswith('"Số, ký hiệu",Ngày tháng,Tên loại và trích yếu,Người ký')
    assert json.loads(run(*common, "--format", "json", "--from", "2024-01-01", "--to", "2024-12-31").stdout)["lines"] == []
    assert "'xa'" in one_sentence(run(*common[:3], "xa", *common[4:]))
    assert run(*common[:5], "books").exit_code == 2


def test_days_off_are_imported(tmp_path: Path, sqlite_url: str) -> None:
    path = tmp_path / "calendar.csv"
    path.write_text("day,kind,note\n2027-01-01,off,Tết Dương lịch\n", "utf-8")
    assert run("org", "import", path, "--database", sqlite_url).stdout == "1 rows imported from calendar.csv\n"


def test_a_setting_is_shown_and_changed_with_a_reason(sqlite_url: str) -> None:
    assert "before_is_strict true\n" in run("setting", "--database", sqlite_url).stdout
    changed = run("setting", "before_is_strict", "false", "--reason", "công văn 12", "--database", sqlite_url)
    assert "before_is_strict false\n" in changed.stdout
    assert "Expected a reason" in one_sentence(run("setting", "extensions_max", "2", "--database", sqlite_url))
    assert "Expected true, false or a number" in one_sentence(run("setting", "extensions_max", "two", "--reason", "x", "--database", sqlite_url))
    assert "but found 'colour'" in one_sentence(run("setting", "colour", "1", "--reason", "x", "--database", sqlite_url))


def test_a_process_is_tried_in_memory_and_a_wrong_step_is_named(tmp_path: Path) -> None:
    diagram = str(Path(__file__).parents[2] / "processes" / "shared" / "directive_close.bpmn")
    first = CliRunner().invoke(main, ["try", diagram, "--json"])
    assert (first.exit_code, json.loads(first.stdout)["waiting"][0]["element"]) == (0, "cl_close")
    scenario = tmp_path / "scenario.json"
    scenario.write_text(json.dumps({"start": {"child": "D1"}, "steps": [{"complete": "cl_send"}]}), encoding="utf-8")
    wrong = CliRunner().invoke(main, ["try", diagram, str(scenario), "--json"])
    assert (wrong.exit_code, json.loads(wrong.stdout)["error"]["step"], json.loads(wrong.stdout)["error"]["element"]) == (1, 1, "cl_send")
    scenario.write_text("{", encoding="utf-8")
    broken = CliRunner().invoke(main, ["try", diagram, str(scenario)])
    assert broken.exit_code == 1
    assert "Expected JSON in scenario.json, but at line 1" in broken.stderr


def test_the_operations_of_service_tasks_are_listed_each_with_what_it_does() -> None:
    done = CliRunner().invoke(main, ["operations", "--json"])
    listed = {entry["name"]: entry["does"] for entry in json.loads(done.output)["operations"]}
    assert "dispatch" in listed
    assert all(listed.values())
    assert CliRunner().invoke(main, ["operations"]).output.count("\n") == len(listed)
