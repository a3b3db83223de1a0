"""The sealed records that an export begins with, read one after the other: of a directive with all its descendants, or of a time.

Nothing is opened or changed on the way: the bytes are those that were sealed. Memory does not grow with the number of records.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select

from engine.history.log import leaf_hash
from engine.history.record import LOG, opened
from engine.history.series import members, records_before
from engine.kernel.errors import NotFound
from engine.storage.schema import directive, history_record, history_stream

AT_ONCE = 200  # records in memory at a time
_ROOT = select(directive.c.root).where(directive.c.id == bindparam("b_directive"))
_COLUMNS = (history_record.c.log, history_record.c.seq, history_record.c.body, history_record.c.record_hash, history_record.c.signature, history_record.c.key_id)
_OF_STREAM: Select[Any] = (
    select(*_COLUMNS, history_stream.c.stream_seq)
    .join_from(history_stream, history_record, (history_record.c.log == history_stream.c.log) & (history_record.c.seq == history_stream.c.seq))
    .where(history_stream.c.log == bindparam("b_log"), history_stream.c.stream == bindparam("b_stream"))
    .order_by(history_stream.c.stream_seq)
)
_OF_LOG: Select[Any] = (
    select(*_COLUMNS)
    .where(history_record.c.log == bindparam("b_log"), history_record.c.seq > bindparam("b_after"), history_record.c.seq <= bindparam("b_last"))
    .order_by(history_record.c.seq)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A record as it is kept. `content`: the sealed bytes; `record_hash`: hexadecimal; `signature` and `key_id`: None where there were no keys
    yet; `stream` and `stream_seq`: the root directive that was asked for, and the record's number in its stream; None where none was."""

    log: str
    seq: int
    content: bytes
    record_hash: str
    signature: bytes | None
    key_id: str | None
    stream: str | None = None
    stream_seq: int | None = None

    def opened(self) -> dict[str, Any]:
        """Return what the record tells, with every field of AUDIT.md 4. Raises ValueError, KeyError or TypeError for bytes that are no record."""
        return opened(self.content)

    @property
    def is_whole(self) -> bool:
        """Tell whether the bytes are those that were sealed: of a record that was disposed of only a stub is left, under its old hash."""
        return leaf_hash(self.content) == self.record_hash


def root_of(connection: Connection, directive_id: str) -> str:
    """Return the root of the cascade in which a directive stands: the name of its stream. Raises NotFound."""
    found = connection.execute(_ROOT, {"b_directive": directive_id}).scalar_one_or_none()
    if found is None:
        raise NotFound(f"Expected the id of a directive, but found {directive_id!r}, which none has. Look for it in the list of directives.")
    return str(found)


def records_of_directive(connection: Connection, root: str, *, last: Mapping[str, int] | None = None) -> Iterator[Sealed]:
    """Yield the records of a root directive and all its descendants in the order of their stream, that of an earlier log first.

    `last`: by log the number of the stream's last record that is wanted, 0 for none; a log that is not named is read to its end.
    """
    for log in (each.log for each in members(connection, LOG)):
        query = _OF_STREAM if last is None or log not in last else _OF_STREAM.where(history_stream.c.stream_seq <= last[log])
        for row in connection.execute(query.execution_options(yield_per=AT_ONCE), {"b_log": log, "b_stream": root}):
            yield replace(_sealed(row), stream=root, stream_seq=row.stream_seq)


def records_between(connection: Connection, *, since: str | None = None, until: str | None = None, series: str = LOG) -> Iterator[Sealed]:
    """Yield the records of a whole installation that were recorded from the moment `since` to before `until` (UTC text as the tables keep it)."""
    yield from records_numbered(connection, numbers_between(connection, since=since, until=until, series=series))


def numbers_between(connection: Connection, *, since: str | None = None, until: str | None = None, series: str = LOG) -> dict[str, tuple[int, int]]:
    """Return by log behind which number, and up to which, stand the records from the moment `since` to before `until`, the first log first."""
    found: dict[str, tuple[int, int]] = {}
    for each in members(connection, series):
        after = records_before(connection, each, since) if since else 0
        found[each.log] = (after, records_before(connection, each, until) if until else each.seq)
    return found


def records_numbered(connection: Connection, numbers: Mapping[str, Sequence[int]]) -> Iterator[Sealed]:
    """Yield the records behind a number and up to another one, by log, in the order of the logs."""
    for log, (after, last) in numbers.items():
        for row in connection.execute(_OF_LOG.execution_options(yield_per=AT_ONCE), {"b_log": log, "b_after": after, "b_last": last}):
            yield _sealed(row)


def _sealed(row: Row[Any]) -> Sealed:
    signature = bytes(row.signature) if row.signature is not None else None
    return Sealed(log=row.log, seq=row.seq, content=bytes(row.body), record_hash=row.record_hash, signature=signature, key_id=row.key_id)
