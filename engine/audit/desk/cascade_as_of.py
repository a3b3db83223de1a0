"""A directive's cascade as it was on a day, by what is known now or was known then, rebuilt from the sealed records alone (AUDIT.md 6.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from sqlalchemy import Connection, select

from engine.audit.desk.as_of_differences import Compared, Difference
from engine.audit.desk.names import Name, names_of
from engine.audit.desk.sight import Remit, remit_of
from engine.audit.desk.two_clocks import Row, Rows, told_rows
from engine.audit.exports.records import root_of
from engine.directory.checks import iso_day
from engine.history.transaction import Reading
from engine.kernel.clock import local_date
from engine.kernel.errors import InvalidInput
from engine.storage.schema import instance

MOST = 1000  # recipients that one page shows
MOST_DIFFERENCES = 300
AT_ONCE = 400  # letters of one statement
TABLES = ("directive", "dispatch", "assignment", "obligation", "report")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowCascadeAsOf:
    """Ask for the cascade as it was at the end of the day `on`, by what was known at the end of the day `known` (ISO days; "": today)."""

    directive: str
    on: str = ""
    known: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Assignments that stood alike: the post that led them, their status and last day (ISO, "" without one), and how many they were."""

    lead: Name | None
    status: str
    due: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A recipient as it stood. `level`: letters above it, from 1; `code`: of the letter it received, `letter`: its id; `handed`: the letters by which it handed that on.

    `receipt`: the status of exchange. `cases`: what ran for it by that letter, up to today. `reports`: (period, status) of what it owed. `is_hidden`: it lies outside what the auditor sees, and tells nothing.
    """

    level: int
    unit: str
    name: str
    letter: str
    code: str
    receipt: str = ""
    handed: tuple[str, ...] = ()
    work: tuple[Work, ...] = ()
    reports: tuple[tuple[str, str], ...] = ()
    cases: tuple[str, ...] = ()
    is_hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CascadeAsOf:
    """A cascade at two clocks. `on`, `known`: None for today. `letter`: the row of the directive as it was, None while it was not there yet.

    `lines`: its recipients, those of a letter that hands it on behind the one who wrote that; `total`: how many there were.
    `differences`: against today, as the records tell today. `unread`: records that tell nothing any more.
    """

    directive: str
    code: str
    issuer: str
    on: date | None
    known: date | None
    letter: Row | None
    lines: tuple[Line, ...]
    total: int
    own_work: tuple[Work, ...]
    differences: tuple[Difference, ...]
    records: int
    unread: int
    is_today: bool


def answer_cascade_as_of(query: ShowCascadeAsOf, reading: Reading) -> CascadeAsOf:
    """Return the cascade as it was. Raises NotFound for a directive that there is not, InvalidInput for a day that is none or is to come."""
    connection, today = reading.connection, local_date(reading.now)
    on, known = _day(query.on, today), _day(query.known, today)
    told = told_rows(connection, root_of(connection, query.directive), TABLES)
    then, now = told.as_of(true=on, known=known), told.as_of()
    named = names_of(connection, _ids(then) | _ids(now) | {query.directive})
    remit = remit_of(reading)
    tree = _Tree(rows=then, names=named, remit=remit, cases=_cases(connection, then))
    lines = list(tree.below(query.directive, 1))
    compared = Compared(told=told, then=then, now=now, letters=tree_of(now, query.directive), names=named, remit=remit)
    letter = then.get("directive", {}).get(query.directive)
    head = now.get("directive", {}).get(query.directive) or {}
    return CascadeAsOf(
        directive=query.directive,
        code=_text(named, query.directive),
        issuer=_text(named, str(head.get("issuer"))),
        on=on,
        known=known,
        letter=letter,
        lines=tuple(lines[:MOST]),
        total=len(lines),
        own_work=tree.work(query.directive, str(head.get("issuer"))) if letter else (),
        differences=tuple(compared.differences()[:MOST_DIFFERENCES]),
        records=told.records,
        unread=told.unread,
        is_today=on is None and known is None,
    )


def tree_of(rows: Rows, directive: str) -> frozenset[str]:
    """Return a letter with all that hand it on."""
    below: dict[str, list[str]] = {}
    for key, row in rows.get("directive", {}).items():
        below.setdefault(str(row.get("parent")), []).append(key)
    found, ahead = {directive}, [directive]
    while ahead:
        new = [key for key in below.get(ahead.pop(), ()) if key not in found]
        found.update(new)
        ahead += new
    return frozenset(found)


@dataclass(frozen=True, kw_only=True)
class _Tree:
    """Walks the rows of one moment from a letter down."""

    rows: Rows
    names: Mapping[str, Name]
    remit: Remit
    cases: Mapping[tuple[str, str], tuple[str, ...]]

    @cached_property
    def _sent(self) -> dict[str, list[Row]]:
        return _grouped(self.rows, "dispatch", "directive")

    @cached_property
    def _handed(self) -> dict[tuple[str, str], list[str]]:
        found: dict[tuple[str, str], list[str]] = {}
        for key, row in sorted(self.rows.get("directive", {}).items()):
            found.setdefault((str(row.get("parent")), str(row["issuer"])), []).append(key)
        return found

    @cached_property
    def _given(self) -> dict[str, list[Row]]:
        return _grouped(self.rows, "assignment", "directive")

    @cached_property
    def _owed(self) -> dict[str, list[Row]]:
        return _grouped(self.rows, "obligation", "directive")

    @cached_property
    def _reported(self) -> dict[str, list[Row]]:
        return _grouped(self.rows, "report", "organisation")

    def below(self, letter: str, level: int) -> Iterator[Line]:
        """Yield the recipients of a letter, each followed by those of the letters by which it handed that on."""
        if letter not in self.rows.get("directive", {}):
            return
        for row in sorted(self._sent.get(letter, ()), key=lambda row: _text(self.names, str(row["organisation"]))):
            handed = self._handed.get((letter, str(row["organisation"])), [])
            yield self._line(row, level, handed)
            for each in handed:
                yield from self.below(each, level + 1)

    def _line(self, row: Row, level: int, handed: list[str]) -> Line:
        letter, unit = str(row["directive"]), str(row["organisation"])
        name, code = _text(self.names, unit), _text(self.names, letter)
        if not sees(self.remit, self.rows, letter, unit):
            return Line(level=level, unit=unit, name=name, letter=letter, code=code, is_hidden=True)
        return Line(
            level=level,
            unit=unit,
            name=name,
            letter=letter,
            code=code,
            receipt=str(row.get("status") or ""),
            handed=tuple(_text(self.names, each) for each in handed),
            work=self.work(letter, unit),
            reports=self._reports(letter, unit),
            cases=self.cases.get((letter, unit), ()),
        )

    def work(self, letter: str, unit: str) -> tuple[Work, ...]:
        """Return what an organisation was given to do by a letter."""
        theirs = [row for row in self._given.get(letter, ()) if row["organisation"] == unit]
        alike = Counter((str(row.get("lead")), str(row.get("status") or ""), str(row.get("due_at") or "")) for row in theirs)
        return tuple(Work(lead=self.names.get(lead), status=status, due=due, count=count) for (lead, status, due), count in sorted(alike.items()))

    def _reports(self, letter: str, unit: str) -> tuple[tuple[str, str], ...]:
        owed = {row["report_type"] for row in self._owed.get(letter, ()) if row["organisation"] == unit}
        return tuple(sorted((str(row["period"]), str(row.get("status") or "")) for row in self._reported.get(unit, ()) if row["report_type"] in owed))


def _cases(connection: Connection, rows: Rows) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the cases by letter and organisation, oldest first."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    letters = sorted(rows.get("directive", {}))
    query = select(instance.c.id, instance.c.directive, instance.c.organisation).order_by(instance.c.started_at, instance.c.id)
    for start in range(0, len(letters), AT_ONCE):
        for row in connection.execute(query.where(instance.c.directive.in_(letters[start : start + AT_ONCE]))):
            place = (row.directive, row.organisation)
            found[place] = (*found.get(place, ()), row.id)
    return found


def _grouped(rows: Rows, table: str, field: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows.get(table, {}).values():
        found.setdefault(str(row.get(field)), []).append(row)
    return found


def sees(remit: Remit, rows: Rows, letter: str, unit: str) -> bool:
    """Tell whether an auditor sees how a recipient stands: it, or whoever wrote to it, lies in their remit."""
    issuer = rows.get("directive", {}).get(letter, {}).get("issuer")
    return remit.whole or unit in remit.units or issuer in remit.units


def _ids(rows: Rows) -> set[str]:
    wanted = {"directive": ("issuer",), "dispatch": ("organisation",), "assignment": ("lead", "organisation"), "obligation": ("organisation",), "report": ("organisation",)}
    named = {str(row.get(field)) for table, fields in wanted.items() for row in rows.get(table, {}).values() for field in fields}
    return named | set(rows.get("directive", {}))


def _text(names: Mapping[str, Name], identity: str) -> str:
    return names[identity].text if identity in names else identity


def _day(text: str, today: date) -> date | None:
    """Return the day that somebody asks for; None for today."""
    if not text:
        return None
    day = iso_day(text)
    if day > today:
        raise InvalidInput(f"Expected a day until today, but {day} is to come. Choose an earlier one.")
    return None if day == today else day
