"""A link that an administrator hands to somebody who forgot the password: it opens once, for a day, and only to choose another."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, insert, select, update

from engine.access.accounts import account_of, check_hash
from engine.access.sessions import digest, end_all
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.clock import from_stamp, stamp
from engine.kernel.errors import Conflict, NotFound, Refused
from engine.storage.schema import account, password_link, person

Write = Callable[[Transaction], dict[str, Any]]
LASTS = timedelta(hours=24)
_LINK: Select[Any] = (
    select(password_link.c.token_hash, password_link.c.person, password_link.c.expires_at, person.c.name, person.c.login, account.c.password_hash)
    .join(person, person.c.id == password_link.c.person)
    .outerjoin(account, account.c.person == person.c.id)
    .where(password_link.c.token_hash == bindparam("b_token"), password_link.c.used_at.is_(None), account.c.disabled_at.is_(None))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MakePasswordLink:
    """Let somebody (`login`) choose a password by a link, whose token comes as its digest. Who has no account yet gets one by using it.

    An earlier link of the same person opens nothing any more.
    """

    login: str
    token_hash: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsePasswordLink:
    """Somebody who holds a link has chosen a password; both come as digests. Sent by the pages: nobody is signed in."""

    token_hash: str = field(repr=False)
    password_hash: str = field(repr=False)


def new_link_token() -> str:
    """Return a token for a new link."""
    return secrets.token_urlsafe(32)


def link_of(connection: Connection, token: str, now: datetime) -> Row[Any] | None:
    """Return (person, name, login, …) of whom a link is for; None when it was used, has expired, or opens a closed account."""
    return _in_force(connection, digest(token), now)


def decide_make_password_link(command: MakePasswordLink, reading: Reading) -> Write:
    """Check that the person exists and may sign in."""
    found = account_of(reading.connection, command.login)
    if found.disabled_at is not None:
        raise Refused(f"Expected the account of {command.login!r} to be open, but it is closed. Open it again first.")

    def apply(transaction: Transaction) -> dict[str, Any]:
        _void(transaction, found.id)
        until = stamp(transaction.now + LASTS)
        row = {"token_hash": command.token_hash, "person": found.id, "made_by": _maker(transaction), "created_at": transaction.at, "expires_at": until}
        transaction.connection.execute(insert(password_link).values(**row))
        _record(transaction, "account.link_made", found.id, Change(field="expires_at", new=until))
        return {"person": found.id, "expires_at": until}

    return apply


def decide_use_password_link(command: UsePasswordLink, reading: Reading) -> Write:
    """Check that the link still opens."""
    link = _in_force(reading.connection, command.token_hash, reading.now)
    if link is None:
        raise NotFound("Expected a link that was not used yet, but this one was used or is older than a day. Ask the administrator for another.")
    check_hash(command.password_hash)

    def apply(transaction: Transaction) -> dict[str, Any]:
        if not _void(transaction, link.person, link.token_hash):
            raise Conflict("The link was used at the same time.")
        kept = {"password_hash": command.password_hash, "must_change": 0, "changed_at": transaction.at}
        if link.password_hash is None:
            transaction.connection.execute(insert(account).values(person=link.person, created_at=transaction.at, **kept))
        else:
            transaction.connection.execute(update(account).where(account.c.person == link.person).values(**kept))
        end_all(transaction, link.person)
        _record(transaction, "account.link_used", link.person, Change(field="must_change", new=False))
        return {"person": link.person}

    return apply


def _in_force(connection: Connection, token_hash: str, now: datetime) -> Row[Any] | None:
    row: Row[Any] | None = connection.execute(_LINK, {"b_token": token_hash}).one_or_none()
    return row if row is not None and now < from_stamp(row.expires_at) else None


def _void(transaction: Transaction, person_id: str, token_hash: str | None = None) -> int:
    """Mark the links of a person, or one of them, as used; return how many still were not."""
    chosen = password_link.c.person == person_id if token_hash is None else password_link.c.token_hash == token_hash
    still = update(password_link).where(chosen, password_link.c.used_at.is_(None))
    return transaction.connection.execute(still.values(used_at=transaction.at)).rowcount


def _maker(transaction: Transaction) -> str | None:
    """Return who made the link; None when it was the system itself, on the command line of the server."""
    known = transaction.connection.execute(select(person.c.id).where(person.c.id == transaction.actor.id)).scalar_one_or_none()
    return str(known) if known else None


def _record(transaction: Transaction, action: str, identity: str, change: Change) -> None:
    transaction.record(Fact(action=action, subject=Subject(type="person", id=identity), changes=(change,)))
