"""Reading never changes anything, writing is all or nothing, and two writers never lose each other's work."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing import get_context

import pytest
from sqlalchemy import Connection, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, InvalidRequestError

from engine.storage import Database, UnitOfWork
from engine.storage import database as storage
from engine.storage.schema import document, history_head, post

ZERO = "0" * 64
NOON = "2024-04-15T05:00:00.000Z"


def add_head(connection: Connection, log: str = "log", seq: int = 0) -> None:
    connection.execute(insert(history_head).values(log=log, series=log, seq=seq, record_hash=ZERO, recorded_at=NOON))


def heads(database: Database) -> dict[str, int]:
    with database.reading() as connection:
        return {log: seq for log, seq in connection.execute(select(history_head.c.log, history_head.c.seq))}  # noqa: C416


def test_what_is_committed_stays(database: Database) -> None:
    with UnitOfWork(database) as unit:
        add_head(unit.connection)
        unit.commit()
    assert heads(database) == {"log": 0}


def test_what_is_not_committed_never_happened(database: Database) -> None:
    with UnitOfWork(database) as unit:
        add_head(unit.connection)
    assert heads(database) == {}


def test_an_exception_undoes_everything_and_goes_on_to_the_caller(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), UnitOfWork(database) as unit:
        add_head(unit.connection)
        1 / 0  # noqa: B018
    assert heads(database) == {}


def test_after_its_commit_a_unit_of_work_does_no_more(database: Database) -> None:
    with pytest.raises(InvalidRequestError, match="closed transaction"), UnitOfWork(database) as unit:
        add_head(unit.connection)
        unit.commit()
        add_head(unit.connection, "late")
    assert heads(database) == {"log": 0}


def test_the_connection_serves_the_next_unit_after_a_failed_one(database: Database) -> None:
    for _ in range(3):
        with pytest.raises(IntegrityError), UnitOfWork(database) as unit:
            add_head(unit.connection)
            add_head(unit.connection)
    test_what_is_committed_stays(database)


def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError, match=r"readonly|read-only"), database.reading() as connection:
        add_head(connection)
    assert heads(database) == {}


def test_a_reader_sees_one_state_while_others_write(database: Database) -> None:
    with database.reading() as connection:
        before = connection.execute(select(history_head.c.log)).all()
        test_what_is_committed_stays(database)
        assert connection.execute(select(history_head.c.log)).all() == before == []
    assert heads(database) == {"log": 0}


def test_foreign_keys_are_kept(database: Database) -> None:
    with pytest.raises(IntegrityError), UnitOfWork(database) as unit:
        unit.connection.execute(insert(post).values(id="p", organisation="nowhere", title="Trưởng ban"))
        unit.commit()


def test_bytes_and_vietnamese_come_back_as_they_went_in(database: Database) -> None:
    row = {"sha256": ZERO, "name": "Công văn số 370", "media_type": "text/plain", "size": 3, "content": b"\x00\xff\n"}
    with UnitOfWork(database) as unit:
        unit.connection.execute(insert(document).values(row))
        unit.commit()
    with database.reading() as connection:
        assert connection.execute(select(document)).mappings().one() == row


def test_four_threads_of_25_increments_make_100(database: Database) -> None:
    """Read, then write only if the version is still the one read: the guard of every instance (EXECUTION.md 2)."""
    with UnitOfWork(database) as unit:
        add_head(unit.connection)
        unit.commit()

    def increment(_: int) -> None:
        while True:
            seen = heads(database)["log"]
            with UnitOfWork(database) as unit:
                guarded = update(history_head).where(history_head.c.log == "log", history_head.c.seq == seen)
                if unit.connection.execute(guarded.values(seq=seen + 1)).rowcount == 1:
                    unit.commit()
                    return

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: [increment(i) for i in range(25)], range(4)))
    assert heads(database) == {"log": 100}


def read_then_write(url: str) -> None:
    """Add 25, one at a time, each read inside the transaction that writes: on SQLite the lock is taken before reading."""
    database = Database(url)
    for _ in range(25):
        with UnitOfWork(database) as unit:
            seen = unit.connection.execute(select(history_head.c.seq)).scalar_one()
            unit.connection.execute(update(history_head).values(seq=seen + 1))
            unit.commit()
    database.dispose()


def test_four_processes_that_read_and_then_write_are_never_locked_out(sqlite_database: Database, sqlite_url: str) -> None:
    with UnitOfWork(sqlite_database) as unit:
        add_head(unit.connection)
        unit.commit()
    with get_context("spawn").Pool(4) as processes:
        processes.map(read_then_write, [sqlite_url] * 4)
    assert heads(sqlite_database) == {"log": 100}


@pytest.mark.parametrize("rows", [1, 300], ids=["one row", "many rows"])
def test_postgresql_ends_the_session_of_a_writer_that_stands_still(postgres_database: Database, monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    monkeypatch.setattr(storage, "IDLE_LIMIT", 100)
    with suppress(DBAPIError), UnitOfWork(postgres_database) as unit:
        session = unit.connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        unit.connection.execute(insert(history_head), [{"log": f"log {n}", "series": f"log {n}", "seq": 0, "record_hash": ZERO, "recorded_at": NOON} for n in range(rows)])
        patience = time.monotonic() + 30
        while _lives(postgres_database, session) and time.monotonic() < patience:
            time.sleep(0.05)
        assert not _lives(postgres_database, session)


def _lives(database: Database, session: int) -> bool:
    with database.reading() as connection:
        return bool(connection.execute(text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid"), {"pid": session}).scalar_one())
