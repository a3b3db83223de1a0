"""A checkpoint of c2sp.org/tlog-checkpoint: which log, how many records, and the root of the tree over them, in a signed note.

Two extension lines tell when it was made and how far the server's clock was then from the time it is compared with:
`time 2026-04-01T01:00:00.000Z` and `clock-offset-ms 12` (or `unknown`).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass

from engine.history.merkle import DIGEST
from engine.history.note import Signer, Verifier, open_note, sign
from engine.kernel.errors import InvalidInput

TIME = "time "
OFFSET = "clock-offset-ms "
UNKNOWN = "unknown"
NUMBER = re.compile("0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """One state of one log. `origin`: its name; `root`: 32 bytes. `made_at` and `offset_ms` are None when the note does not tell them."""

    origin: str
    size: int
    root: bytes
    made_at: str | None = None
    offset_ms: int | None = None

    def text(self) -> str:
        """Return the note's text."""
        lines = [self.origin, str(self.size), base64.b64encode(self.root).decode()]
        if self.made_at is not None:
            lines += [TIME + self.made_at, OFFSET + (UNKNOWN if self.offset_ms is None else str(self.offset_ms))]
        return "".join(line + "\n" for line in lines)

    def signed(self, signers: Iterable[Signer]) -> str:
        """Return the checkpoint as a signed note."""
        return sign(self.text(), signers)


def checkpoint_of(text: str) -> Checkpoint:
    """Return the checkpoint that a note's text tells. Raises `InvalidInput` when it tells none. Unknown extension lines are left aside."""
    origin, size, encoded, *extensions = [*text.removesuffix("\n").split("\n"), "", "", ""]
    root = _root(encoded)
    if not origin or not NUMBER.fullmatch(size) or len(root) != DIGEST:
        raise InvalidInput(f"Expected a checkpoint (name of a log, number of records, root), but found {text[:120]!r}. Use the file as it was written.")
    told = {line.partition(" ")[0]: line.partition(" ")[2] for line in extensions}
    offset = told.get(OFFSET.strip(), UNKNOWN)
    return Checkpoint(
        origin=origin,
        size=int(size),
        root=root,
        made_at=told.get(TIME.strip()),
        offset_ms=int(offset) if offset.removeprefix("-").isdecimal() else None,
    )


def open_checkpoint(note: str, known: Iterable[Verifier]) -> Checkpoint:
    """Return the checkpoint of a note that a known key has signed. Raises `InvalidInput` when none has, or it is no checkpoint."""
    return checkpoint_of(open_note(note, known).text)


def _root(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return b""
