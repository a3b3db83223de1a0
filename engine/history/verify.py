"""Whether a sealed log still says what was sealed: bytes, columns, chain, numbers and streams, read in one pass."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from engine.history.log import GENESIS, columns_of, leaf_hash
from engine.history.record import LOG
from engine.storage.schema import history_head, history_record, history_stream, stream_head


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """The first place at which the sealed bytes contradict themselves or their columns."""

    seq: int
    field: str
    expected: str
    found: str


def verify(connection: Connection, *, log: str = LOG) -> tuple[int, list[Break]]:
    """Check bytes, columns, chain, numbers and streams of a log; return the number of records and every break found."""
    breaks: list[Break] = []
    previous, expected, streams = GENESIS, 0, dict[str, tuple[int, str]]()
    links = {(row.stream, row.stream_seq): row for row in connection.execute(select(history_stream).where(history_stream.c.log == log))}
    for row in connection.execute(select(history_record).where(history_record.c.log == log).order_by("seq")):
        expected += 1
        found = list(_record_breaks(row, expected, previous))
        found += _stream_breaks(row, streams, links) if not found else []
        breaks += found
        expected, previous = row.seq, leaf_hash(bytes(row.body))
    breaks += _head_breaks(connection, log, expected, previous, streams)
    breaks += [Break(seq=row.seq, field="stream", expected="no link", found=key[0]) for key, row in links.items()]
    return expected, breaks


def _record_breaks(row: Row[Any], expected: int, previous: str) -> Iterator[Break]:
    content = bytes(row.body)
    if row.seq != expected:
        yield Break(seq=expected, field="seq", expected=str(expected), found=str(row.seq))
        return
    if leaf_hash(content) != row.record_hash:
        yield Break(seq=row.seq, field="body", expected=str(row.record_hash), found=leaf_hash(content))
        return
    sealed = json.loads(content)
    if sealed["prev"] != previous:
        yield Break(seq=row.seq, field="prev", expected=previous, found=sealed["prev"])
    for name, value in columns_of(sealed).items():
        stored = getattr(row, name)
        if stored != value:
            yield Break(seq=row.seq, field=name, expected=str(value), found=str(stored))


def _stream_breaks(
    row: Row[Any], streams: dict[str, tuple[int, str]], links: dict[tuple[str, int], Row[Any]]
) -> Iterator[Break]:
    for place in json.loads(bytes(row.body))["streams"]:
        number, last = streams.get(place["id"], (0, GENESIS))
        if (place["seq"], place["prev"]) != (number + 1, last):
            yield Break(seq=row.seq, field="streams", expected=f"{number + 1} {last}", found=f"{place['seq']} {place['prev']}")
        link = links.pop((place["id"], place["seq"]), None)
        if link is None or (link.seq, link.record_hash) != (row.seq, row.record_hash):
            yield Break(seq=row.seq, field="stream link", expected=str(row.seq), found=str(link and link.seq))
        streams[place["id"]] = (place["seq"], row.record_hash)


def _head_breaks(
    connection: Connection, log: str, seq: int, previous: str, streams: dict[str, tuple[int, str]]
) -> Iterator[Break]:
    head = connection.execute(select(history_head).where(history_head.c.log == log)).one_or_none()
    found = (head.seq, head.record_hash) if head else (0, GENESIS)
    if found != (seq, previous):
        yield Break(seq=seq + 1, field="head", expected=f"{found[0]} records", found=f"{seq} records")
    for row in connection.execute(select(stream_head).where(stream_head.c.log == log)):
        if (row.stream_seq, row.record_hash) != streams.get(row.stream, (0, GENESIS)):
            yield Break(seq=seq, field=f"stream {row.stream}", expected=str(row.stream_seq), found="another end")
