"""Whether a dossier is what was taken out: its files, its records, their numbers, signatures and proofs, without database or network.

What it says of itself counts for nothing; what counts are the keys that whoever checks has kept. Findings have the levels of a check of
the history. What is needed and not there is said, and is never a good result.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from engine.audit.exports import layout
from engine.audit.exports.bag import PAYLOAD, TAG_MANIFEST
from engine.audit.exports.dossier_records import Line, Records
from engine.audit.exports.enclosures import Enclosures
from engine.audit.exports.opened_bag import OpenedBag
from engine.history.checkpoint import Checkpoint, checkpoint_of, open_checkpoint
from engine.history.disposed import Disposed
from engine.history.finding import BYTES, CHAIN, CHECKPOINTS, DOCUMENTS, LEVELS, MIRROR, SIGNATURES, STATE, Finding, Findings
from engine.history.note import UnknownSigner, note_text, open_note
from engine.history.trust import Trust, trust_of
from engine.kernel.errors import InvalidInput

INTACT, TAMPERED, UNCHECKED = "intact", "tampered", "unchecked"
ITSELF = "dossier"  # in place of a log: what is about the file as a whole
CHECKED = sorted(set(LEVELS) - {MIRROR, STATE})
ALONE = (
    "Expected the trust file that was kept elsewhere, but none was named: the keys in the dossier are only its own word. Name your copy of vkeys.txt with --trust."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was found of a dossier. `last`: by log how many records of the stream it holds; `at`: the moment up to which it is complete."""

    stream: str
    records: int
    last: Mapping[str, int]
    at: str
    findings: Sequence[Finding]
    count: int
    missing: Sequence[str]
    disposed: Sequence[Disposed]

    @property
    def result(self) -> str:
        """Tampered when anything was found; unchecked when nothing was, but something was missing; else intact."""
        if self.count:
            return TAMPERED
        return UNCHECKED if self.missing else INTACT


def check_dossier(file: Path, trust: Trust | None) -> Checked:
    """Check a dossier. `trust`: what whoever checks has kept; None: only the dossier's own keys are there. Raises `InvalidInput` when it cannot be read."""
    with OpenedBag(file) as bag:
        return _Check(bag, trust).run()


class _Check:
    def __init__(self, bag: OpenedBag, trust: Trust | None) -> None:
        self._bag, self._findings = bag, Findings(ITSELF)
        self.missing = [] if trust else [ALONE]
        self._trust = trust or self._own()
        self._told = self._head()
        self._stream = str(self._told.get("stream") or "")

    def run(self) -> Checked:
        """Look at everything once."""
        bag, findings = self._bag, self._findings
        bag.check(findings)
        records = Records(self._stream, self._trust, self._checkpoints())
        enclosures = Enclosures(bag)
        for line in self._lines():
            sealed = records.see(line)
            if sealed is not None:
                enclosures.see(line, sealed)
        records.end()
        disposed = enclosures.end(findings)
        self._seal(records)
        self._counts(records)
        told = [each for one in (findings, *records.findings.values()) for each in one.told()]
        return Checked(
            stream=self._stream,
            records=records.number,
            last=dict(records.last),
            at=records.at,
            findings=told,
            count=findings.count + sum(each.count for each in records.findings.values()),
            missing=[*self.missing, *records.missing, *enclosures.missing],
            disposed=disposed,
        )

    def _own(self) -> Trust:
        try:
            return trust_of(self._bag.text(PAYLOAD + layout.KEYS))
        except InvalidInput:
            return Trust(keys=())

    def _head(self) -> dict[str, Any]:
        """Return what the file of proofs says before its records."""
        try:
            first = next(self._bag.lines(PAYLOAD + layout.PROOFS), b"")
            told = json.loads(first.rstrip(b",") + b"}")
            return told if isinstance(told, dict) else {}
        except (ValueError, RecursionError):
            raise InvalidInput(f"Expected the proofs of a dossier in {PAYLOAD}{layout.PROOFS}, but found something else. Name the file as it was taken out.") from None

    def _lines(self) -> Iterator[Line]:
        """Yield the lines of the records, each with what is told of it."""
        contents, proofs = self._bag.lines(PAYLOAD + layout.RECORDS), self._proofs()
        for number, (content, told) in enumerate(zip_longest(contents, proofs), start=1):
            if content is None:
                self._findings.add(CHAIN, 0, f"{layout.RECORDS}, line {number}", f"record {(told or {}).get('seq')}", "no such line")
                continue
            if not isinstance(told, dict):
                self._findings.add(CHECKPOINTS, 0, f"{layout.PROOFS}, line {number}", "hash, signature and proof of a record", "none")
                told = {}
            yield Line(number=number, content=content, told=told)

    def _proofs(self) -> Iterator[Any]:
        lines = self._bag.lines(PAYLOAD + layout.PROOFS)
        next(lines, None)
        for line in lines:
            if not line.startswith((b'"records":', b"]}")) or line.startswith(b'"records":[{'):
                text = line.removeprefix(b'"records":[').rstrip(b",")
                try:
                    yield json.loads(text)
                except (ValueError, RecursionError):
                    yield None

    def _checkpoints(self) -> dict[str, Checkpoint]:
        """Return the checkpoint of each log; one that nobody who is trusted has signed is compared with all the same."""
        found: dict[str, Checkpoint] = {}
        for path in sorted(each for each in self._bag.paths if each.startswith(f"{PAYLOAD}checkpoint") and each.endswith(".txt")):
            note = self._bag.text(path)
            try:
                told = checkpoint_of(note_text(note))
                found[told.origin] = told
                open_checkpoint(note, self._trust.checkpoints)
            except UnknownSigner as error:
                self.missing.append(f"{path}: {error.message}")
            except InvalidInput as error:
                self._findings.add(CHECKPOINTS, 0, path, "a checkpoint as it was signed", error.message)
        return found

    def _seal(self, records: Records) -> None:
        """Check the note over the whole dossier; where nothing is signed there is none."""
        if layout.SEAL not in self._bag:
            if records.signed:
                self._findings.add(SIGNATURES, 0, f"file {layout.SEAL}", "the signed note over all files", "no such file")
            return
        note = self._bag.text(layout.SEAL)
        try:
            text = open_note(note, [each.verifier for each in self._trust.keys if each.role == "records"]).text
        except UnknownSigner as error:
            self.missing.append(f"{layout.SEAL}: {error.message}")
            text = note_text(note)
        except InvalidInput as error:
            self._findings.add(SIGNATURES, 0, f"file {layout.SEAL}", "the note as it was signed", error.message)
            return
        wanted = layout.seal_text(self._stream, str(self._told.get("export") or ""), records.number, self._bag.text(TAG_MANIFEST))
        for expected, found in zip_longest(text.splitlines(), wanted.splitlines(), fillvalue="nothing"):
            if expected != found:
                self._findings.add(SIGNATURES, 0, f"file {layout.SEAL}", expected, found)

    def _counts(self, records: Records) -> None:
        """Check that the dossier ends with the record of its export, which says how many there are."""
        if records.export is None:
            self._findings.add(CHAIN, 0, "last record", "the record of the export, with which a dossier ends", records.action or "no record")
            return
        if records.export != self._told.get("export"):
            self._findings.add(BYTES, 0, "export", records.export, self._told.get("export"))
        for log, wanted in records.before.items():
            if wanted != records.last.get(log, 0):
                self._findings.add(CHAIN, 0, f"records of the stream in {log}", wanted, records.last.get(log, 0))
        if (said := self._bag.info().get("Records")) != str(records.number):
            self._findings.add(DOCUMENTS, 0, "number of records", said, records.number)
