"""Whether a sealed log still says what was sealed: bytes, columns, chain, numbers and streams (levels 1 and 2), read in one pass.

Nothing that the database holds is believed: columns are computed again from the sealed bytes, and bytes that are none, numbers
that are text, and rows that are not there are findings like others. Memory is bounded by the number of streams, not of records.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection, Row, Select, select, type_coerce
from sqlalchemy.types import NullType

from engine.history.finding import BYTES, CHAIN, Finding, Findings
from engine.history.log import GENESIS, columns_of, leaf_hash
from engine.history.record import LOG, opened
from engine.history.stub import leaf_of
from engine.storage.schema import history_head, history_record, history_stream, stream_head

AT_ONCE = 1_000  # rows that are in memory at a time
Hashes = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A record as it was read: `leaf` is computed from its bytes, `sealed` is what they tell."""

    seq: int
    leaf: str
    sealed: dict[str, Any]
    row: Row[Any]

    @property
    def hashes(self) -> Hashes:
        """What later records may name as its hash: both, when one of them was changed, so that they are not blamed."""
        stored = self.row.record_hash
        return (self.leaf,) if stored == self.leaf else (self.leaf, str(stored))


class Watcher(Protocol):
    """Something that looks at every record of a pass."""

    def see(self, record: Sealed) -> None:
        """Look at one record; they come in the order of their numbers."""

    def end(self, records: int) -> None:
        """The pass is over; the log has that many records."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """After which record a pass begins, and that record's hash: earlier ones were checked before."""

    seq: int = 0
    record_hash: str = GENESIS


WHOLE = Beginning()


def verify(connection: Connection, *, log: str = LOG) -> tuple[int, list[Finding]]:
    """Check levels 1 and 2 of a log; return the number of records and what was found."""
    findings = Findings(log)
    return watch(connection, findings), findings.told()


def watch(connection: Connection, findings: Findings, *, watchers: Sequence[Watcher] = (), begin: Beginning = WHOLE) -> int:
    """Check levels 1 and 2 of the log of `findings`, let watchers see every record that can be read, and return the number of the last."""
    run = _Pass(connection, findings, begin)
    for record in run:
        for watcher in watchers:
            watcher.see(record)
    for watcher in watchers:
        watcher.end(run.last)
    return run.last


class _Pass:
    def __init__(self, connection: Connection, findings: Findings, begin: Beginning) -> None:
        self._connection, self._findings, self._begin = connection, findings, begin
        self._streams = _Streams(connection, findings, begin)
        self._previous: Hashes = (begin.record_hash,)  # what the next record may name as the one before it
        self._recorded_at = ""
        self.last = begin.seq

    def __iter__(self) -> Iterator[Sealed]:
        for row in _rows(self._connection, self._findings.log, self._begin.seq):
            if not self._is_next(row):
                continue
            record = self._read(row)
            self._streams.see(row.seq, record)
            if record is not None:
                yield record
        self._streams.end(self.last)
        self._head()

    def _is_next(self, row: Row[Any]) -> bool:
        if not isinstance(row.seq, int) or row.seq <= self.last:
            self._findings.add(CHAIN, self.last + 1, "seq", self.last + 1, row.seq)
            return False
        if row.seq != self.last + 1:
            self._findings.add(CHAIN, self.last + 1, "seq", self.last + 1, row.seq, last=row.seq - 1)
        self.last = row.seq
        return True

    def _read(self, row: Row[Any]) -> Sealed | None:
        """Check the bytes and columns of a row; None when they cannot be read."""
        if not isinstance(row.body, bytes | memoryview):
            self._findings.add(BYTES, row.seq, "body", "bytes", type(row.body).__name__)
            return None
        content, before = bytes(row.body), self._previous
        try:
            leaf = leaf_of(content, row.record_hash)  # of a stub the hash that its record had: whether it may be one, Disposed looks
            self._previous = (leaf, str(row.record_hash))
            sealed = opened(content)
            columns, previous = columns_of(sealed), sealed["prev"]
        except (ValueError, KeyError, TypeError, RecursionError):  # no JSON, or of another shape: the bytes are not ours
            leaf = leaf_hash(content)
            self._previous = (leaf, str(row.record_hash))
            self._findings.add(BYTES, row.seq, "body", row.record_hash, leaf)
            return None
        if leaf != row.record_hash:
            self._findings.add(BYTES, row.seq, "body", row.record_hash, leaf)
        else:
            self._columns(row, columns)
        if previous not in before:
            self._findings.add(CHAIN, row.seq, "prev", before[0], previous)
        self._moment(row.seq, str(columns["recorded_at"]))
        return Sealed(seq=row.seq, leaf=leaf, sealed=sealed, row=row)

    def _moment(self, seq: int, recorded_at: str) -> None:
        if recorded_at < self._recorded_at:
            self._findings.add(CHAIN, seq, "recorded_at", f"not before {self._recorded_at}", recorded_at)
        self._recorded_at = recorded_at

    def _columns(self, row: Row[Any], columns: dict[str, Any]) -> None:
        for name, value in columns.items():
            stored = getattr(row, name)
            if stored != value or type(stored) is not type(value):
                self._findings.add(BYTES, row.seq, name, value, stored)

    def _head(self) -> None:
        head = self._connection.execute(select(history_head).where(history_head.c.log == self._findings.log)).one_or_none()
        found = (head.seq, head.record_hash) if head else (0, GENESIS)
        if found[0] != self.last or found[1] not in self._previous:
            self._findings.add(CHAIN, self.last + 1, "head", f"{found[0]} records", f"{self.last} records")


