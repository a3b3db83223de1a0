"""Who a person is to an OpenID Connect provider: linked once, by the verified e-mail address that the directory has of the person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, insert, select

from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.errors import Refused
from engine.storage.schema import account, identity, person

Write = Callable[[Transaction], dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkIdentity:
    """A provider says that somebody is `subject`, with an e-mail address that it has verified (`verified`) or not. Sent by the pages."""

    issuer: str
    subject: str
    email: str = field(repr=False)
    verified: bool


def person_of_identity(connection: Connection, issuer: str, subject: str) -> str | None:
    """Return the id of the person whom a provider knows as `subject`; None when nobody is linked, or the account was closed."""
    query = select(identity.c.person).outerjoin(account, account.c.person == identity.c.person)
    query = query.where(identity.c.issuer == issuer, identity.c.subject == subject, account.c.disabled_at.is_(None))
    return connection.execute(query).scalar_one_or_none()


def decide_link_identity(command: LinkIdentity, reading: Reading) -> Write:
    """Find the one person with the verified address. Refuse anybody else: whoever runs the directory says who people are."""
    known = select(identity.c.person).where(identity.c.issuer == command.issuer, identity.c.subject == command.subject)
    if reading.connection.execute(known).first():
        raise Refused("Expected the identity of somebody whose account is open, but it is closed. Ask the administrator.")
    email = command.email.strip().lower()
    if not command.verified or not email:
        raise Refused("Expected an e-mail address that the provider has verified, but it has not. Have it verified there, then sign in again.")
    query = select(person.c.id, account.c.disabled_at).outerjoin(account, account.c.person == person.c.id)
    found = reading.connection.execute(query.where(func.lower(person.c.email) == email)).all()
    if len(found) != 1 or found[0].disabled_at is not None:
        raise Refused("Expected the e-mail address of exactly one person who may sign in, but found none. Ask the administrator to record it.")

    def apply(transaction: Transaction) -> dict[str, Any]:
        row = {"issuer": command.issuer, "subject": command.subject, "person": found[0].id, "linked_at": transaction.at}
        transaction.connection.execute(insert(identity).values(**row))
        change = Change(field="issuer", new=command.issuer)
        transaction.record(Fact(action="identity.linked", subject=Subject(type="person", id=found[0].id), changes=(change,)))
        return {"person": found[0].id}

    return apply
