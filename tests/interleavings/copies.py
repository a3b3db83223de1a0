"""Many equal databases, quickly: one is prepared, each schedule plays on a fresh copy under the same address.

The same address, so that what the program remembers of a database (its calendar, its compiled processes) holds for each.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from engine.bootstrap import open_door
from engine.storage import Database
from tests.door.office import Office
from tests.postgres import PostgresServer

Prepared = TypeVar("Prepared")


class Again(Office):
    """An office whose database is furnished already."""

    def __post_init__(self) -> None:
        self.door = open_door(self.database, self.clock)
        self.numbers = count(100_000)  # keys that the preparation has not used


@dataclass(slots=True)
class Copies:
    """Copies of a prepared database: of a file, or of a database of a server."""

    source: Path | str
    server: PostgresServer | None
    told: Any
    clock: Any

    @contextmanager
    def fresh(self) -> Iterator[Again]:
        """Yield the office over a fresh copy."""
        if self.server is None:
            assert isinstance(self.source, Path)
            place = self.source.with_suffix(".copy")
            for leftover in ("", "-wal", "-shm"):
                place.with_name(place.name + leftover).unlink(missing_ok=True)
            shutil.copy(self.source, place)
            database = Database(f"sqlite:///{place}")
        else:
            name = f"{self.source}_copy"
            self.server.drop(name)
            database = Database(self.server.create(name, template=str(self.source)))
        try:
            yield Again(database=database, clock=self.clock())
        finally:
            database.dispose()

    def close(self) -> None:
        """Drop what a server holds."""
        if self.server is not None:
            self.server.drop(f"{self.source}_copy")
            self.server.drop(str(self.source))


def prepare_copies(
    database: Database, source: Path | str, server: PostgresServer | None, furnish: Callable[[Database], tuple[Any, Any]]
) -> Copies:
    """Let `furnish` fill the database; it returns what the tests are told and what makes a clock for each copy."""
    told, clock = furnish(database)
    database.dispose()
    return Copies(source=source, server=server, told=told, clock=clock)
