"""What a check of the history is compared with, none of it from the database: trusted keys, signed checkpoints, mirrors of the hashes.

What was asked for and is not there is said in `missing`: a check without it is never called a good one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, select

from engine.history.checkpoint import Checkpoint, checkpoint_of, open_checkpoint
from engine.history.growth import AFTER_RECORDS
from engine.history.merkle import Frontier
from engine.history.mirror import hashes
from engine.history.note import UnknownSigner, note_text
from engine.history.places import LATEST, Place
from engine.history.record import ACCESS_LOG, LOG
from engine.history.restored import gone_since
from engine.history.stub import leaf_of
from engine.history.trust import Trust, read_trust
from engine.history.verify import WHOLE, Beginning
from engine.kernel.errors import InvalidInput
from engine.storage.schema import checkpoint as checkpoint_table
from engine.storage.schema import history_head, history_record


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirrored:
    """The hashes of a log in one place: those behind the record where the check begins, and how many there are in all."""

    hashes: Iterator[bytes]
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """What lies in one place about the logs: their notes with the files that hold them. Read before the database is, so that none is newer."""

    place: Place
    by_log: Mapping[str, Sequence[tuple[Path, str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A mirror, and how many hashes of each log it had before the database was read; the files that tell it wrongly."""

    place: Place
    sizes: Mapping[str, int]
    altered: Mapping[str, str]


@dataclass(slots=True, kw_only=True)
class OfLog:
    """The evidence about one log. `altered`: what is wrong with notes that a trusted key has signed.

    `after_another`: it goes on in the stead of an earlier log; `gone`: up to which record it went before a restore, as its successor tells.
    """

    log: str
    begin: Beginning = WHOLE
    subtrees: tuple[bytes, ...] = ()
    after_another: bool = False
    gone: int = 0
    checkpoints: list[Checkpoint] = field(default_factory=list)
    mirrors: list[Mirrored] = field(default_factory=list)
    altered: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def tree(self) -> Frontier:
        """Return the tree over the records before the check begins."""
        return Frontier(size=self.begin.seq, hashes=list(self.subtrees))


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What somebody has brought to a check. `earlier`: to one of a copy, which may end before what lies outside was written."""

    trust: Trust | None = None
    notes: Sequence[Notes] = ()
    mirrors: Sequence[Copy] = ()
    missing: Sequence[str] = ()
    earlier: bool = False

    @property
    def logs(self) -> set[str]:
        """The logs of which there are checkpoints."""
        return {log for each in self.notes for log, notes in each.by_log.items() if notes}

    def of(self, connection: Connection, log: str, *, since: int) -> OfLog:
        """Return what there is about a log; `since`: a check that begins behind the last checkpoint of at most so many records."""
        told = OfLog(log=log)
        if since:
            told.begin, told.subtrees = _beginning(connection, log, since)
        head = connection.execute(select(history_head).where(history_head.c.log == log)).one_or_none()
        records = head.seq if head else 0
        if head is not None:
            told.after_another = head.series != head.log
            told.gone = gone_since(connection, head) if head.succeeded_by else 0
        for each in self.notes:
            if not each.by_log.get(log) and (records >= AFTER_RECORDS or not any(each.by_log.values())):
                told.missing.append(f"Expected checkpoints of {log} in {each.place.folder}, but found none. Name the folder that the worker writes to.")
            if self.trust:
                _open(told, each.by_log.get(log, ()), self.trust)
        for copy in self.mirrors:
            _mirror(told, copy, records)
        if self.earlier:
            told.gone = max([told.gone, *(each.size for each in told.checkpoints), *(each.size for each in told.mirrors)])
        if told.begin.seq and not any(each.size >= told.begin.seq for each in told.checkpoints):
            told.missing.append(
                f"Expected a checkpoint of {told.begin.seq} or more records of {log}, but found none: nothing proves what is before. "
                "Name the folder with --checkpoints, or check the whole log without --since."
            )
        return told


def brought(*, trust: Trust | Path | None, checkpoints: Sequence[Path], mirrors: Sequence[Path]) -> Evidence:
    """Return the evidence in files and folders. What cannot be read is missing. Raises nothing: whoever checks is told all of it."""
    missing: list[str] = []
    known: Trust | None = None
    try:
        known = read_trust(trust) if isinstance(trust, Path) else trust
    except InvalidInput as error:
        missing.append(error.message)
    if checkpoints and trust is None:
        missing.append("Expected a trust file beside the checkpoints, but found none. Name the copy that you keep with --trust.")
    places = [Place(folder=folder) for folder in checkpoints if _is_folder(folder, "checkpoints", missing)]
    copies = [Place(folder=folder) for folder in mirrors if _is_folder(folder, "the mirror", missing)]
    return Evidence(trust=known, notes=[_notes(each, missing) for each in places], mirrors=[_copy(each) for each in copies], missing=missing)


def _notes(place: Place, missing: list[str]) -> Notes:
    found: dict[str, list[tuple[Path, str]]] = {}
    for log in sorted({LOG, ACCESS_LOG, *place.logs()}):
        try:
            found[log] = list(place.notes(log))
        except (OSError, UnicodeDecodeError) as error:
            missing.append(f"Expected the checkpoints of {log} in {place.folder}, but they cannot be read: {error}. Look at their rights, or name another copy.")
    return Notes(place=place, by_log=found)


def _copy(place: Place) -> Copy:
    sizes, altered = dict[str, int](), dict[str, str]()
    for log in place.logs():
        latest = place.prefix(log) / LATEST
        try:
            sizes[log] = checkpoint_of(note_text(latest.read_text("utf-8"))).size
        except (InvalidInput, OSError, UnicodeDecodeError) as error:
            altered[log] = f"{latest}: {error}"
    return Copy(place=place, sizes=sizes, altered=altered)


def _open(told: OfLog, notes: Sequence[tuple[Path, str]], trust: Trust) -> None:
    for file, note in notes:
        try:
            if checkpoint_of(note_text(note)).size < told.begin.seq:
                continue  # of what was checked before
            told.checkpoints.append(_of_log(open_checkpoint(note, trust.checkpoints), told.log))
        except UnknownSigner as error:
            told.missing.append(f"{file}: {error.message}")
        except InvalidInput as error:
            told.altered.append(f"{file}: {error.message}")


def _mirror(told: OfLog, copy: Copy, records: int) -> None:
    if told.log in copy.altered:
        told.altered.append(copy.altered[told.log])
    elif (size := copy.sizes.get(told.log)) is not None:
        told.mirrors.append(Mirrored(hashes=hashes(copy.place.prefix(told.log), size, after=told.begin.seq), size=size))
    elif records >= AFTER_RECORDS or not copy.sizes:
        told.missing.append(f"Expected a mirror of {told.log} in {copy.place.folder}, but found none. Name the folder that the worker writes to.")


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
    last = select(history_record.c.body, history_record.c.record_hash).where(history_record.c.log == log, history_record.c.seq == row.size)
    record = connection.execute(last).one_or_none()
    try:
        subtrees = tuple(bytes.fromhex(each) for each in json.loads(row.frontier))
        if record is None or len(subtrees) != row.size.bit_count():
            return WHOLE, ()
        return Beginning(seq=row.size, record_hash=leaf_of(record.body, record.record_hash)), subtrees
    except (ValueError, TypeError):
        return WHOLE, ()
