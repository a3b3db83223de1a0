"""What is in force, compared with a folder of process files, and written into it. Nothing there is ever removed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.definitions.source import MAX_BYTES, load_sources
from engine.kernel.errors import InvalidInput, Refused

READABLE_BY_ALL = 0o644
SHOWN = 5  # paths in a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A folder beside what is in force, paths in both: `missing` on disk, `differing`, `same`; and `not_in_force`: on disk alone."""

    missing: tuple[str, ...]
    differing: tuple[str, ...]
    same: tuple[str, ...]
    not_in_force: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether folder and database hold the same."""
        return not (self.missing or self.differing or self.not_in_force)


def compare(folder: Path, files: Mapping[str, bytes], known: Collection[str]) -> Difference:
    """Compare the process files under `folder` with `files`; `known`: every path in force. Raises InvalidInput when it is no folder."""
    if folder.exists() and not folder.is_dir():
        raise InvalidInput(f"Expected a folder at {folder}, but found a file. Name a folder.")
    found = {path: _there(folder, path) for path in sorted(files)}
    return Difference(
        missing=tuple(path for path, content in found.items() if content is None),
        differing=tuple(path for path, content in found.items() if content is not None and content != files[path]),
        same=tuple(path for path, content in found.items() if content == files[path]),
        not_in_force=tuple(path for path in _process_files(folder) if path not in known),
    )


def write(folder: Path, files: Mapping[str, bytes], difference: Difference, *, force: bool) -> tuple[str, ...]:
    """Write what is missing or, with `force`, differs; return their paths. Raises Refused without `force`, and then writes nothing."""
    if difference.differing and not force:
        shown = ", ".join(difference.differing[:SHOWN]) + (" …" if len(difference.differing) > SHOWN else "")
        message = (
            f"Expected a folder without other contents of these files, but {len(difference.differing)} differ in {folder}: {shown}. "
            "Nothing was written. Look at them with `chidao diff`, or say --force to write over them."
        )
        raise Refused(message)
    wanted = (*difference.missing, *difference.differing)
    for path in wanted:
        _inside(folder, path)
    for path in wanted:
        _write(folder / path, files[path])
    return tuple(sorted(wanted))


def _there(folder: Path, path: str) -> bytes | None:
    """Return what stands at a path, None for nothing; of what is larger than a process file may be, enough to differ."""
    place = folder / path
    if not place.is_file():
        return None
    with place.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def _process_files(folder: Path) -> list[str]:
    """Return the paths of what `chidao deploy` would read there, those it cannot read too."""
    if not folder.is_dir():
        return []
    try:
        found = load_sources([folder])
    except InvalidInput:  # nothing that deploys: forms alone, or an empty folder
        return []
    return sorted([*found.files, *found.unread])


def _inside(folder: Path, path: str) -> None:
    """Raise Refused where a link in the folder would lead what is written out of it."""
    place = folder / path
    if place.is_symlink() or not place.resolve().is_relative_to(folder.resolve()):
        raise Refused(f"Expected {path} inside {folder}, but a link there leads elsewhere. Nothing was written. Replace the link by a folder or file.")


def _write(place: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{place.name[:50]}.", suffix=".part", dir=place.parent)
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as written:
            written.write(content)
            os.fchmod(written.fileno(), READABLE_BY_ALL)
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)
