"""What no record shows because it was not done: long times without a check of the history, or without a review of its exceptions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, select

from engine.audit.nights import began_at
from engine.audit.verification import UNCHECKED
from engine.audit.verifying import VERIFIED
from engine.history.record import opened
from engine.kernel.clock import ZONE, from_stamp
from engine.storage.schema import history_record

REVIEWED = "review.made"
REVIEWS = "exceptions"  # the subject of every record of a review
VERIFICATION, REVIEW = "verification", "review"
LONGEST: Mapping[str, timedelta] = {VERIFICATION: timedelta(days=2), REVIEW: timedelta(days=31)}  # a check each night; a review each month
_ABOUT: Mapping[str, tuple[str, str]] = {VERIFICATION: ("history", VERIFIED), REVIEW: (REVIEWS, REVIEWED)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A time in which `what` was not done; `ended`: log and number of the record that ended it, None while it lasts."""

    what: str
    since: datetime
    until: datetime
    ended: tuple[str, int] | None

    @property
    def days(self) -> int:
        """How many whole days it lasted."""
        return (self.until - self.since).days


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    at: datetime
    place: tuple[str, int] | None


def gaps(connection: Connection, now: datetime, since: date, until: date) -> list[Gap]:
    """Return the gaps that reach into the period, the newest first."""
    begin = began_at(connection)
    if begin is None:
        return []
    first, last = datetime.combine(since, time(), tzinfo=ZONE), datetime.combine(until + timedelta(days=1), time(), tzinfo=ZONE)
    found = (gap for what in LONGEST for gap in _of(connection, what, begin, now) if gap.until > first and gap.since < last)
    return sorted(found, key=lambda gap: gap.since, reverse=True)


def _of(connection: Connection, what: str, begin: datetime, now: datetime) -> Iterator[Gap]:
    done = [_Done(at=begin, place=None), *_done(connection, what), _Done(at=now, place=None)]
    for before, after in pairwise(done):
        if after.at - before.at > LONGEST[what]:
            yield Gap(what=what, since=before.at, until=after.at, ended=after.place)


def _done(connection: Connection, what: str) -> list[_Done]:
    """Return when it was done, the earliest first. A check that had nothing to compare with was none."""
    columns, (subject, action) = history_record.c, _ABOUT[what]
    query = select(columns.log, columns.seq, columns.recorded_at, columns.body)
    query = query.where(columns.subject == subject, columns.action == action, columns.outcome == "done").order_by(columns.recorded_at, columns.seq)
    return [_Done(at=from_stamp(row.recorded_at), place=(row.log, row.seq)) for row in connection.execute(query) if what == REVIEW or _was_made(opened(row.body))]


def _was_made(sealed: Mapping[str, Any]) -> bool:
    return all(each["new"] != UNCHECKED for each in sealed["changes"] if each["field"] == "result")
