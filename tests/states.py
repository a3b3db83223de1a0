"""What a test may begin with: each function brings a migrated, empty database into a state."""

from __future__ import annotations

from datetime import UTC, datetime

from engine.kernel.clock import SimulatedClock
from engine.scenario.scenario import furnish, play, read_scenario
from engine.storage import Database
from tests.directives.ward import Ward
from tests.door.office import Office
from tests.offices import OFFICES
from tests.processes.walk import PROCESSES

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)  # before any scenario begins


def furnish_offices(database: Database) -> None:
    furnish(database, OFFICES, SimulatedClock(LONG_AGO))


def deploy_office(database: Database) -> None:
    Office(database).deploy()


def write_to_the_ward(database: Database) -> None:
    Ward(Office(database))


def play_whole(scenario: str, database: Database) -> None:
    """Play a scenario of the shipped processes, by its name, to its end."""
    furnish_offices(database)
    (path,) = PROCESSES.rglob(f"scenarios/{scenario}.json")
    assert play(read_scenario(path), database, furnished=True) == []
