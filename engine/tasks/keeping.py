"""What somebody keeps for their own lists: tasks put aside until a day, and filters under a name, one's own or shared with an organisation.

Nothing of it touches a case: putting a task aside moves no due day, and nobody else sees it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, or_, select, update

from engine.access.places import places_of
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.clock import local_date
from engine.kernel.errors import Conflict, Denied, InvalidInput, NotFound
from engine.kernel.vietnamese import collapse, nfc
from engine.storage.schema import organisation, person, saved_filter, snooze
from engine.tasks.queries import task_by_id

Write = Callable[[Transaction], dict[str, Any]]
LONGEST_NAME, LONGEST_QUERY = 100, 1_000  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class PutAside:
    """Do not show a task in one's own lists until a day (ISO); None: show it again."""

    task: str
    until: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepFilter:
    """Keep a list's filters under a name. `page`: of which list; `query`: as its address has them; `organisation`: whose people share it."""

    page: str
    name: str
    query: str
    organisation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameFilter:
    """Give one's filter another name."""

    filter: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DropFilter:
    """Keep one's filter no longer; those with whom it is shared lose it too."""

    filter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFilter:
    """A filter that somebody kept. `own`: by whoever asks; `unit`: the name of the organisation that shares it."""

    id: str
    name: str
    query: str
    own: bool
    unit: str | None
    owner: str


_FILTERS = (
    select(saved_filter, organisation.c.name.label("unit"), person.c.name.label("owner"))
    .join(person, person.c.id == saved_filter.c.person)
    .outerjoin(organisation, organisation.c.id == saved_filter.c.organisation)
    .where(saved_filter.c.page == bindparam("b_page"))
    .where(or_(saved_filter.c.person == bindparam("b_person"), saved_filter.c.organisation.in_(bindparam("b_units", expanding=True))))
    .order_by(saved_filter.c.name, saved_filter.c.id)
)


def filters_of(connection: Connection, person_id: str, units: list[str], page: str) -> tuple[KeptFilter, ...]:
    """Return the filters of a page that somebody may use: their own, and those shared with their organisations."""
    rows = connection.execute(_FILTERS, {"b_page": page, "b_person": person_id, "b_units": units})
    return tuple(
        KeptFilter(id=row.id, name=row.name, query=row.query, own=row.person == person_id, unit=row.unit, owner=row.owner) for row in rows
    )


def decide_put_aside(command: PutAside, reading: Reading) -> Write:
    """Check that the task is open and the day lies ahead."""
    row, today = task_by_id(reading, command.task), local_date(reading.now)
    if command.until is not None and _day(command.until) <= today:
        raise InvalidInput(f"Expected a day after today, {today:%d/%m/%Y}, but found {_day(command.until):%d/%m/%Y}. Choose a later one.")
    if command.until is not None and row.status != "open":
        raise InvalidInput(f"Expected task {row.name!r} to be open, but it is {row.status}. Nothing is to be put aside.")

    def apply(transaction: Transaction) -> dict[str, Any]:
        mine = (snooze.c.task == row.id, snooze.c.person == transaction.actor.id)
        transaction.connection.execute(delete(snooze).where(*mine))
        if command.until is not None:
            transaction.connection.execute(insert(snooze).values(task=row.id, person=transaction.actor.id, until=command.until))
        return {"task": row.id, "until": command.until}

    return apply


def decide_keep_filter(command: KeepFilter, reading: Reading) -> Write:
    """Check the name, and that whoever shares it stands in the organisation."""
    name = _name(command.name)
    if len(command.query) > LONGEST_QUERY:
        raise InvalidInput(f"Expected at most {LONGEST_QUERY} characters of filters, but found {len(command.query)}. Choose fewer.")
    if command.organisation is not None:
        places = places_of(reading.connection, reading.actor.id, local_date(reading.now))
        if command.organisation not in {place.organisation for place in places}:
            raise Denied("Expected one of your own organisations to share the filter with, but you hold no post in that one. Choose another.")

    def apply(transaction: Transaction) -> dict[str, Any]:
        identity = transaction.new_id()
        kept = {"page": command.page, "name": name, "query": command.query, "organisation": command.organisation}
        transaction.connection.execute(
            insert(saved_filter).values(id=identity, person=transaction.actor.id, created_at=transaction.at, **kept)
        )
        _record(transaction, "filter.kept", identity, *(Change(field=field, new=value) for field, value in kept.items() if value))
        return {"filter": identity}

    return apply


def decide_rename_filter(command: RenameFilter, reading: Reading) -> Write:
    """Check that the filter is the actor's."""
    row, name = _own_filter(reading, command.filter), _name(command.name)

    def apply(transaction: Transaction) -> dict[str, Any]:
        same = update(saved_filter).where(saved_filter.c.id == row.id, saved_filter.c.name == row.name)
        if transaction.connection.execute(same.values(name=name)).rowcount != 1:
            raise Conflict("Expected the filter as it was read, but it has just changed.")
        _record(transaction, "filter.renamed", row.id, Change(field="name", old=row.name, new=name))
        return {"filter": row.id}

    return apply


def decide_drop_filter(command: DropFilter, reading: Reading) -> Write:
    """Check that the filter is the actor's."""
    row = _own_filter(reading, command.filter)

    def apply(transaction: Transaction) -> dict[str, Any]:
        transaction.connection.execute(delete(saved_filter).where(saved_filter.c.id == row.id))
        _record(transaction, "filter.dropped", row.id, Change(field="name", old=row.name), Change(field="query", old=row.query))
        return {"filter": row.id}

    return apply


def _own_filter(reading: Reading, identity: str) -> Row[Any]:
    row = reading.connection.execute(select(saved_filter).where(saved_filter.c.id == identity)).one_or_none()
    if row is None or row.person != reading.actor.id:
        raise NotFound("Expected a filter of your own, but found none. It may have been deleted; those that others share are theirs to change.")
    return row


def _name(text: str) -> str:
    name = collapse(nfc(text))
    if not name or len(name) > LONGEST_NAME:
        raise InvalidInput(f"Expected a name of 1 to {LONGEST_NAME} characters for the filter, but found {len(name)}. Choose one by which you know it again.")
    return name


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"Expected a day, but found {text!r}. Write it as day/month/year.") from None


def _record(transaction: Transaction, action: str, identity: str, *changes: Change) -> None:
    transaction.record(Fact(action=action, subject=Subject(type="filter", id=identity), changes=changes))
