"""Prepared databases of both kinds, from which each schedule has a fresh copy."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from engine.storage import Database
from tests.interleavings.copies import Copies, prepare_copies

Furnish = Callable[[Database], tuple[Any, Any]]
NUMBERS = count(1)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def prepare(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Furnish], Copies]]:
    """What prepares a database: the tests of a module run on SQLite and on PostgreSQL."""
    made: list[Copies] = []

    def prepared(furnish: Furnish) -> Copies:
        if request.param == "sqlite":
            path = tmp_path_factory.mktemp("interleavings") / "chidao.sqlite3"
            shutil.copy(request.getfixturevalue("sqlite_template"), path)
            made.append(prepare_copies(Database(f"sqlite:///{path}"), path, None, furnish))
        else:
            server, name = request.getfixturevalue("postgres_server"), f"interleavings_{next(NUMBERS)}"
            url = server.create(name, template=request.getfixturevalue("postgres_template"))
            made.append(prepare_copies(Database(url), name, server, furnish))
        return made[-1]

    yield prepared
    for copies in made:
        copies.close()
