"""A BagIt 1.0 bag (RFC 8493) in a zip file, packed while it is written: what is put into it goes on at once, and is never in memory whole."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from engine.kernel.clock import ZONE

DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
BAGIT, INFO = "bagit.txt", "bag-info.txt"
MANIFEST, TAG_MANIFEST = "manifest-sha256.txt", "tagmanifest-sha256.txt"
PAYLOAD = "data/"
READABLE = 0o644 << 16  # the rights of a file, where zip files keep them


class _Pipe:
    """What the packer has written and nobody has taken yet. It has no place to go back to, so that the packer never does."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, content: bytes) -> int:
        self._written.append(bytes(content))
        return len(content)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is open."""

    def take(self) -> bytes:
        """Return what was written since this was last asked."""
        taken, self._written = b"".join(self._written), []
        return taken


@dataclass(slots=True, kw_only=True)
class Bag:
    """A bag that is being packed. `folder`: the one folder in the zip file; `at`: the moment that its files bear; `size`: bytes of the payload so far."""

    folder: str
    at: datetime
    size: int = 0
    _payload: dict[str, str] = field(default_factory=dict)
    _tags: dict[str, str] = field(default_factory=dict)
    _pipe: _Pipe = field(default_factory=_Pipe)
    _zip: ZipFile = field(init=False)

    def __post_init__(self) -> None:
        self._zip = ZipFile(self._pipe, "w", ZIP_DEFLATED)

    def put(self, path: str, content: Iterable[bytes]) -> Iterator[bytes]:
        """Pack a file of the payload; `path` is told from the folder data/."""
        digest, inside = hashlib.sha256(), PAYLOAD + path
        with self._zip.open(self._entry(inside), "w", force_zip64=True) as file:  # nobody knows yet how large it will be
            for piece in content:
                digest.update(piece)
                self.size += len(piece)
                file.write(piece)
                yield self._pipe.take()
        self._payload[inside] = digest.hexdigest()
        yield self._pipe.take()

    def tag(self, path: str, content: str) -> Iterator[bytes]:
        """Pack a file that is about the bag."""
        self._tags[path] = self._write(path, content)
        yield self._pipe.take()

    def end(self, info: Mapping[str, str]) -> Iterator[bytes]:
        """Pack what every bag has: which it is, what is told of it, and the digests of all files."""
        oxum = f"{self.size}.{len(self._payload)}"
        told = "".join(f"{name}: {_one_line(value)}\n" for name, value in {**info, "Payload-Oxum": oxum}.items())
        yield from self.tag(BAGIT, DECLARATION)
        yield from self.tag(INFO, told)
        yield from self.tag(MANIFEST, _lines(self._payload))

    def close(self, seal: Iterable[tuple[str, str]]) -> Iterator[bytes]:
        """Pack the digests of the files about the bag, and `seal`: (path, content) of what is laid over them."""
        self._write(TAG_MANIFEST, self.tag_manifest)
        for path, content in seal:
            self._write(path, content)
        self._zip.close()
        yield self._pipe.take()

    @property
    def tag_manifest(self) -> str:
        """The digests of the files about the bag: whoever signs this has signed all of it."""
        return _lines(self._tags)

    def _write(self, path: str, content: str) -> str:
        self._zip.writestr(self._entry(path), content.encode())
        return hashlib.sha256(content.encode()).hexdigest()

    def _entry(self, path: str) -> ZipInfo:
        entry = ZipInfo(f"{self.folder}/{path}", self.at.astimezone(ZONE).timetuple()[:6])
        entry.compress_type, entry.external_attr = ZIP_DEFLATED, READABLE
        return entry


def _lines(digests: Mapping[str, str]) -> str:
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(digests.items()))


def _one_line(value: str) -> str:
    return " ".join(value.split())
