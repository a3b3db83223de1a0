"""One address, two kinds of transaction, on SQLite or PostgreSQL. Knows nothing of tables; commits live in unit_of_work."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from engine.kernel.errors import InvalidInput
from engine.storage.difficulties import sentence
from engine.storage.unit_of_work import UnitOfWork
from engine.storage.written import notice, notice_table

Dialect = Literal["sqlite", "postgresql"]

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT = 30_000  # milliseconds that a SQLite writer waits for its turn
SYNCHRONOUS = "FULL"  # NORMAL can lose the last commits at power loss, after an e-mail has gone out
CONNECT_TIMEOUT = 10  # seconds that we wait for a PostgreSQL server to answer
IDLE_LIMIT = 30_000  # milliseconds after which PostgreSQL takes its locks from a writer that has stopped in the middle
POOL_SIZE = 20  # connections kept open, so that no transaction pays for opening one
READ_ONLY_SNAPSHOT: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
LOCK_TIMEOUT = "5s"  # that an upgrade waits for a table which others use; then it gives way and is tried again
UPGRADE_LOCK = 0x636869_64616F  # "chidao": two processes never upgrade the same PostgreSQL database at once


class Database:
    """A database at an address: `sqlite:///relative.db`, `sqlite:////absolute.db` or `postgresql://user:password@host/name`.

    Raises `InvalidInput` when the address is not one of these, its folder is missing, the file is no database, or the
    server does not answer. A SQLite file that does not exist yet is made by the first transaction. Thread-safe.
    """

    def __init__(self, url: str) -> None:
        self.url = _driver_url(url)
        self.dialect = cast("Dialect", self.url.get_backend_name())
        if self.dialect == "sqlite":  # readers have connections of their own: that they refuse to write is set once
            self._engine, self._reader = (_sqlite_engine(self.url, reading=reading) for reading in (False, True))
        else:
            self._engine = _postgresql_engine(self.url)
            self._reader = self._engine.execution_options(**READ_ONLY_SNAPSHOT)
        event.listen(self._engine, "before_execute", notice)
        event.listen(self._engine, "after_execute", notice_table)
        self._probe()

    def __repr__(self) -> str:
        return f"Database({self.address!r})"

    @property
    def address(self) -> str:
        """The address for people to read: its password is masked."""
        return self.url.render_as_string(hide_password=True)

    @property
    def file(self) -> Path | None:
        """The file of a SQLite database; None on PostgreSQL."""
        return Path(cast("str", self.url.database)) if self.dialect == "sqlite" else None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection that sees one state of the database throughout and refuses to write.

        It ends by COMMIT, as there is nothing to take back: after a ROLLBACK psycopg forgets which statements the server has prepared, and
        the server would plan each one anew, which takes longer than most of them.
        """
        with self._reader.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection that holds the write lock (SQLite) or a transaction (PostgreSQL). For `UnitOfWork` only.

        It ends by ROLLBACK, unless it was committed before.
        """
        with self._engine.connect() as connection, connection.begin() as transaction:
            try:
                if self.dialect == "postgresql":
                    connection.exec_driver_sql(f"SET LOCAL idle_in_transaction_session_timeout = {IDLE_LIMIT}")
                yield connection
            finally:
                if transaction.is_active:
                    transaction.rollback()

    def dispose(self) -> None:
        """Close every idle connection."""
        self._reader.dispose()
        self._engine.dispose()

    def _probe(self) -> None:
        if self.file is not None and not self.file.exists():
            if not os.access(self.file.parent, os.W_OK):
                message = f"Expected to make the database {self.file}, but its folder may not be written. Give the right to the user who runs chidao."
                raise InvalidInput(message)
            return
        if self.file is not None and not os.access(self.file, os.R_OK):  # one that may only be read is enough for an auditor
            message = f"Expected to read the database {self.file}, but this user may not. Give the right to the user who runs chidao."
            raise InvalidInput(message)
        try:
            with self._engine.connect():
                pass
        except DBAPIError as failure:
            self.dispose()
            raise InvalidInput(sentence(failure, self.address), url=self.address) from None


def revision(database: Database) -> str | None:
    """Return the revision of the schema that is in `database`; None when it holds none."""
    with database.reading() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head_revision() -> str:
    """Return the revision of the schema that this version of the program works with, whatever is installed beside it while it runs."""
    return _head_of(MIGRATIONS)


@cache
def _head_of(migrations: Path) -> str:
    return cast("str", ScriptDirectory(str(migrations)).get_current_head())


def create_or_upgrade(database: Database) -> None:
    """Bring the schema of `database` to this program's revision, in one transaction; done already, it changes nothing.

    Raises `InvalidInput` when the database was made by a newer program.
    """
    known = {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    with UnitOfWork(database) as unit:
        if database.dialect == "postgresql":
            unit.connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": UPGRADE_LOCK})
            unit.connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))  # people do not wait behind an upgrade that waits
        found = MigrationContext.configure(unit.connection).get_current_revision()
        if found is not None and found not in known:
            message = (
                f"Expected the database at {database.address} to be at revision {head_revision()} or older, "
                f"but found revision {found}. Use the program that made it, or a newer one."
            )
            raise InvalidInput(message, found=found)
        command.upgrade(migration_config(unit.connection), "head")
        unit.commit()


def migration_config(connection: Connection) -> Config:
    """Return Alembic's configuration for working inside the transaction of `connection`."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


