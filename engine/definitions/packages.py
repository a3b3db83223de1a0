"""Many files as one: a zip of others is unpacked within bounds, one of ours has the same bytes for the same files."""

from __future__ import annotations

import base64
import binascii
import io
import stat
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from typing import NoReturn

from engine.definitions.file_paths import parts_of
from engine.definitions.source import MAX_BYTES
from engine.kernel.errors import InvalidInput

ARCHIVE = ".zip"
MOST_FILES = 1_000
MOST_BYTES = 30_000_000  # of all files together, unpacked
MOST_PACKED = 12_000_000  # of files that travel with a page
MOST_ENTRIES = 5_000  # with folders and what is passed over
CHUNK = 65_536
FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say; the same for every file
REGULAR = stat.S_IFREG | 0o644
PASSED_OVER = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")  # what systems leave in folders


def gather(received: Iterable[tuple[str, bytes]]) -> dict[str, bytes]:
    """Return path → content of files that were handed in, archives unpacked.

    A file larger than `MAX_BYTES` is cut one byte later, so that the check can say so. Raises InvalidInput for an archive that
    cannot be read, or leads out of its folder; for a path that stands there twice; for too many files, or too large ones.
    """
    found: dict[str, bytes] = {}
    for name, content in received:
        unpacked = _unpack(name, content) if name.lower().endswith(ARCHIVE) else [("/".join(parts_of(name)), content[: MAX_BYTES + 1])]
        for path, each in unpacked:
            if passed_over(path):
                continue
            if path in found:
                raise InvalidInput(f"Expected each path once, but found {path!r} twice. Leave one of the two out.")
            found[path] = each
            if len(found) > MOST_FILES or sum(map(len, found.values())) > MOST_BYTES:
                _too_much()
    return found


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return a zip of the files, by path: the same files are the same bytes, whenever and wherever it is made."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path, content in sorted(files.items()):
            entry = zipfile.ZipInfo(path, FIRST_DAY)
            entry.external_attr, entry.create_system, entry.compress_type = REGULAR << 16, 3, zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return written.getvalue()


def carried(files: Mapping[str, bytes]) -> str:
    """Return files as one line of text, which travels with a page. Raises InvalidInput for none, and for more than a page can carry."""
    if not files:
        raise InvalidInput("Expected files, but none was chosen, or there is nothing in them. Choose files, a folder or a zip archive.")
    packed = pack(files)
    if len(packed) > MOST_PACKED:
        raise InvalidInput(
            f"Expected files that take at most {MOST_PACKED // 1_000_000} MB when packed, but found more. Hand in the process files alone, or in parts."
        )
    return base64.b64encode(packed).decode("ascii")


def uncarried(text: str) -> dict[str, bytes]:
    """Return the files that `carried` gave as text. Raises InvalidInput for another text."""
    try:
        return gather([(f"files{ARCHIVE}", base64.b64decode(text, validate=True))])
    except binascii.Error:
        raise InvalidInput("Expected the files that were handed in, but the page was changed. Choose the files again.") from None


def passed_over(path: str) -> bool:
    """Tell whether a file is one that a system or a version control keeps for itself."""
    return any(part in PASSED_OVER or (part.startswith(".") and part != ".") for part in path.split("/"))


def _unpack(name: str, content: bytes) -> list[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return list(_entries(archive))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError, ValueError, OverflowError):
        raise InvalidInput(f"Expected a zip archive, but {name[:100]!r} is none, or is damaged. Pack the folder again.") from None


def _entries(archive: zipfile.ZipFile) -> Iterable[tuple[str, bytes]]:
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        _too_much()
    room = MOST_BYTES
    for entry in entries:
        if entry.is_dir():
            continue
        path = "/".join(parts_of(entry.filename))
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise InvalidInput(f"Expected files, but {path!r} in the archive is a link to another place. Pack the file itself.")
        if entry.flag_bits & 0x1:
            raise InvalidInput(f"Expected an archive without a password, but {path!r} is encrypted. Pack the folder again without one.")
        if passed_over(path):
            continue
        each = _content(archive, entry, room)
        room -= len(each)
        if room < 0:
            _too_much()
        yield path, each


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, room: int) -> bytes:
    """Return what is in an entry, never more than one byte past a bound: what it says of its own size is not believed."""
    bound = min(room, MAX_BYTES) + 1
    parts: list[bytes] = []
    with archive.open(entry) as stream:
        while bound > 0 and (part := stream.read(min(CHUNK, bound))):
            parts.append(part)
            bound -= len(part)
    return b"".join(parts)


def _too_much() -> NoReturn:
    raise InvalidInput(
        f"Expected at most {MOST_FILES:,} files of together {MOST_BYTES // 1_000_000} MB, but found more. "
        "Hand in the folder of the processes alone, or in parts."
    )
