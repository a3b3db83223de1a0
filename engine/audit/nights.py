"""When the history is to be checked: each night, at an hour that the installation chooses, and what is said when it was not."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import Connection, select

from engine.directory.settings import KNOWN, NEVER, NIGHTLY_CHECK, setting
from engine.history.series import members
from engine.kernel.clock import ZONE, from_stamp, local_date
from engine.storage.schema import history_record

A_NIGHT_MISSED = timedelta(hours=36)  # since the last check, where one is made each night
A_WEEK = timedelta(days=7)  # where people make it


def last_night(connection: Connection, now: datetime) -> datetime | None:
    """Return the last moment at which the nightly check was to begin; None where none is made."""
    hour = setting(connection, NIGHTLY_CHECK, str(KNOWN[NIGHTLY_CHECK]))
    if hour == NEVER:
        return None
    today = datetime.combine(local_date(now), time.fromisoformat(hour), tzinfo=ZONE)
    return today if today <= now else today - timedelta(days=1)


def overdue_since(connection: Connection, now: datetime, last: str | None) -> datetime | None:
    """Return since when the history has not been checked, when that is too long ago; None when it is not.

    `last`: the moment of the last recorded check. A history that was never checked is counted from its first record.
    """
    since = from_stamp(last) if last else began_at(connection)
    longest = A_WEEK if last_night(connection, now) is None else A_NIGHT_MISSED
    return since if since is not None and now - since > longest else None


def began_at(connection: Connection) -> datetime | None:
    """Return when the history began; None while nothing has happened."""
    columns, logs = history_record.c, members(connection)
    first = connection.execute(select(columns.recorded_at).where(columns.log == logs[0].log, columns.seq == 1)).scalar_one_or_none() if logs else None
    return from_stamp(first) if first else None
