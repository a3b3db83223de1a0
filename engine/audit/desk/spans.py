"""A period as records: which numbers of which logs fall into it. No record is read for that but some twenty a log, by their numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Connection, and_, false, or_

from engine.directory.checks import iso_day
from engine.history.series import members, records_before
from engine.kernel.calendar import end_of_day, start_of_day
from engine.kernel.clock import stamp
from engine.storage.schema import history_record

_AT = history_record.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Records of one log, both ends included; `offset`: how many records the logs before it have."""

    log: str
    first: int
    last: int
    offset: int

    @property
    def count(self) -> int:
        """How many records it has."""
        return self.last - self.first + 1


def spans_of(connection: Connection, since: date | None, until: date | None) -> list[Span]:
    """Return the records of the history from the day `since` to the day `until`, both included as people in Vietnam call them; the first log first.

    Times never fall within a log, so that a period is a run of numbers.
    """
    begin = stamp(start_of_day(since)) if since else None
    end = stamp(end_of_day(until)) if until else None
    found = []
    for each in members(connection):
        first = records_before(connection, each, begin) + 1 if begin else 1
        last = records_before(connection, each, end) if end else each.seq
        if first <= last:
            found.append(Span(log=each.log, first=first, last=last, offset=each.offset))
    return found


def read_day(text: str) -> date | None:
    """Return the day (ISO) that is asked for; None when none is. Raises InvalidInput for what is no day."""
    return iso_day(text) if text else None


def beginning_of(day: str) -> str | None:
    """Return the moment at which a day (ISO) begins in Vietnam; None for no day. Raises InvalidInput for what is no day."""
    return stamp(start_of_day(iso_day(day))) if day else None


def end_of(day: str) -> str | None:
    """Return the moment at which a day (ISO) ends in Vietnam; None for no day. Raises InvalidInput for what is no day."""
    return stamp(end_of_day(iso_day(day))) if day else None


def newest(spans: list[Span], most: int) -> list[Span]:
    """Return the newest `most` records of the spans."""
    kept: list[Span] = []
    for each in reversed(spans):
        if most <= 0:
            break
        first = max(each.first, each.last - most + 1)
        kept.insert(0, Span(log=each.log, first=first, last=each.last, offset=each.offset))
        most -= kept[0].count
    return kept


def within(spans: list[Span]) -> ColumnElement[bool]:
    """Return the condition that a record is in one of the spans."""
    return or_(false(), *(and_(_AT.log == each.log, _AT.seq.between(each.first, each.last)) for each in spans))
