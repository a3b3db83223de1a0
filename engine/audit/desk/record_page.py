"""One record of the history, whole: what it tells, the bytes that were sealed, and what proves that they are as they were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from engine.audit.desk.names import Name
from engine.audit.desk.told import Told, read, tell
from engine.history.disposed import Told as Disposal
from engine.history.disposed import left_of, told_by
from engine.history.inclusion import Proof, proof_of
from engine.history.log import GENESIS, columns_of
from engine.history.note import UnknownSigner, open_note
from engine.history.series import offsets
from engine.history.signing import is_signed
from engine.history.state import written_in
from engine.history.stub import is_stub, leaf_of
from engine.history.transaction import Reading
from engine.history.trust import Trust, own_trust
from engine.kernel.errors import InvalidInput, NotFound
from engine.storage.schema import history_head, history_record, history_stream
from engine.storage.written import Written

HOLDS, FAILS, UNKNOWN, NONE = "holds", "fails", "unknown", "none"  # what can be said of a proof


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowRecord:
    """Ask for the record with a number of a log."""

    log: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was checked here and now, each HOLDS, FAILS, UNKNOWN (a key or note cannot be judged) or NONE (there is nothing to check).

    `content`: the hash of the bytes is the one that is kept, or the stub is that of a recorded disposal; `columns`: those that say something else than the bytes; `chain`: the record
    before has the hash that this one names; `signature`; `proof`: the way to the root of a checkpoint; `note`: that one's own signature.
    `problem`: why a proof could not be made.
    """

    leaf: str
    content: str
    columns: tuple[str, ...]
    chain: str
    signature: str
    proof: str
    note: str
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPage:
    """`streams`: name of the stream, number in it, and whether the row that links it agrees; `text`: the sealed bytes; `state`: the rows
    that were written; `disposed`: of a stub the record of its disposal; `before`, `after`: whether there is a record with the number before and after it."""

    told: Told
    names: Mapping[str, Name]
    record_hash: str
    key_id: str | None
    signature: bytes | None
    text: str
    state: tuple[Written, ...]
    streams: tuple[tuple[str, int], ...]
    proof: Proof | None
    checked: Checked
    disposed: Disposal | None
    before: bool
    after: bool


def row_of(connection: Connection, log: str, seq: int) -> Row[Any]:
    """Return a record's row. Raises NotFound."""
    row = connection.execute(select(history_record).where(history_record.c.log == log, history_record.c.seq == seq)).one_or_none()
    if row is None:
        raise NotFound(f"Expected the number of a record of {log}, but found {seq}, which none has. Look for it in the search of the history.")
    return row


def answer_record(query: ShowRecord, reading: Reading) -> RecordPage:
    """Return the record with what proves it. Raises NotFound."""
    connection = reading.connection
    row = row_of(connection, query.log, query.seq)
    sealed, whole = read(row)
    (told,), names = tell(connection, [(row.log, row.seq, _before(connection, row.log) + row.seq, sealed, whole)])
    disposed = told_by(connection, str(sealed["disposed"])) if whole and is_stub(row.body) else None
    proof, checked = _checked(connection, row, sealed, whole=whole, disposed=disposed)
    links = select(history_stream.c.stream, history_stream.c.stream_seq).where(history_stream.c.log == row.log, history_stream.c.seq == row.seq)
    streams = [(str(each["id"]), int(each["seq"])) for each in sealed["streams"]] if whole else [(each.stream, each.stream_seq) for each in connection.execute(links)]
    return RecordPage(
        told=told,
        names=names,
        record_hash=row.record_hash,
        key_id=row.key_id,
        signature=bytes(row.signature) if row.signature is not None else None,
        text=bytes(row.body).decode("utf-8", "replace"),
        state=tuple(written_in(sealed)),
        streams=tuple(streams),
        proof=proof,
        checked=checked,
        disposed=disposed,
        before=row.seq > 1,
        after=_is_there(connection, row.log, row.seq + 1),
    )


def _before(connection: Connection, log: str) -> int:
    """Return how many records the logs before this one have."""
    series = connection.execute(select(history_head.c.series).where(history_head.c.log == log)).scalar_one_or_none()
    return offsets(connection, series).get(log, 0) if series else 0


def _is_there(connection: Connection, log: str, seq: int) -> bool:
    return connection.execute(select(history_record.c.seq).where(history_record.c.log == log, history_record.c.seq == seq)).first() is not None


def _checked(connection: Connection, row: Row[Any], sealed: Mapping[str, Any], *, whole: bool, disposed: Disposal | None) -> tuple[Proof | None, Checked]:
    content, problem = bytes(row.body), ""
    trust: Trust | None = None
    proof: Proof | None = None
    try:
        leaf = leaf_of(content, row.record_hash)
        trust = own_trust()
        proof = proof_of(connection, row.log, row.seq)
    except (InvalidInput, ValueError) as error:
        leaf, problem = str(row.record_hash), str(error)
    kept = _said(_is_lawful(connection, row, disposed)) if is_stub(content) else _said(leaf == row.record_hash)
    checked = Checked(
        leaf=leaf,
        content=kept,
        columns=tuple(_differing(row, sealed)) if whole else ("body",),
        chain=_chain(connection, row, sealed) if whole else UNKNOWN,
        signature=_signature(row, leaf, trust),
        proof=(FAILS if problem else NONE) if proof is None else _said(proof.holds(leaf)),
        note=_note(proof, trust),
        problem=problem,
    )
    return proof, checked


def _is_lawful(connection: Connection, row: Row[Any], disposed: Disposal | None) -> bool:
    """Tell whether a stub stands in the sealed record of its disposal, with all that was left by it."""
    gone = disposed.logs.get(row.log) if disposed else None
    return gone is not None and any(first <= row.seq <= last for first, last in gone.spans) and left_of(connection, row.log, gone.spans) == gone


def _said(right: object) -> str:
    return HOLDS if right else FAILS


def _differing(row: Row[Any], sealed: Mapping[str, Any]) -> list[str]:
    """Return the columns that say something else than the sealed bytes, of which they are copies."""
    return [name for name, value in columns_of(dict(sealed)).items() if getattr(row, name) != value]


def _chain(connection: Connection, row: Row[Any], sealed: Mapping[str, Any]) -> str:
    if row.seq == 1:
        return _said(sealed["prev"] == GENESIS)
    query = select(history_record.c.record_hash).where(history_record.c.log == row.log, history_record.c.seq == row.seq - 1)
    return _said(connection.execute(query).scalar_one_or_none() == sealed["prev"])


def _signature(row: Row[Any], leaf: str, trust: Trust | None) -> str:
    if row.signature is None:
        return NONE if row.key_id is None else FAILS
    key = trust.records.get(row.key_id or "") if trust else None
    return UNKNOWN if key is None else _said(is_signed(leaf, bytes(row.signature), key.verifier))


def _note(proof: Proof | None, trust: Trust | None) -> str:
    if proof is None:
        return NONE
    try:
        open_note(proof.note, trust.checkpoints if trust else ())
    except UnknownSigner:
        return UNKNOWN
    except InvalidInput:
        return FAILS
    return HOLDS
