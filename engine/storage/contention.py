"""Errors of a database that mean only that others were at it: the same transaction may succeed when it is tried again."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, OperationalError

# PostgreSQL, appendix A: a deadlock, a serialisation failure, a lock that could not be had
CONTENTION = frozenset({"40P01", "40001", "55P03"})
STOOD_STILL = "25P03"  # the session was ended, since it did nothing for too long inside a transaction (`IDLE_LIMIT`)
SQLITE_BUSY, SQLITE_LOCKED = 5, 6  # sqlite.org/rescode.html, primary codes


def was_chosen(error: OperationalError) -> bool:
    """Tell whether PostgreSQL has ended this transaction so that others can go on: nothing is lost by trying again at once."""
    return getattr(error.orig, "sqlstate", None) in CONTENTION


def is_contention(error: OperationalError) -> bool:
    """Tell whether another transaction was in the way, and nothing else is wrong."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return was_chosen(error) or (code is not None and code & 0xFF in {SQLITE_BUSY, SQLITE_LOCKED})


def was_ended(error: Exception) -> bool:
    """Tell whether PostgreSQL has ended the session of a process that had been stopped: nothing of its transaction has happened."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) == STOOD_STILL
