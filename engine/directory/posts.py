"""Posts and who holds them, one change at a time: no holding is ever deleted, it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from engine.directory.checks import days_in_order, differences, filled, iso_day, reason_of
from engine.directory.organisations import organisation_by_id
from engine.directory.substitution import post_by_id
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.clock import local_date
from engine.kernel.errors import Conflict, InvalidInput, NotFound, Refused
from engine.storage.schema import holding, person, post, post_role

Write = Callable[[Transaction], dict[str, Any]]
ROLES = ("leader", "office_head", "clerk", "specialist", "consolidator", "standing_board", "auditor", "process_designer", "admin")


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatePost:
    """Make a post in an organisation, with its roles; it is vacant until somebody is appointed."""

    organisation: str
    title: str
    roles: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePost:
    """Give a post another title or other roles."""

    post: str
    title: str
    roles: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Appoint:
    """Let a person (a login) hold a post from a day on, until a day or until further notice."""

    post: str
    login: str
    valid_from: str
    reason: str
    valid_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndHolding:
    """End somebody's holding of a post: `last_day` is the last day in office."""

    holding: str
    last_day: str
    reason: str


def decide_create_post(command: CreatePost, reading: Reading) -> Write:
    """Refuse a blank title and roles that nobody knows."""
    unit = organisation_by_id(reading.connection, command.organisation)
    title, why = filled(command.title, "the title of the post"), reason_of(command.reason)
    _check_roles(command.roles)

    def apply(transaction: Transaction) -> dict[str, Any]:
        identity = insert_post(transaction, organisation=unit.id, title=title, roles=command.roles)
        changes = (Change(field="title", new=title), Change(field="roles", new=sorted(command.roles)))
        transaction.record(_fact("post.created", "post", identity, unit.id, None, changes, why))
        return {"post": identity}

    return apply


def decide_change_post(command: ChangePost, reading: Reading) -> Write:
    """Refuse a change that changes nothing."""
    row = post_by_id(reading.connection, command.post)
    title, why = filled(command.title, "the title of the post"), reason_of(command.reason)
    _check_roles(command.roles)
    before = roles_of(reading.connection, row.id)
    changes = differences({"title": row.title, "roles": before}, {"title": title, "roles": sorted(command.roles)})

    def apply(transaction: Transaction) -> dict[str, Any]:
        if roles_of(transaction.connection, row.id) != before:
            raise Conflict(f"Expected the roles of {row.title} as they were read, but they have just changed.")
        transaction.connection.execute(update(post).where(post.c.id == row.id).values(title=title))
        transaction.connection.execute(delete(post_role).where(post_role.c.post == row.id))
        _insert_roles(transaction, row.id, command.roles)
        transaction.record(_fact("post.changed", "post", row.id, row.organisation, None, changes, why))
        return {"post": row.id}

    return apply


def decide_appoint(command: Appoint, reading: Reading) -> Write:
    """Refuse somebody unknown, and somebody who holds the post in those days already."""
    seat = post_by_id(reading.connection, command.post)
    who = person_by_login(reading.connection, command.login)
    why = reason_of(command.reason)
    days_in_order(command.valid_from, command.valid_to)
    refuse_double_holding(reading.connection, seat, who, command.valid_from, command.valid_to)

    def apply(transaction: Transaction) -> dict[str, Any]:
        transaction.connection.execute(select(post.c.id).where(post.c.id == seat.id).with_for_update(key_share=True))
        refuse_double_holding(transaction.connection, seat, who, command.valid_from, command.valid_to)
        identity = begin_holding(transaction, seat=seat, who=who.id, first=command.valid_from, last=command.valid_to, why=why)
        return {"holding": identity}

    return apply


def decide_end_holding(command: EndHolding, reading: Reading) -> Write:
    """Refuse what has ended, and a substitution."""
    row = holding_by_id(reading.connection, command.holding)
    why, last = reason_of(command.reason), iso_day(command.last_day)
    if row.substitute_for is not None:
        raise Refused("Expected somebody's own post, but this is a substitution. End it under substitutions.")
    check_last_day(row, last, local_date(reading.now))

    def apply(transaction: Transaction) -> dict[str, Any]:
        end_holding(transaction, row, last, why)
        return {"holding": row.id}

    return apply


