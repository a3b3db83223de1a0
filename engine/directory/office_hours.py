"""Office hours: entered with the day from which they hold, so that what was done before is counted in the hours of then."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise
from typing import Any

from sqlalchemy import delete, insert

from engine.directory.checks import iso_day, reason_of
from engine.directory.csv_file import Line, read_lines
from engine.directory.settings import write_setting
from engine.directory.working_calendar import REVISION, hours_of
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.calendar import OFFICE_HOURS, Part
from engine.kernel.clock import local_date
from engine.kernel.errors import InvalidInput
from engine.kernel.ids import new_id
from engine.storage.schema import office_hours

COLUMNS = ["valid_from", "opens", "closes"]
EXAMPLE = "07:30-11:30, 13:00-17:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeOfficeHours:
    """Let offices work at some hours from a day on (YYYY-MM-DD); `hours` such as "07:30-11:30, 13:00-17:00", "" to take an entry away."""

    valid_from: str
    hours: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowOfficeHours:
    """Ask for the office hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Office hours from a day on; `first` None: those with which the product comes, before any that was entered."""

    first: date | None
    hours: str
    now: bool


def answer_hours(_query: ShowOfficeHours, reading: Reading) -> tuple[Hours, ...]:
    """Return the office hours, the earliest first."""
    entered: list[tuple[date | None, tuple[Part, ...]]] = [(None, OFFICE_HOURS), *hours_of(reading.connection)]
    today = local_date(reading.now)
    begun = [number for number, (first, _parts) in enumerate(entered) if first is None or first <= today]
    return tuple(Hours(first=first, hours=said(parts), now=number == begun[-1]) for number, (first, parts) in enumerate(entered))


def decide_change_hours(command: ChangeOfficeHours, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Refuse hours that cannot be read, and a change that changes nothing."""
    day, why = iso_day(command.valid_from), reason_of(command.reason)
    parts = read_hours(command.hours) if command.hours.strip() else ()
    before = dict(hours_of(reading.connection)).get(day, ())
    if parts == before:
        raise InvalidInput(f"Expected something to change, but the hours from {day:%d/%m/%Y} on are just so. Choose another day or other hours.")

    def apply(transaction: Transaction) -> dict[str, Any]:
        _write(transaction, {day: parts})
        changes = (Change(field="hours", old=said(before) or None, new=said(parts) or None),)
        about = Subject(type="office_hours", id=day.isoformat())
        transaction.record(Fact(action="office_hours.changed", subject=about, changes=changes, reason={"code": "decided", "text": why}))
        return {"valid_from": day.isoformat()}

    return apply


def read_hours(text: str) -> tuple[Part, ...]:
    """Return the parts of a day. Raises InvalidInput for what cannot be read, is out of order or overlaps."""
    found = []
    for part in text.split(","):
        opens, dash, closes = part.strip().partition("-")
        if not dash:
            raise InvalidInput(f"Expected hours such as {EXAMPLE}, but found {text!r}. Write from when to when, parts of a day with a comma between.")
        found.append((_time(opens.strip()), _time(closes.strip())))
    _check(found, text)
    return tuple(found)


def said(parts: Iterable[Part]) -> str:
    """Return hours as they are written."""
    return ", ".join(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in parts)


def read_lines_of_hours(text: str, file: str) -> list[Line]:
    """Return the lines of a file of office hours. Raises InvalidInput naming file, line and column."""
    lines = read_lines(text, columns=COLUMNS, file=file)
    days: dict[str, list[Part]] = {}
    for line in lines:
        day = line.day("valid_from")
        with line.about("opens"):
            days.setdefault(day, []).append((_time(line.filled("opens")), _time(line.filled("closes"))))
            days[day].sort()
            _check(days[day], day)
    return lines


def replace_hours(transaction: Transaction, lines: list[Line]) -> None:
    """Put the hours of a file in the place of those from the days that it names."""
    found: dict[date, list[Part]] = {}
    for line in lines:
        found.setdefault(date.fromisoformat(line.row["valid_from"]), []).append((_time(line.row["opens"].strip()), _time(line.row["closes"].strip())))
    _write(transaction, {day: tuple(sorted(parts)) for day, parts in found.items()})


def _write(transaction: Transaction, days: dict[date, tuple[Part, ...]]) -> None:
    connection = transaction.connection
    for day, parts in sorted(days.items()):
        connection.execute(delete(office_hours).where(office_hours.c.valid_from == day.isoformat()))
        rows = [{"valid_from": day.isoformat(), "opens": f"{opens:%H:%M}", "closes": f"{closes:%H:%M}"} for opens, closes in parts]
        if rows:
            connection.execute(insert(office_hours), rows)
    write_setting(transaction, key=REVISION, value=new_id(transaction.now))


def _time(text: str) -> time:
    try:
        found = time.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.second or found.tzinfo is not None:
        raise InvalidInput(f"Expected a time such as 07:30, but found {text!r}. Write hours and minutes with two digits each.")
    return found


def _check(parts: list[Part], text: str) -> None:
    """Raise InvalidInput for parts of a day that end before they begin, or before the one before them has ended."""
    whole = all(opens < closes for opens, closes in parts) and all(before[1] <= behind[0] for before, behind in pairwise(parts))
    if not whole:
        raise InvalidInput(f"Expected the parts of a day one after the other, each with an end after its beginning, but found {text!r}. Correct the times.")
