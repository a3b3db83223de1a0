"""Databases that are set up once in a session, on each kind, and copied for every test that begins with them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from engine.storage import Database, create_or_upgrade
from tests.postgres import PostgresServer

NUMBERS = count(1)
FILE = "chidao.sqlite3"
KINDS = ("sqlite", "postgresql")

Build = Callable[[Database], object]  # what brings a migrated, empty database into the state that tests begin with
EMPTY: tuple[str, Build] = ("empty", create_or_upgrade)


class Templates:
    """One template for each kind of database and name: made when it is first asked for."""

    def __init__(self, folder: Path, server: Callable[[], PostgresServer]) -> None:
        """`folder` takes the SQLite files; `server` gives the PostgreSQL server, which is started when it is first needed."""
        self._folder, self._server = folder, server
        self._made: dict[tuple[str, str], str] = {}

    def url(self, kind: str, name: str, build: Build) -> str:
        """Return the address of the template itself: for reading only, and never while it is copied."""
        if (kind, name) not in self._made:
            url = self._fresh(kind, name)
            database = Database(url)
            build(database)
            database.dispose()
            self._made[kind, name] = url
        return self._made[kind, name]

    @contextmanager
    def copy(self, kind: str, name: str, build: Build, folder: Path) -> Iterator[str]:
        """Yield the address of a copy, which lies in `folder` or is dropped afterwards."""
        url = self.url(kind, name, build)
        if kind == "sqlite":
            shutil.copy(url.removeprefix("sqlite:///"), folder / FILE)
            yield f"sqlite:///{folder / FILE}"
            return
        own = f"{name}_{next(NUMBERS)}"
        yield self._server().create(own, template=name)
        self._server().drop(own)

    def _fresh(self, kind: str, name: str) -> str:
        if name == EMPTY[0]:
            return self._bare(kind, name)
        empty = self.url(kind, *EMPTY)
        if kind == "postgresql":
            return self._server().create(name, template=EMPTY[0])
        url = self._bare(kind, name)
        shutil.copy(empty.removeprefix("sqlite:///"), url.removeprefix("sqlite:///"))
        return url

    def _bare(self, kind: str, name: str) -> str:
        if kind == "postgresql":
            return self._server().create(name)
        place = self._folder / name
        place.mkdir()
        return f"sqlite:///{place / FILE}"


def copied(name: str, build: Build, *, kinds: tuple[str, ...] = KINDS) -> Callable[..., Iterator[Database]]:
    """Return a fixture: a copy of the template `name`, on each of `kinds`."""

    @pytest.fixture(params=list(kinds))
    def fixture(request: pytest.FixtureRequest, templates: Templates, tmp_path: Path) -> Iterator[Database]:
        with templates.copy(request.param, name, build, tmp_path) as url:
            yield from opened(url)

    return fixture


def opened(url: str) -> Iterator[Database]:
    """Yield the database at an address, and close its connections."""
    database = Database(url)
    yield database
    database.dispose()
