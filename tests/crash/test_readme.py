"""The table in README.md is true: every test that it names is there, and every named point has a test that kills at it."""

from __future__ import annotations

import re
from pathlib import Path

from engine.kernel.points import POINTS
from tests.crash import test_effects, test_fan_out, test_points

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def test_every_test_that_the_table_names_is_there() -> None:
    named = NAMED.findall((ROOT / "tests/crash/README.md").read_text("utf-8"))
    assert named
    assert [f"{file}::{name}" for file, name in named if f"def {name}(" not in (ROOT / file).read_text("utf-8")] == []


def test_every_crash_test_stands_in_the_table() -> None:
    table = (ROOT / "tests/crash/README.md").read_text("utf-8")
    files = [file.name for file in (ROOT / "tests/crash").glob("test_*.py") if file.name != "test_readme.py"]
    assert [name for name in files if name not in table] == []


def test_every_named_point_is_killed_at() -> None:
    assert {*test_points.HERE, *test_fan_out.POINTS, *test_effects.POINTS} == set(POINTS)
