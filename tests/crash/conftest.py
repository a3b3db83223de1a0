"""Databases for the crash tests: the scene and the whole play, each prepared once for each kind of database, copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import count
from pathlib import Path

import pytest

from tests.crash.director import Director
from tests.crash.outcome import Told, outcome
from tests.crash.scene import SMALL, prepare_scene
from tests.postgres import PostgresServer

NUMBERS = count(1)
Copy = Callable[[Path], str]  # a folder → the address of a fresh copy of the scene


@pytest.fixture(scope="session")
def sqlite_scene(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, datetime]:
    path = tmp_path_factory.mktemp("scene") / "scene.sqlite3"
    return path, prepare_scene(f"sqlite:///{path}")


@pytest.fixture(scope="session")
def postgres_scene(postgres_server: PostgresServer) -> tuple[str, datetime]:
    return "crash_scene", prepare_scene(postgres_server.create("crash_scene"))


@pytest.fixture(params=["sqlite", "postgresql"])
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Director]:
    """A copy of the scene with nobody acting yet: the test runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        source, moment = request.getfixturevalue("sqlite_scene")
        shutil.copy(source, tmp_path / "scene.sqlite3")
        with Director(url=f"sqlite:///{tmp_path / 'scene.sqlite3'}", folder=tmp_path, cast=SMALL, begins=moment) as director:
            yield director
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    template, moment = request.getfixturevalue("postgres_scene")
    name = f"crash_{next(NUMBERS)}"
    with Director(url=server.create(name, template=template), folder=tmp_path, cast=SMALL, begins=moment) as director:
        yield director
    server.drop(name)


@pytest.fixture(scope="session")
def undisturbed(sqlite_scene: tuple[Path, datetime], tmp_path_factory: pytest.TempPathFactory) -> Told:
    """What comes of the scene when nobody is killed: the same on every database."""
    source, moment = sqlite_scene
    folder = tmp_path_factory.mktemp("undisturbed")
    shutil.copy(source, folder / "scene.sqlite3")
    with Director(url=f"sqlite:///{folder / 'scene.sqlite3'}", folder=folder, cast=SMALL, begins=moment) as director:
        director.start("client")
        director.start("worker")
        director.run(moments=1)
        with director.database.reading() as connection:
            return outcome(connection)
