"""What an administrator does about an incident, for a reason: try again with corrected data, pass over what fails, or move a
token past it. Each changed value and each moved token is recorded with old and new; a second person may be required."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Row, select, update

from engine import bpmn
from engine.access.authorise import authorise
from engine.definitions.proposals import propose
from engine.directory.settings import KNOWN, REPAIR_NEEDS_SECOND_PERSON, setting, while_set
from engine.history.record import Change, Subject, Where
from engine.history.transaction import Reading, Transaction
from engine.instances.advance import NOBODY, Piece, piece_of
from engine.instances.cases import NOT_MOVED, Tokens, definition_of, step_fact
from engine.instances.incidents import (
    COMPLETION,
    EFFECT,
    MESSAGE,
    MIGRATION,
    OPERATION,
    RESULT,
    SIGNAL,
    START,
    TIMER,
    Held,
    incident_by_id,
    incident_fact,
    resolve_incidents,
)
from engine.instances.load import Loaded, load
from engine.instances.rows import Open, move_instance, read_open
from engine.instances.token_moves import MoveToken, move_token
from engine.instances.withdrawing import BY_ADMINISTRATOR, Cause
from engine.kernel.clock import stamp
from engine.kernel.errors import Conflict, InvalidInput, Refused
from engine.messages.inbox import consume
from engine.storage.holds import UNRESOLVED
from engine.storage.schema import inbox, incident, operation
from engine.storage.wake_ups import Due
from engine.timers.due import again, fire

Apply = Callable[[Transaction], dict[str, Any]]
REPAIR = "repair"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryIncident:
    """Let what failed be tried again now, with values of the data (or of the message that failed) corrected."""

    incident: str
    reason: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipIncident:
    """Let the element that failed count as done, with a given result; the token goes on."""

    incident: str
    reason: str
    result: dict[str, Any] = field(default_factory=dict)


Repair = RetryIncident | SkipIncident | MoveToken
_WOKEN = {OPERATION: Due.OPERATION, START: Due.START, MIGRATION: Due.MIGRATION}


def decide_repair(command: Repair, reading: Reading) -> Apply:
    """Return what mends, or, where a second person is required, what keeps the proposal."""
    if not command.reason.strip():
        raise InvalidInput("Expected a reason for the repair, but found none. Say what was wrong and what is done about it.")
    subject, apply = _REPAIRS[type(command)](command, reading)
    if not setting(reading.connection, REPAIR_NEEDS_SECOND_PERSON, bool(KNOWN[REPAIR_NEEDS_SECOND_PERSON])):
        return while_set(REPAIR_NEEDS_SECOND_PERSON, apply, value=False)
    payload = {"command": type(command).__name__, "fields": dataclasses.asdict(command)}
    return propose(reading, kind=REPAIR, subject=subject, payload=payload, basis={}, reason=command.reason)


def decide_approved_repair(payload: Mapping[str, Any], reading: Reading, **_proposal: str) -> Apply:
    """Return what carries out a repair that a second person, who may repair too, has approved; it is checked anew."""
    authorise(reading, action="incident.resolve", organisation=None, lane=None)
    kind = next(each for each in _REPAIRS if each.__name__ == payload["command"])
    fields = {name: tuple(value) if name == "also" else value for name, value in payload["fields"].items()}
    return _REPAIRS[kind](kind(**fields), reading)[1]


# ---------------------------------------------------------------------------------------------------------- try again


def _retry(command: RetryIncident, reading: Reading) -> tuple[str, Apply]:
    row = _unresolved(reading, command.incident)
    if row.instance is None:
        return row.element or row.work, _retry_start(command, row, reading)
    loaded = load(reading.connection, row.instance)
    before = read_open(reading.connection, row.instance)
    outcome = _with_data(command, row, loaded, reading)
    seen = bpmn.view(loaded.case.deployment.definition, loaded.state, now=reading.now).data if command.data else {}
    changes = _changes(seen, command.data)

    def apply(transaction: Transaction) -> dict[str, Any]:
        if outcome is not None:
            move_instance(
                transaction, loaded.case, outcome, version=loaded.version, before=before, sent=outcome.sent, signals=outcome.signals, why=_by(transaction)
            )
            _write_parameters(transaction, row, outcome)
            _correct_message(transaction, row, command.data, only_known=True)
        _free(transaction, row)
        where = Where(
            definition=definition_of(loaded.case.deployment), instance=loaded.case.id, element=row.element or None, call_path=tuple(json.loads(row.call_path))
        )
        passed, tokens = (outcome.completed, Tokens(before=outcome.stood, after=outcome.stands)) if outcome else ((), NOT_MOVED)
        about, reason = (Subject(type="incident", id=row.id),), {"code": "retried", "text": command.reason}
        transaction.record(step_fact("incident.retried", loaded.case, passed, tokens=tokens, work=about, where=where, changes=changes, reason=reason))
        if row.kind == COMPLETION:
            held = (Held(id=row.id, work=row.work, token=row.token),)
            resolve_incidents(transaction, held, loaded.case, resolution="mended", text="whoever has the task hands it in again")
        return {"incident": row.id}

    return loaded.case.deployment.key, apply


def _by(transaction: Transaction) -> Cause:
    return Cause(kind=BY_ADMINISTRATOR, by=transaction.actor.id)


def _with_data(command: RetryIncident, row: Row[Any], loaded: Loaded, reading: Reading) -> bpmn.Outcome | None:
    if not command.data:
        return None
    if row.token is None:
        raise Refused("Expected an incident of a step whose data can be corrected, but this one is of the whole instance. Try again without data.")
    step = bpmn.SetData(task=row.token, values=command.data)
    return bpmn.advance(loaded.case.deployment.definition, loaded.state, step, now=reading.now)


def _write_parameters(transaction: Transaction, row: Row[Any], outcome: bpmn.Outcome) -> None:
    for entry in outcome.operations:
        if entry.id == row.token and row.kind == OPERATION:
            text = json.dumps(entry.parameters, ensure_ascii=False)
            transaction.connection.execute(update(operation).where(operation.c.id == entry.id).values(parameters=text))


def _correct_message(transaction: Transaction, row: Row[Any], values: Mapping[str, Any], *, only_known: bool) -> None:
    """Correct the values that an unread message or result carries: they would overwrite those in the data."""
    found = transaction.connection.execute(select(inbox.c.payload).where(inbox.c.id == row.work, inbox.c.consumed_ver.is_(None))).scalar_one_or_none()
    if found is None:
        return
    payload = json.loads(found)
    payload |= {name: value for name, value in values.items() if name in payload or not only_known}
    text = json.dumps(payload, ensure_ascii=False)
    transaction.connection.execute(update(inbox).where(inbox.c.id == row.work).values(payload=text))


def _retry_start(command: RetryIncident, row: Row[Any], reading: Reading) -> Apply:
    if command.data and row.kind != START:
        raise Refused("Expected no data, since what failed reads none, but found some. Try again without data.")
    query = select(inbox.c.payload).where(inbox.c.id == row.work)
    changes = _changes(json.loads(reading.connection.execute(query).scalar_one_or_none() or "{}"), command.data)

    def apply(transaction: Transaction) -> dict[str, Any]:
        _correct_message(transaction, row, command.data, only_known=False)
        _free(transaction, row)
        reason = {"code": "retried", "text": command.reason}
        transaction.record(incident_fact("incident.retried", row.id, None, changes=changes, reason=reason, roots=_roots(transaction, row)))
        return {"incident": row.id}

    return apply


def _roots(transaction: Transaction, row: Row[Any]) -> tuple[str, ...]:
    found = transaction.connection.execute(select(inbox.c.roots).where(inbox.c.id == row.work)).scalar_one_or_none()
    return tuple(json.loads(found or "[]"))


def _free(transaction: Transaction, row: Row[Any]) -> None:
    freed = update(incident).where(incident.c.id == row.id, UNRESOLVED).values(next_attempt=transaction.at)
    if transaction.connection.execute(freed).rowcount != 1:
        raise Conflict(f"Expected the incident {row.id} to be unresolved, but it has just been resolved.")
    kind = _WOKEN.get(row.kind)
    if kind is not None:
        transaction.wake(kind, row.work)
    elif row.instance is not None:
        transaction.wake(Due.INSTANCE, row.instance)


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    return tuple(Change(field=f"data.{name}", old=old.get(name), new=value) for name, value in sorted(new.items()))


# ---------------------------------------------------------------------------------------------------------- pass over


def _skip(command: SkipIncident, reading: Reading) -> tuple[str, Apply]:
    row = _unresolved(reading, command.incident)
    if row.kind == START:
        return row.work, lambda transaction: _drop_start(transaction, row, command.reason)
    if row.kind not in (OPERATION, RESULT, MESSAGE, SIGNAL, TIMER):
        remedy = "Correct the data and let them hand it in again, or move the token." if row.kind == COMPLETION else "Try again once it is mended."
        raise Refused(f"Expected automatic work to pass over, but what failed is of the kind {row.kind!r}. {remedy}")
    loaded = load(reading.connection, row.instance)
    before, piece = read_open(reading.connection, row.instance), _piece(row, reading, command)
    over = None if row.kind == OPERATION else {_element(row): command.result}
    outcome = bpmn.advance(loaded.case.deployment.definition, loaded.state, piece.command, now=reading.now, over=over)

    def apply(transaction: Transaction) -> dict[str, Any]:
        _finish(transaction, row, loaded, outcome)
        held = (Held(id=row.id, work=row.work, token=row.token),)
        resolve_incidents(transaction, held, loaded.case, resolution="skipped", text=command.reason)
        kept = replace(before, held=tuple(each for each in before.held if each.id != row.id), **_without(before, row, outcome))
        move_instance(transaction, loaded.case, outcome, version=loaded.version, before=kept, sent=outcome.sent, signals=outcome.signals, why=_by(transaction))
        changes = tuple(Change(field=f"result.{name}", new=value) for name, value in sorted(command.result.items()))
        where = Where(definition=definition_of(loaded.case.deployment), instance=loaded.case.id, element=row.element)
        reason = {"code": "skipped", "text": command.reason}
        tokens = Tokens(before=outcome.stood, after=outcome.stands)
        transaction.record(step_fact("element.skipped", loaded.case, outcome.completed, tokens=tokens, changes=changes, reason=reason, where=where))
        return {"incident": row.id, "instance": loaded.case.id}

    return loaded.case.deployment.key, apply


def _piece(row: Row[Any], reading: Reading, command: SkipIncident) -> Piece:
    """Return the work that failed; of an operation the given result stands for its own."""
    if row.kind == OPERATION:
        done = bpmn.CompleteOperation(task=row.token, result=command.result)
        return Piece(kind=row.kind, work=row.work, token=row.token, command=done, name=row.element)
    if row.kind == TIMER:
        return Piece(kind=row.kind, work=row.work, token=row.token, command=bpmn.FireTimer(task=row.token), name=row.element)
    found = reading.connection.execute(select(inbox).where(inbox.c.id == row.work)).one()
    piece = piece_of(found, row.token)
    if isinstance(piece.command, bpmn.RaiseError):  # an error that nothing catches: the operation counts as done after all
        return replace(piece, command=bpmn.CompleteOperation(task=row.token, result=command.result))
    return piece


def _element(row: Row[Any]) -> str:
    if not row.element:
        raise Refused("Expected to know which element failed, but the failure names none. Move the token instead.")
    return str(row.element)


def _finish(transaction: Transaction, row: Row[Any], loaded: Loaded, outcome: bpmn.Outcome) -> None:
    """Mark the row of the work as done; a timer that is a cycle runs again."""
    if row.kind == OPERATION:
        skipped = update(operation).where(operation.c.id == row.work, operation.c.status == "open").values(status="skipped")
        if transaction.connection.execute(skipped).rowcount != 1:
            raise Conflict(f"Expected operation {row.work} to be open, but it has just been done or withdrawn.")
    elif row.kind == TIMER:
        fire(transaction.connection, row.work)
        for entry in outcome.timers:
            if entry.id == row.work:
                again(transaction.connection, entry.id, stamp(entry.due))
    else:
        consume(transaction.connection, row.work, version=loaded.version + 1)


def _without(before: Open, row: Row[Any], outcome: bpmn.Outcome) -> dict[str, frozenset[str]]:
    match row.kind:
        case "operation":
            return {"operations": before.operations - {row.work}}
        case "timer":
            return {"timers": before.timers - {row.work} | {entry.id for entry in outcome.timers if entry.id == row.work}}
    return {}


def _drop_start(transaction: Transaction, row: Row[Any], reason: str) -> dict[str, Any]:
    """Let a message that can start nothing count as read by nobody."""
    consume(transaction.connection, row.work, version=NOBODY)
    resolve_incidents(transaction, (Held(id=row.id, work=row.work, token=None),), None, resolution="skipped", text=reason)
    return {"incident": row.id}


# -------------------------------------------------------------------------------------------------------------- common


def _unresolved(reading: Reading, identity: str) -> Row[Any]:
    row = incident_by_id(reading.connection, identity)
    if row.resolved_at is not None:
        raise Refused(f"Expected an open incident, but {identity} was closed at {row.resolved_at} ({row.resolution}). List the open ones.")
    if row.kind == EFFECT:
        raise Refused(f"Expected an incident of a process, but {identity} is of an effect. Use `chidao effect resend {row.work}`, or `drop`.")
    return row


_REPAIRS: dict[type, Callable[[Any, Reading], tuple[str, Apply]]] = {RetryIncident: _retry, SkipIncident: _skip, MoveToken: move_token}
