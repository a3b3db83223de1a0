"""One worker is enough for a SQLite file, where only one can write: the others are refused, or wait until the first one is gone."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import IO

from engine.kernel.errors import Refused
from engine.storage.database import Database

AGAIN = 0.5  # seconds between two attempts at the lock


@contextmanager
def sole_worker(database: Database, *, wait: Event | None = None) -> Iterator[None]:
    """Hold the place of the one worker of a SQLite file; on PostgreSQL there may be any number.

    The place is a lock on a file beside the database, which the system takes from whoever dies. When it is held by another worker:
    raises Refused, or, with `wait`, waits until it is free or that event is set.
    """
    if database.file is None:
        yield
        return
    place = database.file.with_name(database.file.name + "-worker")
    with place.open("a+", encoding="utf-8") as file:
        while not _taken(file):
            if wait is None:
                raise Refused(_occupied(database, place))
            if wait.wait(AGAIN):
                break
        yield


def _taken(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _occupied(database: Database, place: Path) -> str:
    return (
        f"Expected no worker on {database.file} yet, but one is running ({place} is locked): `chidao serve` has one of its own. "
        "One is enough on SQLite; use PostgreSQL for more."
    )
