"""Do whatever is due for an instance: unread messages and signals, results of operations, timers (EXECUTION.md 1 and 2).

What cannot be done is held by an incident, in the same transaction as what could: the rest of the instance goes on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from engine.bpmn import (
    Command,
    CompleteOperation,
    DeliverMessage,
    FireTimer,
    Outcome,
    Passed,
    RaiseError,
    Sent,
    Signalled,
    advance,
    start,
    view,
)
from engine.definitions.repository import definition, latest, starters
from engine.definitions.withdrawing import check_begins, withdrawn_on
from engine.history.record import Subject
from engine.history.transaction import Reading, Transaction
from engine.instances.cases import Case, Tokens, step_fact
from engine.instances.incidents import (
    ERROR,
    INSTANCE,
    RESULT,
    SIGNAL,
    START,
    TIMER,
    Failure,
    Held,
    failure,
    holds_on,
    raise_incident,
    resolve_incidents,
)
from engine.instances.load import Loaded, case_of, rows_of
from engine.instances.load import loaded as as_loaded
from engine.instances.rows import Open, insert_instance, move_instance, open_work, read_open_of, waiting
from engine.instances.withdrawing import Cause
from engine.kernel.clock import local_date, stamp
from engine.kernel.errors import Conflict, EngineError, InvalidInput, NotFound, Refused
from engine.kernel.faults import unexpected
from engine.kernel.ids import new_id
from engine.messages import inbox as messages
from engine.storage.schema import directive, inbox, instance, milestone
from engine.storage.wake_ups import Due
from engine.timers import due as timers

Apply = Callable[[Transaction], dict[str, Any]]
_MESSAGES = select(inbox).where(inbox.c.id.in_(bindparam("b_messages", expanding=True)))
NOBODY = 0  # the version at which nobody has read a message


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One due piece of work: its kind and row, the open work of the instance that it ends, the command that does it."""

    kind: str
    work: str
    token: str
    command: Command
    name: str
    seen: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """What an instance is advanced on: its row, what it has open, the messages and timers that are due."""

    row: Row[Any] | None
    before: Open
    unread: list[Row[Any]]
    timers: list[Row[Any]]


@dataclass(slots=True, kw_only=True)
class Transition:
    """What several due pieces did to one instance, added up in memory."""

    reading: Reading
    loaded: Loaded
    outcome: Outcome | None = None
    stood: tuple[str, ...] = ()  # where tokens were before the first piece
    sent: list[Sent] = field(default_factory=list)
    signals: list[Signalled] = field(default_factory=list)
    passed: list[Passed] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    fired: list[str] = field(default_factory=list)
    causes: list[str] = field(default_factory=list)
    work: list[Subject] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    tasks: frozenset[str] = frozenset()
    withdrawn: dict[str, Cause] = field(default_factory=dict)

    @property
    def state(self) -> bytes:
        """The state that the next piece finds."""
        return self.outcome.state if self.outcome else self.loaded.state

    def take(self, piece: Piece) -> None:
        """Do a piece. One for which nobody waits any more is missed; one that fails changes nothing but is remembered."""
        definition_ = self.loaded.case.deployment.definition
        done = self.fired if piece.kind == TIMER else self.read
        try:
            outcome = advance(definition_, self.state, piece.command, now=self.reading.now)
        except EngineError as error:
            if isinstance(error, Refused) and not self.awaits(piece):
                (done if piece.kind == TIMER else self.missed).append(piece.work)
            else:
                self.fail(piece, error)
            return
        except Exception as error:  # noqa: BLE001  a fault of the program stops this piece, and nothing else
            self.fail(piece, unexpected(error, f"the step of {self.loaded.case.deployment.key!r}"))
            return
        self.stood = outcome.stood if self.outcome is None else self.stood
        self.outcome = outcome
        self.sent += outcome.sent
        self.signals += outcome.signals
        self.passed += outcome.completed
        self.causes.append(piece.name)
        asked = frozenset(each.id for each in outcome.tasks) | {each.id for each in outcome.choices}
        if gone := self.tasks - asked:
            self.withdrawn |= dict.fromkeys(gone, Cause(kind=piece.kind, name=piece.name.partition(" ")[2], work=piece.work))
        self.tasks = asked
        self.work.append(Subject(type=piece.kind, id=piece.work, qualifier="done"))
        done.append(piece.work)

    def awaits(self, piece: Piece) -> bool:
        """Tell whether the instance still waits for the piece: another may have withdrawn it."""
        return piece.token in open_work(self.view())

    def fail(self, piece: Piece, error: EngineError) -> None:
        """Remember that a piece has failed, with what it saw."""
        seen = self.view()
        element = next((entry.element for entry in waiting(seen) if entry.id == piece.token), "")
        self.failures.append(failure(piece.kind, piece.work, error, token=piece.token, element=element, data=seen.data, **piece.seen))

    def view(self) -> Outcome:
        """Return the instance as the next piece finds it."""
        return view(self.loaded.case.deployment.definition, self.state, now=self.reading.now)


