"""What differs between a directive's cascade as it was and as it is: row by row, field by field, with the record that told of it last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from engine.audit.desk.names import Name
from engine.audit.desk.sight import Remit
from engine.audit.desk.two_clocks import Row, Rows, ToldRows

FIELDS: Mapping[str, tuple[str, ...]] = {  # of which tables and fields people want to know
    "directive": ("status", "sunset"),
    "dispatch": ("status",),
    "assignment": ("status", "lead", "due_at", "organisation"),
    "obligation": ("status", "due_date", "end_period"),
    "report": ("status",),
}
CAME, WENT = "came", "went"  # in place of a field: there was no row then, there is none now


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A field that has changed since, or a row that came or went. `kind`: its table; `about`: the letter or period; `log`, `seq`: the record that told of it last."""

    kind: str
    unit: str
    about: str
    field: str
    old: str
    new: str
    log: str
    seq: int
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What is compared: the rows of two moments, of some letters, with the names of what they name, for one auditor."""

    told: ToldRows
    then: Rows
    now: Rows
    letters: frozenset[str]
    names: Mapping[str, Name]
    remit: Remit

    def differences(self) -> list[Difference]:
        """Return what differs, the latest record first; only what the auditor sees."""
        reached = {str(row["organisation"]) for row in self.now.get("dispatch", {}).values() if row["directive"] in self.letters}
        return sorted((each for table in FIELDS for each in self._of_table(table, reached)), key=lambda each: each.number, reverse=True)

    def _of_table(self, table: str, reached: set[str]) -> Iterator[Difference]:
        then, now = self.then.get(table, {}), self.now.get(table, {})
        for key in now.keys() | then.keys():
            row = now.get(key) or then[key]
            letter, unit = _letter(table, key, row), str(row.get("organisation") or row.get("issuer") or "")
            is_theirs = letter in self.letters if letter else unit in reached
            if is_theirs and (self.remit.whole or unit in self.remit.units):
                yield from self._of_row(table, key, then.get(key), now.get(key))

    def _of_row(self, table: str, key: str, old: Row | None, new: Row | None) -> Iterator[Difference]:
        row, last = new or old or {}, self.told.last(table, key)
        letter = _letter(table, key, row)
        whole = Difference(
            kind=table,
            unit=self._text(str(row.get("organisation") or row.get("issuer") or "")),
            about=self._text(letter) if letter else str(row.get("period") or ""),
            field=CAME if old is None else WENT,
            old=self._value(old, "status"),
            new=self._value(new, "status"),
            log=last.log if last else "",
            seq=last.seq if last else 0,
            number=last.number if last else 0,
        )
        if old is None or new is None:
            yield whole
            return
        for name in FIELDS[table]:
            if old.get(name) != new.get(name):
                yield replace(whole, field=name, old=self._value(old, name), new=self._value(new, name))

    def _value(self, row: Row | None, field: str) -> str:
        value = (row or {}).get(field)
        return self._text(str(value)) if value is not None else ""

    def _text(self, identity: str) -> str:
        return self.names[identity].text if identity in self.names else identity


def _letter(table: str, key: str, row: Row) -> str:
    return key if table == "directive" else str(row.get("directive") or "")

