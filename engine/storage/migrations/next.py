"""Writes the next migration from what the schema has and the migrations do not: `python -m engine.storage.migrations.next "what it adds"`.

Read it before you commit it: it may only add (decision 0023); a rename looks to it like a column less and one more.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command

from engine.storage.database import Database, create_or_upgrade, head_revision, migration_config


def write_next(what: str) -> Path:
    """Write the migration after the newest and return its place. Raises CommandError of Alembic when it cannot."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/now.db")
        create_or_upgrade(database)
        with database.reading() as connection:
            number = f"{int(head_revision()) + 1:04d}"
            script = command.revision(migration_config(connection), message=what, autogenerate=True, rev_id=number)
        database.dispose()
    assert script is not None
    assert not isinstance(script, list)
    return Path(script.path)


if __name__ == "__main__":
    print(write_next(" ".join(sys.argv[1:]) or "change"))  # noqa: T201  for who runs it
