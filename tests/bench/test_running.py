"""`chidao bench running` asks for the same pages beside few and beside many cases, on both databases."""

from __future__ import annotations

import pytest

from engine.audit.running_cases import FIGURES
from engine.bench.running import Plan, lines_of, measured
from engine.bootstrap import open_door
from engine.directory.directory_import import ImportDirectory
from engine.kernel.actor import SYSTEM
from engine.kernel.errors import InvalidInput
from engine.storage import Database
from tests.audit.test_case import under_way
from tests.audit.test_running import PEOPLE
from tests.pages import clock_after

__all__ = ["under_way"]


def test_every_page_is_measured_beside_few_and_many_cases(under_way: Database) -> None:
    door = open_door(under_way, clock_after(under_way))
    with pytest.raises(InvalidInput, match="an auditor"):
        measured(door, Plan(instances=1, rounds=1))
    door.execute(ImportDirectory(kind="people", text=PEOPLE, file="people.csv"), SYSTEM, key="people")
    report = measured(door, Plan(instances=100, rounds=1))
    assert report["few"]["instances"] < 100 <= report["many"]["instances"]
    assert all(report[side][name] > 0 for side in ("few", "many") for name in ("page", *FIGURES))
    assert len(lines_of(report)) == 2 + len(FIGURES)
