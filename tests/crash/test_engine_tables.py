"""What the execution engine keeps is disposable: its tables are dropped in mid-run, and everything is done all the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, func, select

from engine.storage.schema import user_task
from tests.crash.conftest import Scenes, directed
from tests.crash.director import Director
from tests.crash.orphans import orphans
from tests.crash.outcome import Told, differences, outcome
from tests.crash.scene import SMALL, prepare_scene


@pytest.fixture
def on_postgres(scenes: Scenes, tmp_path: Path) -> Iterator[Director]:
    yield from directed(scenes, scenes.copy("postgresql", "small", prepare_scene, tmp_path), tmp_path, SMALL)


def test_the_engines_tables_are_dropped_in_mid_run(on_postgres: Director, undisturbed: Told) -> None:
    for number in range(2):
        on_postgres.start("worker", number, 2)
    on_postgres.start("client")
    with on_postgres.database.reading() as connection:
        begun = _completed(connection)
    dropped = 0
    for more in (1, 3, 5):
        on_postgres.run(until=lambda found, more=more: _completed(found) >= begun + more)
        dropped += _drop(on_postgres.url)
    on_postgres.run(moments=1)
    assert dropped >= len(("procrastinate_jobs", "procrastinate_events"))
    assert on_postgres.killed.total() == 0
    with on_postgres.database.reading() as connection:
        assert differences(undisturbed, outcome(connection)) == []
        assert orphans(connection, over=False) == []


def _drop(url: str) -> int:
    """Drop every table of the engine; return how many there were. Of a deadlock with the workers the server may choose us."""
    with suppress(psycopg.errors.DeadlockDetected):
        return _drop_once(url)
    return _drop(url)


def _drop_once(url: str) -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        rows = connection.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'procrastinate%'").fetchall()
        for row in rows:
            connection.execute(f'DROP TABLE IF EXISTS "{row[0]}" CASCADE')
    return len(rows)


def _completed(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(user_task).where(user_task.c.status == "completed")).scalar_one())
