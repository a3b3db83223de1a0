"""Walks through the history a page at a time: along the stream of a directive, or through all records of a series, the newest or the oldest first.

A page ends when it is full, or when so much has been looked through that somebody would wait; it says up to where, and one goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, select

from engine.audit.desk.told import read
from engine.history.record import LOG
from engine.history.series import Member, members, records_before
from engine.storage.schema import history_record, history_stream

PAGE = 100  # records on a page, and those that belong to the same operation as the last of them
LONGEST = 400  # records on a page, however long an operation is
LOOKED_AT = 10_000  # records that are read for a page
SPAN = 200_000  # records among which the database looks for a page
AT_ONCE = 100
_COLUMNS = tuple(each for each in history_record.c if each.name not in ("record_hash", "key_id", "signature"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A record that was found. `place`: its number in the stream or in the log that is walked through; `number`: through all logs."""

    log: str
    seq: int
    number: int
    place: int
    at: str
    sealed: dict[str, Any]
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What was found. `on`: where to go on, "" when there is nothing more; `full`: it ended because it was full, not because so much was
    looked through; `looked`: the moment of the last record that was looked at, None when none was."""

    records: tuple[Found, ...]
    on: str
    full: bool
    looked: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Where to walk: the `stream` of a root directive, else all of `series`. `start`: where the page before ended, as its `on` says; `since`
    and `until`: moments, both None for all time, the second not included."""

    stream: str | None = None
    series: str = LOG
    start: str = ""
    oldest: bool = False
    since: str | None = None
    until: str | None = None
    most: int = PAGE
    looked_at: int = LOOKED_AT


def walk(connection: Connection, way: Way, conditions: Sequence[ColumnElement[bool]], fits: Callable[[Found, bytes], bool]) -> Page:
    """Return the next page of what the conditions let through and `fits` approves of."""
    found: list[Found] = []
    looked: str | None = None
    last: Found | None = None
    count = 0
    for row, on in _rows(connection, way, conditions):
        if row is None:
            return Page(records=tuple(found), on=on, full=False, looked=looked)
        content = bytes(row.body)
        sealed, whole = read(row)
        here = Found(log=row.log, seq=row.seq, number=on + row.seq, place=row.place, at=row.recorded_at, sealed=sealed, whole=whole)
        if _is_over(found, here, way):
            return Page(records=tuple(found), on=_cursor(found[-1]), full=True, looked=looked)
        if count >= way.looked_at and last is not None:
            return Page(records=tuple(found), on=_cursor(last), full=False, looked=looked)
        count, looked, last = count + 1, row.recorded_at, here
        if fits(here, content):
            found.append(here)
    return Page(records=tuple(found), on="", full=True, looked=looked)


def _is_over(found: Sequence[Found], here: Found, way: Way) -> bool:
    """Tell whether a page is full before a record: never in the midst of what one operation left, unless that is very long."""
    if len(found) < way.most:
        return False
    return len(found) >= max(LONGEST, way.most) or found[-1].sealed["correlation"] != here.sealed["correlation"]


def _cursor(record: Found) -> str:
    return f"{record.log}:{record.place}"


def _rows(connection: Connection, way: Way, conditions: Sequence[ColumnElement[bool]]) -> Iterator[tuple[Row[Any] | None, Any]]:
    """Yield each row that the conditions let through, with the number of records of the logs before; (None, where to go on) where a span ends
    before its log does."""
    logs = members(connection, way.series)
    begun, _colon, told = way.start.rpartition(":")
    at = next((number for number, each in enumerate(logs) if each.log == begun), None)
    start = int(told) if at is not None and told.isdecimal() else None
    ahead = logs if way.oldest else logs[::-1]
    if start is not None:
        ahead = [each for each in ahead if (each.offset >= logs[at or 0].offset if way.oldest else each.offset <= logs[at or 0].offset)]
    for each in ahead:
        here = start if each.log == begun else None
        query, on = _of_stream(way, each, way.stream, here) if way.stream else _of_log(connection, way, each, here)
        with closing(connection.execute(query.where(*conditions).execution_options(yield_per=AT_ONCE))) as rows:
            yield from ((row, each.offset) for row in rows)
        if on:
            yield None, on


def _of_stream(way: Way, log: Member, stream: str, start: int | None) -> tuple[Select[Any], str]:
    columns, links = history_record.c, history_stream.c
    joined = (columns.log == links.log) & (columns.seq == links.seq)
    query = select(*_COLUMNS, links.stream_seq.label("place")).join_from(history_stream, history_record, joined)
    query = query.where(links.log == log.log, links.stream == stream)
    if start is not None:
        query = query.where(links.stream_seq > start if way.oldest else links.stream_seq < start)
    if way.since:
        query = query.where(columns.recorded_at >= way.since)
    if way.until:
        query = query.where(columns.recorded_at < way.until)
    return query.order_by(links.stream_seq if way.oldest else links.stream_seq.desc()), ""


def _of_log(connection: Connection, way: Way, log: Member, start: int | None) -> tuple[Select[Any], str]:
    columns = history_record.c
    first = records_before(connection, log, way.since) + 1 if way.since else 1
    last = records_before(connection, log, way.until) if way.until else log.seq
    on = ""
    if way.oldest:
        first = max(first, (start or 0) + 1)
        if last - first >= SPAN:
            last = first + SPAN - 1
            on = f"{log.log}:{last}"
    else:
        last = min(last, start - 1) if start is not None else last
        if last - first >= SPAN:
            first = last - SPAN + 1
            on = f"{log.log}:{first}"
    query = select(*_COLUMNS, columns.seq.label("place")).where(columns.log == log.log, columns.seq >= first, columns.seq <= last)
    return query.order_by(columns.seq if way.oldest else columns.seq.desc()), on


def moment_of(connection: Connection, way: Way, place: str) -> str | None:
    """Return when the record at a place of a stream (the `on` of a page) was recorded; None when there is none."""
    log, _colon, number = place.rpartition(":")
    if not number.isdecimal():
        return None
    columns, links = history_record.c, history_stream.c
    joined = (columns.log == links.log) & (columns.seq == links.seq)
    here = (links.log == log, links.stream == way.stream, links.stream_seq == int(number))
    query = select(columns.recorded_at).join_from(history_stream, history_record, joined).where(*here)
    found: str | None = connection.execute(query).scalar_one_or_none()
    return found
