"""A bag as it comes from somebody else: nothing in it is believed, unpacked, or read further than it may be large."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self
from zipfile import BadZipFile, ZipFile

from engine.audit.exports.bag import BAGIT, DECLARATION, INFO, MANIFEST, PAYLOAD, TAG_MANIFEST
from engine.history.finding import DOCUMENTS, Findings
from engine.kernel.errors import InvalidInput

PIECE = 1 << 20  # bytes read at a time
MOST = 64 << 20  # bytes of one file that is read whole, and of one record
NOT_THERE = "no such file"
_LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")
_BROKEN = (BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError)  # what reading a packed file may complain of


class OpenedBag:
    """A bag in a zip file. Raises `InvalidInput` when it is none; to be used in a `with` block."""

    def __init__(self, file: Path) -> None:
        try:
            self._zip = ZipFile(file)
        except (BadZipFile, OSError, ValueError) as error:
            raise InvalidInput(f"Expected a dossier in {file}, but it cannot be opened: {error}. Copy it again from where it came.") from None
        names = [each.filename for each in self._zip.infolist() if not each.is_dir()]
        self._twice = sorted(name for name, number in Counter(names).items() if number > 1)
        self.folder = next((name.removesuffix(f"/{BAGIT}") for name in names if name.count("/") == 1 and name.endswith(f"/{BAGIT}")), "")
        if not self.folder:
            raise InvalidInput(f"Expected a dossier in {file}, but found no folder with {BAGIT} in it. Name the file as it was taken out.")
        self._beside = sorted(name for name in names if not name.startswith(f"{self.folder}/"))
        self.paths = {name.removeprefix(f"{self.folder}/") for name in names if name.startswith(f"{self.folder}/")}
        self.digests: dict[str, str] = {}  # of each file as it is, once it was checked

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._zip.close()

    def __contains__(self, path: str) -> bool:
        return path in self.paths

    def read(self, path: str) -> bytes:
        """Return a file. Raises `InvalidInput` when it is not there, cannot be unpacked, or is larger than any such file."""
        return b"".join(self._pieces(path, MOST))

    def text(self, path: str) -> str:
        """Return a file as text; "" when it is not there or cannot be read."""
        try:
            return self.read(path).decode(errors="replace")
        except InvalidInput:
            return ""

    def lines(self, path: str) -> Iterator[bytes]:
        """Yield the lines of a file without their ends. Raises `InvalidInput` as above, and for a line that is larger than any record."""
        rest = b""
        for piece in self._pieces(path):
            *whole, rest = (rest + piece).split(b"\n")
            yield from whole
            if len(rest) > MOST:
                raise InvalidInput(f"Expected lines of at most {MOST} bytes in {path}, but found a longer one. Name the file as it was taken out.")
        if rest:
            yield rest

    def check(self, findings: Findings) -> None:
        """Compare every file with the lists of digests: changed, missing, added."""
        for name in (*self._twice, *self._beside):
            findings.add(DOCUMENTS, 0, f"file {name}", "once, in the folder of the dossier", "twice" if name in self._twice else "beside it")
        if (said := self.text(BAGIT)) != DECLARATION:
            findings.add(DOCUMENTS, 0, f"file {BAGIT}", DECLARATION, said)
        payload, tags = self._listed(MANIFEST, findings), self._listed(TAG_MANIFEST, findings)
        wanted = {**payload, **tags}
        for path in sorted(wanted.keys() | {each for each in self.paths if each.startswith(PAYLOAD)}):
            found = self._digest(path)
            if found != wanted.get(path, found) or path not in wanted:
                findings.add(DOCUMENTS, 0, f"file {path}", wanted.get(path, "not in the list"), found)
        for path in {BAGIT, INFO, MANIFEST} - tags.keys():
            findings.add(DOCUMENTS, 0, f"file {path}", f"its digest in {TAG_MANIFEST}", "none")

    def info(self) -> dict[str, str]:
        """Return what is told of the bag."""
        told = (line.partition(": ") for line in self.text(INFO).splitlines())
        return {name: value for name, colon, value in told if colon}

    def _listed(self, path: str, findings: Findings) -> dict[str, str]:
        if path not in self:
            findings.add(DOCUMENTS, 0, f"file {path}", "a list of digests", NOT_THERE)
        found = (_LINE.fullmatch(line) for line in self.text(path).splitlines())
        return {each[2]: each[1] for each in found if each}

    def _digest(self, path: str) -> str:
        if path not in self:
            return NOT_THERE
        digest = hashlib.sha256()
        try:
            for piece in self._pieces(path):
                digest.update(piece)
        except InvalidInput:
            return "bytes that cannot be unpacked"
        self.digests[path] = digest.hexdigest()
        return self.digests[path]

    def _pieces(self, path: str, most: int | None = None) -> Iterator[bytes]:
        if path not in self:
            raise InvalidInput(f"Expected {path} in the dossier, but it is not there. Ask for the whole dossier again.")
        size = 0
        try:
            with self._zip.open(f"{self.folder}/{path}") as file:
                while piece := file.read(PIECE):
                    size += len(piece)
                    if most is not None and size > most:
                        raise InvalidInput(f"Expected at most {most} bytes in {path}, but found more. Name the file as it was taken out.")
                    yield piece
        except _BROKEN as error:
            raise InvalidInput(f"Expected to unpack {path} of the dossier, but could not: {error}. Copy it again from where it came.") from None
