"""Somebody with every right in the database, and what an auditor has against them: keys, checkpoints and a mirror kept outside.

The log is made once for each kind of database. An attack happens in a transaction that is never committed, and is checked inside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, delete, insert, select

from engine.audit.verification import Verification, examine
from engine.history.evidence import Evidence, brought
from engine.history.finding import Finding
from engine.history.log import GENESIS, append_all, columns_of, leaf_hash
from engine.history.record import ACCESS_LOG, LOG, Fact, Subject, opened, sealed_bytes
from engine.history.signing import message
from engine.storage import Database, UnitOfWork, keys
from engine.storage.schema import document, history_head, history_record, history_stream, stream_head
from tests.history.sealing import Installation, by_lan, install

LETTER = b"Cong van 123-CV/TU"
DIGEST = hashlib.sha256(LETTER).hexdigest()
RECORDS = 31  # checkpoints are of 10, 20 and 30 of them
SIZES = [10, 20, 30]
WITH_THE_LETTER = 2


@dataclass(frozen=True)
class Sealed:
    """A log of 31 records and a log of five looks; `archive` has the checkpoints and the mirror, `signing` the key of the server."""

    database: Database
    trust: Path
    archive: Path
    signing: Ed25519PrivateKey

    def evidence(self, *, trust: bool = True, checkpoints: bool = True, mirror: bool = True) -> Evidence:
        return brought(
            trust=self.trust if trust else None, checkpoints=[self.archive] if checkpoints else [], mirrors=[self.archive] if mirror else []
        )

    @contextmanager
    def attacked(self) -> Iterator[Attack]:
        with UnitOfWork(self.database) as unit:  # and no commit
            yield Attack(connection=unit.connection, sealed=self)


@dataclass(frozen=True)
class Attack:
    connection: Connection
    sealed: Sealed

    def run(self, *statements: Any) -> None:
        for statement in statements:
            self.connection.execute(statement)

    def checked(self, evidence: Evidence | None = None, **more: Any) -> Verification:
        return examine(self.connection, evidence or self.sealed.evidence(), **more)

    def named(self, *, level: int | None = None, evidence: Evidence | None = None) -> list[tuple[int, int, int, str]]:
        """(level, first record, last record, field) of every finding, of one level or of all."""
        return [(each.level, each.record, each.until, each.field) for each in self.checked(evidence).findings if level in {None, each.level}]

    def first(self, **evidence: bool) -> Finding:
        return self.checked(self.sealed.evidence(**evidence)).findings[0]

    def rows(self) -> list[dict[str, Any]]:
        query = select(history_record).where(history_record.c.log == LOG).order_by(history_record.c.seq)
        return [dict(row) for row in self.connection.execute(query).mappings()]

    def bodies(self) -> list[dict[str, Any]]:
        return [opened(row["body"]) for row in self.rows()]

    def rewrite(self, bodies: Sequence[dict[str, Any]], *, key: Ed25519PrivateKey | None = None) -> None:
        """Replace the log by another one that hangs together: numbers, chain, streams and heads. Signed only where there is a key."""
        before = {row["record_hash"]: row for row in self.rows()}
        heads = dict(self.connection.execute(select(history_head).where(history_head.c.log == LOG)).mappings().one())
        for table in (history_record, history_stream, history_head, stream_head):
            self.run(delete(table).where(table.c.log == LOG))
        previous, streams, last = GENESIS, dict[str, tuple[int, str]](), None
        for seq, body in enumerate(bodies, start=1):
            sealed = {**body, "seq": seq, "prev": previous, "streams": [{"id": each["id"], "seq": streams.get(each["id"], (0, ""))[0] + 1, "prev": streams.get(each["id"], (0, GENESIS))[1]} for each in body["streams"]]}
            content = sealed_bytes(sealed)
            previous = leaf_hash(content)
            old = before.get(previous)
            signature = old["signature"] if old else key.sign(message(previous)) if key else next(iter(before.values()))["signature"]
            self.run(insert(history_record).values(body=content, record_hash=previous, signature=signature, **columns_of(sealed)))
            for place in sealed["streams"]:
                streams[place["id"]] = (place["seq"], previous)
                self.run(insert(history_stream).values(log=LOG, stream=place["id"], stream_seq=place["seq"], seq=seq, record_hash=previous))
            last = sealed
        for stream, (number, record_hash) in streams.items():
            self.run(insert(stream_head).values(log=LOG, stream=stream, stream_seq=number, record_hash=record_hash))
        if last is not None:
            self.run(insert(history_head).values(**{**heads, "seq": len(bodies), "record_hash": previous, "recorded_at": last["recorded_at"]}))


def sealed_log(database: Database, folder: Path, patch: pytest.MonkeyPatch) -> Sealed:
    """Make the log: 10 records and 5 looks, a checkpoint of each (records 11 and 12), 8 more, a checkpoint (21), 9 more, a checkpoint (31)."""
    installation = install(database, folder, patch)
    with UnitOfWork(database) as unit:
        unit.connection.execute(insert(document).values(sha256=DIGEST, name="cv.txt", media_type="text/plain", size=len(LETTER), content=LETTER))
        unit.commit()
    maker = installation.maker()
    _grow(installation, 1, 10)
    _grow(installation, 1, 5, log=ACCESS_LOG)
    assert maker.look(now=True) == 2
    _grow(installation, 13, 20)
    assert maker.look(now=True) == 1
    _grow(installation, 22, 30)
    assert maker.look(now=True) == 1
    assert installation.sizes() == SIZES
    return Sealed(database=database, trust=folder / "home" / "keys" / keys.TRUST_FILE, archive=installation.places[0].folder, signing=keys.signing_key())


def _grow(installation: Installation, first: int, last: int, *, log: str = LOG) -> None:
    """Append records of which every second one belongs to the stream `even` too, and the second one brings a document."""
    installation.pass_by(1)
    facts = [
        Fact(
            action="task.completed",
            subject=Subject(type="task", id=str(number)),
            documents=({"sha256": DIGEST, "name": "cv.txt", "size": len(LETTER), "signature": "none"},) if number == WITH_THE_LETTER and log == LOG else (),
            streams=("all", "even") if number % 2 == 0 else ("all",),
        )
        for number in range(first, last + 1)
    ]
    with UnitOfWork(installation.database) as unit:
        append_all(unit.connection, [(each, by_lan(installation.clock.now())) for each in facts], [f"{log}-{each.subject.id}" for each in facts], log=log)
        unit.commit()


Changed = Callable[[dict[str, Any]], dict[str, Any]]


def with_reason(body: dict[str, Any]) -> dict[str, Any]:
    """What a forger writes into a record."""
    return {**body, "reason": {"code": "other", "text": "as agreed"}}
