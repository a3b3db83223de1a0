"""Who is signed in: a random token in the browser, its digest here, and an end that nobody can put off for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, insert, select, update

from engine.access.attempts import forgive
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.clock import from_stamp, stamp
from engine.kernel.errors import Denied, NotFound
from engine.storage.schema import account, person, sign_in

Write = Callable[[Transaction], dict[str, Any]]
LONGEST = timedelta(hours=12)  # a working day
IDLE = timedelta(hours=2)  # without any page opened
KEPT = timedelta(days=30)  # after its end: the history keeps that it was
SEEN_EVERY = timedelta(minutes=5)  # a page does not write each time that somebody was there
PASSWORD, DEMONSTRATION, OPENID = "password", "demonstration", "openid"

_SESSION: Select[Any] = (
    select(
        sign_in.c.id,
        sign_in.c.person,
        sign_in.c.method,
        sign_in.c.seen_at,
        sign_in.c.expires_at,
        sign_in.c.ended_at,
        person.c.name,
        person.c.login,
        account.c.disabled_at,
        account.c.must_change,
        account.c.changed_at,
        sign_in.c.created_at,
    )
    .join(person, person.c.id == sign_in.c.person)
    .outerjoin(account, account.c.person == person.c.id)
    .where(sign_in.c.token_hash == bindparam("b_token"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginSession:
    """Somebody proved by `method` to be `person`. The token comes as its digest; `forgiven`: of the login that was typed, if any."""

    person: str
    token_hash: str = field(repr=False)
    method: str
    forgiven: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchSession:
    """Somebody who is signed in was there."""

    session: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSession:
    """Somebody signs out; with `others`, everywhere else instead."""

    session: str
    others: bool = False


def digest(token: str) -> str:
    """Return what we keep of a token: whoever reads the database cannot sign in with it."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_closed(disabled_at: str | None, now: datetime) -> bool:
    """Tell whether an account is closed: at once, or, of somebody who leaves, from a moment that was set beforehand."""
    return disabled_at is not None and from_stamp(disabled_at) <= now


def session_of(connection: Connection, token: str, now: datetime) -> Row[Any] | None:
    """Return the session that a token opens; None when it has ended, expired, or the account was closed."""
    row: Row[Any] | None = connection.execute(_SESSION, {"b_token": digest(token)}).one_or_none()
    if row is None or row.ended_at is not None or is_closed(row.disabled_at, now) or now >= from_stamp(row.expires_at):
        return None
    idle = now - from_stamp(row.seen_at) > IDLE
    return None if idle else row


def decide_begin_session(command: BeginSession, reading: Reading) -> Write:
    """Check that the person exists."""
    name = reading.connection.execute(select(person.c.name).where(person.c.id == command.person)).scalar_one_or_none()
    if name is None:
        raise NotFound(f"Expected the id of a person, but found {command.person!r}, which nobody has.")

    def apply(transaction: Transaction) -> dict[str, Any]:
        row = {"id": transaction.new_id(), "token_hash": command.token_hash, "person": command.person, "method": command.method}
        moments = {"created_at": transaction.at, "seen_at": transaction.at, "expires_at": stamp(transaction.now + LONGEST)}
        transaction.connection.execute(insert(sign_in).values(**row, **moments))
        transaction.connection.execute(delete(sign_in).where(sign_in.c.person == command.person, sign_in.c.expires_at <= stamp(transaction.now - KEPT)))
        if command.forgiven:
            forgive(transaction, command.forgiven)
        transaction.record(Fact(action="session.begun", subject=Subject(type="person", id=command.person), changes=(Change(field="method", new=command.method),)))
        return {"session": row["id"]}

    return apply


def decide_touch_session(command: TouchSession, reading: Reading) -> Write:
    """Nothing can be wrong: one that has ended stays so."""
    del reading

    def apply(transaction: Transaction) -> dict[str, Any]:
        transaction.connection.execute(update(sign_in).where(sign_in.c.id == command.session, sign_in.c.ended_at.is_(None)).values(seen_at=transaction.at))
        return {}

    return apply


def decide_end_session(command: EndSession, reading: Reading) -> Write:
    """Check that the session is the person's own."""
    row = reading.connection.execute(select(sign_in).where(sign_in.c.id == command.session)).one_or_none()
    if row is None or row.person != reading.actor.id:
        raise Denied("Expected a session of your own, but found another one.")
    mine = (sign_in.c.person == row.person, sign_in.c.ended_at.is_(None))

    def apply(transaction: Transaction) -> dict[str, Any]:
        chosen = sign_in.c.id != row.id if command.others else sign_in.c.id == row.id
        ended = transaction.connection.execute(update(sign_in).where(*mine, chosen).values(ended_at=transaction.at)).rowcount
        if ended:
            transaction.record(Fact(action="session.ended", subject=Subject(type="person", id=row.person), changes=(Change(field="ended", new=ended),)))
        return {"ended": ended}

    return apply


def end_all(transaction: Transaction, person_id: str, *, but: str = "") -> None:
    """End every session of a person, `but` one: the password was changed, or the account closed."""
    mine = (sign_in.c.person == person_id, sign_in.c.ended_at.is_(None), sign_in.c.id != but)
    transaction.connection.execute(update(sign_in).where(*mine).values(ended_at=transaction.at))
