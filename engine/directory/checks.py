"""What every change to the directory has to have: a reason, days that are days, names that are not blank."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, Connection, func, select

from engine.history.record import Change
from engine.kernel.errors import InvalidInput
from engine.kernel.vietnamese import collapse, nfc
from engine.storage.schema import holding

DIRECTORY_LOCK = 0x6469726563746F72  # "director": the advisory lock of PostgreSQL under which the graph of organisations changes


EARLIEST, LATEST = date(1900, 1, 1), date(9000, 1, 1)  # of a day that somebody names: what lies around it can be reckoned too


def iso_day(text: str) -> date:
    """Return a day from its ISO text. Raises InvalidInput, also for one that no office means."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = date.min
    if not EARLIEST <= found <= LATEST:
        raise InvalidInput(f"Expected a day as YYYY-MM-DD, but found {text[:20]!r}.")
    return found


def days_in_order(first: str, last: str | None) -> None:
    """Check the first and, when there is one, the last day of something. Raises InvalidInput."""
    begins = iso_day(first)
    if last is not None and iso_day(last) < begins:
        raise InvalidInput(f"Expected a last day on or after {begins}, but found {last}. Correct the days.")


def reason_of(text: str) -> str:
    """Return the reason of a change. Raises InvalidInput for a blank one."""
    if not text.strip():
        raise InvalidInput("Expected a reason, but found none. Say who decided it and why.")
    return nfc(text.strip())


def filled(text: str, what: str) -> str:
    """Return a text in normal form, without blanks around it. Raises InvalidInput for a blank one; `what` says of what."""
    found = collapse(nfc(text))
    if not found:
        raise InvalidInput(f"Expected {what}, but found none. Enter it.")
    return found


def differences(old: dict[str, object], new: dict[str, object]) -> tuple[Change, ...]:
    """Return a change for each field whose value differs. Raises InvalidInput when none does."""
    found = tuple(Change(field=name, old=old.get(name), new=value) for name, value in new.items() if old.get(name) != value)
    if not found:
        raise InvalidInput("Expected something to change, but everything is as it was. Change a field, or leave the page.")
    return found


def hold_directory(connection: Connection) -> None:
    """Let nobody else change the graph of organisations until the transaction ends: two edges may close a cycle together."""
    if connection.dialect.name == "postgresql":  # a SQLite transaction is alone anyway
        connection.execute(select(func.pg_advisory_xact_lock(DIRECTORY_LOCK)))


def held_on(day: date) -> ColumnElement[bool]:
    """Return the condition that a holding is in force on a day."""
    today = day.isoformat()
    return (holding.c.valid_from <= today) & (holding.c.valid_to.is_(None) | (holding.c.valid_to >= today))