def look(reading: Reading, instances: Sequence[str]) -> dict[str, Agenda]:
    """Read, for several instances at once, what is due for each of them."""
    connection, at = reading.connection, stamp(reading.now)
    rows, before = rows_of(connection, instances), read_open_of(connection, instances)
    unread, fired = messages.due_for(connection, instances, at), timers.due_for(connection, instances, at)
    return {each: Agenda(row=rows.get(each), before=before[each], unread=unread[each], timers=fired[each]) for each in instances}


def decide_advance(reading: Reading, instance_id: str) -> Apply:
    """Compute, without any lock, what is due for an instance; return what writes it.

    While an operation is about to run, messages, signals and timers wait: one that interrupts would undo what somebody has
    handed in and has been told is done. Its result wakes the instance. One that failed and is held keeps nothing waiting.
    """
    due = reading.common.get((Agenda, instance_id)) or look(reading, [instance_id])[instance_id]
    loaded, before = as_loaded(reading.connection, instance_id, due.row), due.before
    transition = Transition(reading=reading, loaded=loaded, tasks=before.tasks)
    at_work = before.operations.difference(each.work for each in before.held)
    _read_inbox(transition, [each for each in due.unread if each.kind == RESULT] if at_work else due.unread)
    _fire_timers(transition, [] if at_work else due.timers)

    def apply(transaction: Transaction) -> dict[str, Any]:
        if transition.outcome is None:
            _check_unmoved(transaction, loaded)
        _consume(transaction, transition)
        looked = [each for each in before.held if each.work == instance_id]
        resolve_incidents(transaction, looked, loaded.case, resolution="done", text="the instance can be looked at again")
        for failed in transition.failures:
            raise_incident(transaction, failed, loaded.case)
        if transition.outcome is None:
            _tell_missed(transaction, transition)
            return {"advanced": bool(transition.missed or transition.fired or transition.failures)}
        _move(transaction, transition, transition.outcome, before)
        return {"advanced": True, "ended": transition.outcome.ended}

    return apply


_HELD = select(instance.c.ver).where(instance.c.id == bindparam("b_instance")).with_for_update(key_share=True)


def _check_unmoved(transaction: Transaction, loaded: Loaded) -> None:
    """Failures are those of the state that was read: hold it while they are written down. Raises Conflict."""
    version = transaction.connection.execute(_HELD, {"b_instance": loaded.case.id}).scalar_one()
    if version != loaded.version:
        raise Conflict(f"Expected instance {loaded.case.id} at version {loaded.version}, but it has moved on.")


def _tell_missed(transaction: Transaction, transition: Transition) -> None:
    """Record what came for the instance and moved nothing: a message that it awaits no more."""
    work = [*(Subject(type="inbox", id=each, qualifier="missed") for each in transition.missed), *transition.work]
    if work:
        transaction.record(step_fact("instance.passed_over", transition.loaded.case, (), work=work))


