"""People: who is known to the installation, by which login and e-mail address."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from engine.directory.checks import differences, filled, reason_of
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.email_address import email_address
from engine.kernel.errors import Conflict, InvalidInput, NotFound
from engine.storage.schema import person

Write = Callable[[Transaction], dict[str, Any]]
LOGIN = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,98}[a-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterPerson:
    """Enter a person, who holds no post yet and has no account."""

    login: str
    name: str
    email: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePerson:
    """Correct a person's name or e-mail address ("": none)."""

    person: str
    name: str
    email: str
    reason: str


def decide_register_person(command: RegisterPerson, reading: Reading) -> Write:
    """Refuse a login that is taken or that cannot be typed everywhere."""
    login, name, why = command.login.strip(), filled(command.name, "the name of the person"), reason_of(command.reason)
    if LOGIN.fullmatch(login) is None:
        raise InvalidInput(f"Expected a login of small letters a to z, digits, dots and hyphens, but found {login!r}. Choose another.")
    if reading.connection.execute(select(person.c.id).where(person.c.login == login)).first():
        raise InvalidInput(f"Expected a new login, but {login!r} belongs to somebody already. Choose another.")
    address = email_address(command.email) if command.email.strip() else None

    def apply(transaction: Transaction) -> dict[str, Any]:
        identity = transaction.new_id()
        transaction.connection.execute(insert(person).values(id=identity, login=login, name=name, email=address))
        changes = (Change(field="login", new=login), Change(field="name", new=name))
        transaction.record(_fact("person.registered", identity, changes, why))
        return {"person": identity}

    return apply


def decide_change_person(command: ChangePerson, reading: Reading) -> Write:
    """Refuse a change that changes nothing."""
    row = person_by_id(reading.connection, command.person)
    name, why = filled(command.name, "the name of the person"), reason_of(command.reason)
    address = email_address(command.email) if command.email.strip() else None
    changes = differences({"name": row.name, "email": row.email}, {"name": name, "email": address})

    def apply(transaction: Transaction) -> dict[str, Any]:
        same = (person.c.id == row.id, person.c.name == row.name, person.c.email.is_not_distinct_from(row.email))
        if transaction.connection.execute(update(person).where(*same).values(name=name, email=address)).rowcount != 1:
            raise Conflict(f"Expected {row.name} as it was read, but it has just changed.")
        transaction.record(_fact("person.changed", row.id, changes, why))
        return {"person": row.id}

    return apply


def person_by_id(connection: Connection, identity: str) -> Row[Any]:
    """Return a person's row. Raises NotFound."""
    row = connection.execute(select(person).where(person.c.id == identity)).one_or_none()
    if row is None:
        raise NotFound(f"Expected the id of a person, but found {identity!r}, which nobody has.")
    return row


def _fact(action: str, identity: str, changes: tuple[Change, ...], why: str) -> Fact:
    told = tuple(Change(field=each.field, old=_seen(each, each.old), new=_seen(each, each.new)) for each in changes)
    return Fact(action=action, subject=Subject(type="person", id=identity), changes=told, reason={"code": "decided", "text": why})


def _seen(change: Change, value: Any) -> Any:
    """The history, which is for ever, tells that there is an e-mail address, not which."""
    return value if change.field != "email" else None if value is None else "…"
