"""Where checkpoints are kept outside the database: folders, each with a log's signed notes and the mirror of its hashes.

In a place, under the name of the log: `checkpoint` (the latest), `checkpoints/x001/x234/067` (each, by its size), `tile/0/…` (mirror.py),
and `conflicts/…`: a second root for a size that has one. Nothing that was written is ever overwritten or deleted here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.history.checkpoint import Checkpoint, checkpoint_of, open_checkpoint
from engine.history.mirror import numbered, write_whole
from engine.history.note import Verifier, note_text
from engine.kernel import environment
from engine.kernel.errors import InvalidInput, Refused
from engine.storage.address import home

LATEST, ALL, CONFLICTS = "checkpoint", "checkpoints", "conflicts"
DEFAULT = "checkpoints"  # the folder beside the keys, where none is configured
ITSELF = "-"  # in the table of places: the log, when no checkpoint can be made of it
ENOUGH = 2  # places: one that is lost, or rewritten with the database, is not the only witness
LOG_NAME = re.compile(r"[a-z]+/log[1-9][0-9]{0,5}(/access)?")  # a name comes from the database: it must not lead elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One folder outside."""

    folder: Path

    def prefix(self, log: str) -> Path:
        """Return the folder of a log. Raises `InvalidInput` for what is no name of a log."""
        if not LOG_NAME.fullmatch(log):
            raise InvalidInput(f"Expected a name of a log such as chidao/log1, but found {log[:60]!r}. Nothing was written.")
        return self.folder / log

    def logs(self) -> list[str]:
        """Return the names of the logs of which there are checkpoints, in order."""
        found = (each.parent.relative_to(self.folder).as_posix() for each in self.folder.glob(f"**/{LATEST}") if each.is_file())
        return sorted(name for name in found if LOG_NAME.fullmatch(name))

    def latest(self, log: str, known: Iterable[Verifier]) -> Checkpoint | None:
        """Return the last checkpoint of a log; None when there is none. Raises `InvalidInput` when no known key signed it, `OSError`."""
        place = self.prefix(log) / LATEST
        return open_checkpoint(place.read_text("utf-8", errors="replace"), known) if place.exists() else None

    def notes(self, log: str) -> Iterator[tuple[Path, str]]:
        """Yield every note about a log with its file, the smallest size first, and conflicting ones last. Raises `OSError`."""
        for folder in (ALL, CONFLICTS):
            found = [each for each in (self.prefix(log) / folder).rglob("*") if each.is_file() and not each.name.startswith(".")]
            for each in sorted(found, key=lambda file: (len(file.parts), file.parts)):
                yield each, each.read_text("utf-8", errors="replace")

    def put(self, checkpoint: Checkpoint, note: str) -> None:
        """Write a note. Raises `Refused` when the place has another root for this size: both are kept as evidence. Raises `OSError`."""
        prefix = self.prefix(checkpoint.origin)
        place = prefix / ALL / numbered(checkpoint.size)
        if place.exists():
            before = checkpoint_of(note_text(place.read_text("utf-8", errors="replace")))
            if before.root != checkpoint.root:
                evidence = prefix / CONFLICTS / f"{checkpoint.size}-{checkpoint.root.hex()[:16]}"
                write_whole(evidence, note.encode())
                raise Refused(_two_roots(checkpoint, before, place, evidence))
        else:
            write_whole(place, note.encode())
        write_whole(prefix / LATEST, place.read_bytes())


def configured_places() -> list[Place]:
    """Return where checkpoints go: the folders of CHIDAO_CHECKPOINT_PLACES, or the one under CHIDAO_HOME."""
    told = environment.value("CHIDAO_CHECKPOINT_PLACES")
    folders = [Path(each.strip()).expanduser().absolute() for each in (told or "").split(":") if each.strip()]
    return [Place(folder=folder) for folder in folders or [home() / DEFAULT]]


def witnessed(places: Iterable[Place]) -> dict[str, str]:
    """Return the largest checkpoint of each log that the places have, as its note: what can be read there now, to be cited."""
    found: dict[str, str] = {}
    for place in places:
        try:
            notes = {log: (place.prefix(log) / LATEST).read_text("utf-8", errors="replace") for log in place.logs()}
            sizes = {log: checkpoint_of(note_text(note)).size for log, note in notes.items()}
        except (OSError, InvalidInput):
            continue  # `chidao doctor` says what is wrong with it
        for log, note in notes.items():
            if log not in found or sizes[log] > checkpoint_of(note_text(found[log])).size:
                found[log] = note
    return found


def are_outside() -> bool:
    """Tell whether anybody has said where checkpoints go: what lies beside the keys proves little."""
    return environment.is_set("CHIDAO_CHECKPOINT_PLACES")


def _two_roots(checkpoint: Checkpoint, before: Checkpoint, place: Path, evidence: Path) -> str:
    return (
        f"Expected the root {before.root.hex()[:16]} of the first {checkpoint.size} records of {checkpoint.origin} as {place} has it, but the database "
        f"leads to {checkpoint.root.hex()[:16]}. The history was changed, or another copy of the database goes on under the same name; "
        f"keep both as evidence ({evidence}) and run `chidao audit verify`."
    )
