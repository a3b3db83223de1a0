"""The told rows as the history leaves them, rebuilt record by record; kept on disk, so that a long history takes no more memory."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from engine.history.state import is_settled
from engine.storage.told import TOLD
from engine.storage.written import Written

SPAN = 400  # rows that are fetched at once: SQLite takes two parameters for each

Place = tuple[str, str]  # table, key


@dataclass(slots=True, kw_only=True)
class Row:
    """A row as the records tell it. `values` is None when there is none (any more); `seq`: the record that told each field last."""

    values: dict[str, Any] | None = None
    seq: dict[str, int] = field(default_factory=dict)
    last: int = 0  # the record that told of the row last

    def text(self) -> str:
        """Return the row as it is kept."""
        return json.dumps([self.values, self.seq, self.last], ensure_ascii=False)

    @classmethod
    def of(cls, text: str) -> Row:
        """Return a row that was kept."""
        values, seq, last = json.loads(text)
        return cls(values=values, seq=seq, last=last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """Two records that do not fit: what the later one (`seq`) found in a field is not what the earlier one (`told`) left."""

    table: str
    key: str
    field: str | None
    expected: Any
    found: Any
    told: int
    seq: int


class Rebuilt:
    """The rows that the records tell of. A private file keeps them, which is gone with it."""

    def __init__(self) -> None:
        self._kept = sqlite3.connect("", isolation_level=None)
        self._kept.execute("CREATE TABLE row (of TEXT, key TEXT, told TEXT, PRIMARY KEY (of, key)) WITHOUT ROWID")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._kept.close()

    def tell(self, told: Sequence[tuple[int, Written]]) -> Iterator[Contradiction]:
        """Take in what records tell, each with its number, in their order; yield where they contradict what was told before."""
        rows = self.rows({(each.table, each.key) for _, each in told})
        for seq, written in told:
            row = rows.setdefault((written.table, written.key), Row())
            yield from _contradictions(row, written, seq)
            _take_in(row, written, seq)
        kept = [(*place, row.text()) for place, row in rows.items()]
        self._kept.execute("BEGIN")
        self._kept.executemany("INSERT OR REPLACE INTO row VALUES (?, ?, ?)", kept)
        self._kept.execute("COMMIT")

    def rows(self, places: Iterable[Place]) -> dict[Place, Row]:
        """Return those of some rows of which a record tells."""
        wanted = sorted(places)
        found: dict[Place, Row] = {}
        for start in range(0, len(wanted), SPAN):
            part = wanted[start : start + SPAN]
            marks = ", ".join(["(?, ?)"] * len(part))
            query = f"SELECT of, key, told FROM row WHERE (of, key) IN (VALUES {marks})"  # noqa: S608  question marks only
            for of, key, told in self._kept.execute(query, [text for place in part for text in place]):
                found[of, key] = Row.of(told)
        return found

    def forget(self, places: Iterable[Place]) -> None:
        """Take rows out that were compared."""
        self._kept.execute("BEGIN")
        self._kept.executemany("DELETE FROM row WHERE of = ? AND key = ?", list(places))
        self._kept.execute("COMMIT")

    def left(self) -> Iterator[tuple[Place, Row]]:
        """Yield the rows that are still here, in the order of their tables and keys."""
        with closing(self._kept.execute("SELECT of, key, told FROM row ORDER BY of, key")) as cursor:
            for of, key, told in cursor:
                yield (of, key), Row.of(told)


def _contradictions(row: Row, written: Written, seq: int) -> Iterator[Contradiction]:
    if is_settled(written):
        return
    about: Mapping[str, Any] = {"table": written.table, "key": written.key, "told": row.last, "seq": seq}
    if (written.old is None) != (row.values is None):
        expected, found = ("a row", "none") if row.values is not None else ("no row", "one")
        yield Contradiction(**about, field=None, expected=expected, found=found)
        return
    known = {**TOLD[written.table].blank, **(row.values or {})}
    for name, found in (written.old or {}).items():
        if found != known[name]:
            yield Contradiction(**{**about, "told": row.seq.get(name, row.last)}, field=name, expected=known[name], found=found)


def _take_in(row: Row, written: Written, seq: int) -> None:
    row.last = seq
    if is_settled(written):
        row.values, row.seq = None, {}
    if written.new is None:
        row.values, row.seq = None, {}
        return
    row.values = {**(row.values or {}), **written.new}
    row.seq.update(dict.fromkeys(written.new, seq))
