"""The row by which a running worker is known: since when it runs, and when it last looked for work."""

from __future__ import annotations

import os
import socket
from datetime import timedelta

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from engine.door import Door
from engine.kernel.clock import stamp, stopwatch
from engine.kernel.ids import new_id
from engine.storage.disks import SILENT
from engine.storage.schema import worker
from engine.storage.unit_of_work import UnitOfWork

BEAT = 10.0  # seconds between two signs of life
FORGOTTEN = timedelta(days=1)  # a worker that has given no sign for so long is cleared away


class Presence:
    """Tells that a worker is there, now and then, and that it goes."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._id = new_id(door.clock.now())
        self._started = stamp(door.clock.now())
        self._told = -BEAT

    def due(self) -> bool:
        """Tell whether it is time for a sign of life."""
        return stopwatch() - self._told >= BEAT

    def tell(self) -> None:
        """Write that the worker looks for work now."""
        now = self._door.clock.now()
        with UnitOfWork(self._door.database) as unit:
            seen = update(worker).where(worker.c.id == self._id).values(swept_at=stamp(now))
            if unit.connection.execute(seen).rowcount != 1:
                unit.connection.execute(delete(worker).where(worker.c.swept_at < stamp(now - FORGOTTEN)))
                place = f"{socket.gethostname()}:{os.getpid()}"
                unit.connection.execute(insert(worker).values(id=self._id, place=place, started_at=self._started, swept_at=stamp(now)))
            unit.commit()
        self._told = stopwatch()

    def is_first(self) -> bool:
        """Tell whether this is the first of the workers that are there now: it does what one of them is to do."""
        with self._door.database.reading() as connection:
            seen = worker.c.swept_at >= stamp(self._door.clock.now() - SILENT)
            return connection.execute(select(func.min(worker.c.id)).where(seen)).scalar_one_or_none() == self._id

    def leave(self) -> None:
        """Remove the row; when the database does not answer it stays, and is cleared away later."""
        try:
            with UnitOfWork(self._door.database) as unit:
                unit.connection.execute(delete(worker).where(worker.c.id == self._id))
                unit.commit()
        except DBAPIError:
            return