def _consume(transaction: Transaction, transition: Transition) -> None:
    for row_id in transition.read:
        messages.consume(transaction.connection, row_id, version=transition.loaded.version + 1)
    for row_id in transition.missed:
        messages.consume(transaction.connection, row_id, version=NOBODY)
    for timer_id in transition.fired:
        timers.fire(transaction.connection, timer_id)


def _move(transaction: Transaction, transition: Transition, outcome: Outcome, before: Open) -> None:
    loaded = transition.loaded
    for entry in outcome.timers:
        if entry.id in transition.fired:  # a cycle
            timers.again(transaction.connection, entry.id, stamp(entry.due))
    again = {entry.id for entry in outcome.timers}.intersection(transition.fired)
    move_instance(
        transaction,
        loaded.case,
        outcome,
        version=loaded.version,
        before=replace(before, timers=before.timers.difference(transition.fired) | again),  # fired, not withdrawn
        sent=transition.sent,
        signals=transition.signals,
        done=[*transition.read, *transition.fired],
        why=transition.withdrawn,
    )
    if len(transition.read) + len(transition.missed) >= messages.BATCH:
        transaction.wake(Due.INSTANCE, loaded.case.id)  # there may be more than was read at once
    reason = {"code": "due", "text": ", ".join(transition.causes)}
    tokens = Tokens(before=transition.stood, after=outcome.stands)
    transaction.record(step_fact("instance.advanced", loaded.case, transition.passed, tokens=tokens, work=transition.work, reason=reason))


def _read_inbox(transition: Transition, rows: Iterable[Row[Any]]) -> None:
    connection, loaded = transition.reading.connection, transition.loaded
    for row in rows:
        if row.kind in (RESULT, SIGNAL):
            transition.take(piece_of(row, row.key))
        elif (waiting := _waiting(connection, loaded, transition.outcome, row)) is not None:
            transition.take(piece_of(row, waiting))


def piece_of(row: Row[Any], token: str) -> Piece:
    """Return the work that an unread row of the inbox is for the open work `token`."""
    payload = json.loads(row.payload)
    command: Command = DeliverMessage(task=token, payload=payload)
    if row.kind == RESULT:
        failed = row.name == ERROR
        command = RaiseError(task=token, **payload) if failed else CompleteOperation(task=token, result=payload)
    return Piece(kind=row.kind, work=row.id, token=token, command=command, name=f"{row.kind} {row.name}", seen={"payload": payload})


def _waiting(connection: Connection, loaded: Loaded, outcome: Outcome | None, row: Row[Any]) -> str | None:
    """Return the open work that waits for the message, which an earlier message of this batch may have changed."""
    if outcome is None:
        return messages.subscriber(connection, loaded.case.id, row.name, row.key)
    wanted = ("message", row.name, row.key)
    return next((entry.id for entry in outcome.subscriptions if (entry.kind, entry.message, entry.key) == wanted), None)


def _fire_timers(transition: Transition, rows: Iterable[Row[Any]]) -> None:
    for row in rows:
        transition.take(Piece(kind=TIMER, work=row.id, token=row.id, command=FireTimer(task=row.id), name=f"timer {row.element}"))


def look_at_starts(reading: Reading, messages_: Sequence[str]) -> dict[str, tuple[Row[Any], tuple[Held, ...]]]:
    """Return the messages that are to start instances, each with the incidents that hold it."""
    held = holds_on(reading.connection, messages_)
    return {row.id: (row, held[row.id]) for row in reading.connection.execute(_MESSAGES, {"b_messages": messages_})}


