"""Prepared databases of both kinds, from which each schedule has a fresh copy."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from sqlalchemy import make_url

from engine.storage import Database
from tests.interleavings.copies import Copies, prepare_copies
from tests.templates import EMPTY

Furnish = Callable[[Database], tuple[Any, Any]]
NUMBERS = count(1)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def prepare(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Furnish], Copies]]:
    """What prepares a database, once for all tests that furnish it alike; each test runs on SQLite and on PostgreSQL."""
    made: dict[Furnish, Copies] = {}
    if request.param == "postgresql":
        request.getfixturevalue("postgres_server")  # asked for first, it is stopped last

    def empty() -> str:
        return str(request.getfixturevalue("templates").url(request.param, *EMPTY))

    def prepared(furnish: Furnish) -> Copies:
        if furnish not in made:
            made[furnish] = prepare_on_sqlite(furnish) if request.param == "sqlite" else prepare_on_postgresql(furnish)
        return made[furnish]

    def prepare_on_sqlite(furnish: Furnish) -> Copies:
        path = tmp_path_factory.mktemp("interleavings") / "chidao.sqlite3"
        shutil.copy(empty().removeprefix("sqlite:///"), path)
        return prepare_copies(Database(f"sqlite:///{path}"), path, None, furnish)

    def prepare_on_postgresql(furnish: Furnish) -> Copies:
        server, name = request.getfixturevalue("postgres_server"), f"interleavings_{next(NUMBERS)}"
        url = server.create(name, template=make_url(empty()).database)
        return prepare_copies(Database(url), name, server, furnish)

    yield prepared
    for copies in made.values():
        copies.close()
