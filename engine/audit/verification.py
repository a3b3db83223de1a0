"""The whole check of the history (AUDIT.md 5): every log, level by level, and what of it could not be checked.

What is missing (a key, a checkpoint, a file) is never passed over in silence: a check that could not be made is not a good result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import Connection, select

from engine.audit.state import differences
from engine.definitions.integrity import altered
from engine.documents.digests import altered_documents, missing_documents
from engine.history.disposed import Disposed, Stubs, disposals
from engine.history.evidence import Evidence, OfLog
from engine.history.finding import BYTES, CHAIN, CHECKPOINTS, DOCUMENTS, MIRROR, MOST, SIGNATURES, STATE, Finding, Findings
from engine.history.record import ACCESS_LOG, LOG
from engine.history.trust import Trust, TrustedKey
from engine.history.verify import Beginning, Sealed, Watcher, watch
from engine.history.verify_checkpoints import Roots, check_kept
from engine.history.verify_mirror import Mirror
from engine.history.verify_signatures import Signatures
from engine.storage.schema import history_head

INTACT, TAMPERED, UNCHECKED = "intact", "tampered", "unchecked"
AT_ONCE = 500  # documents that are looked up together
EVERY = 500  # records after which a progress is told
Tick = Callable[[str, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogChecked:
    """What was found of one log.

    `since`: the record after which the check began; `good`: the last checkpoint that holds; `gone`: up to which record the log went
    before the database was restored, as the record of the restore says (0: it has lost none); `disposed`: what is lawfully not there.
    """

    log: str
    records: int
    since: int
    good: int | None
    gone: int
    findings: Sequence[Finding]
    count: int
    disposed: Sequence[Disposed] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What a check found. `levels`: those that were checked; `missing`: a sentence for each thing that was needed and was not there."""

    logs: Sequence[LogChecked]
    levels: Sequence[int]
    missing: Sequence[str]

    @property
    def result(self) -> str:
        """Tampered when anything was found; unchecked when nothing was, but something was missing; else intact."""
        if any(each.count for each in self.logs):
            return TAMPERED
        return UNCHECKED if self.missing else INTACT

    @property
    def disposed(self) -> list[Disposed]:
        """What was disposed of, in all logs."""
        return [each for log in self.logs for each in log.disposed]

    @property
    def findings(self) -> list[Finding]:
        """The findings of all logs."""
        return [finding for each in self.logs for finding in each.findings]


def examine(
    connection: Connection, evidence: Evidence, *, state: bool = False, since: Mapping[str, int] | None = None, tick: Tick | None = None
) -> Verification:
    """Check all logs of a database on one consistent view.

    `since`: of a log the number of records behind whose last checkpoint the check begins; what is before it is not read. `tick` is
    told how many records of which log have been read.
    """
    keys = dict(evidence.trust.records) if evidence.trust else {}  # and those that the logs announce
    begins = {log: (since or {}).get(log, 0) for log in logs_of(connection, evidence)}
    examined = [_Examined(connection, evidence.of(connection, log, since=begin), evidence.trust, keys, tick) for log, begin in begins.items()]
    checked = [each.checked(state=state) for each in examined]
    missing = [*evidence.missing, *(said for each in examined for said in each.missing)]
    return Verification(logs=checked, levels=_levels(evidence, state=state), missing=missing)


def logs_of(connection: Connection, evidence: Evidence) -> list[str]:
    """Return the logs that the database has, those that it has to have, and those of which there is a checkpoint: the oldest first."""
    there = set(connection.execute(select(history_head.c.log)).scalars())
    return sorted({LOG, ACCESS_LOG} | there | evidence.logs, key=lambda log: (len(log.partition("/access")[0]), log))


def _levels(evidence: Evidence, *, state: bool) -> list[int]:
    asked = {SIGNATURES: evidence.trust, CHECKPOINTS: evidence.trust and evidence.notes, MIRROR: evidence.mirrors, STATE: state}
    return sorted({BYTES, CHAIN, DOCUMENTS} | {level for level, wanted in asked.items() if wanted})


