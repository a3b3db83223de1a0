"""What a check of the history names when something is not as it was sealed: the level, the record, the field, expected and found."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

BYTES, CHAIN, SIGNATURES, CHECKPOINTS, MIRROR, DOCUMENTS, STATE = range(1, 8)  # the levels of AUDIT.md 5
LEVELS = {
    BYTES: "bytes and columns",
    CHAIN: "chain, numbers, streams",
    SIGNATURES: "signatures and keys",
    CHECKPOINTS: "checkpoints",
    MIRROR: "mirror",
    DOCUMENTS: "documents and definitions by digest",
    STATE: "state of the tables",
}
RUNS = frozenset({SIGNATURES, MIRROR})  # levels at which one change is followed by a finding for every later record: told as an interval
MOST = 1_000  # findings that are listed; more are only counted
LONGEST = 300  # characters of a value that a sentence repeats


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is not as it was sealed.

    `record` to `last`: the record, or the interval that cannot be narrowed. 0: no record is named. `checkpoint`: the number of
    records of the last good checkpoint before it; None: none was there to compare with.
    """

    level: int
    log: str
    record: int
    field: str
    expected: str
    found: str
    last: int = 0
    checkpoint: int | None = None

    @property
    def until(self) -> int:
        """The last record that it is about."""
        return max(self.record, self.last)

    def sentence(self) -> str:
        """Return it as one line for people."""
        where = f"record {self.record}" if self.until == self.record else f"records {self.record} to {self.until}"
        known = "" if self.checkpoint is None else f"; last good checkpoint: {self.checkpoint} records"
        place = f"{self.log} {where}" if self.record else self.log
        return f"{place}, {self.field}: expected {_short(self.expected)}, but found {_short(self.found)} (level {self.level}, {LEVELS[self.level]}{known})"


class Findings:
    """The findings of one check of one log, in the order in which they were met. Memory is bounded: see `MOST`."""

    def __init__(self, log: str) -> None:
        self.log = log
        self.count = 0
        self._listed: list[Finding] = []
        self._run: dict[tuple[int, str], int] = {}  # level and field → where the interval stands that may still grow

    def add(self, level: int, record: int, field: str, expected: object, found: object, *, last: int = 0) -> None:
        """Add a finding; one that follows on the record before it at the same level and field makes that one longer."""
        self.count += 1
        kind = (level, field)
        at = self._run.get(kind)
        if level in RUNS and at is not None and self._listed[at].until + 1 == record:
            self._listed[at] = replace(self._listed[at], last=max(record, last))
            return
        if len(self._listed) < MOST:
            self._run[kind] = len(self._listed)
            self._listed.append(Finding(level=level, log=self.log, record=record, last=last, field=field, expected=str(expected), found=str(found)))

    def told(self, good: Sequence[int] = ()) -> list[Finding]:
        """Return the listed findings by level and record (the lower levels name a record most narrowly), each with the last of the `good` checkpoints (sizes, rising) before it."""
        named = [replace(each, checkpoint=_before(good, each.record)) for each in self._listed]
        return sorted(named, key=lambda each: (each.level, each.record))


def _before(good: Sequence[int], record: int) -> int | None:
    at = bisect_left(good, record)
    return good[at - 1] if at else None


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
