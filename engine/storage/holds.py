"""What an incident holds back: work that failed is left alone until its next attempt, or until an administrator acts.

The incident is the hold, so the row of the work stays as it is: open, and withdrawn or handed over like any other.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, exists, func, literal_column, select

from engine.storage.schema import incident

OPEN: ColumnElement[str] = literal_column("'open'")  # in words, for the indexes of open rows only
UNRESOLVED = incident.c.resolved_at.is_(None)
_NEXT = select(func.min(incident.c.next_attempt)).where(UNRESOLVED)
_HELD = select(incident.c.work).where(UNRESOLVED, incident.c.next_attempt.is_(None) | (incident.c.next_attempt > bindparam("b_at")))


def free(work: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that nothing holds the work with this id at the moment `b_at`."""
    later = incident.c.next_attempt.is_(None) | (incident.c.next_attempt > bindparam("b_at"))
    return ~exists().where(incident.c.work == work, UNRESOLVED, later)


def held_work(connection: Connection, at: str) -> set[str]:
    """Return the ids of all the work that is held at `at`."""
    return set(connection.execute(_HELD, {"b_at": at}).scalars())


def next_attempt(connection: Connection) -> str | None:
    """Return the earliest moment at which failed work is to be tried again."""
    found: str | None = connection.execute(_NEXT).scalar_one()
    return found
