"""Withdrawing a process: from a day on it begins no new case. Cases that run end as they are drawn; the same process may begin again later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select

from engine.definitions.proposals import propose
from engine.definitions.repository import latest, starters
from engine.directory.checks import iso_day, reason_of
from engine.directory.settings import DEPLOYMENT_NEEDS_SECOND_PERSON, setting, while_set
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.clock import local_date
from engine.kernel.errors import Conflict, InvalidInput, Refused
from engine.storage.schema import process_withdrawal

Apply = Callable[[Transaction], dict[str, Any]]
KIND = "withdraw"  # of the proposal
_ONE = select(process_withdrawal).where(process_withdrawal.c.process == bindparam("b_process"))


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawProcess:
    """Let a process begin no new case from a day on (YYYY-MM-DD), for a reason."""

    process: str
    from_day: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeProcess:
    """Let a process that was withdrawn begin cases again, for a reason."""

    process: str
    reason: str


def withdrawal_of(connection: Connection, process: str) -> Row[Any] | None:
    """Return from which day a process is withdrawn, and why; None when it is not."""
    return connection.execute(_ONE, {"b_process": process}).one_or_none()


def refusal_of(connection: Connection, process: str, day: date) -> str:
    """Return the sentence that refuses a case of a process that is withdrawn on a day; "" when it may begin."""
    row = withdrawal_of(connection, process)
    if row is None or row.from_day > day.isoformat():
        return ""
    return f"Expected a process that begins new cases, but {process!r} was withdrawn from {_said(row.from_day)} on: {row.reason} Choose another one."


def withdrawn_on(connection: Connection, day: date) -> frozenset[str]:
    """Return the keys of the processes that begin no new case on a day."""
    return frozenset(connection.execute(select(process_withdrawal.c.process).where(process_withdrawal.c.from_day <= day.isoformat())).scalars())


def check_begins(connection: Connection, process: str, day: date) -> None:
    """Raise Refused when a process begins no new case on a day."""
    refused = refusal_of(connection, process, day)
    if refused:
        raise Refused(refused)


def offered(connection: Connection, message: str, day: date, *, kind: str = "message") -> list[str]:
    """Return the keys of the processes that begin with a message (or signal) and are not withdrawn on a day, sorted."""
    gone = withdrawn_on(connection, day)
    return [key for key in starters(connection, message, kind=kind) if key not in gone]


def decide_withdraw(command: WithdrawProcess, reading: Reading) -> Apply:
    """Withdraw a process, or lay it before a second person where deployments need one. Raises NotFound, Refused for one that is withdrawn."""
    connection, why, day = reading.connection, reason_of(command.reason), iso_day(command.from_day)
    version = latest(connection, command.process)
    if day < local_date(reading.now):
        raise InvalidInput(f"Expected today or a later day, but found {day:%d/%m/%Y}. What has begun since then cannot be undone.")
    found = withdrawal_of(connection, command.process)
    if found is not None:
        raise Refused(f"Expected a process that begins cases, but {command.process} was withdrawn from {_said(found.from_day)} on. Let it begin again first.")
    payload = {"process": command.process, "from_day": day.isoformat(), "reason": why}
    return _at_once_or_proposed(reading, payload, basis=version.id)


def decide_resume(command: ResumeProcess, reading: Reading) -> Apply:
    """Let a process begin cases again, or lay it before a second person. Raises NotFound, Refused for one that is not withdrawn."""
    why = reason_of(command.reason)
    version = latest(reading.connection, command.process)
    if withdrawal_of(reading.connection, command.process) is None:
        raise Refused(f"Expected a process that was withdrawn, but {command.process} begins cases. There is nothing to do.")
    return _at_once_or_proposed(reading, {"process": command.process, "from_day": "", "reason": why}, basis=version.id)


def decide_approved_withdrawal(payload: Mapping[str, Any], _reading: Reading, *, proposal: str, by: str) -> Apply:
    """Withdraw a process, or let it begin again, as a second person has approved."""
    return _write(payload, proposal=proposal, by=by)


def _at_once_or_proposed(reading: Reading, payload: Mapping[str, str], *, basis: str) -> Apply:
    if not setting(reading.connection, DEPLOYMENT_NEEDS_SECOND_PERSON, default=False):
        return while_set(DEPLOYMENT_NEEDS_SECOND_PERSON, _write(payload), value=False)
    process = payload["process"]
    return propose(reading, kind=KIND, subject=process, payload=payload, basis={process: basis}, reason=payload["reason"])


def _write(payload: Mapping[str, str], **approved: str) -> Apply:
    """Return what writes it: from a day on, never one that has passed when it was approved; without a day it begins cases again."""
    process, why = payload["process"], payload["reason"]

    def apply(transaction: Transaction) -> dict[str, Any]:
        connection, before = transaction.connection, withdrawal_of(transaction.connection, process)
        if (before is None) != bool(payload["from_day"]):
            raise Conflict(f"Expected {process} as it was looked at, but somebody has just withdrawn it or let it begin again.")
        day = max(payload["from_day"], local_date(transaction.now).isoformat()) if payload["from_day"] else None
        if day:
            connection.execute(insert(process_withdrawal).values(process=process, from_day=day, reason=why))
        else:
            connection.execute(delete(process_withdrawal).where(process_withdrawal.c.process == process))
        changes = (Change(field="from_day", old=before.from_day if before else None, new=day), *(Change(field=name, new=value) for name, value in approved.items()))
        transaction.record(
            Fact(
                action="process.withdrawn" if day else "process.resumed",
                subject=Subject(type="definition", id=process),
                changes=changes,
                reason={"code": "withdrawn" if day else "resumed", "text": why},
            )
        )
        return {"process": process, "from_day": day}

    return apply


def _said(day: str) -> str:
    return f"{date.fromisoformat(day):%d/%m/%Y}"
