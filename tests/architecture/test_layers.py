"""Imports run one way: the contract in pyproject.toml holds, is complete, and fails when it is broken."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.rules import ROOT

WITHOUT_CODE = {"decisions"}


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as check; check()", "--no-cache"]
    return subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True)


def rooms_of_the_contract() -> set[str]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    (layers,) = (contract["layers"] for contract in contracts if contract["id"] == "rooms")
    return {room.strip(" ()") for line in layers for room in line.replace("|", ":").split(":")}


def test_upper_rooms_import_lower_ones_and_never_the_other_way_round() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_room_of_the_engine_has_its_place_in_the_contract() -> None:
    rooms = {path.stem for path in (ROOT / "engine").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert {f"engine.{room}" for room in rooms - {"__init__"} - WITHOUT_CODE} <= rooms_of_the_contract()


@pytest.mark.parametrize(
    ("lower", "statement"),
    [
        ("kernel", "import engine.storage"),
        ("storage", "from engine.history import log"),
        ("history", "import engine.bpmn"),
        ("instances", "def f():\n    from engine.directives import books"),
        ("instances", "import web"),
    ],
)
def test_an_import_upwards_or_sideways_breaks_the_contract(tmp_path: Path, lower: str, statement: str) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in ("web", "engine", *(f"engine/{name}" for name in ("kernel", "storage", "history", "bpmn", "instances", "directives"))):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    (tmp_path / "engine/history/log.py").touch()
    (tmp_path / "engine/directives/books.py").touch()
    assert lint_imports(tmp_path).returncode == 0
    (tmp_path / "engine" / lower / "planted.py").write_text(statement)
    result = lint_imports(tmp_path)
    assert result.returncode == 1
    assert "BROKEN" in result.stdout
