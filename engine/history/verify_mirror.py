"""Whether a log has the hashes that were kept outside (level 5): a record that was changed, taken out or put in is named by its number."""

from __future__ import annotations

from collections.abc import Iterator

from engine.history.finding import MIRROR, Findings
from engine.history.verify import Beginning, Sealed
from engine.kernel.errors import InvalidInput


class Mirror:
    """Compares each record with the hash that a mirror has for its number. `size`: how many hashes there are."""

    def __init__(self, findings: Findings, hashes: Iterator[bytes], *, size: int, begin: Beginning, gone: int = 0) -> None:
        """`hashes` begin with that of the record behind `begin`; `gone`: as of `Roots`."""
        self._findings, self._hashes, self._size, self._gone = findings, hashes, size, gone
        self._at = begin.seq
        self.missing: list[str] = []

    def see(self, record: Sealed) -> None:
        """Compare one record; those that were skipped are named where the numbers are checked."""
        expected = self._hash_of(record.seq)
        if expected is not None and expected.hex() != record.leaf:
            self._findings.add(MIRROR, record.seq, "hash", expected.hex(), record.leaf)

    def end(self, records: int) -> None:
        """Name the records of which there are hashes and nothing else."""
        expected = self._hash_of(records + 1)
        if expected is not None and self._size > self._gone:
            self._findings.add(MIRROR, records + 1, "record", f"one with the hash {expected.hex()}", "none", last=self._size)

    def _hash_of(self, seq: int) -> bytes | None:
        found = None
        try:
            while self._at < seq and self._at < self._size:
                found, self._at = next(self._hashes), self._at + 1
        except InvalidInput as error:
            self.missing.append(error.message)
            self._size = self._at
            return None
        return found if self._at == seq else None
