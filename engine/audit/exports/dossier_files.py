"""A dossier as it is packed: its files one after the other, each read from one view of the database while it is written (AUDIT.md 6.7).

Everything that could stop it is looked at before the first byte goes out. The same export packed again gives the same records, proofs
and checkpoints.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from engine.audit.exports import layout
from engine.audit.exports.bag import Bag
from engine.audit.exports.dossier import Exported, directive_row, note_over
from engine.audit.exports.dossier_parts import Gathered, definitions_json, documents_json, pieces_of_definitions, pieces_of_documents
from engine.audit.exports.dossier_sheet import sheet
from engine.audit.exports.manual import manual
from engine.audit.exports.names import Names
from engine.audit.exports.ocel import ocel
from engine.audit.exports.prov import prov
from engine.audit.exports.records import Sealed, records_of_directive
from engine.audit.exports.xes import xes
from engine.documents.letters.pdf import dossier_pdf
from engine.history.checkpoint import Checkpoint, checkpoint_of
from engine.history.note import note_text, sign
from engine.history.proofs import Proofs, proofs_to
from engine.history.record import LOG
from engine.history.signing import RecordKey, key_of_period
from engine.history.trust import HEAD, own_trust
from engine.kernel.clock import from_stamp, local_date
from engine.storage.schema import history_head, history_stream

EVERY = 100  # records after which a progress is told
Tick = Callable[[int], None]  # how many records have been packed
Pieces = Iterator[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """A log and what proves its records: the checkpoint that covers those of the dossier, or as many of them as any does."""

    log: str
    first: int
    last: int
    file: str
    note: str
    checkpoint: Checkpoint | None
    proofs: Proofs | None

    def proof(self, seq: int) -> list[str] | None:
        """Return a record's proof in base64, from the leaf upwards; None when no checkpoint covers it."""
        if self.proofs is None or seq > self.proofs.size:
            return None
        return [base64.b64encode(each).decode() for each in self.proofs.of(seq - 1)]


@dataclass(slots=True, kw_only=True)
class Dossier:
    """A dossier that is being packed. `name`: that of its folder and file, in letters that every system can keep; `key`: what seals it, if there is any."""

    connection: Connection
    exported: Exported
    name: str
    logs: Mapping[str, Proved]
    bag: Bag
    key: RecordKey | None
    gathered: Gathered = field(default_factory=Gathered)

    def pieces(self, tick: Tick | None = None) -> Pieces:
        """Yield the bytes of the zip file."""
        put, connection, gathered = self.bag.put, self.connection, self.gathered
        yield from put(layout.RECORDS, self._records(tick))
        yield from put(layout.PROOFS, self._proofs())
        for each in self.logs.values():
            if each.note:
                yield from put(each.file, [each.note.encode()])
        yield from self._keys()
        yield from pieces_of_documents(connection, self.bag, gathered)
        yield from put(layout.DOCUMENTS_JSON, [documents_json(gathered)])
        yield from pieces_of_definitions(connection, self.bag, gathered)
        yield from put(layout.DEFINITIONS_JSON, [definitions_json(gathered)])
        names = Names(connection)
        for file, write in ((layout.OCEL, ocel), (layout.XES, xes), (layout.PROV, prov)):
            yield from put(file, _bytes(write(self._sealed(), names)))
        printed = dossier_pdf(sheet(connection, self.exported, self._sealed(), gathered, self._proved_until()), from_stamp(self.exported.at))
        yield from put(layout.PDF, [printed])
        yield from self.bag.tag(layout.MANUAL, manual(self.exported.root, self.logs.values()))
        yield from self.bag.end(self._info())
        yield from self.bag.close(self._seal())

    def _sealed(self) -> Iterator[Sealed]:
        return records_of_directive(self.connection, self.exported.root, last=self.exported.last)

    def _records(self, tick: Tick | None) -> Pieces:
        for number, record in enumerate(self._sealed(), start=1):
            self.gathered.see(record)
            yield record.content + b"\n"
            if tick and number % EVERY == 0:
                tick(number)
        if tick:
            tick(self.exported.records)

    def _proofs(self) -> Pieces:
        logs = [_told_log(each) for each in self.logs.values()]
        yield (f'{{"stream":{_json(self.exported.root)},"export":{_json(self.exported.id)},"logs":{_json(logs)},\n"records":[').encode()
        for line, record in enumerate(self._sealed(), start=1):
            yield ("\n" if line == 1 else ",\n").encode() + _json(_told_record(line, record, self.logs[record.log])).encode()
        yield b"\n]}\n"

    def _keys(self) -> Pieces:
        trust = own_trust()
        yield from self.bag.put(layout.KEYS, [(HEAD + "".join(each.line() for each in trust.keys)).encode()])
        for each in trust.keys:
            yield from self.bag.put(layout.pem_of(each.role, each.verifier.key_id), [layout.pem(each.verifier)])

    def _proved_until(self) -> str:
        present = self.logs[self.exported.log].checkpoint
        return present.made_at or "" if present and present.size >= self.exported.record else ""

    def _info(self) -> dict[str, str]:
        row, exported = directive_row(self.connection, self.exported.root), self.exported
        last = {f"Last-Stream-Number-{each.log}": str(each.last) for each in self.logs.values()}
        return {
            "Source-Organization": row.issuer,
            "Bagging-Date": local_date(from_stamp(exported.at)).isoformat(),
            "External-Identifier": row.code or row.id,
            "External-Description": row.subject,
            "Internal-Sender-Identifier": exported.id,
            "Bag-Software-Agent": "chidao",
            "Stream": exported.root,
            "First-Stream-Number": "1",
            **last,
            "Records": str(exported.records),
        }

    def _seal(self) -> Iterator[tuple[str, str]]:
        """Yield the note that is laid over the whole bag, signed with the key that signs records; nothing where there are no keys."""
        if self.key is not None:
            yield layout.SEAL, sign(layout.seal_text(self.exported.root, self.exported.id, self.exported.records, self.bag.tag_manifest), [self.key.signer])


