"""Append to the sealed log: numbers without gaps, hash chain per log and per stream, a signature under each record.

A record's hash is SHA-256(0x00 || body) (RFC 6962 leaf hash); the body holds its number and the previous hash.
The head row is locked last in the transaction and held only to append (AUDIT.md 3, note 5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from engine.history import merkle
from engine.history.record import LOG, SCHEMA, Circumstances, Fact, body, sealed_bytes
from engine.history.signing import key_of_period
from engine.storage.schema import history_head, history_record, history_stream, stream_head

GENESIS = "0" * 64
SOFTWARE = {"engine_version": version("chidao"), "spiff_version": version("SpiffWorkflow"), "schema": SCHEMA}


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Where a record stands: its number in which log, and its hash. Whoever keeps it can show later that the record was there."""

    log: str
    seq: int
    record_hash: str


def leaf_hash(content: bytes) -> str:
    """Return the RFC 6962 leaf hash of a sealed body, in hexadecimal."""
    return merkle.leaf_hash(content).hex()


def append(connection: Connection, facts: Sequence[Fact], circumstances: Circumstances, ids: Sequence[str]) -> list[Receipt]:
    """Seal `facts` at the end of the log, in the caller's transaction. Call it last: it locks the head."""
    return append_all(connection, [(fact, circumstances) for fact in facts], ids)


def append_all(connection: Connection, told: Sequence[tuple[Fact, Circumstances]], ids: Sequence[str], *, log: str = LOG) -> list[Receipt]:
    """Seal the facts of one or several commands, in this order: the head and the streams are moved once for all of them.

    `log`: the first of a series; what is appended to is that which goes on in its stead. Return where each fact stands.
    Raises `InvalidInput` when the key of the period is not on this machine.
    """
    if not told:
        return []
    head = _lock_head(connection, log)
    log, key = head.log, key_of_period(head.key_id)
    key_id = key.key_id if key else None
    seq, previous, recorded_at = head.seq, head.record_hash, head.recorded_at
    streams = _stream_heads(connection, log, {stream for fact, _ in told for stream in fact.streams})
    records: list[dict[str, Any]] = []
    links: list[dict[str, Any]] = []
    for (fact, circumstances), identity in zip(told, ids, strict=True):
        seq += 1
        recorded_at = max(recorded_at, circumstances.recorded_at)
        places: list[dict[str, Any]] = [
            {"id": stream, "seq": streams[stream][0] + 1, "prev": streams[stream][1]}
            for stream in sorted(set(fact.streams))
        ]
        envelope = {"log": log, "seq": seq, "prev": previous, "id": identity, "streams": places, **SOFTWARE}
        sealed = body(fact, circumstances, envelope=envelope)
        sealed |= {"recorded_at": recorded_at, "key": key_id, "clock": {"source": "server", "offset_ms": head.offset_ms}}
        content = sealed_bytes(sealed)
        previous = leaf_hash(content)
        signature = key.sign(previous) if key else None
        records.append({"body": content, "record_hash": previous, "signature": signature, **columns_of(sealed)})
        for place in places:
            streams[place["id"]] = (place["seq"], previous)
            links.append(
                {"log": log, "stream": place["id"], "stream_seq": place["seq"], "seq": seq, "record_hash": previous}
            )
    connection.execute(_RECORD, records)
    if links:
        connection.execute(_LINK, links)
        connection.execute(
            _MOVE_STREAM,
            [{"b_log": log, "b_stream": name, "b_seq": place[0], "b_hash": place[1]} for name, place in streams.items()],
        )
    connection.execute(_MOVE_HEAD, {"b_log": log, "b_seq": seq, "b_hash": previous, "b_at": recorded_at, "b_key": key_id})
    return [Receipt(log=log, seq=record["seq"], record_hash=record["record_hash"]) for record in records]


_RECORD = insert(history_record)
_LINK = insert(history_stream)
_MOVE_HEAD = (
    update(history_head)
    .where(history_head.c.log == bindparam("b_log"))
    .values(seq=bindparam("b_seq"), record_hash=bindparam("b_hash"), recorded_at=bindparam("b_at"), key_id=bindparam("b_key"))
)
_MOVE_STREAM = (
    update(stream_head)
    .where(stream_head.c.log == bindparam("b_log"), stream_head.c.stream == bindparam("b_stream"))
    .values(stream_seq=bindparam("b_seq"), record_hash=bindparam("b_hash"))
)
_STREAMS = select(stream_head).where(
    stream_head.c.log == bindparam("b_log"), stream_head.c.stream.in_(bindparam("b_names", expanding=True))
)
_HEAD = select(history_head).where(history_head.c.series == bindparam("b_log"), history_head.c.succeeded_by.is_(None)).with_for_update()


def _lock_head(connection: Connection, log: str) -> Row[Any]:
    head = connection.execute(_HEAD, {"b_log": log}).one_or_none()
    if head is None:
        connection.execute(insert(history_head).values(log=log, series=log, seq=0, record_hash=GENESIS, recorded_at=""))
        head = connection.execute(_HEAD, {"b_log": log}).one()
    return head


def _stream_heads(connection: Connection, log: str, names: set[str]) -> dict[str, tuple[int, str]]:
    if not names:
        return {}
    rows = connection.execute(_STREAMS, {"b_log": log, "b_names": sorted(names)})
    found = {row.stream: (row.stream_seq, row.record_hash) for row in rows}
    missing = sorted(names - found.keys())
    if missing:
        fresh = [{"log": log, "stream": name, "stream_seq": 0, "record_hash": GENESIS} for name in missing]
        connection.execute(insert(stream_head), fresh)
    return found | dict.fromkeys(missing, (0, GENESIS))


def columns_of(sealed: dict[str, Any]) -> dict[str, Any]:
    """Return the searchable copies of a sealed body; verify.py computes them again."""
    return {
        "log": sealed["log"],
        "seq": sealed["seq"],
        "recorded_at": sealed["recorded_at"],
        "action": sealed["action"],
        "outcome": sealed["outcome"],
        "actor": sealed["actor"]["id"],
        "subject_type": sealed["subject"]["type"],
        "subject": sealed["subject"]["id"],
        "instance": sealed["instance"],
        "key_id": sealed["key"],
    }
