"""The outbox: what is to happen outside, as rows written in the transaction that wants it (EXECUTION.md 2, T2 and T3).

An effect has a key that goes out with it, so that whoever receives it twice can tell. What was noted is sent, also when its
process ends or is cancelled meanwhile: BPMN undoes nothing that an activity has done.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select

from engine.history.record import Change, Fact, Subject, Where
from engine.history.transaction import Transaction
from engine.instances.cases import Case, definition_of
from engine.kernel.errors import InvalidInput, NotFound
from engine.storage.schema import effect, person
from engine.storage.wake_ups import Due

EMAIL, WEBHOOK = "email", "webhook"
_KEY = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")  # it stands in headers: of a mail's Message-ID, of a webhook
MAX_KEY = 60
_ENDPOINT = re.compile(r"[a-z0-9][a-z0-9_.-]{0,59}")


class Status(StrEnum):
    """How far an effect is."""

    OPEN = "open"  # to be sent at `next_at`
    SENDING = "sending"  # somebody is at it until `lease_until`
    SENT = "sent"
    UNSURE = "unsure"  # it may have gone out or not; an administrator decides
    DEAD = "dead"  # refused, or tried often enough; an administrator decides
    DROPPED = "dropped"  # an administrator has decided that it is not sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """An effect that a worker has claimed, as it is handed to the transport. `attempt` counts from 1."""

    key: str
    kind: str
    channel: str
    payload: dict[str, Any]
    attempt: int
    created_at: str


def channel_of(kind: str, payload: dict[str, Any]) -> str:
    """Return what has to be configured for an effect to be sent."""
    return kind if kind == EMAIL else f"{kind}:{payload['endpoint']}"


def endpoint_name(name: object) -> str:
    """Return the name of a webhook's endpoint. Raises InvalidInput: an address is the administrator's to give, never a drawing's."""
    if not isinstance(name, str) or not _ENDPOINT.fullmatch(name):
        raise InvalidInput(
            f"Expected the name of an endpoint that the administrator has configured, such as land-registry, but found {str(name)[:80]!r}. "
            "Write its name in small letters, digits, '.', '-' and '_'; its address stands in the file of CHIDAO_WEBHOOKS."
        )
    return name


def request(
    transaction: Transaction,
    *,
    key: str,
    kind: str,
    payload: dict[str, Any],
    case: Case | None = None,
    organisation: str | None = None,
    element: str = "",
    tells: bool = False,
) -> bool:
    """Note, in the caller's transaction, that something is to happen outside; False when it was noted before under this key.

    `tells`: the process waits for the message `effect.sent` or `effect.failed` with this key.
    """
    if not _KEY.fullmatch(key) or len(key) > MAX_KEY:
        raise InvalidInput(f"Expected a key of 1 to {MAX_KEY} letters, digits, '-', '_' and '.', but found {key[:80]!r}.")
    connection = transaction.connection
    if connection.execute(select(effect.c.key).where(effect.c.key == key)).first() is not None:
        return False
    roots = case.roots if case else ()
    row = {
        "key": key,
        "instance": case.id if case else None,
        "organisation": case.organisation if case else organisation,
        "element": element,
        "kind": kind,
        "channel": channel_of(kind, payload),
        "payload": json.dumps(payload, ensure_ascii=False, sort_keys=True),
        "roots": json.dumps(roots),
        "tells": int(tells),
        "status": Status.OPEN,
        "attempts": 0,
        "next_at": transaction.at,
        "created_at": transaction.at,
    }
    connection.execute(insert(effect).values(**row))
    transaction.wake(Due.EFFECT, key)
    where = Where(definition=definition_of(case.deployment), instance=case.id, element=element or None) if case else Where()
    transaction.record(effect_fact("effect.requested", key, where=where, roots=roots, changes=(Change(field="kind", new=kind),)))
    return True


def effect_fact(action: str, key: str, *, where: Where, roots: Sequence[str], **told: Any) -> Fact:
    """Return the history's fact about an effect: never what it says, nor to whom."""
    objects = tuple(Subject(type="directive", id=root, qualifier="root") for root in roots)
    return Fact(action=action, subject=Subject(type="effect", id=key), objects=objects, streams=tuple(roots), where=where, **told)


def fact_of(action: str, row: Row[Any], **told: Any) -> Fact:
    """Return the history's fact about an effect that was read."""
    where = Where(instance=row.instance, element=row.element or None)
    return effect_fact(action, row.key, where=where, roots=json.loads(row.roots), **told)


def effect_by_key(connection: Connection, key: str) -> Row[Any]:
    """Return an effect's row. Raises NotFound."""
    row = connection.execute(select(effect).where(effect.c.key == key)).one_or_none()
    if row is None:
        raise NotFound(f"Expected the key of an effect, but found {key[:80]!r}, which none has. List them with `chidao effects`.")
    return row


# ------------------------------------------------------------------------------------------------------------------ due


def lapsed(channel: str, at: str) -> Select[Any]:
    """Return the query for the effects of a channel whose claim has lapsed at `at`: who sent them was lost."""
    return select(effect).where(effect.c.status == Status.SENDING, effect.c.channel == channel, effect.c.lease_until <= at).order_by(effect.c.next_at)


def ready(channel: str, at: str) -> Select[Any]:
    """Return the query for the effects of a channel that are due at `at`, first those that have waited longest."""
    return select(effect).where(effect.c.status == Status.OPEN, effect.c.channel == channel, effect.c.next_at <= at).order_by(effect.c.next_at)


def due_channels(connection: Connection, channels: Iterable[str], at: str) -> set[str]:
    """Return the channels, of those given, for which something may be claimed at `at`."""
    return {each for each in channels if any(connection.execute(query(each, at).limit(1)).first() for query in (lapsed, ready))}


def next_attempt(connection: Connection, channels: Collection[str]) -> str | None:
    """Return the earliest moment at which an effect of these channels is to be sent or its claim lapses."""
    moment = func.coalesce(effect.c.lease_until, effect.c.next_at)
    query = select(func.min(moment)).where(effect.c.status.in_((Status.OPEN, Status.SENDING)), effect.c.channel.in_(sorted(channels)))
    found: str | None = connection.execute(query).scalar_one()
    return found


def waiting(connection: Connection) -> dict[str, int]:
    """Return how many effects of each channel wait to be sent: those of a channel that nobody has configured wait for ever."""
    query = select(effect.c.channel, func.count()).where(effect.c.status == Status.OPEN).group_by(effect.c.channel)
    return {row[0]: row[1] for row in connection.execute(query)}


def counts(connection: Connection) -> dict[str, int]:
    """Return how many effects there are of each status."""
    return {row[0]: row[1] for row in connection.execute(select(effect.c.status, func.count()).group_by(effect.c.status))}


def claimed(connection: Connection, claim: str) -> list[Effect]:
    """Return what is claimed under `claim`; a mail to a person goes to the address that the person has now."""
    rows = connection.execute(select(effect).where(effect.c.lease_by == claim).order_by(effect.c.key)).all()
    return [
        Effect(
            key=row.key,
            kind=row.kind,
            channel=row.channel,
            payload=_addressed(connection, json.loads(row.payload)),
            attempt=row.attempts,
            created_at=row.created_at,
        )
        for row in rows
    ]


def _addressed(connection: Connection, payload: dict[str, Any]) -> dict[str, Any]:
    if "person" not in payload:
        return payload
    found = connection.execute(select(person.c.email).where(person.c.id == payload["person"])).scalar_one_or_none()
    return {**payload, "to": found}