def decide_start(reading: Reading, inbox_id: str) -> Apply:
    """Compute the first step of the instance that a message or signal starts; return what writes it."""
    row, held = reading.common.get((inbox, inbox_id)) or look_at_starts(reading, [inbox_id])[inbox_id]
    if row.consumed_ver is not None:
        raise Refused(f"Expected the message {inbox_id} to be unread, but it has started its instance already.")
    payload = json.loads(row.payload)
    kind = "signal" if row.kind == "signal_start" else "message"
    process = _process(reading, row, payload, kind)
    deployment = definition(reading.connection, reading.once((latest, process), lambda: latest(reading.connection, process)).id)
    organisation = row.organisation or payload.get("sender")
    if organisation is None:
        raise InvalidInput(f"Expected an organisation in which {row.name!r} starts {process!r}, but found none. Address the message.")
    case = Case(
        id=new_id(reading.now),
        deployment=deployment,
        organisation=organisation,
        business_key=row.key,
        directive=_directive(reading, payload),
        period=payload.get("period"),
        roots=tuple(json.loads(row.roots)),
    )
    data = {**payload, "organisation": organisation, "process": process}
    by = {"message": None, "signal": None, kind: row.name}
    outcome = start(deployment.definition, data, now=reading.now, message=by["message"], signal=by["signal"])

    def apply(transaction: Transaction) -> dict[str, Any]:
        insert_instance(transaction, case, outcome)
        messages.consume(transaction.connection, inbox_id, version=1)
        cause = Subject(type=kind, id=inbox_id, qualifier="done")
        transaction.record(step_fact("instance.started", case, outcome.completed, tokens=Tokens(after=outcome.stands), work=(cause,)))
        resolve_incidents(transaction, held, case, resolution="done", text="it has been done after all")
        return {"instance": case.id}

    return apply


def advance_failed(reading: Reading, instance_id: str, error: EngineError) -> Apply | None:
    """Return what holds an instance of which not even the pieces can be told apart; None when it is active no more."""
    status = reading.connection.execute(select(instance.c.status).where(instance.c.id == instance_id)).scalar_one_or_none()
    if status != "active":
        return None
    case, failed = case_of(reading.connection, instance_id), failure(INSTANCE, instance_id, error)
    return lambda transaction: {"incident": raise_incident(transaction, failed, case)}


def start_failed(reading: Reading, inbox_id: str, error: EngineError) -> Apply | None:
    """Return what holds a message that can start no instance; None when it has been read meanwhile."""
    row = reading.connection.execute(select(inbox).where(inbox.c.id == inbox_id)).one()
    if row.consumed_ver is not None:
        return None
    failed = failure(START, row.id, error, data=json.loads(row.payload), waits_for=row.name, key=row.key)

    def apply(transaction: Transaction) -> dict[str, Any]:
        return {"incident": raise_incident(transaction, failed, organisation=row.organisation, roots=json.loads(row.roots))}

    return apply


def _process(reading: Reading, row: Row[Any], payload: dict[str, Any], kind: str) -> str:
    known = reading.once((starters, kind, row.name), lambda: starters(reading.connection, row.name, kind=kind))
    today = local_date(reading.now)
    gone = reading.once(withdrawn_on, lambda: withdrawn_on(reading.connection, today))
    begin = [each for each in known if each not in gone]
    wanted = payload.get("process") or (begin[0] if len(begin) == 1 else known[0] if len(known) == 1 else None)
    if wanted not in known:
        raise NotFound(f"Expected one deployed process that starts with {row.name!r} ({', '.join(known)}), but found {wanted!r}.")
    if wanted not in begin and not _is_out(reading, payload, str(wanted)):
        check_begins(reading.connection, str(wanted), today)
    return str(wanted)


def _is_out(reading: Reading, payload: dict[str, Any], process: str) -> bool:
    """Tell whether a start belongs to a letter that went out under the process, or with a milestone of it: such a letter goes its way."""
    named = payload.get("directive")
    out = select(directive.c.process).where(directive.c.id == named).union(select(milestone.c.process).where(milestone.c.directive == named))
    return process in reading.connection.execute(out).scalars().all()


def _directive(reading: Reading, payload: dict[str, Any]) -> str | None:
    named = payload.get("directive")
    if named is None:
        return None
    query = select(directive.c.id).where(directive.c.id == named)
    found: str | None = reading.once((directive, str(named)), lambda: reading.connection.execute(query).scalar_one_or_none())
    return found
