"""Do whatever is due for an instance: unread messages, results of operations, timers (EXECUTION.md 1 and 2)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Row, select

from engine.bpmn import (
    CompleteOperation,
    DeliverMessage,
    FireTimer,
    Outcome,
    Passed,
    Sent,
    advance,
    start,
)
from engine.definitions.repository import definition, latest, starters
from engine.history.transaction import Reading, Transaction
from engine.instances.load import Loaded, load
from engine.instances.rows import Case, insert_instance, move_instance, read_open, step_fact
from engine.kernel.clock import stamp
from engine.kernel.errors import NotFound, Refused
from engine.kernel.ids import new_id
from engine.messages import inbox as messages
from engine.storage.schema import directive, inbox
from engine.timers import due as timers

Apply = Callable[[Transaction], dict[str, Any]]


@dataclass(slots=True)
class _Transition:
    """What several due events did to one instance, added up in memory."""

    outcome: Outcome | None = None
    sent: list[Sent] = field(default_factory=list)
    passed: list[Passed] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    fired: list[str] = field(default_factory=list)
    causes: list[str] = field(default_factory=list)

    def add(self, outcome: Outcome, cause: str) -> None:
        self.outcome = outcome
        self.sent += outcome.sent
        self.passed += outcome.completed
        self.causes.append(cause)


def decide_advance(reading: Reading, instance_id: str) -> Apply:
    """Compute, without any lock, what is due for an instance; return what writes it."""
    loaded = load(reading.connection, instance_id)
    before = read_open(reading.connection, instance_id)
    transition = _Transition()
    _read_inbox(reading, loaded, transition)
    _fire_timers(reading, loaded, transition)

    def apply(transaction: Transaction) -> dict[str, Any]:
        if transition.outcome is None:
            return {"advanced": False}
        for row_id in transition.read:
            messages.consume(transaction.connection, row_id, version=loaded.version + 1)
        for timer_id in transition.fired:
            timers.fire(transaction.connection, timer_id)
        move_instance(
            transaction,
            loaded.case,
            transition.outcome,
            version=loaded.version,
            before=replace(before, timers=before.timers.difference(transition.fired)),  # fired, not withdrawn
            sent=transition.sent,
        )
        transaction.record(
            step_fact(
                "instance.advanced",
                loaded.case,
                transition.passed,
                reason={"code": "due", "text": ", ".join(transition.causes)},
            )
        )
        return {"advanced": True, "ended": transition.outcome.ended}

    return apply


def _read_inbox(reading: Reading, loaded: Loaded, transition: _Transition) -> None:
    for row in messages.due_for(reading.connection, loaded.case.id):
        payload = json.loads(row.payload)
        outcome = transition.outcome
        if row.kind == "result":
            command: CompleteOperation | DeliverMessage = CompleteOperation(task=row.key, result=payload)
        else:
            waiting = _waiting(reading, loaded, outcome, row)
            if waiting is None:
                continue
            command = DeliverMessage(task=waiting, payload=payload)
        state = outcome.state if outcome else loaded.state
        done = advance(loaded.case.deployment.definition, state, command, now=reading.now)
        transition.add(done, f"{row.kind} {row.name}")
        transition.read.append(row.id)


def _waiting(reading: Reading, loaded: Loaded, outcome: Outcome | None, row: Row[Any]) -> str | None:
    """Return the open work that waits for the message, which an earlier message of this batch may have changed."""
    if outcome is None:
        return messages.subscriber(reading.connection, loaded.case.id, row.name, row.key)
    return next((entry.id for entry in outcome.subscriptions if (entry.message, entry.key) == (row.name, row.key)), None)


def _fire_timers(reading: Reading, loaded: Loaded, transition: _Transition) -> None:
    for row in timers.due_for(reading.connection, loaded.case.id, stamp(reading.now)):
        outcome = transition.outcome
        if outcome is not None and row.id not in {entry.id for entry in outcome.timers}:
            continue
        state = outcome.state if outcome else loaded.state
        done = advance(loaded.case.deployment.definition, state, FireTimer(task=row.id), now=reading.now)
        transition.add(done, f"timer {row.element}")
        transition.fired.append(row.id)


def decide_start(reading: Reading, inbox_id: str) -> Apply:
    """Compute the first step of the instance that a message starts; return what writes it."""
    row = reading.connection.execute(select(inbox).where(inbox.c.id == inbox_id)).one()
    if row.consumed_ver is not None:
        raise Refused(f"Expected the message {inbox_id} to be unread, but it has started its instance already.")
    payload = json.loads(row.payload)
    process = _process(reading.connection, row, payload)
    deployment = definition(reading.connection, latest(reading.connection, process).id)
    case = Case(
        id=new_id(reading.now),
        deployment=deployment,
        organisation=row.organisation,
        business_key=row.key,
        directive=_directive(reading.connection, payload),
        period=payload.get("period"),
        roots=tuple(json.loads(row.roots)),
    )
    data = {**payload, "organisation": row.organisation, "process": process}
    outcome = start(deployment.definition, data, now=reading.now, message=row.name)

    def apply(transaction: Transaction) -> dict[str, Any]:
        insert_instance(transaction, case, outcome)
        messages.consume(transaction.connection, inbox_id, version=1)
        transaction.record(step_fact("instance.started", case, outcome.completed))
        return {"instance": case.id}

    return apply


def _process(connection: Connection, row: Row[Any], payload: dict[str, Any]) -> str:
    known = starters(connection, row.name)
    wanted = payload.get("process") or (known[0] if len(known) == 1 else None)
    if wanted not in known:
        raise NotFound(f"Expected one deployed process that starts with {row.name!r} ({', '.join(known)}), but found {wanted!r}.")
    return str(wanted)


def _directive(connection: Connection, payload: dict[str, Any]) -> str | None:
    query = select(directive.c.id).where(directive.c.id == payload.get("directive"))
    return connection.execute(query).scalar_one_or_none()
