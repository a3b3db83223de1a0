"""Every scenario beside the processes, run to its end: as it expects, and nothing left open."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.audit.state import differences
from engine.history.verify import verify
from engine.scenario.scenario import play, read_scenario
from engine.storage import Database
from tests.offices import OFFICES
from tests.processes.walk import PROCESSES

SCENARIOS = sorted(PROCESSES.rglob("scenarios/*.json"))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: f"{path.parent.parent.name}-{path.stem}")
def test_a_scenario_runs_to_its_end_as_it_says(path: Path, furnished_database: Database) -> None:
    scenario = read_scenario(path)
    assert scenario.offices == OFFICES
    assert play(scenario, furnished_database, furnished=True) == []
    with furnished_database.reading() as connection:
        assert verify(connection)[1] == []
        assert [each.sentence() for each in differences(connection)] == []
