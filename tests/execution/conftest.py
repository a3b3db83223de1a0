"""The office of the tests of workers, on both databases and on PostgreSQL alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.storage import Database
from tests.execution.hands import draw_keeping
from tests.instances.bureau import Bureau


@pytest.fixture
def bureau(database: Database, monkeypatch: pytest.MonkeyPatch) -> Bureau:
    """An office with a process that begins with an operation."""
    made = Bureau.opened(database, monkeypatch)
    draw_keeping(made)
    return made


@pytest.fixture
def postgres_bureau(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bureau]:
    """The same on PostgreSQL, where jobs wake the workers."""
    database = Database(postgres_url)
    made = Bureau.opened(database, monkeypatch)
    made.door.wake_ups.start()
    draw_keeping(made)
    yield made
    database.dispose()
