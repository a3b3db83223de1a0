"""Fills a database from a backup, in one transaction: its schema at the backup's revision, its rows, then the newest schema.

Foreign keys are put aside while rows come in, and hold again before the transaction ends; what was written is read back and
compared with what the backup's manifest tells. An error, or a death in between, leaves the database as it was.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import islice
from typing import Any

from alembic import command
from psycopg import sql
from sqlalchemy import Connection, MetaData, column, delete, func, insert, inspect, select, table, text
from sqlalchemy.schema import DropTable

from engine.kernel.errors import InvalidInput, Refused
from engine.storage.database import UPGRADE_LOCK, Database, migration_config
from engine.storage.portable import BATCH, BESIDE, Manifest, TableCopy, measured, own_tables, rows_of
from engine.storage.revisions import known_revisions
from engine.storage.unit_of_work import UnitOfWork

WORK = ("history_record", "person", "organisation", "instance", "directive")  # rows that people would miss


def refill(database: Database, archive: zipfile.ZipFile, manifest: Manifest, *, replace: bool, finish: Callable[[Connection], None]) -> None:
    """Make `database` what the backup tells; `finish` writes what comes after it, in the same transaction.

    Raises `Refused` when the database holds something and may not be replaced, `InvalidInput` when the backup is damaged or newer.
    """
    if manifest.schema not in known_revisions():
        message = f"Expected a backup of a schema that this version knows, but found revision {manifest.schema}. Use the program that made it, or a newer one."
        raise InvalidInput(message)
    with UnitOfWork(database) as unit:
        connection = unit.connection
        if database.dialect == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": UPGRADE_LOCK})
            connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))  # a long history is verified between two statements
        else:
            connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        _clear(connection, database, replace=replace)
        config = migration_config(connection)
        command.upgrade(config, manifest.schema)
        _check_tables(connection, manifest)
        with _without_foreign_keys(connection, manifest):
            for each in manifest.tables:
                with closing(rows_of(archive, each)) as rows:
                    _fill(connection, each, rows)
        _check_rows(connection, manifest)
        command.upgrade(config, "head")
        finish(connection)
        unit.commit()


def holds_work(connection: Connection) -> list[str]:
    """Return the tables in which somebody's work stands; a database just made has none."""
    there = set(own_tables(connection))
    return [name for name in WORK if name in there and connection.execute(select(func.count()).select_from(table(name))).scalar_one()]


def _clear(connection: Connection, database: Database, *, replace: bool) -> None:
    names = own_tables(connection)
    if names and "alembic_version" not in names:
        raise Refused(f"Expected an empty database or one of chidao at {database.address}, but found the table {names[0]} of another program.")
    if (found := holds_work(connection)) and not replace:
        message = (
            f"Expected an empty database at {database.address}, but it holds rows in {', '.join(found)}. "
            "Restore into a new one, or say --replace delete-what-is-there."
        )
        raise Refused(message)
    there = MetaData()
    there.reflect(connection, only=lambda name, _: not name.startswith(BESIDE))
    for each in reversed(there.sorted_tables):
        connection.execute(DropTable(each))


def _check_tables(connection: Connection, manifest: Manifest) -> None:
    there = set(own_tables(connection))
    for each in manifest.tables:
        known = {entry["name"] for entry in inspect(connection).get_columns(each.name)} if each.name in there else set()
        if not set(each.columns) <= known:
            message = f"Expected the tables of revision {manifest.schema} in the backup, but found {each.name} ({', '.join(each.columns)}). Use another backup."
            raise InvalidInput(message)


def _fill(connection: Connection, copy: TableCopy, rows: Iterator[list[Any]]) -> None:
    """Write rows into a table that holds at most what the migration itself put there."""
    connection.execute(delete(table(copy.name)))
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(copy.name), sql.SQL(", ").join(map(sql.Identifier, copy.columns)))
        with driver.cursor() as cursor, cursor.copy(statement) as stream:
            for row in rows:
                stream.write_row(row)
        _move_sequences(connection, copy)
        return
    statement_ = insert(table(copy.name, *(column(name) for name in copy.columns)))
    while batch := [dict(zip(copy.columns, row, strict=True)) for row in islice(rows, BATCH)]:
        connection.execute(statement_, batch)


def _move_sequences(connection: Connection, copy: TableCopy) -> None:
    """Let numbers that the server gives go on after the restored ones."""
    for name in copy.columns:
        sequence = connection.execute(select(func.pg_get_serial_sequence(copy.name, name))).scalar()
        if sequence is not None:
            last = select(func.coalesce(func.max(column(name)), 1)).select_from(table(copy.name)).scalar_subquery()
            connection.execute(select(func.setval(sequence, last)))


@contextmanager
def _without_foreign_keys(connection: Connection, manifest: Manifest) -> Iterator[None]:
    """Put PostgreSQL's foreign keys aside, so that rows come in any order; SQLite defers them to the end of the transaction."""
    keys: Iterable[Any] = ()
    if connection.dialect.name == "postgresql":
        keys = connection.execute(
            text(
                "SELECT c.conrelid::regclass::text AS place, quote_ident(c.conname) AS name, pg_get_constraintdef(c.oid) AS words "
                "FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid "
                "WHERE c.contype = 'f' AND t.relname = ANY(:names) AND c.connamespace = current_schema()::regnamespace"
            ),
            {"names": [each.name for each in manifest.tables]},
        ).all()
    for key in keys:
        connection.exec_driver_sql(f"ALTER TABLE {key.place} DROP CONSTRAINT {key.name}")
    yield
    for key in keys:
        connection.exec_driver_sql(f"ALTER TABLE {key.place} ADD CONSTRAINT {key.name} {key.words}")
    if connection.dialect.name == "sqlite" and (broken := connection.execute(text("PRAGMA foreign_key_check")).first()):
        message = f"Expected every row of the backup to find the rows it refers to, but one of {broken[0]} does not find its {broken[2]}. Use another backup."
        raise InvalidInput(message)


def _check_rows(connection: Connection, manifest: Manifest) -> None:
    for each in manifest.tables:
        found = measured(connection, each.name, each.columns)
        if (found.rows, found.content) != (each.rows, each.content):
            message = f"Expected {each.rows} rows in {each.name} as in the backup, but the database gives back {found.rows}, or others. Nothing was restored."
            raise InvalidInput(message)
