"""Which addresses open, how SQLite is set, and what a person reads when an address does not open."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from engine.kernel.errors import InvalidInput
from engine.storage import Database

SETTINGS = """
import sys
from engine.storage import Database, UnitOfWork
with UnitOfWork(Database(sys.argv[1])) as unit:
    for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout"):
        print(unit.connection.exec_driver_sql(f"PRAGMA {name}").scalar())
"""


def test_the_dialect_is_named(database: Database, database_url: str) -> None:
    assert database.dialect == database_url.partition(":")[0]


def test_sqlite_is_set_so_that_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    asked = [sys.executable, "-c", SETTINGS, f"sqlite:///{tmp_path / 'own.sqlite3'}"]  # a process of its own, as tests do not wait for the disk
    said = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
    assert said.split() == ["wal", "2", "1", "30000"]


def test_a_sqlite_connection_is_kept_for_the_next_transaction(sqlite_database: Database) -> None:
    seen = set()
    for _ in range(5):
        with sqlite_database.reading() as connection:
            seen.add(id(connection.connection.dbapi_connection))
    assert len(seen) == 1


def test_postgresql_runs_through_psycopg_3(postgres_url: str) -> None:
    database = Database(postgres_url)
    assert database.url.drivername == "postgresql+psycopg"
    database.dispose()


def test_what_is_often_asked_is_planned_once(postgres_database: Database) -> None:
    often, planned = text("SELECT count(*) FROM person"), text("SELECT statement FROM pg_prepared_statements")
    for _ in range(10):
        with postgres_database.reading() as connection:
            connection.execute(often)
    with postgres_database.reading() as connection:
        assert str(often) in connection.execute(planned).scalars().all()


def test_opening_an_address_makes_no_file(tmp_path: Path) -> None:
    Database(f"sqlite:///{tmp_path / 'new.db'}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "Expected a database address"),
        ("chidao.db", "Expected a database address"),
        ("postgresql://host:port/name", "Expected a database address"),
        ("mysql://root:secret@host/name", "begins with sqlite:// or postgresql://, but found mysql://"),
        ("sqlite://", "Expected the path of a file after sqlite:///"),
        ("sqlite:///:memory:", "Expected the path of a file after sqlite:///"),
        ("sqlite://host/name", "Expected the path of a file after sqlite:///"),
        ("sqlite:////no/such/folder/chidao.db", "Expected the folder /no/such/folder"),
        ("sqlite:////tmp", "but it is a folder"),
        ("postgresql://u:secret@/name?host=/no/such/socket", "no server answers there"),
        ("postgresql://u:secret@127.0.0.1:1/name", "no server answers there"),
    ],
)
def test_an_address_that_cannot_be_opened_is_refused_with_a_sentence(url: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        Database(url)
    assert sentence in refusal.value.message
    assert "secret" not in refusal.value.message


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Kính gửi: " * 200)
    with pytest.raises(InvalidInput, match="the file is no SQLite database"):
        Database(f"sqlite:///{path}")


def test_a_password_is_never_shown(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    database.url = database.url.set(username="u", password="secret")
    assert "secret" not in repr(database) + database.address
