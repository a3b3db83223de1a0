"""The switches of an installation: what an administrator may change, each change with its reason in the history."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, func, insert, select, update

from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.errors import Conflict, InvalidInput
from engine.storage.schema import setting as setting_table

BEFORE_IS_STRICT = "before_is_strict"  # "trước ngày X" ends on X-1 (DOMAIN.md 1.4.7)
EXTENSIONS_MAX = "extensions_max"  # extensions of one assignment (DOMAIN.md 2.7)
DEPLOYMENT_NEEDS_SECOND_PERSON = "deployment_needs_second_person"
MIGRATION_NEEDS_SECOND_PERSON = "migration_needs_second_person"
REPAIR_NEEDS_SECOND_PERSON = "repair_needs_second_person"
INCIDENT_RETRIES = "incident_retries"  # attempts after the first before an administrator has to act
EFFECT_ATTEMPTS = "effect_attempts"  # attempts of an e-mail or webhook before an administrator has to act
EMAIL_AFTER_LOST_LEASE = "email_after_lost_lease"  # when nobody knows whether an e-mail went out: ask an administrator, or send it again
UNSURE, AGAIN = "unsure", "again"
DIGEST_BEGINS = "digest_begins"  # local time from which the morning mails of a working day are sent
HALF_HOURS = tuple(f"{hour:02d}:{minute:02d}" for hour in range(5, 13) for minute in (0, 30))
NIGHTLY_CHECK = "nightly_check"  # local time from which a worker checks the history each night
NEVER = "never"
NIGHT = (NEVER, *(f"{hour:02d}:00" for hour in range(7)))
SETTINGS_LOCK = 0x736574_74696E67  # "setting": the advisory lock of PostgreSQL under which settings change
T = TypeVar("T", bound=bool | int | str)
KNOWN: dict[str, bool | int | str] = {
    BEFORE_IS_STRICT: True,
    EXTENSIONS_MAX: 1,
    DEPLOYMENT_NEEDS_SECOND_PERSON: False,
    MIGRATION_NEEDS_SECOND_PERSON: False,
    REPAIR_NEEDS_SECOND_PERSON: False,
    INCIDENT_RETRIES: 4,
    EFFECT_ATTEMPTS: 8,
    EMAIL_AFTER_LOST_LEASE: UNSURE,
    DIGEST_BEGINS: "07:30",
    NIGHTLY_CHECK: "02:00",
}
CHOICES: dict[str, tuple[str, ...]] = {EMAIL_AFTER_LOST_LEASE: (UNSURE, AGAIN), DIGEST_BEGINS: HALF_HOURS, NIGHTLY_CHECK: NIGHT}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSetting:
    """Change a setting of the installation, for a reason."""

    key: str
    value: bool | int | str
    reason: str


def setting(connection: Connection, key: str, default: T) -> T:
    """Return the value of a setting, or `default` while nobody has changed it."""
    stored = connection.execute(select(setting_table.c.value).where(setting_table.c.key == key)).scalar_one_or_none()
    return default if stored is None else type(default)(json.loads(stored))


def while_set(key: str, apply: Callable[[Transaction], dict[str, Any]], *, value: bool) -> Callable[[Transaction], dict[str, Any]]:
    """Return `apply`, for as long as a setting has the value on which it was decided; else it raises Conflict, and is decided again."""

    def held(transaction: Transaction) -> dict[str, Any]:
        _hold(transaction.connection, alone=False)
        if setting(transaction.connection, key, default=False) != value:
            raise Conflict(f"Expected {key!r} to be {value!r} still, but somebody has just changed it.")
        return apply(transaction)

    return held


def _hold(connection: Connection, *, alone: bool) -> None:
    """Let nobody change a setting until the transaction ends; `alone`: nor rely on one. A row that is not there yet cannot be held."""
    if connection.dialect.name == "postgresql":  # a SQLite transaction is alone anyway
        held = func.pg_advisory_xact_lock(SETTINGS_LOCK) if alone else func.pg_advisory_xact_lock_shared(SETTINGS_LOCK)
        connection.execute(select(held))


def write_setting(transaction: Transaction, *, key: str, value: bool | int | str) -> None:
    """Keep a value under `key`."""
    text = json.dumps(value)
    done = transaction.connection.execute(update(setting_table).where(setting_table.c.key == key).values(value=text))
    if done.rowcount == 0:
        transaction.connection.execute(insert(setting_table).values(key=key, value=text))


def decide_change_setting(command: ChangeSetting, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Refuse an unknown key, a value of another kind, and a change without a reason."""
    if command.key not in KNOWN:
        raise InvalidInput(f"Expected a setting of {', '.join(sorted(KNOWN))}, but found {command.key!r}. Choose one of them.")
    usual = KNOWN[command.key]
    if not _fits(command):
        kind = "true or false" if isinstance(usual, bool) else " or ".join(CHOICES.get(command.key, ("a number from 0",)))
        raise InvalidInput(f"Expected {kind} for {command.key!r}, but found {command.value!r}. Say it as {usual!r} is said.")
    if not command.reason.strip():
        raise InvalidInput(f"Expected a reason for changing {command.key!r}, but found none. Say who decided it and why.")
    before = setting(reading.connection, command.key, usual)

    def apply(transaction: Transaction) -> dict[str, Any]:
        _hold(transaction.connection, alone=True)  # the history says from what it was changed
        if setting(transaction.connection, command.key, usual) != before:
            raise Conflict(f"Expected {command.key!r} to be {before!r} still, but somebody has just changed it.")
        write_setting(transaction, key=command.key, value=command.value)
        transaction.record(
            Fact(
                action="setting.changed",
                subject=Subject(type="setting", id=command.key),
                changes=(Change(field=command.key, old=before, new=command.value),),
                reason={"code": "changed", "text": command.reason},
            )
        )
        return {"key": command.key, "value": command.value}

    return apply


def _fits(command: ChangeSetting) -> bool:
    if type(command.value) is not type(KNOWN[command.key]):
        return False
    return command.value in CHOICES[command.key] if isinstance(command.value, str) else command.value >= 0
