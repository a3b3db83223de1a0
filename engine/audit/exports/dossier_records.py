"""The records of a dossier, one after the other: bytes, place in the stream, signature, and place in the tree of the checkpoint."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.audit.exports.dossier import BEFORE, EXPORT, EXPORTED
from engine.history.checkpoint import Checkpoint
from engine.history.finding import BYTES, CHAIN, CHECKPOINTS, SIGNATURES, Findings
from engine.history.log import GENESIS
from engine.history.merkle import DIGEST, verify_inclusion
from engine.history.record import opened
from engine.history.signing import is_signed
from engine.history.stub import is_stub, leaf_of
from engine.history.trust import Trust

NO_LOG = "dossier"  # in place of the name of a log that is not told


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the records, and what the file of proofs tells of it."""

    number: int
    content: bytes
    told: Mapping[str, Any]

    @property
    def log(self) -> str:
        """The log in which the record is said to stand."""
        return str(self.told.get("log") or "")

    @property
    def seq(self) -> int:
        """The number that it is said to have there; 0 for none."""
        told = self.told.get("seq")
        return told if isinstance(told, int) else 0

    @property
    def signature(self) -> bytes | None:
        """The signature under it; None when it has none."""
        told = self.told.get("signature")
        return _decoded(told) if isinstance(told, str) else None

    @property
    def proof(self) -> list[bytes] | None:
        """Its path in the tree; None when no checkpoint covers it."""
        told = self.told.get("proof")
        return [_decoded(str(each)) for each in told] if isinstance(told, list) else None


class Records:
    """Checks the records of one stream in their order. `missing`: what could not be verified; `last`: by log the number of the last record."""

    def __init__(self, stream: str, trust: Trust, checkpoints: Mapping[str, Checkpoint]) -> None:
        self._stream, self._keys, self._checkpoints = stream, trust.records, checkpoints
        self._hashes: dict[str, str] = {}  # by log: that of the last record
        self._unproved: dict[str, tuple[int, int]] = {}  # why → first and last line
        self.findings: dict[str, Findings] = {}
        self.last: dict[str, int] = {}
        self.number = 0
        self.signed = False
        self.action = self.at = ""
        self.export: str | None = None  # the id of the export, when the last record is that of one
        self.before: Mapping[str, Any] = {}  # what that record says of the logs before
        self.missing: list[str] = []

    def see(self, line: Line) -> dict[str, Any] | None:
        """Check a record; return what it tells, or None when that cannot be read."""
        self.number = line.number
        findings = self.findings.setdefault(line.log, Findings(line.log or NO_LOG))
        self.export, self.action = None, ""
        try:
            leaf, sealed = leaf_of(line.content, line.told.get("record_hash")), opened(line.content)
            place = next(each for each in sealed["streams"] if each["id"] == self._stream)
            number, previous, key, at = int(place["seq"]), place["prev"], sealed["key"], str(sealed["recorded_at"])
            said = {"seq": sealed["seq"], "log": sealed["log"], "stream_seq": number}
            ends = _end_of(sealed) if not is_stub(line.content) else None
        except (ValueError, KeyError, TypeError, StopIteration, AttributeError, RecursionError) as error:
            findings.add(BYTES, line.seq, f"record in line {line.number}", f"a record of the stream {self._stream}", repr(error))
            return None
        if leaf != line.told.get("record_hash"):
            findings.add(BYTES, line.seq, "body", line.told.get("record_hash"), leaf)
        for name, value in said.items():
            if line.told.get(name) != value:
                findings.add(BYTES, line.seq, name, value, line.told.get(name))
        self._follows(line, findings, number, previous, leaf)
        self._signature(line, findings, at, key, leaf)
        self._inclusion(line, findings, leaf)
        self.action, self.at = str(sealed["action"]), at
        self.export, self.before = ends or (None, {})
        return sealed

    def end(self) -> None:
        """Say what could not be verified."""
        for why, (first, last) in self._unproved.items():
            self.missing.append(f"{'record in line' if first == last else 'records in lines'} {first}{'' if first == last else f' to {last}'}: {why}")

    def _follows(self, line: Line, findings: Findings, number: int, previous: object, leaf: str) -> None:
        expected = self.last.get(line.log, 0) + 1
        if number != expected:
            findings.add(CHAIN, line.seq, "number in the stream", expected, number)
        elif previous != self._hashes.get(line.log, GENESIS):
            findings.add(CHAIN, line.seq, "record before it in the stream", self._hashes.get(line.log, GENESIS), previous)
        self.last[line.log], self._hashes[line.log] = number, leaf

    def _signature(self, line: Line, findings: Findings, at: str, told: object, leaf: str) -> None:
        signature = line.signature
        if told is None:
            if signature is not None or self.signed:
                findings.add(SIGNATURES, line.seq, "signature", "one of the key of its time", "one that the record does not name" if signature else "none")
            else:
                self._cannot(line, "Expected a signature, but found none: it was written before the installation had keys. Compare with the checkpoint.")
            return
        self.signed = True
        key = self._keys.get(str(told))
        if key is None:
            self._cannot(line, f"Expected the key {told} in the trust file, but it is not there: the key is a foreign one, or the file is old. Get the file that was published.")
        elif not key.held_at(at):
            self._cannot(line, f"Expected a key that was the present one, but {told} was not at {at} by the trust file. Get the file that was published.")
        elif signature is None or len(signature) != 2 * DIGEST or not is_signed(leaf, signature, key.verifier):
            findings.add(SIGNATURES, line.seq, "signature", f"one of the key {told}", "one that does not verify" if signature else "none")

    def _inclusion(self, line: Line, findings: Findings, leaf: str) -> None:
        over, proof = self._checkpoints.get(line.log), line.proof
        if over is None or (proof is None and line.seq > over.size):
            self._cannot(line, f"Expected a checkpoint of {line.log or 'its log'} that covers it, but found none. Take the dossier out again once one was made.")
        elif proof is None or not verify_inclusion(leaf=bytes.fromhex(leaf), index=line.seq - 1, size=over.size, proof=proof, root=over.root):
            findings.add(CHECKPOINTS, line.seq, "proof", f"a path to the root of {over.size} records", "one that leads elsewhere" if proof is not None else "none")

    def _cannot(self, line: Line, why: str) -> None:
        first, _ = self._unproved.get(why, (line.number, 0))
        self._unproved[why] = (first, line.number)


def _end_of(sealed: Mapping[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """Return the export of which a record is, and how far the stream went in the logs before; None for a record of anything else."""
    if sealed["action"] != EXPORTED or sealed["outcome"] != "done":
        return None
    said = {change["field"]: change["new"] for change in sealed["changes"]}
    return str(said[EXPORT]), dict(said.get(BEFORE, {}))


def _decoded(told: str) -> bytes:
    try:
        return base64.b64decode(told, validate=True)
    except (binascii.Error, ValueError):
        return b""
