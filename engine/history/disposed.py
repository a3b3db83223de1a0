"""Whether what is missing of a log was lawfully disposed of: each stub has to stand in the sealed record of its disposal (level 1).

That record names the ranges of the records whose bodies went, and the digest of what was left of them; it is signed and under
checkpoints like any other. A body that is taken out without it is named as any other change is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from engine.history.finding import BYTES, Findings
from engine.history.log import leaf_hash
from engine.history.record import LOG, opened
from engine.history.series import members
from engine.history.stub import is_stub
from engine.history.verify import AT_ONCE, Sealed
from engine.storage.schema import disposal, history_record

DISPOSED = "directive.disposed"
RECORDS, DOCUMENTS = "records", "documents"  # the changes of its record that say what went
_SPAN = re.compile(r"([1-9][0-9]*)(?:-([1-9][0-9]*))?")
Span = tuple[int, int]  # numbers of the first and the last record


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """What went of one log: which records, how many, and the digest of what was left of them."""

    log: str
    spans: tuple[Span, ...]
    count: int
    digest: str

    def told(self) -> dict[str, Any]:
        """Return it as the record of the disposal has it."""
        return {"log": self.log, "ranges": ranges(self.spans), "count": self.count, "digest": self.digest}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The record of a disposal. `number`: counted through all logs of the series; `logs`: what went, by log; `sealed`: all that it says."""

    log: str
    seq: int
    number: int
    at: str
    logs: Mapping[str, Gone]
    documents: frozenset[str]
    sealed: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposed:
    """Records of a log that were disposed of: `spans` of their numbers; `by_log` and `by`: the record of the disposal; `at`: its moment."""

    log: str
    spans: tuple[Span, ...]
    count: int
    by_log: str
    by: int
    at: str

    def sentence(self) -> str:
        """Return it as one line for people."""
        one = self.count == 1
        return f"{self.log} record{'' if one else 's'} {ranges(self.spans)} ({self.count}): disposed under record {self.by} of {self.by_log}, {self.at}"


class Stubs:
    """Looks for the disposal of each stub of a pass. `disposed`: what was found to be lawful."""

    def __init__(self, connection: Connection, findings: Findings) -> None:
        self._connection, self._findings = connection, findings
        self._met: dict[str, _Met] = {}
        self.disposed: list[Disposed] = []

    def see(self, record: Sealed) -> None:
        """Remember a stub."""
        if (name := record.sealed.get("disposed")) is not None:
            self._met.setdefault(str(name), _Met()).add(record.seq)

    def end(self, records: int) -> None:
        """Compare the stubs with the records of their disposals."""
        del records
        for name, met in self._met.items():
            told = told_by(self._connection, name)
            gone = told.logs.get(self._findings.log) if told else None
            for first, last in beyond(met.spans, gone.spans if gone else ()):
                self._findings.add(BYTES, first, "body", "sealed bytes, or the record of a disposal", f"a stub of the disposal {name}", last=last)
            if told is None or gone is None:
                continue
            found = left_of(self._connection, self._findings.log, gone.spans)
            if (found.count, found.digest) != (gone.count, gone.digest):
                first, last = gone.spans[0][0], gone.spans[-1][1]
                self._findings.add(BYTES, first, "stub", f"{gone.count} stubs as record {told.seq} of {told.log} has them", "others", last=last)
            self.disposed.append(Disposed(log=self._findings.log, spans=tuple(met.spans), count=met.count, by_log=told.log, by=told.seq, at=told.at))


@dataclass(slots=True, kw_only=True)
class _Met:
    spans: list[Span] = field(default_factory=list)
    count: int = 0

    def add(self, seq: int) -> None:
        self.count += 1
        if self.spans and self.spans[-1][1] + 1 == seq:
            self.spans[-1] = (self.spans[-1][0], seq)
        else:
            self.spans.append((seq, seq))


def spans_of(numbers: Iterable[int]) -> tuple[Span, ...]:
    """Return rising numbers as spans."""
    met = _Met()
    for each in numbers:
        met.add(each)
    return tuple(met.spans)


def ranges(spans: Sequence[Span]) -> str:
    """Return spans as a record has them: `3-9,12`."""
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)


def left_of(connection: Connection, log: str, spans: Sequence[Span]) -> Gone:
    """Return what is left of some records: how many stubs there are, and their digest (a line each: number, hash of the record, SHA-256 of the stub)."""
    digest, count = hashlib.sha256(), 0
    for seq, record_hash, body in _rows(connection, log, spans):
        count += is_stub(body)
        digest.update(f"{seq} {record_hash} {hashlib.sha256(body).hexdigest()}\n".encode())
    return Gone(log=log, spans=tuple(spans), count=count, digest=digest.hexdigest())


def told_by(connection: Connection, name: str) -> Told | None:
    """Return the record of a disposal by its id; None when there is none, or one that is not what was sealed."""
    offsets = {each.log: each.offset for each in members(connection, LOG)}
    columns = history_record.c
    query = select(columns.log, columns.seq, columns.body, columns.record_hash).where(columns.subject == name, columns.action == DISPOSED, columns.outcome == "done")
    for row in connection.execute(query.order_by(columns.recorded_at, columns.seq)):
        if row.log not in offsets or is_stub(row.body) or leaf_hash(bytes(row.body)) != row.record_hash:
            continue
        try:
            return disposal_told(row.log, row.seq, offsets[row.log] + row.seq, opened(row.body))
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
    return None


def disposals(connection: Connection) -> list[Told]:
    """Return the records of all disposals. What the table of disposals forgets is missing here, and so is found where it is looked for."""
    names = connection.execute(select(disposal.c.id).where(disposal.c.status == "done").order_by(disposal.c.id)).scalars().all()
    return [told for name in names if (told := told_by(connection, name))]


def disposal_told(log: str, seq: int, number: int, sealed: dict[str, Any]) -> Told:
    """Return what an opened record of a disposal says. Raises KeyError, TypeError or ValueError for one that says it in another way."""
    said = {change["field"]: change["new"] for change in sealed["changes"]}
    logs = {each["log"]: Gone(log=each["log"], spans=_spans(each["ranges"]), count=int(each["count"]), digest=str(each["digest"])) for each in said[RECORDS]}
    documents = frozenset(str(each) for each in said.get(DOCUMENTS) or ())
    return Told(log=log, seq=seq, number=number, at=str(sealed["recorded_at"]), logs=logs, documents=documents, sealed=sealed)


def _spans(text: str) -> tuple[Span, ...]:
    found = [_SPAN.fullmatch(each) for each in text.split(",")]
    return tuple((int(each[1]), int(each[2] or each[1])) for each in found if each)


def beyond(met: Sequence[Span], told: Sequence[Span]) -> Iterator[Span]:
    """Yield the parts of `met` that lie in none of `told`; both rise."""
    for first, last in met:
        begin = first
        for low, high in told:
            if high < begin or low > last:
                continue
            if low > begin:
                yield begin, low - 1
            begin = high + 1
        if begin <= last:
            yield begin, last


def _rows(connection: Connection, log: str, spans: Sequence[Span]) -> Iterator[tuple[int, str, bytes]]:
    columns = history_record.c
    for first, last in spans:
        query = select(columns.seq, columns.record_hash, columns.body).where(columns.log == log, columns.seq >= first, columns.seq <= last)
        for row in connection.execute(query.order_by(columns.seq).execution_options(yield_per=AT_ONCE)):
            yield row.seq, str(row.record_hash), bytes(row.body)
