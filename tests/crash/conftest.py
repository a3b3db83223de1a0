"""Databases for the crash tests: each scene is prepared once for each kind of database, and copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.crash.cast import Cast
from tests.crash.director import Director
from tests.crash.outcome import Told, outcome
from tests.crash.scene import SMALL, WIDE, prepare_dispatch, prepare_scene
from tests.postgres import PostgresServer

NUMBERS = count(1)


@dataclass(slots=True, kw_only=True)
class Scenes:
    """The prepared databases of one session, made when they are first asked for."""

    folder: Path
    server: Callable[[], PostgresServer]
    made: dict[tuple[str, str], tuple[str, datetime]] = field(default_factory=dict)

    def copy(self, kind: str, name: str, prepare: Callable[[str], datetime], folder: Path) -> tuple[str, datetime]:
        """Return the address of a fresh copy of a scene, and the moment at which it goes on."""
        if kind == "sqlite":
            if (kind, name) not in self.made:
                file = self.folder / f"{name}.sqlite3"
                self.made[kind, name] = str(file), prepare(f"sqlite:///{file}")
            source, moment = self.made[kind, name]
            shutil.copy(source, folder / "play.sqlite3")
            return f"sqlite:///{folder / 'play.sqlite3'}", moment
        if (kind, name) not in self.made:
            self.made[kind, name] = f"crash_{name}", prepare(self.server().create(f"crash_{name}"))
        template, moment = self.made[kind, name]
        return self.server().create(f"crash_{next(NUMBERS)}", template=template), moment


@pytest.fixture(scope="session")
def scenes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Scenes:
    return Scenes(folder=tmp_path_factory.mktemp("scenes"), server=lambda: request.getfixturevalue("postgres_server"))


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def scene(kind: str, scenes: Scenes, tmp_path: Path) -> Iterator[Director]:
    """Reports are about to open, with nobody acting yet: the test runs on SQLite and on PostgreSQL."""
    yield from directed(scenes, scenes.copy(kind, "small", prepare_scene, tmp_path), tmp_path, SMALL)


@pytest.fixture
def dispatch(kind: str, scenes: Scenes, tmp_path: Path) -> Iterator[Director]:
    """A letter to twelve offices is about to go out."""
    yield from directed(scenes, scenes.copy(kind, "wide", prepare_dispatch, tmp_path), tmp_path, WIDE)


def directed(scenes: Scenes, place: tuple[str, datetime], folder: Path, cast: Cast) -> Iterator[Director]:
    with Director(url=place[0], folder=folder, cast=cast, begins=place[1]) as director:
        yield director
    if place[0].startswith("postgresql"):
        scenes.server().drop(str(make_url(place[0]).database))


@pytest.fixture(scope="session")
def undisturbed(scenes: Scenes, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """What comes of the small scene when nobody is killed: the same on every database."""
    folder = tmp_path_factory.mktemp("undisturbed")
    url, moment = scenes.copy("sqlite", "small", prepare_scene, folder)
    with Director(url=url, folder=folder, cast=SMALL, begins=moment) as director:
        director.start("client")
        director.start("worker")
        director.run(moments=1)
        with director.database.reading() as connection:
            return outcome(connection)
