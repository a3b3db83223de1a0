"""Rows as the records tell them, by two clocks: what was true on a day, and what was known of it on a day (AUDIT.md 6.3).

A record says when it was made (`recorded_at`: known since then) and when what it tells of happened (`occurred_at`: true since then).
A letter that somebody registers days after it was issued was there from its own date, though nobody here knew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection

from engine.audit.exports.records import Sealed, records_of_directive
from engine.history.series import offsets
from engine.history.state import written_in
from engine.kernel.calendar import end_of_day, start_of_day
from engine.kernel.clock import stamp
from engine.storage.told import TOLD
from engine.storage.written import Written

FIRST = date(1, 1, 2)  # whose midnight in Vietnam has a moment in UTC
Row = Mapping[str, Any]
Rows = dict[str, dict[str, Row]]  # table → key → fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What one record told of one row. `number`: of the record through all logs; `log`, `seq`: where it stands; `known`, `true`: since when."""

    number: int
    log: str
    seq: int
    known: str
    true: str
    written: Written


@dataclass(slots=True, kw_only=True)
class ToldRows:
    """All that the records of a directive tell of some tables, row by row, in the order of the records.

    `records`: how many there are; `unread`: how many tell nothing, because what they held was disposed of or is no record any more.
    """

    tellings: dict[tuple[str, str], list[Telling]] = field(default_factory=dict)
    records: int = 0
    unread: int = 0

    def last(self, table: str, key: str) -> Telling | None:
        """Return the record that told of a row last; None when none does."""
        tellings = self.tellings.get((table, key))
        return tellings[-1] if tellings else None

    def as_of(self, *, true: date | None = None, known: date | None = None) -> Rows:
        """Return the rows as they were true at the end of a day, by what was known at the end of a day; None: at any time."""
        true_until, known_until = _end(true), _end(known)
        found: Rows = {}
        for (table, key), tellings in self.tellings.items():
            row = _row(table, [each for each in tellings if each.known < known_until and each.true < true_until])
            if row is not None:
                found.setdefault(table, {})[key] = row
        return found


def told_rows(connection: Connection, root: str, tables: Iterable[str]) -> ToldRows:
    """Return what the records of a root directive, and of all beneath it, tell of the rows of some tables."""
    wanted, before = frozenset(tables), offsets(connection)
    marks = [f'"of":"{table}"'.encode() for table in sorted(wanted)]  # one of them is in the bytes of a record that tells of such a row
    found = ToldRows()
    for record in records_of_directive(connection, root):
        found.records += 1
        if not record.is_whole:
            found.unread += 1
        elif any(mark in record.content for mark in marks):
            _take_in(found, record, before[record.log] + record.seq, wanted)
    return found


def _take_in(found: ToldRows, record: Sealed, number: int, wanted: frozenset[str]) -> None:
    sealed = record.opened()
    rows = [each for each in written_in(sealed) if each.table in wanted]
    issued = _issued(rows)
    for written in rows:
        earlier = found.tellings.setdefault((written.table, written.key), [])
        true = str(sealed["occurred_at"])
        if earlier:
            true = max(true, earlier[0].true)  # nothing changes before it is there
        elif issued:
            true = min(true, issued)
        earlier.append(Telling(number=number, log=record.log, seq=record.seq, known=sealed["recorded_at"], true=true, written=written))


def _issued(rows: Iterable[Written]) -> str:
    """Return since when a letter that is new in a record was there, by its own date, with those to whom it went; "" when none is new."""
    days = [str(each.new["issued_date"]) for each in rows if each.new and each.old is None and each.new.get("issued_date")]
    return stamp(start_of_day(max(date.fromisoformat(min(days)), FIRST))) if days else ""


def _row(table: str, tellings: list[Telling]) -> Row | None:
    """Return a row after what was told of it, what became true later last; None when there is none (any more)."""
    row: dict[str, Any] | None = None
    for each in sorted(tellings, key=lambda each: (each.true, each.number)):
        new = each.written.new
        row = None if new is None else {**(TOLD[table].blank if row is None else row), **new}
    return row


def _end(day: date | None) -> str:
    """Return the moment at which a day has ended in Vietnam; later than any when there is no day."""
    return "~" if day is None else stamp(end_of_day(day))

