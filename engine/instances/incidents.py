"""Incidents: automatic work that failed. The failing piece is held and all else goes on; what may mend itself is tried again
with growing delays, and only then, or at once when trying again cannot help, an administrator has to act."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from engine.directory.settings import INCIDENT_RETRIES, KNOWN, setting
from engine.history.record import Change, Fact, Subject, Where
from engine.history.transaction import Reading, Transaction
from engine.instances.cases import Case, definition_of
from engine.kernel.clock import stamp
from engine.kernel.errors import EngineError, NotFound, Refused
from engine.storage.holds import UNRESOLVED
from engine.storage.schema import incident
from engine.storage.wake_ups import Due

Apply = Callable[[Transaction], dict[str, Any]]
DELAYS = (1, 5, 30, 120, 480, 1440)  # minutes until the next attempt; the last one repeats
MAX_MESSAGE = 4000

# Kinds of work. What looks at the world outside its instance may do better next time, except where a rule refuses it; a
# step depends on nothing but what it was given, so it fails until something in it is changed.
OPERATION, START, INSTANCE, PERIODS, MIGRATION = "operation", "start", "instance", "periods", "migration"
RESULT, MESSAGE, SIGNAL, TIMER, COMPLETION = "result", "message", "signal", "timer", "completion"
DIGESTS = "digests"  # the morning mails (engine/effects/digests.py)
TEXTS = "texts"  # of the search (engine/audit/texts.py)
EFFECT = "effect"  # what failed outside; who sends it again or drops it ends the incident (engine/effects)
ERROR = "error"  # the name of a result that is a business error


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Work that failed. `work`: its row; `token`: the open work of the instance that it was to end; `data`: what it saw."""

    kind: str
    work: str
    message: str
    code: str
    lasting: bool
    token: str | None = None
    element: str = ""
    call_path: tuple[str, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An unresolved incident of an instance: its id, the row that it holds, the token of that row."""

    id: str
    work: str
    token: str | None


def failure(
    kind: str, work: str, error: EngineError, *, token: str | None = None, element: str = "", call_path: tuple[str, ...] = (), **seen: Any
) -> Failure:
    """Return the failure that `error` is. Where it happened the error itself knows, or else it is at `element`."""
    return Failure(
        kind=kind,
        work=work,
        token=token,
        message=error.message[:MAX_MESSAGE],
        code=error.code,
        lasting=_is_lasting(kind, error),
        element=error.details.get("element") or element,
        call_path=tuple(error.details.get("call_path", call_path)),
        data=seen,
    )


def _is_lasting(kind: str, error: EngineError) -> bool:
    match kind:
        case "operation" | "instance" | "periods" | "migration" | "digests" | "texts":
            return isinstance(error, Refused)
        case "start":
            return not isinstance(error, NotFound)  # the process may be deployed yet
    return True


def raise_incident(
    transaction: Transaction, failed: Failure, case: Case | None = None, *, organisation: str | None = None, roots: Iterable[str] = ()
) -> str:
    """Hold the work that failed, once more when it is held already, and return the incident's id."""
    connection = transaction.connection
    known = select(incident.c.id, incident.c.attempts, incident.c.next_attempt).where(incident.c.work == failed.work, UNRESOLVED)
    before = connection.execute(known).one_or_none()
    if before and failed.kind != COMPLETION and (before.next_attempt is None or before.next_attempt > transaction.at):
        return str(before.id)  # another worker has failed at the same time, and has held it already
    attempts = 1 + (before.attempts if before else 0)
    following = _next_attempt(transaction, failed, attempts)
    row = {
        "element": failed.element,
        "call_path": json.dumps(failed.call_path),
        "message": failed.message,
        "data": json.dumps(failed.data, ensure_ascii=False),
        "attempts": attempts,
        "next_attempt": following,
        "failed_at": transaction.at,
    }
    if before:
        identity = str(before.id)
        connection.execute(update(incident).where(incident.c.id == identity).values(**row))
    else:
        identity = transaction.new_id()
        place = {"instance": case.id if case else None, "organisation": case.organisation if case else organisation}
        work = {"kind": failed.kind, "work": failed.work, "token": failed.token, "created_at": transaction.at}
        connection.execute(insert(incident).values(id=identity, **place, **work, **row))
    changes = (
        Change(field="attempts", old=attempts - 1 or None, new=attempts),
        *((Change(field="next_attempt", new=following),) if following else ()),
    )
    action = "incident.repeated" if before else "incident.raised"
    told = {"changes": changes, "reason": {"code": "failed", "text": failed.message}, "outcome": "failed", "code": failed.code}
    transaction.record(incident_fact(action, identity, case, element=failed.element, call_path=failed.call_path, roots=roots, **told))
    return identity


def _next_attempt(transaction: Transaction, failed: Failure, attempts: int) -> str | None:
    if failed.lasting or attempts > setting(transaction.connection, INCIDENT_RETRIES, int(KNOWN[INCIDENT_RETRIES])):
        return None
    return stamp(transaction.now + timedelta(minutes=DELAYS[min(attempts, len(DELAYS)) - 1]))


def incident_fact(
    action: str, identity: str, case: Case | None, *, element: str = "", call_path: tuple[str, ...] = (), roots: Iterable[str] = (), **told: Any
) -> Fact:
    """Return the history's fact about an incident."""
    place = Where(definition=definition_of(case.deployment), instance=case.id, element=element or None, call_path=call_path) if case else Where()
    subject = Subject(type="instance", id=case.id) if case else Subject(type="incident", id=identity)
    return Fact(
        action=action,
        subject=subject,
        objects=(Subject(type="incident", id=identity),) if case else (),
        streams=case.roots if case else tuple(roots),
        where=place,
        **told,
    )


def resolve_incidents(transaction: Transaction, held: Collection[Held], case: Case | None, *, resolution: str, text: str) -> None:
    """Close incidents, with the words why: the work has been done, or it is no longer to be done."""
    for each in held:
        closed = update(incident).where(incident.c.id == each.id, UNRESOLVED)
        if transaction.connection.execute(closed.values(resolved_at=transaction.at, next_attempt=None, resolution=resolution)).rowcount:
            transaction.record(incident_fact("incident.resolved", each.id, case, reason={"code": resolution, "text": text}))
            if case is not None:
                transaction.wake(Due.INSTANCE, case.id)  # it may have held the whole instance


_HELD = select(incident.c.id, incident.c.work, incident.c.token).where(UNRESOLVED).order_by(incident.c.id)
_HELD_WORK = _HELD.where(incident.c.work.in_(bindparam("b_works", expanding=True)))


def holds_on(connection: Connection, works: Sequence[str]) -> dict[str, tuple[Held, ...]]:
    """Return the unresolved incidents that hold these pieces of work, by the piece."""
    found: dict[str, tuple[Held, ...]] = dict.fromkeys(works, ())
    for row in connection.execute(_HELD_WORK, {"b_works": works}):
        found[row.work] = (*found[row.work], Held(id=row.id, work=row.work, token=row.token))
    return found


def held_by(connection: Connection, *conditions: Any) -> tuple[Held, ...]:
    """Return the unresolved incidents that fulfil the conditions."""
    return tuple(Held(id=row.id, work=row.work, token=row.token) for row in connection.execute(_HELD.where(*conditions)))


def incident_by_id(connection: Connection, identity: str) -> Row[Any]:
    """Return an incident. Raises NotFound."""
    row = connection.execute(select(incident).where(incident.c.id == identity)).one_or_none()
    if row is None:
        raise NotFound(f"Expected the id of an incident, but found {identity!r}, which none has. List them with `chidao incidents`.")
    return row


def chore_failed(kind: str, work: str, error: EngineError) -> Apply:
    """Return what holds a chore of the whole installation: it belongs to no instance."""
    failed = failure(kind, work, error)
    return lambda transaction: {"incident": raise_incident(transaction, failed)}


def clearing(decide: Callable[[Any, Reading], Apply], work: Callable[[Any], str]) -> Callable[[Any, Reading], Apply]:
    """Return `decide` for a chore, with its incident closed once it succeeds."""

    def decide_and_clear(command: Any, reading: Reading) -> Apply:
        apply, held = decide(command, reading), held_by(reading.connection, incident.c.work == work(command))

        def both(transaction: Transaction) -> dict[str, Any]:
            resolve_incidents(transaction, held, None, resolution="done", text="it has been done after all")
            return apply(transaction)

        return both

    return decide_and_clear