class _Examined:
    """One log, compared with all that there is about it."""

    def __init__(self, connection: Connection, told: OfLog, trust: Trust | None, keys: dict[str, TrustedKey], tick: Tick | None) -> None:
        self._connection, self._told = connection, told
        self._known = trust.checkpoints if trust else ()
        self._findings = Findings(told.log)
        self._roots = Roots(self._findings, told.checkpoints, tree=told.tree(), gone=told.gone)
        self._signatures = None if trust is None else Signatures(self._findings, keys, begin=told.begin, goes_on=told.after_another)
        self._mirrors = [Mirror(self._findings, each.hashes, size=each.size, begin=told.begin, gone=told.gone) for each in told.mirrors]
        self._stubs = Stubs(connection, self._findings)
        self._documents = MentionedDocuments(connection, self._findings, whole=not told.begin.seq, disposed=_disposed_documents(connection))
        self._ticks = [_Ticks(told.log, tick)] if tick else []

    @property
    def missing(self) -> list[str]:
        """What was needed and not there."""
        signatures = self._signatures.missing if self._signatures else []
        return [*self._told.missing, *signatures, *(said for each in self._mirrors for said in each.missing)]

    def checked(self, *, state: bool) -> LogChecked:
        """Read the log, and what is kept beside the main one."""
        told, findings = self._told, self._findings
        for said in told.altered:
            findings.add(CHECKPOINTS, 0, "checkpoint", "a note as it was signed", said)
        watchers: list[Watcher] = [self._roots, *([self._signatures] if self._signatures else []), *self._mirrors, self._stubs, self._documents, *self._ticks]
        try:
            records = watch(self._connection, findings, watchers=watchers, begin=told.begin)
        finally:
            if self._signatures:
                self._signatures.stop()
        check_kept(self._connection, findings, self._known, after=told.begin.seq)
        if told.log == LOG:
            _stored(self._connection, findings, told.begin)
        if state and told.log == LOG:
            _state(self._connection, findings)
        good = self._roots.good
        last = good[-1] if good else None
        gone = told.gone if told.gone > records else 0
        return LogChecked(
            log=told.log,
            records=records,
            since=told.begin.seq,
            good=last,
            gone=gone,
            findings=findings.told(good),
            count=findings.count,
            disposed=self._stubs.disposed,
        )


def _stored(connection: Connection, findings: Findings, begin: Beginning) -> None:
    """Check what is stored by its digest: definitions always, documents all of them when the whole log was read."""
    for each in altered(connection):
        findings.add(DOCUMENTS, each.record, each.field, each.expected, each.found)
    if not begin.seq:
        for document in altered_documents(connection):
            findings.add(DOCUMENTS, 0, f"document {document.sha256} {document.field}", document.expected, document.found)


def _state(connection: Connection, findings: Findings) -> None:
    for each in islice(differences(connection), MOST):
        findings.add(STATE, each.seq, f"{each.table} {each.key} {each.field}", each.expected, each.found)


class MentionedDocuments:
    """Looks whether the documents that records name are stored; with `whole` their content is looked at elsewhere, all of it once.

    `disposed`: the digests of those that went with a directive, as the records of the disposals say.
    """

    def __init__(self, connection: Connection, findings: Findings, *, whole: bool, disposed: frozenset[str] = frozenset()) -> None:
        self._connection, self._findings, self._whole, self._disposed = connection, findings, whole, disposed
        self._first: dict[str, int] = {}  # digest → the record that names it

    def see(self, record: Sealed) -> None:
        """Take the digests that a record names."""
        for digest in _digests(record.sealed.get("documents")):
            self._first.setdefault(digest, record.seq)
        if len(self._first) >= AT_ONCE:
            self._look()

    def end(self, records: int) -> None:
        """Look at those that are left."""
        del records
        self._look()

    def _look(self) -> None:
        first, self._first = self._first, {}
        for digest in sorted(missing_documents(self._connection, first) - self._disposed):
            self._findings.add(DOCUMENTS, first[digest], "documents", digest, "no such document")
        if not self._whole:
            for each in altered_documents(self._connection, list(first)):
                self._findings.add(DOCUMENTS, first[each.sha256], f"document {each.sha256} {each.field}", each.expected, each.found)


def _disposed_documents(connection: Connection) -> frozenset[str]:
    return frozenset(digest for each in disposals(connection) for digest in each.documents)


def _digests(documents: object) -> Iterable[str]:
    if not isinstance(documents, list):
        return []
    return [each["sha256"] for each in documents if isinstance(each, dict) and isinstance(each.get("sha256"), str)]


class _Ticks:
    def __init__(self, log: str, tick: Tick) -> None:
        self._log, self._tick = log, tick

    def see(self, record: Sealed) -> None:
        if record.seq % EVERY == 0:
            self._tick(self._log, record.seq)

    def end(self, records: int) -> None:
        self._tick(self._log, records)