# --- addresses ----------------------------------------------------------------------------------------------------


def _driver_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        message = "Expected a database address such as sqlite:////data/chidao.db or postgresql://user@host/name, but it cannot be read."
        raise InvalidInput(message) from None
    if parsed.drivername == "sqlite":
        return _file_url(parsed)
    if parsed.drivername in {"postgresql", "postgres", "postgresql+psycopg"}:
        return parsed.set(drivername="postgresql+psycopg")
    message = f"Expected a database address that begins with sqlite:// or postgresql://, but found {parsed.drivername}://."
    raise InvalidInput(message)


def _file_url(url: URL) -> URL:
    if url.host or not url.database or url.database == ":memory:" or url.query:
        found = url.render_as_string(hide_password=True)
        message = f"Expected the path of a file after sqlite:/// (an absolute path makes four slashes), but found {found}."
        raise InvalidInput(message)
    path = Path(url.database).absolute()
    if not path.parent.is_dir():
        message = f"Expected the folder {path.parent} for the database {path.name}, but there is none. Make it, or choose another path."
        raise InvalidInput(message)
    if path.is_dir():
        message = f"Expected a database file at {path}, but it is a folder. Add a file name."
        raise InvalidInput(message)
    return url.set(database=str(path))


# --- SQLite -------------------------------------------------------------------------------------------------------


def _sqlite_engine(url: URL, *, reading: bool) -> Engine:
    engine = create_engine(url, hide_parameters=True, pool_size=POOL_SIZE, max_overflow=-1, connect_args={"check_same_thread": False})
    event.listen(engine, "do_connect", _keep_from_others)
    event.listen(engine, "connect", _prepare_sqlite)
    if reading:
        event.listen(engine, "connect", _refuse_writes)
    event.listen(engine, "begin", _begin_reading if reading else _begin_writing)
    return engine


def _keep_from_others(_dialect: object, _record: object, places: list[Any], _options: object) -> None:
    """Let only its owner read and write a new file, and the two that SQLite writes beside it, from the first moment."""
    with suppress(FileExistsError):
        os.close(os.open(places[0], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own: `_begin_reading` and `_begin_writing` do
    for setting in (
        f"busy_timeout = {BUSY_TIMEOUT}",
        "journal_mode = WAL",
        f"synchronous = {SYNCHRONOUS}",
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {setting}")


def _refuse_writes(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA query_only = ON")


def _begin_reading(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_writing(connection: Connection) -> None:
    """Take the write lock at once: a read transaction that turns into a write fails with "locked" (EXECUTION.md 3)."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


# --- PostgreSQL ---------------------------------------------------------------------------------------------------


def _postgresql_engine(url: URL) -> Engine:
    arguments = {} if "connect_timeout" in url.query else {"connect_timeout": CONNECT_TIMEOUT}
    engine = create_engine(url, hide_parameters=True, pool_size=POOL_SIZE, max_overflow=-1, connect_args=arguments)
    event.listen(engine, "after_cursor_execute", _count_idleness_again)
    return engine


def _count_idleness_again(_connection: Connection, cursor: Any, _statement: str, _parameters: object, _context: object, executemany: bool) -> None:  # noqa: FBT001  SQLAlchemy's
    """Have the server count from here how long the session does nothing (`IDLE_LIMIT`).

    psycopg ends a pipeline, in which it sends the rows of many, with a Flush behind the Sync; PostgreSQL takes that for a sign of life and
    counts no more until it hears the next statement.
    """
    if executemany:
        cursor.connection.execute("")
