"""What a check of the history is compared with, none of it from the database: trusted keys, signed checkpoints, mirrors of the hashes.

What was asked for and is not there is said in `missing`: a check without it is never called a good one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, select

from engine.history.checkpoint import Checkpoint, checkpoint_of, open_checkpoint
from engine.history.log import leaf_hash
from engine.history.merkle import Frontier
from engine.history.mirror import hashes
from engine.history.note import UnknownSigner
from engine.history.places import LATEST, Place
from engine.history.trust import Trust, read_trust
from engine.history.verify import WHOLE, Beginning
from engine.kernel.errors import InvalidInput
from engine.storage.schema import checkpoint as checkpoint_table
from engine.storage.schema import history_record


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirrored:
    """The hashes of a log in one place: those behind the record where the check begins, and how many there are in all."""

    hashes: Iterator[bytes]
    size: int


@dataclass(slots=True, kw_only=True)
class OfLog:
    """The evidence about one log. `altered`: what is wrong with notes that a trusted key has signed."""

    log: str
    begin: Beginning = WHOLE
    subtrees: tuple[bytes, ...] = ()
    checkpoints: list[Checkpoint] = field(default_factory=list)
    mirrors: list[Mirrored] = field(default_factory=list)
    altered: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def tree(self) -> Frontier:
        """Return the tree over the records before the check begins."""
        return Frontier(size=self.begin.seq, hashes=list(self.subtrees))


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What somebody has brought to a check."""

    trust: Trust | None = None
    places: Sequence[Place] = ()
    mirrors: Sequence[Place] = ()
    missing: Sequence[str] = ()

    @property
    def logs(self) -> set[str]:
        """The logs of which there are checkpoints."""
        return {log for place in self.places for log in place.logs()}

    def of(self, connection: Connection, log: str, *, since: int) -> OfLog:
        """Return what there is about a log; `since`: a check that begins behind the last checkpoint of at most so many records."""
        told = OfLog(log=log)
        if since:
            told.begin, told.subtrees = _beginning(connection, log, since)
        if self.trust and self.places:
            self._open(told, self.trust)
        for place in self.mirrors:
            self._mirror(told, place)
        if told.begin.seq and not any(each.size >= told.begin.seq for each in told.checkpoints):
            told.missing.append(
                f"Expected a checkpoint of {told.begin.seq} or more records of {log}, but found none: nothing proves what is before. "
                "Name the folder with --checkpoints, or check the whole log without --since."
            )
        return told

    def _open(self, told: OfLog, trust: Trust) -> None:
        for place in self.places:
            found = 0
            for file, note in place.notes(told.log):
                found += 1
                try:
                    told.checkpoints.append(_of_log(open_checkpoint(note, trust.checkpoints), told.log))
                except UnknownSigner as error:
                    told.missing.append(f"{file}: {error.message}")
                except InvalidInput as error:
                    told.altered.append(f"{file}: {error.message}")
            if not found:
                told.missing.append(f"Expected checkpoints of {told.log} in {place.folder}, but found none. Name the folder that the worker writes to.")

    def _mirror(self, told: OfLog, place: Place) -> None:
        latest = place.prefix(told.log) / LATEST
        if not latest.is_file():
            told.missing.append(f"Expected a mirror of {told.log} in {place.folder}, but found none. Name the folder that the worker writes to.")
            return
        try:
            size = checkpoint_of(latest.read_text("utf-8").partition("\n\n")[0] + "\n").size
        except InvalidInput as error:
            told.altered.append(f"{latest}: {error.message}")
            return
        told.mirrors.append(Mirrored(hashes=hashes(place.prefix(told.log), size, after=told.begin.seq), size=size))


def brought(*, trust: Path | None, checkpoints: Sequence[Path], mirrors: Sequence[Path]) -> Evidence:
    """Return the evidence in files and folders. What cannot be read is missing. Raises nothing: whoever checks is told all of it."""
    missing: list[str] = []
    trusted = None
    if trust is not None:
        try:
            trusted = read_trust(trust)
        except InvalidInput as error:
            missing.append(error.message)
    elif checkpoints:
        missing.append("Expected a trust file beside the checkpoints, but found none. Name the copy that you keep with --trust.")
    places = [Place(folder=folder) for folder in checkpoints if _is_folder(folder, "checkpoints", missing)]
    copies = [Place(folder=folder) for folder in mirrors if _is_folder(folder, "the mirror", missing)]
    return Evidence(trust=trusted, places=places, mirrors=copies, missing=missing)


def _is_folder(folder: Path, what: str, missing: list[str]) -> bool:
    if folder.is_dir():
        return True
    missing.append(f"Expected a folder with {what} at {folder}, but there is none. Connect the disk, or name another copy.")
    return False


def _of_log(found: Checkpoint, log: str) -> Checkpoint:
    if found.origin != log:
        raise InvalidInput(f"Expected a checkpoint of {log}, but found one of {found.origin}. Keep each log's notes in its own folder.")
    return found


def _beginning(connection: Connection, log: str, since: int) -> tuple[Beginning, tuple[bytes, ...]]:
    """Return where a check may begin: what the database says of it proves nothing, the signed root of the same size does."""
    columns = checkpoint_table.c
    query = select(columns.size, columns.frontier).where(columns.log == log, columns.size <= since).order_by(columns.size.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    if row is None or not row.size:
        return WHOLE, ()
    body = connection.execute(select(history_record.c.body).where(history_record.c.log == log, history_record.c.seq == row.size)).scalar_one_or_none()
    try:
        subtrees = tuple(bytes.fromhex(each) for each in json.loads(row.frontier))
        if body is None or len(subtrees) != row.size.bit_count():
            return WHOLE, ()
        return Beginning(seq=row.size, record_hash=leaf_hash(bytes(body))), subtrees
    except (ValueError, TypeError):
        return WHOLE, ()
