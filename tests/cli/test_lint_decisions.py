"""`chidao lint` on decision tables: alone, or with the folder that they stand in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine.cli import main
from tests.bpmn.tables import table

ENTITY = '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>'


def lint(path: Path, *more: str) -> Result:
    return CliRunner().invoke(main, ["lint", str(path), *more])


def test_a_table_that_decides_has_no_findings(tmp_path: Path) -> None:
    path = tmp_path / "shape.dmn"
    path.write_bytes(table("shape", ["duty"], ["process"], [['"monthly"', '"a"'], ["-", '"b"']], policy="FIRST"))
    result = lint(path)
    assert (result.exit_code, result.output) == (0, "")


def test_a_bad_cell_is_named_by_its_rule_and_column_and_line(tmp_path: Path) -> None:
    path = tmp_path / "shape.dmn"
    path.write_bytes(table("shape", ["duty"], ["process"], [['"monthly"', '"a"'], ["monthly or weekly", '"b"']]))
    result = lint(path, "--json")
    assert result.exit_code == 1
    (found,) = json.loads(result.output)["findings"]
    line = path.read_text("utf-8").splitlines().index('<inputEntry id="r2c0"><text>monthly or weekly</text></inputEntry>') + 1
    assert (found["file"], found["element"], found["line"], found["severity"]) == ("decisions/shape.dmn", "r2c0", line, "error")
    assert found["message"].startswith("In rule 2, input 'duty': Expected a value to compare the input with")


@pytest.mark.parametrize("content", [ENTITY, "", "<not-closed"], ids=["external entity", "empty", "not well-formed"])
def test_a_hostile_table_is_a_finding(tmp_path: Path, content: str) -> None:
    path = tmp_path / "hostile.dmn"
    path.write_text(content, "utf-8")
    result = lint(path)
    assert result.exit_code == 1
    assert "hostile.dmn" in result.output
    assert "root:" not in result.output
    assert "Traceback" not in result.output
