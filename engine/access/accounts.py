"""Accounts: who of the persons may sign in. A person acts by posts all the same; an account only proves who somebody is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from engine.access.passwords import MOST, PREFIX, fits, hashed
from engine.access.sessions import end_all, is_closed
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.errors import Conflict, InvalidInput, NotFound, Refused
from engine.storage.schema import account, person

Write = Callable[[Transaction], dict[str, Any]]
_ACCOUNT: Select[Any] = (
    select(person.c.id, person.c.login, person.c.name, account.c.password_hash, account.c.must_change, account.c.created_at, account.c.disabled_at)
    .outerjoin(account, account.c.person == person.c.id)
    .order_by(person.c.login)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAccount:
    """Let a person sign in. The password comes hashed; `must_change`: it is to be changed at the first sign-in."""

    login: str
    password_hash: str = field(repr=False)
    must_change: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetPassword:
    """Give an account another password, which comes hashed."""

    login: str
    password_hash: str = field(repr=False)
    must_change: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePassword:
    """Somebody changes the own password and is signed out everywhere but in `session`. `known`: the hash that the old one was found to fit."""

    known: str = field(repr=False)
    password_hash: str = field(repr=False)
    session: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DisableAccount:
    """Let somebody sign in no more, or, with `disabled` false, again."""

    login: str
    reason: str
    disabled: bool = True


def decide_open_account(command: OpenAccount, reading: Reading) -> Write:
    """Check that the person is known and has no account yet."""
    found = account_of(reading.connection, command.login)
    if found.password_hash is not None:
        raise Refused(f"Expected somebody without an account, but {command.login!r} has one. Give another password with `chidao user password`.")
    check_hash(command.password_hash)

    def apply(transaction: Transaction) -> dict[str, Any]:
        kept = {"password_hash": command.password_hash, "must_change": int(command.must_change)}
        transaction.connection.execute(insert(account).values(person=found.id, created_at=transaction.at, changed_at=transaction.at, **kept))
        _record(transaction, "account.opened", found.id, Change(field="must_change", new=command.must_change))
        return {"person": found.id}

    return apply


def decide_reset_password(command: ResetPassword, reading: Reading) -> Write:
    """Check that there is an account."""
    found = _existing(reading.connection, command.login)
    check_hash(command.password_hash)

    def apply(transaction: Transaction) -> dict[str, Any]:
        _change(transaction, found, {"password_hash": command.password_hash, "must_change": int(command.must_change), "changed_at": transaction.at})
        end_all(transaction, found.id)
        _record(transaction, "account.password_reset", found.id, Change(field="must_change", new=command.must_change))
        return {"person": found.id}

    return apply


def decide_change_password(command: ChangePassword, reading: Reading) -> Write:
    """Check that the old password is still the one that was proved."""
    found = reading.connection.execute(_ACCOUNT.where(person.c.id == reading.actor.id)).one_or_none()
    if found is None or found.password_hash is None or found.password_hash != command.known:
        raise Refused("Expected the old password, but it has been changed meanwhile. Sign in with the new one.")
    check_hash(command.password_hash)

    def apply(transaction: Transaction) -> dict[str, Any]:
        _change(transaction, found, {"password_hash": command.password_hash, "must_change": 0, "changed_at": transaction.at})
        end_all(transaction, found.id, but=command.session)
        _record(transaction, "account.password_changed", found.id, Change(field="must_change", old=bool(found.must_change), new=False))
        return {"person": found.id}

    return apply


def decide_disable_account(command: DisableAccount, reading: Reading) -> Write:
    """Check that it changes something."""
    found = _existing(reading.connection, command.login)
    if not command.reason.strip():
        raise InvalidInput("Expected a reason, but found none. Say who decided it and why.")
    taken_back = found.disabled_at is not None and not command.disabled  # even when the moment is still to come
    if is_closed(found.disabled_at, reading.now) == command.disabled and not taken_back:
        raise Refused(f"Expected the account of {command.login!r} to be {'open' if command.disabled else 'closed'}, but it is not. Nothing is to be done.")

    def apply(transaction: Transaction) -> dict[str, Any]:
        moment = transaction.at if command.disabled else None
        _change(transaction, found, {"disabled_at": moment})
        end_all(transaction, found.id)
        change = Change(field="disabled_at", old=found.disabled_at, new=moment)
        _record(transaction, "account.disabled" if command.disabled else "account.enabled", found.id, change, reason=command.reason)
        return {"person": found.id}

    return apply


def account_of(connection: Connection, login: str) -> Row[Any]:
    """Return a person with the account, whose columns are empty when there is none. Raises `NotFound` for an unknown login."""
    found = connection.execute(_ACCOUNT.where(person.c.login == login)).one_or_none()
    if found is None:
        raise NotFound(f"Expected the login of a person, but nobody has {login!r}. Import people first, or give --name and --organisation.")
    return found


def accounts(connection: Connection) -> list[Row[Any]]:
    """Return every person who has an account, by login."""
    return list(connection.execute(_ACCOUNT.where(account.c.person.is_not(None))))


def signs_in(connection: Connection, login: str, password: str) -> Row[Any] | None:
    """Return the account that `login` and `password` open; None when they open none, without telling which of both is wrong."""
    found = proved(connection, login, password)
    return found if found is not None and found.disabled_at is None else None


def proved(connection: Connection, login: str, password: str) -> Row[Any] | None:
    """Return the account of which somebody knows login and password, even when it is closed (`disabled_at`); else None.

    For an unknown login a hash is computed too, so that the time it takes does not tell who exists.
    """
    found = connection.execute(_ACCOUNT.where(person.c.login == login)).one_or_none()
    if found is None or found.password_hash is None or len(password) > MOST:
        hashed("nobody has this password", login="")
        return None
    return found if fits(password, found.password_hash) else None


def _existing(connection: Connection, login: str) -> Row[Any]:
    found = account_of(connection, login)
    if found.password_hash is None:
        raise NotFound(f"Expected an account, but {login!r} has none. Open one with `chidao user add {login}`.")
    return found


def _change(transaction: Transaction, found: Row[Any], values: dict[str, Any]) -> None:
    """Write to the account that was read; another administrator may have been faster."""
    known = (account.c.person == found.id, account.c.password_hash == found.password_hash, account.c.disabled_at.is_not_distinct_from(found.disabled_at))
    if not transaction.connection.execute(update(account).where(*known).values(**values)).rowcount:
        raise Conflict("The account was changed at the same time.")


def check_hash(value: str) -> None:
    """Raise InvalidInput for what is no hash of a password."""
    if not value.startswith(PREFIX):
        raise InvalidInput("Expected a password as an argon2id hash, but found something else. It was not kept.")


def _record(transaction: Transaction, action: str, identity: str, change: Change, *, reason: str = "") -> None:
    told = {"code": "decided", "text": reason} if reason else None
    transaction.record(Fact(action=action, subject=Subject(type="person", id=identity), changes=(change,), reason=told))
