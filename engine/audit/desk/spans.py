"""A period as records: which numbers of which logs fall into it. No record is read for that but some twenty a log, by their numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Connection, and_, false, or_, select

from engine.history.series import members
from engine.kernel.clock import ZONE, stamp
from engine.kernel.errors import InvalidInput
from engine.storage.schema import history_record

_AT = history_record.c

EARLIEST, LATEST = date(1900, 1, 1), date(9000, 1, 1)  # of a day that somebody asks for: what lies around it can be reckoned too


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
    begin, end = _begin_of(since), _begin_of(until + timedelta(days=1) if until else None)
    found = []
    for each in members(connection):
        first = _first_at(connection, each.log, each.seq, begin) if begin else 1
        last = _first_at(connection, each.log, each.seq, end) - 1 if end else each.seq
        if first <= last:
            found.append(Span(log=each.log, first=first, last=last, offset=each.offset))
    return found


def read_day(text: str) -> date | None:
    """Return the day (ISO) that is asked for; None when none is. Raises InvalidInput for what is no day."""
    try:
        found = date.fromisoformat(text) if text else None
    except ValueError:
        found = date.min
    if found is not None and not EARLIEST <= found <= LATEST:
        raise InvalidInput(f"Expected a day as YYYY-MM-DD, but found {text[:20]!r}. Correct it.")
    return found


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


def _begin_of(day: date | None) -> str | None:
    return stamp(datetime.combine(day, time(), tzinfo=ZONE)) if day else None


def _first_at(connection: Connection, log: str, records: int, moment: str) -> int:
    """Return the number of the first record that was made at a moment or later; one more than there are when none was."""
    low, high = 1, records + 1
    while low < high:
        middle = (low + high) // 2
        at = connection.execute(select(_AT.recorded_at).where(_AT.log == log, _AT.seq == middle)).scalar_one_or_none()
        if at is not None and at < moment:  # a record that is gone, which a check names, splits like any other
            low = middle + 1
        else:
            high = middle
    return low