def dossier_of(connection: Connection, exported: Exported) -> Dossier:
    """Return a dossier, ready to be packed. Raises `Refused` when the history does not lead to its checkpoint any more, `InvalidInput` without its key."""
    row = directive_row(connection, exported.root)
    name = layout.folder_name(row.code, exported.at)
    present = select(history_head.c.key_id).where(history_head.c.succeeded_by.is_(None), history_head.c.series == LOG)
    key = key_of_period(connection.execute(present).scalar_one_or_none())
    bag = Bag(folder=name, at=from_stamp(exported.at))
    return Dossier(connection=connection, exported=exported, name=name, logs=_proved(connection, exported), bag=bag, key=key)


def _proved(connection: Connection, exported: Exported) -> dict[str, Proved]:
    found: dict[str, Proved] = {}
    for log in (log for log, last in exported.last.items() if last):
        columns = history_stream.c
        query = select(columns.seq).where(columns.log == log, columns.stream == exported.root, columns.stream_seq <= exported.last[log])
        numbers = sorted(connection.execute(query).scalars())
        note = note_over(connection, log, numbers[-1]) if numbers else None
        checkpoint = checkpoint_of(note_text(note)) if note else None
        under = [seq for seq in numbers if checkpoint and seq <= checkpoint.size]
        found[log] = Proved(
            log=log,
            first=1,
            last=exported.last[log],
            file=layout.checkpoint_file(log, present=log == exported.log),
            note=note or "",
            checkpoint=checkpoint,
            proofs=proofs_to(connection, checkpoint, under) if checkpoint else None,
        )
    return found


def _told_log(each: Proved) -> dict[str, Any]:
    return {"log": each.log, "first": each.first, "last": each.last, "checkpoint": each.file if each.note else None}


def _told_record(line: int, record: Sealed, proved: Proved) -> dict[str, Any]:
    signature = base64.b64encode(record.signature).decode() if record.signature else None
    told = {"line": line, "log": record.log, "seq": record.seq, "stream_seq": record.stream_seq, "record_hash": record.record_hash}
    return {**told, "key": record.key_id, "signature": signature, "checkpoint": proved.file, "proof": proved.proof(record.seq)}


def _bytes(texts: Iterable[str]) -> Pieces:
    for text in texts:
        yield text.encode()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
