"""T2 and T3 of an effect (EXECUTION.md 2): a worker claims it for a while, sends it outside of any transaction, and tells what came of it.

At least once, honestly. Where a worker was lost between sending and telling, a webhook is sent again under the same key; an e-mail too,
with the same Message-ID, or it is left for an administrator, as the setting `email_after_lost_lease` says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Select, update

from engine.directory.settings import AGAIN, EFFECT_ATTEMPTS, EMAIL_AFTER_LOST_LEASE, KNOWN, setting
from engine.effects.outbox import EMAIL, Status, effect_by_key, fact_of, lapsed, ready
from engine.history.record import Change
from engine.history.transaction import Reading, Transaction
from engine.instances.incidents import EFFECT, Failure, held_by, raise_incident, resolve_incidents
from engine.instances.load import case_of
from engine.kernel.clock import stamp
from engine.kernel.errors import Conflict
from engine.messages.inbox import send
from engine.storage.schema import effect, incident

Apply = Callable[[Transaction], dict[str, Any]]
LEASE = timedelta(minutes=5)  # longer than any transport takes (engine/execution/transports.py, LIMIT)
DELAYS = (30, 120, 600, 1800, 7200, 21_600, 43_200)  # seconds until the next attempt; the last one repeats
LONGEST = 86_400  # seconds: no server makes us wait longer than a day
MAX_SAID = 500
SENT_MESSAGE, FAILED_MESSAGE = "effect.sent", "effect.failed"


class Outcome(StrEnum):
    """What came of an attempt."""

    SENT = "sent"
    LATER = "later"  # it did not work, and may work later
    REFUSED = "refused"  # it will never work as it is
    UNKNOWN = "unknown"  # it was handed over, and the answer was lost


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimEffects:
    """Claim due effects for whoever sends under `claim`: of each channel as many as there is room for."""

    claim: str
    room: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDelivery:
    """Tell what came of an attempt. `wait`: the seconds after which the other side wants to be asked again."""

    key: str
    claim: str
    outcome: str
    said: str = ""
    wait: int | None = None


def decide_claim(command: ClaimEffects, _reading: Reading) -> Apply:
    """Return what claims. What is due is looked up in the claiming transaction itself, so that two workers never share a row."""

    def apply(transaction: Transaction) -> dict[str, Any]:
        claimed: list[str] = []
        for channel, room in sorted(command.room.items()):
            for query in (lapsed, ready):
                rows = _locked(transaction, query(channel, transaction.at), room)
                taken = [row.key for row in rows if _claim(transaction, row, command.claim)]
                claimed, room = claimed + taken, room - len(taken)
        return {"claimed": claimed}

    return apply


def _locked(transaction: Transaction, query: Select[Any], most: int) -> Sequence[Row[Any]]:
    return transaction.connection.execute(query.limit(most).with_for_update(skip_locked=True)).all() if most > 0 else ()


def _claim(transaction: Transaction, row: Row[Any], claim: str) -> bool:
    if row.status == Status.SENDING and not _again(transaction, row):
        return False
    until = stamp(transaction.now + LEASE)
    change_effect(transaction, row, status=Status.SENDING, attempts=row.attempts + 1, lease_until=until, lease_by=claim)
    return True


def _again(transaction: Transaction, row: Row[Any]) -> bool:
    """Tell whether to send what a worker was lost over; when not, it is held."""
    transaction.record(fact_of("effect.lapsed", row, outcome="failed", code="lease_lost", changes=_attempts(row)))
    if row.kind == EMAIL and setting(transaction.connection, EMAIL_AFTER_LOST_LEASE, str(KNOWN[EMAIL_AFTER_LOST_LEASE])) != AGAIN:
        _hold(transaction, row, Status.UNSURE, "the worker that was sending it was lost, so it may have gone out or not")
        return False
    if row.attempts >= _most(transaction):
        _hold(transaction, row, Status.DEAD, f"every worker that sent it was lost, {row.attempts} in all")
        return False
    return True


def decide_record(command: RecordDelivery, reading: Reading) -> Apply:
    """Return what writes down the outcome; nothing when somebody else has the effect by now."""
    row = effect_by_key(reading.connection, command.key)
    if command.outcome == Outcome.SENT:
        still = row.status not in (Status.SENT, Status.DROPPED)  # that it went out is true whoever has it now
    else:
        still = row.status == Status.SENDING and row.lease_by == command.claim
    if not still:
        return lambda _transaction: {"status": row.status}
    return lambda transaction: {"status": _record(transaction, row, command)}


def _record(transaction: Transaction, row: Row[Any], command: RecordDelivery) -> Status:
    said = command.said[:MAX_SAID]
    if command.outcome == Outcome.SENT:
        change_effect(transaction, row, status=Status.SENT, next_at=None, sent_at=transaction.at)
        transaction.record(fact_of("effect.sent", row, changes=_attempts(row)))
        end_incidents(transaction, row, resolution="done", text="it has been sent after all")
        tell(transaction, row, Status.SENT)
        return Status.SENT
    if command.outcome == Outcome.REFUSED:
        return _hold(transaction, row, Status.DEAD, said)
    if command.outcome == Outcome.UNKNOWN and setting(transaction.connection, EMAIL_AFTER_LOST_LEASE, str(KNOWN[EMAIL_AFTER_LOST_LEASE])) != AGAIN:
        return _hold(transaction, row, Status.UNSURE, said)
    if row.attempts >= _most(transaction):
        return _hold(transaction, row, Status.DEAD, f"after {row.attempts} attempts: {said}")
    return _back_off(transaction, row, said, command.wait)


def _back_off(transaction: Transaction, row: Row[Any], said: str, wait: int | None) -> Status:
    usual = DELAYS[min(row.attempts, len(DELAYS)) - 1]
    following = stamp(transaction.now + timedelta(seconds=min(max(usual, wait or 0), LONGEST)))
    change_effect(transaction, row, status=Status.OPEN, next_at=following, error=said)
    changes = (*_attempts(row), Change(field="next_at", new=following))
    transaction.record(fact_of("effect.failed", row, outcome="failed", code="effect_failed", changes=changes, reason={"code": "failed", "text": said}))
    return Status.OPEN


def _hold(transaction: Transaction, row: Row[Any], status: Status, said: str) -> Status:
    """Leave an effect to an administrator, who sees its incident."""
    change_effect(transaction, row, status=status, next_at=None, error=said)
    code = f"effect_{status}"
    transaction.record(fact_of(f"effect.{status}", row, outcome="failed", code=code, changes=_attempts(row), reason={"code": code, "text": said}))
    told = f"Expected {row.channel} to take effect {row.key}, but {said}. Use `chidao effect resend {row.key}` once it is mended, or `drop`."
    seen = {"effect": row.key, "channel": row.channel, "attempts": row.attempts}
    failed = Failure(kind=EFFECT, work=row.key, message=told, code=code, lasting=True, element=row.element, data=seen)
    case = case_of(transaction.connection, row.instance) if row.instance else None
    raise_incident(transaction, failed, case, organisation=row.organisation)
    tell(transaction, row, status)
    return status


def end_incidents(transaction: Transaction, row: Row[Any], *, resolution: str, text: str) -> None:
    """Close the incident of an effect, if it has one."""
    held = held_by(transaction.connection, incident.c.work == row.key)
    case = case_of(transaction.connection, row.instance) if row.instance and held else None
    resolve_incidents(transaction, held, case, resolution=resolution, text=text)


def tell(transaction: Transaction, row: Row[Any], status: Status) -> None:
    """Tell the process what became of its effect, if it asked to be told."""
    if not row.tells:
        return
    message = SENT_MESSAGE if status is Status.SENT else FAILED_MESSAGE
    payload = {"effect": row.key, "effect_status": status.value}
    send(transaction, message=message, key=row.key, payload=payload, source=f"effect:{row.key}:{transaction.at}")


def change_effect(transaction: Transaction, row: Row[Any], **values: Any) -> None:
    """Change an effect as it was read; a claim on it ends unless it is renewed. Raises Conflict."""
    free = {"lease_until": None, "lease_by": None, "error": None}
    same = update(effect).where(effect.c.key == row.key, effect.c.status == row.status, effect.c.attempts == row.attempts)
    if transaction.connection.execute(same.values(**{**free, **values})).rowcount != 1:
        raise Conflict(f"Expected effect {row.key} to be {row.status!r}, but it has moved on.")


def _attempts(row: Row[Any]) -> tuple[Change, ...]:
    return (Change(field="attempts", new=row.attempts),)


def _most(transaction: Transaction) -> int:
    return max(1, setting(transaction.connection, EFFECT_ATTEMPTS, int(KNOWN[EFFECT_ATTEMPTS])))
