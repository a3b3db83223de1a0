"""Walking through the history a page at a time: nothing twice, nothing left out, also over a restore; a page says up to where it has looked."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from engine.audit.desk import walk as walking
from engine.audit.desk.walk import Found, Page, Way, moment_of, walk
from engine.history.series import begin_anew
from engine.storage import Database, UnitOfWork
from engine.storage.schema import history_record
from tests.history.sealing import Installation, install

OTHER = "chidao/log2"


@pytest.fixture
def twice(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """Twenty records, a restore, and fifteen more, a minute after each other."""
    made = install(database, tmp_path, monkeypatch)
    for count in range(20):
        grow(made, count)
    with UnitOfWork(database) as unit:
        begin_anew(unit.connection, ())
        unit.commit()
    for count in range(15):
        grow(made, count)
    return made


def grow(made: Installation, count: int) -> None:
    made.grow(1, action="task.completed" if count % 3 else "task.claimed")
    made.pass_by(60)


def pages(made: Installation, way: Way, *, only: str = "") -> list[Page]:
    """All pages, each begun where the one before it ended."""
    found: list[Page] = []
    conditions = [history_record.c.action == only] if only else []
    with made.database.reading() as connection:
        while not found or found[-1].on:
            start = found[-1].on if found else ""
            here = Way(**{**{name: getattr(way, name) for name in Way.__slots__}, "start": start})
            found.append(walk(connection, here, conditions, lambda _found, _content: True))
            assert len(found) < 100
    return found


def places(found: list[Page]) -> list[tuple[str, int]]:
    return [(each.log, each.seq) for page in found for each in page.records]


def everything(made: Installation) -> list[tuple[str, int]]:
    query = select(history_record.c.log, history_record.c.seq).where(history_record.c.log.not_like("%access"))
    return [tuple(row) for row in made.rows(query.order_by(history_record.c.log, history_record.c.seq))]


@pytest.mark.parametrize("stream", [None, "all"], ids=["all records", "a stream"])
@pytest.mark.parametrize("oldest", [True, False], ids=["oldest first", "newest first"])
@pytest.mark.parametrize("most", [1, 7, 50])
def test_pages_hold_every_record_once_and_in_order(twice: Installation, stream: str | None, oldest: bool, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "LONGEST", 1)  # all these records are of one command
    found = pages(twice, Way(stream=stream, oldest=oldest, most=most))
    expected = everything(twice)
    assert places(found) == (expected if oldest else expected[::-1])
    assert all(len(page.records) == most for page in found[:-1])
    assert [each.number for page in found for each in page.records] == (list(range(1, 36)) if oldest else list(range(35, 0, -1)))


@pytest.mark.parametrize("oldest", [True, False])
def test_a_condition_of_the_database_narrows_it(twice: Installation, oldest: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "LONGEST", 1)
    found = pages(twice, Way(stream="all", oldest=oldest, most=4), only="task.claimed")
    assert sorted(places(found)) == [each for each in everything(twice) if (each[1] - 1) % 3 == 0]


@pytest.mark.parametrize("oldest", [True, False])
def test_a_span_that_ends_says_where_to_go_on(twice: Installation, oldest: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "SPAN", 6)
    found = pages(twice, Way(oldest=oldest), only="task.claimed")
    assert sorted(places(found)) == [each for each in everything(twice) if (each[1] - 1) % 3 == 0]
    assert not any(page.full for page in found[:-1])


def test_a_page_that_has_read_enough_says_up_to_when(twice: Installation) -> None:
    def nothing(_found: Found, _content: bytes) -> bool:
        return False

    with twice.database.reading() as connection:
        page = walk(connection, Way(looked_at=10), [], nothing)
        assert (page.records, page.full) == ((), False)
        seen = {page.looked}
        while page.on:
            page = walk(connection, Way(looked_at=10, start=page.on), [], nothing)
            seen.add(page.looked)
    assert len(seen) == 4, "35 records, ten at a time"


def test_an_operation_is_not_torn_apart(twice: Installation) -> None:
    (page,) = pages(twice, Way(stream="all", most=5))
    assert len(page.records) == 35, "all of one command"


@pytest.mark.parametrize("stream", [None, "all"])
def test_a_time_is_walked_through_alone(twice: Installation, stream: str | None) -> None:
    (page,) = pages(twice, Way(stream=stream, since="2026-04-01T01:05:00.000Z", until="2026-04-01T01:22:00.000Z", oldest=True))
    assert places([page]) == [("chidao/log1", seq) for seq in range(6, 21)] + [(OTHER, 1), (OTHER, 2)]


@pytest.mark.parametrize("start", ["", "nothing", "chidao/log9:3", "chidao/log1:x"])
def test_a_start_that_is_none_is_the_beginning(twice: Installation, start: str) -> None:
    with twice.database.reading() as connection:
        assert len(walk(connection, Way(start=start), [], lambda _found, _content: True).records) == 35


def test_where_a_page_ends_has_a_moment(twice: Installation) -> None:
    with twice.database.reading() as connection:
        assert moment_of(connection, Way(stream="all"), f"{OTHER}:1") == "2026-04-01T01:20:00.000Z"
        assert moment_of(connection, Way(stream="all"), "nothing") is None
