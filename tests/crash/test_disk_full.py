"""The disk is full in mid-run: what does not fit is refused whole, in words that say so, and goes through when there is room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError

from engine.storage.difficulties import sentence
from tests.crash.director import Director
from tests.crash.here import Here
from tests.crash.orphans import orphans
from tests.crash.outcome import Told, differences, outcome

ROOM = 2  # pages that are free before the disk is full


@pytest.fixture
def full(scene: Director) -> Iterator[Path]:
    """A file that, while it is there, keeps the SQLite database from growing: the same error as that of a full disk."""
    sign = scene.folder / "full"

    def limit(connection: Connection) -> None:
        if connection.dialect.name == "sqlite":
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one() + ROOM if sign.exists() else 1_000_000
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    event.listen(Engine, "begin", limit)
    yield sign
    event.remove(Engine, "begin", limit)


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_full_disk_loses_nothing_and_says_so(scene: Director, full: Path, undisturbed: Told) -> None:
    here = Here(scene)
    full.touch()
    with pytest.raises(DBAPIError) as refused:
        for _ in range(60):
            here.settle()
            with scene.database.reading() as connection:
                following = scene.following(connection)
            assert following is not None
    assert sentence(refused.value).startswith("Expected to work with the database, but its disk is full. ")
    with scene.database.reading() as connection:
        assert orphans(connection, over=False) == []
    full.unlink()
    here.settle()
    with scene.database.reading() as connection:
        assert differences(undisturbed, outcome(connection)) == []
        assert orphans(connection, over=False) == []
