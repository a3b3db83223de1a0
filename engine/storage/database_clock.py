"""The clock of a PostgreSQL server, for all who work on its database: hosts whose own clocks differ agree about what is due.

Between two measurements the time goes on by this process's running seconds, which no one can set back or forth.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from engine.kernel.clock import Clock, SystemClock, stopwatch
from engine.storage.database import Database

BETWEEN = 10.0  # seconds between two measurements
_NOW = text("SELECT clock_timestamp()")
_log = logging.getLogger(__name__)


class DatabaseClock:
    """The server's time. While the server does not answer, the time goes on from the last measurement, and a line says so once.

    Raises a DBAPIError when it cannot be measured to begin with.
    """

    def __init__(self, database: Database, *, between: float = BETWEEN) -> None:
        self._database = database
        self._between = between
        self._measuring = Lock()
        self._silent = False
        self._known = self._measured()

    def now(self) -> datetime:
        """Return the server's time in UTC."""
        moment, at = self._known
        if stopwatch() - at >= self._between and self._measuring.acquire(blocking=False):
            try:
                self._known = moment, at = self._measured_again(moment, at)
            finally:
                self._measuring.release()
        return moment + timedelta(seconds=stopwatch() - at)

    def _measured(self) -> tuple[datetime, float]:
        """Return the server's time, and our running seconds in the middle of asking."""
        with self._database.reading() as connection:
            before = stopwatch()
            moment: datetime = connection.execute(_NOW).scalar_one()
            return moment, (before + stopwatch()) / 2

    def _measured_again(self, moment: datetime, at: float) -> tuple[datetime, float]:
        try:
            found = self._measured()
        except DBAPIError as failure:
            if not self._silent:
                _log.warning("the server does not tell the time, it goes on from the last measurement", extra={"error": type(failure.orig).__name__})
            self._silent = True
            now = stopwatch()
            return moment + timedelta(seconds=now - at), now
        self._silent = False
        return found


def clock_of(database: Database) -> Clock:
    """Return the clock that everybody who works on `database` follows: the server's, or on SQLite the machine's."""
    return DatabaseClock(database) if database.dialect == "postgresql" else SystemClock()
