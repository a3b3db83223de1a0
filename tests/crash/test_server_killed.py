"""PostgreSQL itself is killed and started again in mid-run: people repeat what was not answered, workers look again."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from engine.storage.schema import user_task
from tests.crash.director import Director
from tests.crash.orphans import orphans
from tests.crash.outcome import Told, differences, outcome
from tests.crash.scene import SMALL, prepare_scene
from tests.crash.server import MortalServer


@pytest.fixture(scope="module")
def mortal() -> Iterator[MortalServer]:
    server = MortalServer()
    yield server
    server.stop()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGQUIT])
def test_a_server_that_is_killed_and_comes_back_has_lost_nothing(how: signal.Signals, mortal: MortalServer, tmp_path: Path, undisturbed: Told) -> None:
    url = mortal.create(f"killed_{how.name.lower()}")
    moment = prepare_scene(url)
    with Director(url=url, folder=tmp_path, cast=SMALL, begins=moment) as director:
        with director.database.reading() as connection:
            completed = _completed(connection)
        for number in range(2):
            director.start("client", number, 2)
            director.start("worker", number, 2)
        for more in (1, 4):
            director.run(until=lambda found, more=more: _completed(found) >= completed + more)
            mortal.kill(how)
            mortal.restart()
        director.run(moments=1)
        assert director.killed.total() == 0
        with director.database.reading() as connection:
            assert differences(undisturbed, outcome(connection)) == []
            assert orphans(connection, over=False) == []
        assert [intent.key for journal in director.journals() for intent in journal.open()] == []


def _completed(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(user_task).where(user_task.c.status == "completed")).scalar_one())
