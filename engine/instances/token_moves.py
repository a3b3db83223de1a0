"""Moving a token of a running instance, as a repair: past what fails, past a join at which nothing more can arrive, or back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import update

from engine import bpmn
from engine.history.record import Change, Where
from engine.history.transaction import Reading, Transaction
from engine.instances.advance import NOBODY
from engine.instances.cases import Tokens, definition_of, step_fact
from engine.instances.incidents import RESULT, resolve_incidents
from engine.instances.load import Loaded, load
from engine.instances.rows import move_instance, open_work, read_open
from engine.instances.withdrawing import BY_ADMINISTRATOR, Cause
from engine.kernel.errors import Refused
from engine.storage.schema import inbox

Apply = Callable[[Transaction], dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveToken:
    """Move a token of a running instance to another element of the same process or sub-process.

    `token`: its id, or the element on which it stands when that is one alone; `also`: others that become one with it.
    """

    instance: str
    token: str
    to: str
    reason: str
    also: tuple[str, ...] = ()


def move_token(command: MoveToken, reading: Reading) -> tuple[str, Apply]:
    """Return the process, and what moves the token: what it leaves is withdrawn, what it comes to is opened."""
    loaded = load(reading.connection, command.instance)
    standing = _tokens(loaded, reading)
    moved = [_token(standing, name) for name in (command.token, *command.also)]
    before = read_open(reading.connection, command.instance)
    step = bpmn.MoveToken(task=moved[0].id, to=command.to, also=tuple(each.id for each in moved[1:]))
    outcome = bpmn.advance(loaded.case.deployment.definition, loaded.state, step, now=reading.now)
    still = open_work(outcome)
    left = tuple(each for each in before.held if each.token is not None and each.token not in still)

    def apply(transaction: Transaction) -> dict[str, Any]:
        resolve_incidents(transaction, left, loaded.case, resolution="moved", text=command.reason)
        kept = replace(before, held=tuple(each for each in before.held if each not in left))
        by = Cause(kind=BY_ADMINISTRATOR, by=transaction.actor.id)
        move_instance(transaction, loaded.case, outcome, version=loaded.version, before=kept, sent=outcome.sent, signals=outcome.signals, why=by)
        _forget_results(transaction, before.answered - still)
        changes = tuple(Change(field="element", old=each.element, new=command.to) for each in moved)
        path = moved[0].call_path
        where = Where(definition=definition_of(loaded.case.deployment), instance=loaded.case.id, element=command.to, call_path=path)
        reason = {"code": "moved", "text": command.reason}
        tokens = Tokens(before=outcome.stood, after=outcome.stands)
        transaction.record(step_fact("token.moved", loaded.case, outcome.completed, tokens=tokens, changes=changes, reason=reason, where=where))
        return {"instance": loaded.case.id, "ended": outcome.ended}

    return loaded.case.deployment.key, apply


def _tokens(loaded: Loaded, reading: Reading) -> tuple[bpmn.Standing, ...]:
    return bpmn.tokens(loaded.case.deployment.definition, loaded.state, now=reading.now)


def _token(standing: Iterable[bpmn.Standing], name: str) -> bpmn.Standing:
    """Return the token with this id, or the only one on the element of this name."""
    found = [each for each in standing if name in (each.id, each.element)]
    if len(found) != 1:
        known = ", ".join(f"{each.element} ({each.id})" for each in standing if not each.listens)
        raise Refused(f"Expected one token by its id or its element, but {name!r} names {len(found)} of: {known}. Give the id.")
    return found[0]


def _forget_results(transaction: Transaction, operations: Iterable[str]) -> None:
    """What an operation has answered to a token that is gone is read by nobody."""
    unread = inbox.c.consumed_ver.is_(None) & (inbox.c.kind == RESULT)
    for each in sorted(operations):
        transaction.connection.execute(update(inbox).where(unread, inbox.c.key == each).values(consumed_ver=NOBODY))
