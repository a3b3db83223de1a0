"""Whether a log still leads to the roots of its signed checkpoints (level 4): the tree is built again from the records' bytes.

Size and root come together from a signed checkpoint, never from the database. A root that differs names the interval since the
last one that was right: the tree cannot narrow it, the signatures and the mirror can.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select

from engine.history.checkpoint import Checkpoint, checkpoint_of, open_checkpoint
from engine.history.finding import CHECKPOINTS, Findings
from engine.history.merkle import Frontier
from engine.history.note import UnknownSigner, Verifier, note_text
from engine.history.verify import AT_ONCE, Sealed
from engine.kernel.errors import InvalidInput
from engine.storage.schema import checkpoint as kept


class Roots:
    """Compares the root after each size for which there is a checkpoint. `good`: the sizes at which it was right, rising.

    `gone`: up to which record the log was longer before a restore that says so itself (restored.py).
    """

    def __init__(self, findings: Findings, checkpoints: Iterable[Checkpoint], *, tree: Frontier | None = None, gone: int = 0) -> None:
        self._findings, self._gone = findings, gone
        self._tree = tree or Frontier()
        self._roots = self._agreed(checkpoints)
        self._sizes = [size for size in sorted(self._roots) if size >= self._tree.size]
        self._broken = False
        self.good: list[int] = []
        self._compare(self._tree.size)

    def see(self, record: Sealed) -> None:
        """Add a record to the tree."""
        self._compare(record.seq - 1)
        self._tree.add(bytes.fromhex(record.leaf))
        self._compare(record.seq)

    def end(self, records: int) -> None:
        """Name what is missing at the end: a checkpoint of more records than there are."""
        self._compare(records)
        largest = self._sizes[-1] if self._sizes else 0
        if largest > self._gone:
            self._findings.add(CHECKPOINTS, records + 1, "checkpoint", f"{largest} records", f"{records} records", last=largest)

    def _compare(self, seq: int) -> None:
        """Compare the checkpoints up to record `seq`; the first that differs says all that can be said of the later ones."""
        while self._sizes and self._sizes[0] <= seq:
            size = self._sizes.pop(0)
            expected, found = self._roots[size], self._tree.root()
            if size == self._tree.size and found == expected:
                self.good.append(size)
            elif not self._broken:
                self._broken = True
                since = self.good[-1] if self.good else 0
                self._findings.add(CHECKPOINTS, since + 1, "root", expected.hex(), found.hex(), last=size)

    def _agreed(self, checkpoints: Iterable[Checkpoint]) -> dict[int, bytes]:
        """Return root by size. Two roots for one size are a finding: a log has signed two different trees."""
        roots: dict[int, bytes] = {}
        for each in checkpoints:
            first = roots.setdefault(each.size, each.root)
            if first != each.root:
                self._findings.add(CHECKPOINTS, each.size, "two checkpoints of one size", first.hex(), each.root.hex())
        return roots


def check_kept(connection: Connection, findings: Findings, known: Sequence[Verifier], *, after: int) -> None:
    """Check what the database keeps of its checkpoints: the next one is made on top of it. `known`: trusted keys; none: signatures are not looked at."""
    query = select(kept).where(kept.c.log == findings.log, kept.c.size >= after).order_by(kept.c.size)
    for row in connection.execute(query.execution_options(yield_per=AT_ONCE)):
        try:
            told = open_checkpoint(row.note, known) if known else checkpoint_of(note_text(row.note))
            tree = Frontier(size=row.size, hashes=[bytes.fromhex(each) for each in json.loads(row.frontier)])
            edge = tree.root().hex() if len(tree.hashes) == tree.size.bit_count() else "an edge of another tree"
        except UnknownSigner:
            continue  # said of what lies outside
        except (InvalidInput, ValueError, TypeError) as error:
            findings.add(CHECKPOINTS, row.size, "checkpoint in the database", "a signed note and the edge of a tree", error)
            continue
        for field, found in (("checkpoint.size", told.size), ("checkpoint.log", told.origin), ("checkpoint.root", told.root.hex()), ("checkpoint.frontier", edge)):
            expected = {"checkpoint.size": row.size, "checkpoint.log": row.log}.get(field, row.root)
            if found != expected:
                findings.add(CHECKPOINTS, row.size, field, found, expected)
