"""Writes `versions/0001_initial.py` from the schema: `python -m engine.storage.migrations.freeze`.

Only until the first release: a migration that somebody has run is never changed, so it refuses once there is a second one
(`python -m engine.storage.migrations.next`). tests/storage compares the migrated database with the schema.
"""

from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.operations.ops import UpgradeOps
from sqlalchemy import CheckConstraint, MetaData, create_engine

from engine.storage.schema import metadata

INITIAL = Path(__file__).parent / "versions" / "0001_initial.py"
HEADER = '''"""The first schema. Written by engine/storage/migrations/freeze.py; not edited by hand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    '''


def initial_migration() -> str:
    """Return the source of the migration that makes the whole schema in an empty database."""
    with create_engine("sqlite://").connect() as connection:
        script = produce_migrations(MigrationContext.configure(connection), _with_checks_on_tables(metadata))
    operations = script.upgrade_ops
    if not isinstance(operations, UpgradeOps):
        message = "Expected one list of operations from Alembic, but found none."
        raise TypeError(message)
    body = render_python_code(operations)
    lines = (line for line in body.splitlines() if not line.lstrip().startswith("# ###"))
    return HEADER + "\n".join(lines).strip() + "\n"


def _with_checks_on_tables(schema: MetaData) -> MetaData:
    """Return a copy of `schema` whose column checks belong to their tables: Alembic silently leaves out the others."""
    copy = MetaData(naming_convention=schema.naming_convention)
    for table in schema.sorted_tables:
        copied = table.to_metadata(copy)
        checks = [check for column in copied.columns for check in column.constraints if isinstance(check, CheckConstraint)]
        for check in checks:
            copied.append_constraint(CheckConstraint(check.sqltext, name=check.name))
    return copy


def later_migrations() -> list[str]:
    """Return the names of the migrations after the first."""
    return sorted(path.name for path in INITIAL.parent.glob("*.py") if path.name not in {INITIAL.name, "__init__.py"})


if __name__ == "__main__":
    if later := later_migrations():
        raise SystemExit(f"Expected no migration after the first, but found {later[0]}. Add one: python -m engine.storage.migrations.next WHAT")
    INITIAL.write_text(initial_migration(), encoding="utf-8")
