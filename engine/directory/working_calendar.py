"""The working calendar of an installation: days off, swap days and office hours as rows, which an administrator corrects.

A file of days replaces the years that it names, and gives the calendar a new revision; whoever next runs an operation
sees it and works on with the new days. A year without any row has only its weekends off: `years_without_data` says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time

from sqlalchemy import URL, Connection, delete, insert, select

from engine.directory.csv_file import Line, read_lines
from engine.directory.settings import setting, write_setting
from engine.history.transaction import Transaction
from engine.kernel.calendar import SATURDAY, Part, WorkingCalendar, shipped_days
from engine.kernel.errors import InvalidInput
from engine.kernel.ids import new_id
from engine.storage.schema import calendar_day, office_hours

REVISION = "calendar_revision"
COLUMNS = ["day", "kind", "note"]
KINDS = ("off", "swapped")
_seen: dict[URL, str] = {}  # database → the revision that this process last saw in it
_calendars: dict[str, WorkingCalendar] = {}  # revision → calendar: a revision is a fresh id, its days never change


def load_days(transaction: Transaction) -> None:
    """Fill an empty calendar with the years that the product ships."""
    if not transaction.connection.execute(select(calendar_day.c.day).limit(1)).first():
        rows = [{"day": day.isoformat(), "kind": kind, "note": note} for day, kind, note in shipped_days()]
        transaction.connection.execute(insert(calendar_day), rows)
        write_setting(transaction, key=REVISION, value=new_id(transaction.now))


def calendar_of(connection: Connection) -> WorkingCalendar:
    """Return the calendar of the database as it is now: one statement while nobody has changed it."""
    revision = setting(connection, REVISION, "")
    if revision not in _calendars:
        _calendars[revision] = _read(connection)
    _seen[connection.engine.url] = revision
    return _calendars[revision]


def seen_calendar(connection: Connection) -> WorkingCalendar:
    """Return the calendar that this process last saw in the database: no statement after the first time."""
    revision = _seen.get(connection.engine.url)
    return calendar_of(connection) if revision is None else _calendars[revision]


def years_without_data(connection: Connection, years: Iterable[int]) -> list[int]:
    """Return those of `years` for which no day is known: only their weekends are off, so due days may be wrong."""
    return sorted(set(years) - calendar_of(connection).years)


def read_days(text: str, file: str) -> list[Line]:
    """Return the lines of a calendar file. Raises InvalidInput naming file, line and column."""
    lines = read_lines(text, columns=COLUMNS, file=file)
    known: dict[str, str] = {}
    for line in lines:
        day = line.day("day")
        if day in known:
            raise InvalidInput(f"{line.place}: Expected each day once, but {day} stands in {known[day]} already.")
        known[day] = line.place
        if line.one_of("kind", KINDS) == "swapped" and date.fromisoformat(day).weekday() < SATURDAY:
            raise InvalidInput(f"{line.place}: Expected a swapped day on a Saturday or Sunday, but {day} is neither.")
    return lines


def replace_years(transaction: Transaction, lines: list[Line]) -> None:
    """Put the days of a file in the place of all days of the years that it names."""
    connection = transaction.connection
    for year in sorted({line.row["day"][:4] for line in lines}):
        connection.execute(delete(calendar_day).where(calendar_day.c.day.like(f"{year}-%")))
    if lines:
        connection.execute(insert(calendar_day), [line.row for line in lines])
    write_setting(transaction, key=REVISION, value=new_id(transaction.now))


def _read(connection: Connection) -> WorkingCalendar:
    days: dict[str, set[date]] = {kind: set() for kind in KINDS}
    for row in connection.execute(select(calendar_day.c.day, calendar_day.c.kind)):
        days[row.kind].add(date.fromisoformat(row.day))
    return WorkingCalendar(off=frozenset(days["off"]), swapped=frozenset(days["swapped"]), hours=hours_of(connection))


def hours_of(connection: Connection) -> tuple[tuple[date, tuple[Part, ...]], ...]:
    """Return the office hours that were entered, as (first day, parts of the day), the earliest first."""
    found: dict[date, list[Part]] = {}
    for row in connection.execute(select(office_hours).order_by(office_hours.c.valid_from, office_hours.c.opens)):
        found.setdefault(date.fromisoformat(row.valid_from), []).append((time.fromisoformat(row.opens), time.fromisoformat(row.closes)))
    return tuple((day, tuple(parts)) for day, parts in found.items())
