"""Tokens by which a program acts for a person: the API, and a calendar that is fetched. Shown once; kept as a digest."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, insert, select, update

from engine.access.sessions import digest
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.clock import from_stamp, stamp
from engine.kernel.errors import Denied, InvalidInput, Refused
from engine.storage.schema import access_token, account, person

Write = Callable[[Transaction], dict[str, Any]]
API, CALENDAR = "api", "calendar"
KINDS: dict[str, timedelta | None] = {API: timedelta(days=365), CALENDAR: None}  # how long each lasts; a calendar until it is revoked
MOST = 20  # tokens in force of one person
LONGEST_NAME = 80  # characters

_TOKEN: Select[Any] = (
    select(access_token.c.id.label("token"), access_token.c.person, access_token.c.expires_at, person.c.name, person.c.login)
    .join(person, person.c.id == access_token.c.person)
    .outerjoin(account, account.c.person == person.c.id)
    .where(access_token.c.token_hash == bindparam("b_token"), access_token.c.kind == bindparam("b_kind"))
    .where(access_token.c.revoked_at.is_(None), account.c.disabled_at.is_(None) | (account.c.disabled_at > bindparam("b_now")))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeToken:
    """Let a program act for the person who sends this. `name`: what it is for, in the person's own words; the token comes as its digest."""

    kind: str
    name: str
    token_hash: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeToken:
    """Let a program act no more."""

    token: str


def new_token(kind: str) -> str:
    """Return a new token for a program of a kind; its beginning says what it is to whoever finds it somewhere."""
    return f"chidao_{kind}_{secrets.token_urlsafe(32)}"


def person_of_token(connection: Connection, token: str, kind: str, now: datetime) -> Row[Any] | None:
    """Return (token, person, expires_at, name, login) of whom a token of this kind stands for.

    None when nobody has it, it was revoked, it has expired, or the person's account was closed.
    """
    row: Row[Any] | None = connection.execute(_TOKEN, {"b_token": digest(token), "b_kind": kind, "b_now": stamp(now)}).one_or_none()
    if row is None or (row.expires_at is not None and now >= from_stamp(row.expires_at)):
        return None
    return row


def decide_make_token(command: MakeToken, reading: Reading) -> Write:
    """Check kind, name, and that there are not too many."""
    if command.kind not in KINDS:
        raise InvalidInput(f"Expected a token for {' or '.join(KINDS)}, but found {command.kind!r}. Choose one of them.")
    name = command.name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise InvalidInput(f"Expected a name of at most {LONGEST_NAME} characters for the token, but found {len(name)}. Say what it is for.")
    mine = select(func.count()).where(access_token.c.person == reading.actor.id, access_token.c.revoked_at.is_(None))
    if reading.connection.execute(mine).scalar_one() >= MOST:
        raise Refused(f"Expected at most {MOST} tokens of one person, but found as many already. Revoke one that is not needed any more.")

    def apply(transaction: Transaction) -> dict[str, Any]:
        lasts = KINDS[command.kind]
        row = {"id": transaction.new_id(), "token_hash": command.token_hash, "person": transaction.actor.id, "kind": command.kind, "name": name}
        moments = {"created_at": transaction.at, "expires_at": stamp(transaction.now + lasts) if lasts else None}
        transaction.connection.execute(insert(access_token).values(**row, **moments))
        changes = (Change(field="kind", new=command.kind), Change(field="name", new=name), Change(field="expires_at", new=moments["expires_at"]))
        transaction.record(Fact(action="token.made", subject=Subject(type="token", id=row["id"]), changes=changes))
        return {"token": row["id"]}

    return apply


def decide_revoke_token(command: RevokeToken, reading: Reading) -> Write:
    """Check that the token is the person's own; one that was revoked before stays so."""
    row = reading.connection.execute(select(access_token).where(access_token.c.id == command.token)).one_or_none()
    if row is None or row.person != reading.actor.id:
        raise Denied("Expected a token of your own, but found another one.")

    def apply(transaction: Transaction) -> dict[str, Any]:
        still = (access_token.c.id == row.id, access_token.c.revoked_at.is_(None))
        if transaction.connection.execute(update(access_token).where(*still).values(revoked_at=transaction.at)).rowcount:
            change = Change(field="revoked_at", new=transaction.at)
            transaction.record(Fact(action="token.revoked", subject=Subject(type="token", id=row.id), changes=(change,)))
        return {"token": row.id}

    return apply
