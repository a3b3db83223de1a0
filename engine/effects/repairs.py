"""What an administrator sees of the effects, and does about one that failed: send it again, or drop it, for a reason."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from engine.effects.delivering import change_effect, end_incidents, tell
from engine.effects.outbox import Status, counts, effect_by_key, fact_of, waiting
from engine.history.record import Change
from engine.history.transaction import Reading, Transaction
from engine.kernel.errors import InvalidInput, Refused
from engine.storage.schema import effect, organisation, person
from engine.storage.wake_ups import Due

Apply = Callable[[Transaction], dict[str, Any]]
UNFINISHED = (Status.OPEN, Status.SENDING, Status.UNSURE, Status.DEAD)
LIMIT = 1000  # effects in one answer, newest last


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEffects:
    """Ask for the effects of some statuses: for those that are not settled when none is named."""

    statuses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResendEffect:
    """Send an effect again that is dead or unsure, or at once one that waits for its next attempt. Its key stays the same."""

    key: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DropEffect:
    """Decide that an effect is not sent."""

    key: str
    reason: str


def decide_resend(command: ResendEffect, reading: Reading) -> Apply:
    """Return what opens the effect again, with all its attempts before it."""
    row = _unsettled(reading, command.key, command.reason)

    def apply(transaction: Transaction) -> dict[str, Any]:
        change_effect(transaction, row, status=Status.OPEN, attempts=0, next_at=transaction.at)
        transaction.wake(Due.EFFECT, row.key)
        _record(transaction, "effect.resent", row, Status.OPEN, command.reason)
        end_incidents(transaction, row, resolution="resent", text=command.reason)
        return {"effect": row.key, "status": Status.OPEN}

    return apply


def decide_drop(command: DropEffect, reading: Reading) -> Apply:
    """Return what ends the effect unsent."""
    row = _unsettled(reading, command.key, command.reason)

    def apply(transaction: Transaction) -> dict[str, Any]:
        change_effect(transaction, row, status=Status.DROPPED, next_at=None)
        _record(transaction, "effect.dropped", row, Status.DROPPED, command.reason)
        end_incidents(transaction, row, resolution="dropped", text=command.reason)
        if row.status == Status.OPEN:  # else its failure has been told already
            tell(transaction, row, Status.DROPPED)
        return {"effect": row.key, "status": Status.DROPPED}

    return apply


def answer_effects(query: ListEffects, reading: Reading) -> dict[str, Any]:
    """Return the effects, how many there are of each status, and how many wait in each channel."""
    statuses: Collection[str] = query.statuses or UNFINISHED
    rows = (
        select(effect, organisation.c.name.label("unit"))
        .outerjoin(organisation, organisation.c.id == effect.c.organisation)
        .where(effect.c.status.in_(sorted(statuses)))
        .order_by(effect.c.created_at.desc(), effect.c.key.desc())
        .limit(LIMIT)
    )
    found = [_told(row) for row in reading.connection.execute(rows)]
    names = _names(reading.connection, {entry["payload"].get("person") for entry in found} - {None})
    for entry in found:
        entry["recipient"] = names.get(entry["payload"].get("person"), entry["payload"].get("to"))
    return {"effects": found[::-1], "counts": counts(reading.connection), "waiting": waiting(reading.connection)}


def _told(row: Row[Any]) -> dict[str, Any]:
    plain = ("key", "kind", "channel", "status", "attempts", "next_at", "error", "instance", "element", "created_at", "sent_at")
    return {**{name: getattr(row, name) for name in plain}, "organisation": row.unit, "payload": json.loads(row.payload)}


def _names(connection: Connection, people: Collection[str]) -> dict[str, str]:
    query = select(person.c.id, person.c.name, person.c.login).where(person.c.id.in_(sorted(people)))
    return {row.id: f"{row.name} ({row.login})" for row in connection.execute(query)} if people else {}


def _record(transaction: Transaction, action: str, row: Row[Any], status: Status, reason: str) -> None:
    changes = (Change(field="status", old=row.status, new=status.value),)
    transaction.record(fact_of(action, row, changes=changes, reason={"code": action.partition(".")[2], "text": reason}))


def _unsettled(reading: Reading, key: str, reason: str) -> Row[Any]:
    if not reason.strip():
        raise InvalidInput("Expected a reason, but found none. Say what was wrong and what is done about it.")
    row = effect_by_key(reading.connection, key)
    if row.status == Status.SENDING:
        raise Refused(f"Expected effect {key} to be at rest, but a worker is sending it until {row.lease_until} at the latest. Look again then.")
    if row.status not in UNFINISHED:
        raise Refused(f"Expected effect {key} to be open, unsure or dead, but it is {row.status!r}. Nothing is to be done about it.")
    return row
