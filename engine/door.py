"""The one door: authorise, decide, apply, record, commit (DESIGN.md 2.4). Queries go through the same authorisation.

A handler decides on a consistent reading, without a lock, and returns what writes the decision; the door runs that in
one short transaction, appends the history last, and commits. A reading that has become stale raises Conflict inside
the transaction; the door then reads again.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import IntegrityError, OperationalError

from engine.access.authorise import STANDING, Standing, authorise, hold
from engine.access.looks import record_look
from engine.access.refusals import Refusal, record_refusal
from engine.access.sealing import seal
from engine.history.log import Receipt
from engine.history.receipts import receipt_of, told
from engine.history.record import Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.actor import Actor, ActorType
from engine.kernel.canonical import canonical_json, sha256_hex
from engine.kernel.clock import Clock, local_date, rest, stopwatch
from engine.kernel.errors import Busy, Conflict, Denied, EngineError, NotFound, Refused
from engine.kernel.faults import unexpected
from engine.kernel.observed import DONE, Observed, tell
from engine.kernel.patience import ATTEMPTS, FEW, rest_before
from engine.kernel.points import reach
from engine.kernel.registry import Registry
from engine.storage.contention import is_contention, was_chosen, was_ended
from engine.storage.database import Database
from engine.storage.schema import command as command_table
from engine.storage.unit_of_work import UnitOfWork
from engine.storage.wake_ups import NobodyIsWoken, WakeUps

_KNOWN = select(command_table).where(command_table.c.key == bindparam("b_key"))
_REMEMBER = insert(command_table)
Apply = Callable[[Transaction], dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a command touches, as far as authorisation and a refusal's record need it."""

    organisation: str | None
    subject: Subject
    lane: str | None = None
    form: str | None = None
    streams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """How one kind of command is scoped and decided. `system_only`: no person may send it.

    `failed`: what its failure leaves behind besides the record of the refusal; None when it leaves nothing. Of a command
    that has it, a fault of the program is a failure like any other. `receipted`: the answer tells the record. `foresee`: reads for several commands at once what deciding
    each of them would read, into what the reading has in common. `remembered` false: doing it again changes nothing (a draft is
    saved), so that its key is not kept.
    """

    action: str
    scope: Callable[[Any, Reading], Scope]
    decide: Callable[[Any, Reading], Apply]
    system_only: bool = False
    kind: type | None = None
    failed: Callable[[Any, EngineError, Reading], Apply | None] | None = None
    foresee: Callable[[Sequence[Any], Reading], None] | None = None
    remembered: bool = True
    receipted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """How one kind of question is scoped and answered. `recorded`: who asked is written to the log of reads (AUDIT.md 4); who was not let always is."""

    action: str
    scope: Callable[[Any, Reading], Scope]
    answer: Callable[[Any, Reading], Any]
    recorded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decided:
    """A command that was authorised and decided, not yet written."""

    handler: Handler
    standing: Standing
    apply: Apply


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """A command that was written, not yet sealed."""

    key: str
    standing: Standing
    transaction: Transaction
    answer: dict[str, Any]


