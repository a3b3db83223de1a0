"""What the records of a dossier name, compared with what lies in it: documents and versions of processes by their digests, disposals."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from engine.audit.exports import layout
from engine.audit.exports.bag import PAYLOAD
from engine.audit.exports.dossier_records import Line
from engine.audit.exports.opened_bag import OpenedBag
from engine.definitions.deploy import version_digest
from engine.definitions.source import Sources
from engine.history.disposed import DISPOSED, Disposed, Told, beyond, disposal_told, spans_of
from engine.history.finding import BYTES, DOCUMENTS, Findings
from engine.kernel.errors import InvalidInput

NOTHING = "nothing"


class Enclosures:
    """Takes what whole records name while they are read, and compares it at the end."""

    def __init__(self, bag: OpenedBag) -> None:
        self._bag = bag
        self._documents: dict[str, int] = {}  # digest → the record that names it
        self._versions: dict[tuple[str, int], tuple[str, int]] = {}  # key and number → digest, and the record that names it
        self._disposals: dict[str, Told] = {}
        self._stubs: dict[tuple[str, str], _Stubs] = {}  # disposal and log → what is left
        self.missing: list[str] = []

    def see(self, line: Line, sealed: Mapping[str, Any]) -> None:
        """Take what a record names; what it names in another way than records do is not there to compare."""
        log, seq = line.log, line.seq
        try:
            if (disposal := sealed.get("disposed")) is not None:
                left = self._stubs.setdefault((str(disposal), log), _Stubs())
                left.add(seq, str(line.told.get("record_hash")), line.content, alone=len(sealed["streams"]) == 1)
                return
            for each in sealed["documents"]:
                self._documents.setdefault(str(each["sha256"]), seq)
            if told := sealed["definition"]:
                self._versions.setdefault((str(told["key"]), int(told["version"])), (str(told["sha256"]), seq))
            if sealed["action"] == DISPOSED and sealed["outcome"] == "done":
                self._disposals[str(sealed["subject"]["id"])] = disposal_told(log, seq, seq, dict(sealed))
        except (KeyError, TypeError, ValueError, AttributeError):
            return

    def end(self, findings: Findings) -> list[Disposed]:
        """Compare; return what was lawfully disposed of."""
        self._compare_documents(findings)
        self._compare_versions(findings)
        return list(self._compare_stubs(findings))

    def _compare_documents(self, findings: Findings) -> None:
        folder = PAYLOAD + layout.DOCUMENTS
        found = {path: path.removeprefix(folder).partition(".")[0] for path in sorted(self._bag.paths) if path.startswith(folder)}
        for path, named in found.items():
            if self._bag.digests.get(path) != named:
                findings.add(DOCUMENTS, 0, f"file {path}", named, self._bag.digests.get(path, "bytes that cannot be unpacked"))
            elif named not in self._documents:
                findings.add(DOCUMENTS, 0, f"file {path}", "a document that a record names", "one that none names")
        gone = {digest for told in self._disposals.values() for digest in told.documents}
        for digest, seq in self._documents.items():
            if digest not in found.values() and digest not in gone:
                findings.add(DOCUMENTS, seq, "documents", digest, "no such document in the dossier")

    def _compare_versions(self, findings: Findings) -> None:
        for (key, version), (digest, seq) in self._versions.items():
            folder = PAYLOAD + layout.definition_folder(key, version)
            try:
                files = {path.removeprefix(folder): self._bag.read(path) for path in sorted(self._bag.paths) if path.startswith(folder)}
            except InvalidInput:
                continue  # said of the file
            found = version_digest(key, Sources(files=files)) if files else NOTHING
            if found != digest:
                findings.add(DOCUMENTS, seq, f"process {key}, version {version}", digest, found)

    def _compare_stubs(self, findings: Findings) -> Iterator[Disposed]:
        for (name, log), left in self._stubs.items():
            told = self._disposals.get(name)
            if told is None and not left.alone:
                self.missing.append(
                    f"Expected the record of the disposal {name}, but it is that of another directive to which {len(left.numbers)} records answered. Ask for its dossier, too."
                )
                continue
            met, gone = spans_of(left.numbers), told.logs.get(log) if told else None
            for first, last in beyond(met, gone.spans if gone else ()):
                findings.add(BYTES, first, "body", "sealed bytes, or the record of a disposal", f"a stub of the disposal {name}", last=last)
            if told is None or gone is None:
                continue
            if len(left.numbers) == gone.count and left.digest.hexdigest() != gone.digest:
                findings.add(BYTES, left.numbers[0], "stub", f"{gone.count} stubs as record {told.seq} of {told.log} has them", "others", last=left.numbers[-1])
            yield Disposed(log=log, spans=met, count=len(left.numbers), by_log=told.log, by=told.seq, at=told.at)


class _Stubs:
    """What is left of the records of one log that one disposal took. `alone`: one of them answered no other directive; `digest`: as disposals have it."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.alone = False
        self.digest = hashlib.sha256()

    def add(self, seq: int, record_hash: str, stub: bytes, *, alone: bool) -> None:
        self.numbers.append(seq)
        self.alone |= alone
        self.digest.update(f"{seq} {record_hash} {hashlib.sha256(stub).hexdigest()}\n".encode())
