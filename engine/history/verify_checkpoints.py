"""Whether a log still leads to the roots of its signed checkpoints (level 4): the tree is built again from the records' bytes.

Size and root come together from a signed checkpoint, never from the database. A root that differs names the interval since the
last one that was right: the tree cannot narrow it, the signatures and the mirror can.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.history.checkpoint import Checkpoint
from engine.history.finding import CHECKPOINTS, Findings
from engine.history.merkle import Frontier
from engine.history.verify import Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """A state of a log that was compared with a signed checkpoint: from here a later check may go on."""

    size: int
    root: bytes
    hashes: tuple[bytes, ...]


class Roots:
    """Compares the root after each size for which there is a checkpoint. `good`: the sizes at which it was right, rising."""

    def __init__(self, findings: Findings, checkpoints: Iterable[Checkpoint], *, tree: Frontier | None = None) -> None:
        self._findings = findings
        self._tree = tree or Frontier()
        self._roots = self._agreed(checkpoints)
        self._sizes = [size for size in sorted(self._roots) if size >= self._tree.size]
        self._broken = False
        self.good: list[int] = []
        self.proved: Proved | None = None
        self._compare(self._tree.size)

    def see(self, record: Sealed) -> None:
        """Add a record to the tree."""
        self._compare(record.seq - 1)
        self._tree.add(bytes.fromhex(record.leaf))
        self._compare(record.seq)

    def end(self, records: int) -> None:
        """Name what is missing at the end: a checkpoint of more records than there are."""
        self._compare(records)
        if self._sizes:
            largest = self._sizes[-1]
            self._findings.add(CHECKPOINTS, records + 1, "checkpoint", f"{largest} records", f"{records} records", last=largest)

    def _compare(self, seq: int) -> None:
        """Compare the checkpoints up to record `seq`; the first that differs says all that can be said of the later ones."""
        while self._sizes and self._sizes[0] <= seq:
            size = self._sizes.pop(0)
            expected, found = self._roots[size], self._tree.root()
            if size == self._tree.size and found == expected:
                self.good.append(size)
                self.proved = Proved(size=size, root=found, hashes=tuple(self._tree.hashes))
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
