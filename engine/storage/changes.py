"""Whether anybody has written to a SQLite database since one looked last, told for next to nothing (PRAGMA data_version)."""

from __future__ import annotations

import sqlite3

from engine.storage.database import Database


class Changes:
    """A connection of its own, outside any transaction: it sees every commit of every other connection, of any process."""

    def __init__(self, database: Database) -> None:
        self._connection = sqlite3.connect(str(database.url.database), check_same_thread=False, isolation_level=None)

    def version(self) -> int:
        """Return a number that differs after a commit from what it was before."""
        found: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return found

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
