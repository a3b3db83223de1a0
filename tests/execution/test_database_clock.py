"""The clock of the PostgreSQL server: hosts whose own clocks differ agree about what is due."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from engine.kernel.clock import SystemClock
from engine.storage import Database, database_clock
from engine.storage.database_clock import DatabaseClock, clock_of

CLOSE = timedelta(seconds=5)  # the server is on this machine; both are busy


@pytest.fixture
def server(postgres_url: str) -> Iterator[Database]:
    database = Database(postgres_url)
    yield database
    database.dispose()


def test_a_server_is_asked_and_a_file_has_the_clock_of_its_machine(server: Database, sqlite_database: Database) -> None:
    assert abs(clock_of(server).now() - datetime.now(UTC)) < CLOSE
    assert isinstance(clock_of(sqlite_database), SystemClock)


def test_the_hosts_own_clock_changes_nothing(server: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    skewed = datetime.now(UTC) + timedelta(hours=7)
    monkeypatch.setattr(SystemClock, "now", lambda _self: skewed)
    assert abs(DatabaseClock(server).now() - datetime.now(UTC)) < CLOSE


def test_the_time_goes_on_between_two_measurements_and_is_corrected_by_the_next(server: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [100.0]
    monkeypatch.setattr(database_clock, "stopwatch", lambda: seconds[0])
    clock = DatabaseClock(server, between=10)
    before = clock.now()
    seconds[0] += 9  # our own seconds run far too fast
    assert clock.now() - before == timedelta(seconds=9)
    seconds[0] += 1
    assert clock.now() - before < CLOSE


def test_a_server_that_does_not_answer_is_told_once_and_the_time_goes_on(
    server: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    seconds = [0.0]
    monkeypatch.setattr(database_clock, "stopwatch", lambda: seconds[0])
    clock = DatabaseClock(server, between=10)
    before = clock.now()

    @contextmanager
    def silent(_self: Database) -> Iterator[Connection]:
        raise OperationalError("SELECT", {}, Exception("the server is gone"))
        yield

    with monkeypatch.context() as patched, caplog.at_level(logging.WARNING):
        patched.setattr(Database, "reading", silent)
        for _ in range(3):
            seconds[0] += 20
            clock.now()
        assert clock.now() - before == timedelta(seconds=60)
    assert caplog.messages == ["the server does not tell the time, it goes on from the last measurement"]
    seconds[0] += 20
    assert clock.now() - before < CLOSE