class Door:
    """Executes commands and answers queries over one database, with one clock."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        handlers: Registry[Handler],
        queries: Registry[Query],
        wake_ups: WakeUps | None = None,
        rest: Callable[[float], None] = rest,
    ) -> None:
        self._rest = rest
        self._database = database
        self._wake_ups = wake_ups or NobodyIsWoken()
        self._clock = clock
        self._handlers = handlers
        self._queries = queries

    @property
    def clock(self) -> Clock:
        """The clock that gives every moment."""
        return self._clock

    @property
    def database(self) -> Database:
        """The database, for the rooms that look for due work."""
        return self._database

    @property
    def wake_ups(self) -> WakeUps:
        """What wakes the workers, for those who are woken."""
        return self._wake_ups

    def command(self, name: str) -> Callable[..., Any]:
        """Return the kind of command with a name, for whoever has commands as data. Raises NotFound."""
        kind = self._handlers.get(name).kind
        if kind is None:
            raise NotFound(f"Expected a command that may be sent as data, but found {name!r}.")
        return kind

    def commands(self) -> list[tuple[str, Handler]]:
        """Return every kind of command by its name."""
        return [(name, self._handlers.get(name)) for name in self._handlers]

    def queries(self) -> list[tuple[str, Query]]:
        """Return every kind of query by its name."""
        return [(name, self._queries.get(name)) for name in self._queries]

    def execute(self, command: Any, actor: Actor, *, key: str) -> dict[str, Any]:
        """Execute `command` once, whatever the number of times that `key` is repeated, and return its answer.

        Raises an EngineError when it is refused; the refusal is then in the history and nothing else has changed.
        """
        handler = self._handlers.get(type(command).__name__)
        with Observed(handler.action, key):
            return self._execute(handler, command, actor, key=key)

    def _execute(self, handler: Handler, command: Any, actor: Actor, *, key: str) -> dict[str, Any]:
        scope: list[Scope] = []
        for attempt in range(ATTEMPTS):
            self._rest(rest_before(attempt))
            try:
                return self._attempt(handler, command, actor, key=key, scope=scope)
            except Conflict as conflict:
                if attempt == ATTEMPTS - 1:
                    raise _busy(conflict) from conflict
            except OperationalError as error:
                last = attempt >= (ATTEMPTS if was_chosen(error) else FEW) - 1
                if last and is_contention(error):
                    raise _busy(error) from error
                if last:
                    raise
            except EngineError as error:
                self._record_refusal(handler, command, error, actor, key=key, scope=scope)
                raise
            except Exception as error:
                if attempt < FEW - 1 and (isinstance(error, IntegrityError) or was_ended(error)):
                    continue  # another writer took the same key or row, or we had been stopped: look again
                if handler.failed is None:
                    raise
                failure = unexpected(error, f"{handler.action!r}")
                self._record_refusal(handler, command, failure, actor, key=key, scope=scope)
                raise failure from error
        raise AssertionError("unreachable")

    def execute_together(self, commands: Mapping[str, Any], actor: Actor) -> dict[str, dict[str, Any]]:
        """Execute commands, by their keys, in one transaction; return the answers of those that went through.

        All are decided on one reading and applied one after the other, each whole or not at all. One that fails, or finds that an
        earlier one has changed what it read, is left out: send it by itself, where it is tried again, refused or recorded.
        """
        began = stopwatch()
        for apart in (False, True):  # a savepoint for each costs more than most of them: only when one of them has failed
            try:
                answers = self._together(commands, actor, apart=apart)
            except Exception:  # noqa: BLE001, S112  a record that cannot be sealed, a lock, a lost database: nothing has happened
                continue
            share = (stopwatch() - began) / max(1, len(answers))  # of the time of all
            for key in answers:
                tell(self._handlers.get(type(commands[key]).__name__).action, DONE, share, key)
            return answers
        return {}

    def _together(self, commands: Mapping[str, Any], actor: Actor, *, apart: bool) -> dict[str, dict[str, Any]]:
        now = self._clock.now()
        with self._database.reading() as connection:
            view = Reading(connection=connection, now=now, actor=actor)
            self._foresee(commands.values(), view)
            decided = {key: each for key, command in commands.items() if (each := self._decided(command, view))}
        reach("together.decided")
        with UnitOfWork(self._database) as unit:
            written: list[_Written] = []
            for key, each in decided.items():
                transaction = Transaction(connection=unit.connection, now=now, actor=actor)
                if apart:
                    written += self._written_apart(each, commands[key], transaction, key=key)
                else:
                    written.append(_Written(key=key, standing=each.standing, transaction=transaction, answer=each.apply(transaction)))
            if not apart and written:
                rows = [_remembered(decided[each.key].handler, commands[each.key], each.transaction, each.answer, key=each.key) for each in written]
                unit.connection.execute(_REMEMBER, rows)
            reach("together.written")
            self._wake([each.transaction for each in written])
            receipts = seal([(each.transaction, each.standing, each.key) for each in written])  # last: this locks the head of the history
            reach("together.sealed")
            unit.commit()
        reach("together.committed")
        return {each.key: _receipted(decided[each.key].handler, each.answer, receipts.get(each.key)) for each in written}

    def _foresee(self, commands: Iterable[Any], view: Reading) -> None:
        alike: dict[str, list[Any]] = {}
        for command in commands:
            alike.setdefault(type(command).__name__, []).append(command)
        for name, several in alike.items():
            handler = self._handlers.get(name)
            if handler.foresee is not None:
                handler.foresee(several, view)

    def _decided(self, command: Any, view: Reading) -> _Decided | None:
        reading = Reading(connection=view.connection, now=view.now, actor=view.actor, common=view.common)
        try:
            handler = self._handlers.get(type(command).__name__)
            standing = self._authorise(handler.action, handler.scope(command, reading), reading, system_only=handler.system_only)
            return _Decided(handler=handler, standing=standing, apply=handler.decide(command, reading))
        except Exception:  # noqa: BLE001  whatever it is, the command meets it again when it is sent by itself
            return None

    def _written_apart(self, decided: _Decided, command: Any, transaction: Transaction, *, key: str) -> list[_Written]:
        """Return the one command that was written; none when it failed and was taken back."""
        try:
            with transaction.connection.begin_nested():
                answer = self._write(decided.handler, decided.apply, command, transaction, key=key)
            return [_Written(key=key, standing=decided.standing, transaction=transaction, answer=answer)]
        except Exception:  # noqa: BLE001  as above
            return []

    def _write(self, handler: Handler, apply: Apply, command: Any, transaction: Transaction, *, key: str) -> dict[str, Any]:
        """Apply what was decided, and remember the command by its key."""
        answer = apply(transaction)
        if handler.remembered:
            transaction.connection.execute(_REMEMBER, _remembered(handler, command, transaction, answer, key=key))
        return answer

    def ask(self, query: Any, actor: Actor, *, common: dict[Hashable, Any] | None = None) -> Any:
        """Return the answer to `query`. Raises Denied when the actor may not know, and Busy when the look cannot be recorded.

        `common`: what earlier questions of the same actor, for the same page, have read already (Reading.common).
        """
        entry = self._queries.get(type(query).__name__)
        now = self._clock.now()
        with self._database.reading() as connection:
            reading = Reading(connection=connection, now=now, actor=actor, common={} if common is None else common)
            scope = entry.scope(query, reading)
            try:
                standing = self._authorise(entry.action, scope, reading, system_only=False)
                answer = entry.answer(query, reading)
            except Denied:
                self._look(entry, scope, None, actor, now)
                raise
        if entry.recorded:
            self._look(entry, scope, standing, actor, now)
        return answer

    def _look(self, entry: Query, scope: Scope, standing: Standing | None, actor: Actor, now: datetime) -> None:
        if actor.type is ActorType.PERSON:
            record_look(self._database, actor, action=entry.action, subject=scope.subject, standing=standing, now=now, rest=self._rest)

    def _attempt(self, handler: Handler, command: Any, actor: Actor, *, key: str, scope: list[Scope]) -> dict[str, Any]:
        now = self._clock.now()
        with self._database.reading() as connection:
            reading = Reading(connection=connection, now=now, actor=actor)
            answered = connection.execute(_KNOWN, {"b_key": key}).one_or_none()
            if answered is not None:
                answer = _repeat(answered.digest, _digest(command), answered.actor, actor, answered.answer, key)
                return _receipted(handler, answer, receipt_of(connection, key=key, actor=actor.id, at=answered.at)) if handler.receipted else answer
            scope[:] = [handler.scope(command, reading)]
            standing = self._authorise(handler.action, scope[0], reading, system_only=handler.system_only)
            apply = handler.decide(command, reading)
        reach("door.decided")
        with UnitOfWork(self._database) as unit:
            transaction = Transaction(connection=unit.connection, now=now, actor=actor)
            hold(unit.connection, standing, local_date(now))
            answer = self._write(handler, apply, command, transaction, key=key)
            reach("door.written")
            self._wake([transaction])
            receipts = seal([(transaction, standing, key)])
            reach("door.sealed")
            unit.commit()
        reach("door.committed")
        return _receipted(handler, answer, receipts.get(key))

    def _wake(self, transactions: Sequence[Transaction]) -> None:
        """Tell, inside the transaction, which rows workers are to look at: in one order, so that no two writers wait for each other."""
        if woken := sorted({key for each in transactions for key in each.woken}):
            self._wake_ups.wake(transactions[0].connection, woken)
        if effects := sorted({key for each in transactions for key in each.woken_effects}):
            self._wake_ups.wake_effect(transactions[0].connection, effects)

    def _authorise(self, action: str, scope: Scope, reading: Reading, *, system_only: bool) -> Standing:
        if system_only and reading.actor.type is ActorType.PERSON:
            raise Denied(f"Expected the system itself for {action!r}, but found the person {reading.actor.id}.")
        standing = authorise(
            reading,
            action=action,
            organisation=scope.organisation,
            lane=scope.lane,
            form=scope.form,
            oneself=scope.organisation is None and scope.subject == Subject(type="person", id=reading.actor.id),
        )
        reading.seen[STANDING] = standing
        return standing

    def _record_refusal(self, handler: Handler, command: Any, error: EngineError, actor: Actor, *, key: str, scope: list[Scope]) -> None:
        touched = scope[0] if scope else Scope(organisation=None, subject=Subject(type="command", id=key))
        refusal = Refusal(action=handler.action, key=key, actor=actor, error=error, subject=touched.subject, streams=touched.streams)
        record_refusal(
            self._database,
            refusal,
            now=self._clock.now,
            remains=lambda now: self._what_remains(handler, command, error, actor, now),
            wake=lambda transaction: self._wake([transaction]),
            rest=self._rest,
        )

    def _what_remains(self, handler: Handler, command: Any, error: EngineError, actor: Actor, now: datetime) -> Apply | None:
        if handler.failed is None or isinstance(error, Denied):
            return None
        with self._database.reading() as connection:
            try:
                return handler.failed(command, error, Reading(connection=connection, now=now, actor=actor))
            except EngineError:
                return None  # what it was about is gone


def _receipted(handler: Handler, answer: dict[str, Any], receipt: Receipt | None) -> dict[str, Any]:
    """Return the answer with where its record stands, when whoever sent the command is to keep that."""
    return {**answer, "receipt": told(receipt)} if handler.receipted and receipt else answer


def _remembered(handler: Handler, command: Any, transaction: Transaction, answer: dict[str, Any], *, key: str) -> dict[str, Any]:
    """Return the row by which a command is known when its key comes again."""
    row = {"key": key, "action": handler.action, "actor": transaction.actor.id, "at": transaction.at}
    return {**row, "digest": _digest(command), "answer": json.dumps(answer, ensure_ascii=False)}


def _digest(command: Any) -> str:
    return sha256_hex(canonical_json([type(command).__name__, dataclasses.asdict(command)]))


def _busy(last: Exception) -> Busy:
    return Busy(
        "Expected to be the only one who changes this, but others are changing it at this moment. Nothing was changed; send it again.",
        kind="busy",
        attempts=ATTEMPTS,
        last=str(last).partition("\n")[0],
    )


def _repeat(stored: str, digest: str, by: str, actor: Actor, answer: str, key: str) -> dict[str, Any]:
    if stored != digest or by != actor.id:
        raise Refused(
            f"Expected a new idempotency key, but {key!r} was used for another command. Send this one under a new key."
        )
    return dict(json.loads(answer))
