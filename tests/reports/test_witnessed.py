"""A report that is submitted carries the reporter's latest checkpoint up to whoever receives it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.history.record import ACCESS_LOG
from engine.reports.submit import _witnessed
from engine.storage import Database
from tests.history.sealing import Installation, install


@pytest.fixture
def office(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    return install(database, tmp_path, monkeypatch)


def carried(office: Installation) -> list[int]:
    """How many records the carried checkpoint covers; nothing when none is carried."""
    with office.database.reading() as connection:
        return [office.open(change.new).size for change in _witnessed(connection)]


def test_before_the_first_checkpoint_there_is_none(office: Installation) -> None:
    office.grow(3)
    assert carried(office) == []


def test_it_is_the_latest_of_the_history_and_not_of_who_looked(office: Installation) -> None:
    maker = office.maker()
    for _ in range(2):
        office.grow(3)
        office.grow(50, log=ACCESS_LOG)
        maker.look(now=True)
    assert carried(office) == [8]
