"""Whether each record is signed by the key of its time (level 3), which the database does not hold.

The first key of a log has to be in the trust file. A later one has to be there too, or in a record that was signed with the key
before it (`key.renewed`). A signature proves nothing when its key is unknown, or was not the present one at the record's moment by
the trust file: that cannot be verified, and is said so. A key that the log itself has never announced, or has replaced, is a forgery.
"""

from __future__ import annotations

from collections.abc import MutableMapping

from engine.history.finding import SIGNATURES, Findings
from engine.history.signature_batches import Batches
from engine.history.trust import REPLACED, TrustedKey, introduced
from engine.history.verify import Beginning, Sealed
from engine.kernel.errors import InvalidInput

NONE = "none"


class Signatures:
    """Checks the signatures of the records of one pass. `missing`: what could not be verified, a sentence for each reason."""

    def __init__(self, findings: Findings, trusted: MutableMapping[str, TrustedKey], *, begin: Beginning, goes_on: bool = False) -> None:
        """`trusted` by their ids; keys that this log announces are added, for it and for the logs that are checked after it.

        `goes_on`: the log goes on in the stead of another one, so it was signed from its first record on.
        """
        self._findings, self._trusted, self._signed = findings, trusted, goes_on
        self._batches = Batches(self._wrong)
        self._present: str | None = None  # the id of the key of the present period
        self._past: set[str] = set()
        self._replaced = False  # the record before began a period whose key nobody could announce
        self._unsigned = 0
        self._from = begin.seq + 1
        self._unproved: dict[str, tuple[int, int, str]] = {}  # key → first and last record that it cannot prove, and why

    def see(self, record: Sealed) -> None:
        """Check one record."""
        told = record.sealed.get("key")
        if told is None:
            self._see_unsigned(record)
            return
        key = self._key_for(record, str(told))
        if key is not None:
            if isinstance(record.row.signature, bytes | memoryview):
                self._batches.add((record.seq, record.leaf, bytes(record.row.signature), key.verifier.public))
            else:
                self._findings.add(SIGNATURES, record.seq, "signature", f"one of the key {told}", NONE)
            self._learn(record)

    def end(self, records: int) -> None:
        """Check what is left."""
        del records
        self._batches.end()

    def stop(self) -> None:
        """Let go of the processes."""
        self._batches.stop()

    @property
    def missing(self) -> list[str]:
        """What was needed and not there."""
        told = [f"{self._findings.log} records {first} to {last}: {why}" for first, last, why in self._unproved.values()]
        if self._present is None and self._unsigned and not told:
            told.append(
                f"{self._findings.log} records {self._from} to {self._unsigned}: Expected signatures, but found none: "
                "they were written before this installation had keys. Have it sign with `chidao init`, and compare with the checkpoints."
            )
        return told

    def _see_unsigned(self, record: Sealed) -> None:
        if self._present is not None or self._signed or record.row.signature is not None:
            expected = f"one of the key {self._present or 'of its time'}" if record.row.signature is None else "none, as the record names no key"
            self._findings.add(SIGNATURES, record.seq, "signature", expected, NONE if record.row.signature is None else "one")
        else:
            self._unsigned = record.seq

    def _key_for(self, record: Sealed, told: str) -> TrustedKey | None:
        """Return the key whose signature the record has to have; None when that cannot be told, or the record names a wrong one."""
        key = self._trusted.get(told)
        if told != self._present and (told in self._past or (self._present is not None and not self._may_begin(record, told))):
            self._findings.add(SIGNATURES, record.seq, "key", self._present, told)
            return None
        if key is None:
            self._cannot(record, told, f"Expected the key {told} in the trust file, but it is not there. Get the trust file that was published.")
            return None
        moment = str(record.sealed["recorded_at"])
        if not key.held_at(moment):
            period = f"{key.since or 'the beginning'} to {key.until or 'now'}"
            self._cannot(record, told, f"Expected a key that was the present one, but {told} was so from {period} by the trust file, and record {record.seq} is of {moment}.")
            return None
        self._begin_period(told)
        return key

    def _may_begin(self, record: Sealed, told: str) -> bool:
        """Tell whether a record may begin the period of another key: one that is trusted or was announced, or says itself that it replaces a lost one."""
        return told in self._trusted or record.sealed.get("action") == REPLACED or self._replaced

    def _begin_period(self, told: str) -> None:
        if self._present not in {None, told}:
            self._past.add(str(self._present))
        self._present, self._replaced = told, False

    def _cannot(self, record: Sealed, told: str, why: str) -> None:
        first, _, reason = self._unproved.get(told, (record.seq, 0, why))
        self._replaced = record.sealed.get("action") == REPLACED or told in self._unproved
        self._unproved[told] = (first, record.seq, reason)

    def _learn(self, record: Sealed) -> None:
        """Learn the key that a record announces; that its own signature is right is checked like any other."""
        try:
            key = introduced(record.sealed)
        except (InvalidInput, KeyError, TypeError):
            self._findings.add(SIGNATURES, record.seq, "changes", "the key of the next period", "something else")
            return
        if key is not None:
            self._trusted.setdefault(key.verifier.key_id, key)

    def _wrong(self, seq: int) -> None:
        self._findings.add(SIGNATURES, seq, "signature", "one that verifies", "one that does not")
