"""The demonstration as it is once somebody has searched: its history has been read for that, one time for all tests."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.audit.texts import KeepTexts
from engine.bootstrap import open_door
from engine.storage import Database
from tests.pages import clock_after
from web.visitor import PAGES


@pytest.fixture(scope="module")
def demonstration_file(demonstration_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("searched") / "demonstration.sqlite3"
    shutil.copy(demonstration_file, place)
    database = Database(f"sqlite:///{place}")
    door = open_door(database, clock_after(database))
    number = 0
    while door.execute(KeepTexts(), PAGES, key=f"texts:{number}")["read"]:
        number += 1
    database.dispose()
    return place
