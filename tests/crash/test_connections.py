"""The server has no connection left in mid-run: whoever gets none tries again, nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, func, select

from engine.storage.schema import user_task
from tests.crash.director import Director
from tests.crash.orphans import orphans
from tests.crash.outcome import Told, differences, outcome
from tests.crash.scene import SMALL, prepare_scene
from tests.crash.server import MortalServer

CONNECTIONS = 16
OUTAGE = 2.0  # seconds


@pytest.fixture
def narrow() -> Iterator[MortalServer]:
    server = MortalServer(max_connections=str(CONNECTIONS), fsync="off")
    yield server
    server.stop()


def test_a_run_on_which_all_connections_are_taken_goes_on_when_there_are_some(narrow: MortalServer, tmp_path: Path, undisturbed: Told) -> None:
    url = narrow.create("narrow")
    moment = prepare_scene(url)
    with Director(url=url, folder=tmp_path, cast=SMALL, begins=moment) as director:
        director.start("client")
        for number in range(2):
            director.start("worker", number, 2)
        with director.database.reading() as connection:
            begun = _completed(connection)
        director.run(until=lambda found: _completed(found) >= begun + 1)
        taken = _take_all(narrow.url("postgres"))
        for process in ("client-0", "worker-0"):  # they come back, and get no connection
            director.kill(process)
        until = time.monotonic() + OUTAGE
        while time.monotonic() < until:
            taken += _take_all(narrow.url("postgres"))
            time.sleep(0.1)
        assert taken
        for each in taken:
            each.close()
        director.run(moments=1)
        with director.database.reading() as connection:
            assert differences(undisturbed, outcome(connection)) == []
            assert orphans(connection, over=False) == []


def _take_all(url: str) -> list[psycopg.Connection[tuple[object, ...]]]:
    """Take every connection that is free."""
    taken = []
    while True:
        try:
            taken.append(psycopg.connect(url))
        except psycopg.OperationalError:
            return taken


def _completed(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(user_task).where(user_task.c.status == "completed")).scalar_one())