def check_last_day(row: Row[Any], last: date, today: date) -> None:
    """Check the last day of a holding. Raises Refused when it has ended, InvalidInput for a day before its first."""
    if row.valid_to is not None and row.valid_to < today.isoformat():
        raise Refused(f"Expected a post that is still held, but this holding ended on {row.valid_to}. Nothing is to be done.")
    if last.isoformat() < row.valid_from:
        raise InvalidInput(f"Expected a last day on or after {row.valid_from}, but found {last}. Correct the day.")


def end_holding(transaction: Transaction, row: Row[Any], last: date, why: str) -> None:
    """End a holding that was read with `holding_by_id`. Raises Conflict when it has changed since."""
    same = (holding.c.id == row.id, holding.c.valid_to.is_not_distinct_from(row.valid_to))
    if transaction.connection.execute(update(holding).where(*same).values(valid_to=last.isoformat())).rowcount != 1:
        raise Conflict(f"Expected the holding {row.id} as it was read, but it has just changed.")
    changes = (Change(field="valid_to", old=row.valid_to, new=last.isoformat()),)
    transaction.record(_fact("holding.ended", "holding", row.id, row.organisation, row.person, changes, why))


def begin_holding(transaction: Transaction, *, seat: Row[Any], who: str, first: str, last: str | None, why: str) -> str:
    """Let a person hold a post; return the id of the holding."""
    row = {"post": seat.id, "person": who, "valid_from": first, "valid_to": last}
    identity = transaction.new_id()
    transaction.connection.execute(insert(holding).values(id=identity, **row))
    changes = tuple(Change(field=name, new=value) for name, value in row.items() if value is not None)
    transaction.record(_fact("holding.begun", "holding", identity, seat.organisation, who, changes, why))
    return identity


def insert_post(transaction: Transaction, *, organisation: str, title: str, roles: tuple[str, ...]) -> str:
    """Write a post with its roles; return its id."""
    identity = transaction.new_id()
    transaction.connection.execute(insert(post).values(id=identity, organisation=organisation, title=title))
    _insert_roles(transaction, identity, roles)
    return identity


def holding_by_id(connection: Connection, identity: str) -> Row[Any]:
    """Return a holding with its post's organisation and title. Raises NotFound."""
    query = select(holding, post.c.organisation, post.c.title).join(post, post.c.id == holding.c.post).where(holding.c.id == identity)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"Expected the id of a holding, but found {identity!r}, which none has.")
    return row


def person_by_login(connection: Connection, login: str) -> Row[Any]:
    """Return a person's row. Raises InvalidInput for a login that nobody has."""
    row = connection.execute(select(person).where(person.c.login == login.strip())).one_or_none()
    if row is None:
        raise InvalidInput(f"Expected the login of a person, but nobody has {login!r}. Choose one of the list, or register the person first.")
    return row


def roles_of(connection: Connection, post_id: str) -> list[str]:
    """Return the roles of a post, sorted."""
    return sorted(connection.execute(select(post_role.c.role).where(post_role.c.post == post_id)).scalars())


def refuse_double_holding(connection: Connection, seat: Row[Any], who: Row[Any], first: str, last: str | None) -> None:
    """Raise Refused when a person holds a post in any of these days already."""
    query = select(holding).where(holding.c.post == seat.id, holding.c.person == who.id, holding.c.substitute_for.is_(None))
    for row in connection.execute(query):
        if (row.valid_to is None or row.valid_to >= first) and (last is None or row.valid_from <= last):
            raise Refused(f"Expected days in which {who.name} is not {seat.title} yet, but found a holding from {row.valid_from}. Choose other days.")


def _check_roles(roles: tuple[str, ...]) -> None:
    if unknown := sorted(set(roles) - set(ROLES)):
        raise InvalidInput(f"Expected roles of {', '.join(ROLES)}, but found {', '.join(unknown)}. Choose among them.")


def _insert_roles(transaction: Transaction, identity: str, roles: tuple[str, ...]) -> None:
    if roles:
        transaction.connection.execute(insert(post_role), [{"post": identity, "role": role} for role in sorted(set(roles))])


def _fact(action: str, kind: str, identity: str, unit: str, who: str | None, changes: tuple[Change, ...], why: str) -> Fact:
    about = (Subject(type="organisation", id=unit, qualifier="unit"), *((Subject(type="person", id=who, qualifier="holder"),) if who else ()))
    return Fact(action=action, subject=Subject(type=kind, id=identity), objects=about, changes=changes, reason={"code": "decided", "text": why})