class _Streams:
    """The chain of each stream, and the rows that link records to streams, read beside the records."""

    def __init__(self, connection: Connection, findings: Findings, begin: Beginning) -> None:
        self._connection, self._findings, self._begin = connection, findings, begin
        self._ends: dict[str, tuple[int, Hashes]] = {}
        self._links = _links(connection, findings.log, begin.seq)
        self._ahead: Row[Any] | None = next(self._links, None)

    def see(self, seq: int, record: Sealed | None) -> None:
        """Check the places of a record in its streams; of one whose bytes are not those that were sealed nothing is said twice."""
        links = self._of(seq)
        if record is None or record.leaf != record.row.record_hash:
            known = record.hashes if record else ()
            self._ends |= {stream: (link.stream_seq, (link.record_hash, *known)) for stream, link in links.items()}
            return
        try:
            places = [(str(place["id"]), int(place["seq"]), place["prev"]) for place in record.sealed["streams"]]
        except (KeyError, TypeError, ValueError):
            self._findings.add(BYTES, seq, "streams", "a list of streams", "something else")
            return
        for stream, number, previous in places:
            ended, hashes = self._end_of(stream, number)
            if number != ended + 1 or previous not in hashes:
                self._findings.add(CHAIN, seq, "streams", f"{ended + 1} {hashes[0]}", f"{number} {previous}")
            link = links.pop(stream, None)
            if link is None or link.stream_seq != number or link.record_hash not in record.hashes:
                self._findings.add(CHAIN, seq, "stream link", f"{number} {record.leaf}", link and f"{link.stream_seq} {link.record_hash}")
            self._ends[stream] = (number, record.hashes)
        for stream in links:
            self._findings.add(CHAIN, seq, "stream", "no link", stream)

    def end(self, records: int) -> None:
        """Check what is left: links to no record, and the end of each stream that the pass has met (of all, in a whole one)."""
        while self._ahead is not None:
            self._invented(self._ahead)
            self._ahead = next(self._links, None)
        query = select(stream_head).where(stream_head.c.log == self._findings.log)
        for row in self._connection.execute(query.execution_options(yield_per=AT_ONCE)):
            if self._begin.seq and row.stream not in self._ends:
                continue
            number, hashes = self._ends.pop(row.stream, (0, (GENESIS,)))
            if row.stream_seq != number or row.record_hash not in hashes:
                self._findings.add(CHAIN, records, f"stream {row.stream}", f"{number} {hashes[0]}", f"{row.stream_seq} {row.record_hash}")
        for stream, (number, _) in self._ends.items():
            self._findings.add(CHAIN, records, f"stream {stream}", number, "no end of the stream")

    def _of(self, seq: int) -> dict[str, Row[Any]]:
        found: dict[str, Row[Any]] = {}
        while self._ahead is not None and (not isinstance(self._ahead.seq, int) or self._ahead.seq <= seq):
            if self._ahead.seq == seq and self._ahead.stream not in found:
                found[self._ahead.stream] = self._ahead
            else:
                self._invented(self._ahead)
            self._ahead = next(self._links, None)
        return found

    def _invented(self, link: Row[Any]) -> None:
        self._findings.add(CHAIN, link.seq if isinstance(link.seq, int) else 0, "stream", "no link", link.stream)

    def _end_of(self, stream: str, number: int) -> tuple[int, Hashes]:
        """Return number and hash of the last record of a stream: met in this pass, or before it began."""
        if stream not in self._ends:
            self._ends[stream] = self._before(stream, number) if self._begin.seq else (0, (GENESIS,))
        return self._ends[stream]

    def _before(self, stream: str, number: int) -> tuple[int, Hashes]:
        columns = history_stream.c
        query = select(columns.stream_seq, columns.record_hash).where(columns.log == self._findings.log, columns.stream == stream)
        found = self._connection.execute(query.where(columns.stream_seq == number - 1, columns.seq <= self._begin.seq)).one_or_none()
        return (found.stream_seq, (found.record_hash,)) if found else (0, (GENESIS,))


def _rows(connection: Connection, log: str, after: int) -> Iterator[Row[Any]]:
    """Yield the records as they are stored: no type of ours may fail on what somebody put there."""
    raw: list[Any] = [type_coerce(column, NullType()).label(column.name) for column in history_record.columns]
    query: Select[Any] = select(*raw).where(history_record.c.log == log).order_by(history_record.c.seq)
    query = query.where(history_record.c.seq > after) if after else query
    yield from connection.execute(query.execution_options(yield_per=AT_ONCE))


def _links(connection: Connection, log: str, after: int) -> Iterator[Row[Any]]:
    query = select(history_stream).where(history_stream.c.log == log).order_by(history_stream.c.seq, history_stream.c.stream, history_stream.c.stream_seq)
    query = query.where(history_stream.c.seq > after) if after else query
    yield from connection.execute(query.execution_options(yield_per=AT_ONCE))
