"""An installation with keys and places, on both databases and on SQLite alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.storage import Database
from tests.history.sealing import Installation, install


@pytest.fixture
def installation(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    return install(database, tmp_path, monkeypatch)


@pytest.fixture
def small_installation(sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """The same on SQLite, for what no database changes."""
    return install(sqlite_database, tmp_path, monkeypatch)
