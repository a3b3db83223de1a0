"""Whether the schema that is found is the one that this program works with. `chidao db upgrade` changes it, nothing else does.

Processes of the version before may run during an upgrade: a migration only adds (decision 0023), so what they are doing they can
end; at their next look they find the newer schema and take up nothing more.
"""

from __future__ import annotations

from alembic.script import ScriptDirectory
from sqlalchemy import inspect
from sqlalchemy.exc import OperationalError

from engine.kernel.errors import InvalidInput
from engine.storage.database import MIGRATIONS, Database, create_or_upgrade, head_revision, revision

ATTEMPTS = 10
FOREIGN = "procrastinate"  # tables that another program keeps beside ours and that we do not count as foreign


def known_revisions() -> list[str]:
    """Return the revisions that this program knows, the newest first."""
    return [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()]


def make_when_empty(database: Database) -> None:
    """Make the schema in an empty database; a schema that is there must be this program's.

    Raises `InvalidInput` when it is older or newer, or when the tables are another program's.
    """
    found = revision(database)
    if found is None:
        refuse_foreign_tables(database)
        create_or_upgrade(database)
    elif (problem := mismatch(database, found)) is not None:
        raise InvalidInput(problem, found=found)


def upgrade(database: Database) -> None:
    """Bring the schema to this program's revision, while others work; where they hold a table for long, give way and try again.

    Raises `InvalidInput` when the database is another program's or a newer one's.
    """
    if revision(database) is None:
        refuse_foreign_tables(database)
    for attempt in range(ATTEMPTS):
        try:
            create_or_upgrade(database)
            break
        except OperationalError:  # a lock that was not had in time, or a deadlock: nothing was changed
            if attempt == ATTEMPTS - 1:
                raise


def refuse_foreign_tables(database: Database) -> None:
    """Raise `InvalidInput` when the database holds tables, but none of ours."""
    with database.reading() as connection:
        strange = [name for name in inspect(connection).get_table_names() if not name.startswith(FOREIGN)]
    if strange:
        message = (
            f"Expected an empty database or one of chidao at {database.address}, but found the table {min(strange)} of another program. "
            "Give chidao a database of its own."
        )
        raise InvalidInput(message)


def mismatch(database: Database, found: str | None) -> str | None:
    """Return the sentence that says how the revision `found` differs from this program's; None when it does not."""
    head = head_revision()
    if found == head:
        return None
    if found is None:
        return f"Expected a database of chidao at {database.address}, but it is empty. Make it with `chidao init`."
    if found in known_revisions():
        return (
            f"Expected the database at {database.address} at revision {head}, but found the older revision {found}. "
            "Bring it to this version with `chidao db upgrade`; take a backup first."
        )
    return (
        f"Expected the database at {database.address} at revision {head} or older, but found revision {found}. "
        "Use the program that made it, or a newer one."
    )


def overtaken(database: Database) -> str | None:
    """Return why a process that is running should take up no more work: the schema was changed meanwhile. None: it was not."""
    found = revision(database)
    if found is None or found == head_revision():
        return None
    return (
        f"Expected the database at {database.address} at revision {head_revision()} as when this process began, but found revision {found}: it was "
        "upgraded. Nothing is lost; start this process again with the new version."
    )
