"""A small kill storm over the whole of a small cascade; the large ones are run by hand (storm.py)."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.scenario.stage import morning
from tests.crash.cast import BEGIN, Cast, furnish
from tests.crash.director import Director
from tests.crash.outcome import Told
from tests.crash.storm import storm, undisturbed
from tests.postgres import PostgresServer

CAST = Cast(widths=(2,), months=1, notices=6)
KILLS = 20


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("calm")
    furnish(f"sqlite:///{folder / 'undisturbed.sqlite3'}", CAST)
    return undisturbed(CAST, folder)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_storm_loses_nothing_and_doubles_nothing(kind: str, expected: Told, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = f"sqlite:///{tmp_path / 'storm.sqlite3'}"
    if kind == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        url = server.create("crash_storm")
    furnish(url, CAST)
    with Director(url=url, folder=tmp_path, cast=CAST, begins=morning(BEGIN)) as director:
        done = storm(director, expected, kills=KILLS, seed=7, every=0.2)
    assert (done.lost, done.duplicated, done.orphans, done.differences) == (0, 0, [], [])
    assert sum(done.kills.values()) > KILLS // 4
    assert done.effects == CAST.notices
