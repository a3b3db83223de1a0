"""What somebody had typed when the session ended, kept until the same person is back and the page has shown it again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select

from engine.history.transaction import Reading, Transaction
from engine.kernel.clock import stamp
from engine.storage.schema import carried_input

Write = Callable[[Transaction], dict[str, Any]]
LASTS = timedelta(hours=12)  # as long as the longest session: what is older was given up
_INPUT = select(carried_input).where(carried_input.c.person == bindparam("b_person"), carried_input.c.kept_at > bindparam("b_since"))


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedInput:
    """The fields of a form that was sent too late. `path`: of the page that shows the form; `target`: where it was sent; `files`: names."""

    person: str
    path: str
    target: str
    fields: tuple[tuple[str, str], ...] = field(repr=False)
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepInput:
    """Keep what somebody had typed; what was kept of the same person before gives way."""

    person: str
    path: str
    target: str
    fields: tuple[tuple[str, str], ...] = field(repr=False)
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetInput:
    """It was shown again: forget it."""

    person: str


def carried_input_of(connection: Connection, person: str, now: datetime) -> CarriedInput | None:
    """Return what was kept for a person; None when there is nothing, or it was given up."""
    row = connection.execute(_INPUT, {"b_person": person, "b_since": stamp(now - LASTS)}).one_or_none()
    if row is None:
        return None
    fields = tuple((name, value) for name, value in json.loads(row.fields))
    return CarriedInput(person=person, path=row.path, target=row.target, fields=fields, files=tuple(json.loads(row.files)))


def decide_keep_input(command: KeepInput, reading: Reading) -> Write:
    """Nothing can be wrong with it: only the person it is of will see it."""
    del reading

    def apply(transaction: Transaction) -> dict[str, Any]:
        old = (carried_input.c.person == command.person) | (carried_input.c.kept_at <= stamp(transaction.now - LASTS))
        transaction.connection.execute(delete(carried_input).where(old))
        told = {"fields": json.dumps(command.fields, ensure_ascii=False), "files": json.dumps(command.files, ensure_ascii=False)}
        row = {"person": command.person, "path": command.path, "target": command.target, "kept_at": transaction.at, **told}
        transaction.connection.execute(insert(carried_input).values(**row))
        return {}

    return apply


def decide_forget_input(command: ForgetInput, reading: Reading) -> Write:
    """Nothing can be wrong: there may be nothing to forget."""
    del reading

    def apply(transaction: Transaction) -> dict[str, Any]:
        transaction.connection.execute(delete(carried_input).where(carried_input.c.person == command.person))
        return {}

    return apply
