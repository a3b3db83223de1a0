"""The migrated database and schema.py are the same: by Alembic's comparison, and by what each database says of itself."""

from __future__ import annotations

import re
from multiprocessing import get_context
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, Table, text

from engine.kernel.errors import InvalidInput
from engine.storage import Database, UnitOfWork, create_or_upgrade, head_revision, revision
from engine.storage.migrations.freeze import INITIAL, initial_migration
from engine.storage.schema import metadata

FREEZE = "run `python -m engine.storage.migrations.freeze`"
OWN_WORDS = {  # a database's own account of its tables, constraints, indexes and triggers
    "sqlite": ["SELECT type, name, sql FROM sqlite_master WHERE tbl_name <> 'alembic_version'"],
    "postgresql": [
        ("SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default"
        " FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'"),
        ("SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version'"),
        "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'",
        "SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    ],
}


def description(connection: Connection) -> set[tuple[str, ...]]:
    """Return the database's own words, in an order and a spacing that do not depend on who wrote the statement."""
    rows = [row for query in OWN_WORDS[connection.dialect.name] for row in connection.execute(text(query))]
    return {tuple(_parts(str(value)) for value in row) for row in rows}


def _parts(statement: str) -> str:
    statement = re.sub(r"(.*) (CONSTRAINT \w+ CHECK \(.*\))( NOT NULL)?(,?)", r"\1\3\n\2", statement)  # of a column, of a table
    return "\n".join(sorted(" ".join(line.split()).rstrip(", ") for line in statement.replace("\t", " ").splitlines()))


def test_a_migrated_database_equals_the_schema(database: Database) -> None:
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == [], FREEZE


def test_a_migrated_database_describes_itself_as_one_made_from_the_schema(bare_database: Database) -> None:
    with bare_database.writing() as connection:  # not committed
        metadata.create_all(connection)
        made = description(connection)
    create_or_upgrade(bare_database)
    with bare_database.reading() as connection:
        assert description(connection) == made, FREEZE


def test_the_frozen_migration_is_the_one_that_the_schema_gives() -> None:
    assert INITIAL.read_text(encoding="utf-8") == initial_migration(), FREEZE


def test_the_comparison_sees_a_column_that_the_migration_forgot(sqlite_database: Database) -> None:
    changed = MetaData()
    for table in metadata.sorted_tables:
        table.to_metadata(changed)
    Table("forgotten", changed)
    with sqlite_database.reading() as connection:
        assert [change[0] for change in compare_metadata(MigrationContext.configure(connection), changed)] == ["add_table"]


def test_upgrading_twice_changes_nothing(bare_database: Database) -> None:
    assert revision(bare_database) is None
    create_or_upgrade(bare_database)
    create_or_upgrade(bare_database)
    assert revision(bare_database) == head_revision()


def test_an_upgrade_that_fails_leaves_nothing_behind(bare_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(UnitOfWork, "commit", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        create_or_upgrade(bare_database)
    with bare_database.reading() as connection:
        assert description(connection) == set()


def upgrade(url: str) -> str | None:
    database = Database(url)
    create_or_upgrade(database)
    found = revision(database)
    database.dispose()
    return found


def test_three_processes_may_upgrade_at_once(bare_url: str) -> None:
    with get_context("spawn").Pool(3) as processes:
        assert processes.map(upgrade, [bare_url] * 3, chunksize=1) == [head_revision()] * 3


def test_a_database_of_a_newer_program_is_refused(database: Database) -> None:
    with UnitOfWork(database) as unit:
        unit.connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        unit.commit()
    with pytest.raises(InvalidInput, match="but found revision 9999"):
        create_or_upgrade(database)


def test_migrations_travel_with_the_package() -> None:
    assert {path.name for path in Path(INITIAL).parent.parent.iterdir()} >= {"env.py", "script.py.mako", "versions"}
