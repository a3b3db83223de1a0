"""Operations: what a service task does. It runs in its own transaction and hands its result to the instance.

Two transactions, so that no engine step runs inside a write lock; each happens once: the row's status guards the
first, the inbox row's key the second.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from engine.history.record import Change, Fact, Subject, Where
from engine.history.transaction import Reading, Transaction
from engine.instances.load import case_of
from engine.instances.rows import Case, definition_of
from engine.kernel.calendar import WorkingCalendar
from engine.kernel.errors import Conflict, InvalidInput, Refused
from engine.kernel.registry import Registry
from engine.messages.inbox import answer_operation
from engine.storage.schema import incident, instance, operation, user_task


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOperation:
    """Do an open operation."""

    operation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseIncident:
    """Stop an instance that cannot go on by itself and tell the administrator why."""

    instance: str
    element: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveIncident:
    """Let a stopped instance try again, for a reason."""

    instance: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What an operation is given: its transaction, its case, its parameters, the calendar."""

    transaction: Transaction
    case: Case
    parameters: dict[str, Any]
    calendar: WorkingCalendar
    element: str = ""

    def parameter(self, name: str) -> Any:
        """Return a parameter that the diagram must give. Raises InvalidInput."""
        if name not in self.parameters:
            raise InvalidInput(
                f"Expected the parameter {name!r} on service task {self.element!r} of process "
                f"{self.case.deployment.key!r}, but found only {sorted(self.parameters)}. Add it in the diagram."
            )
        return self.parameters[name]

    def form(self, element: str) -> dict[str, Any]:
        """Return the newest completed form of a user task of this instance; empty when there is none."""
        forms = self.forms(element)
        return forms[-1][1] if forms else {}

    def forms(self, element: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Return (process data, form) of every completion of a user task of this instance, oldest first."""
        query = (
            select(user_task.c.context, user_task.c.data)
            .where(user_task.c.instance == self.case.id, user_task.c.element == element)
            .where(user_task.c.status == "completed")
            .order_by(user_task.c.completed_ver)
        )
        rows = self.transaction.connection.execute(query)
        return [(json.loads(row.context), json.loads(row.data or "{}")) for row in rows]

    def record(self, action: str, subject: Subject, **fields: Any) -> None:
        """Tell the history what the operation did, with its place in the process."""
        streams = fields.pop("streams", None) or self.case.roots
        objects = (
            *fields.pop("objects", ()),
            *(Subject(type="directive", id=stream, qualifier="root") for stream in streams),
        )
        where = Where(definition=definition_of(self.case.deployment), instance=self.case.id, element=self.element)
        self.transaction.record(
            Fact(action=action, subject=subject, objects=objects, streams=streams, where=where, **fields)
        )


Operation = Callable[[Call], dict[str, Any]]


def decide_run(
    command: RunOperation, reading: Reading, *, operations: Registry[Operation], calendar: WorkingCalendar
) -> Callable[[Transaction], dict[str, Any]]:
    """Return what does the operation and answers its instance."""
    row = reading.connection.execute(select(operation).where(operation.c.id == command.operation)).one()
    if row.status != "open":
        raise Refused(f"Expected operation {row.name!r} ({row.id}) to be open, but it is {row.status!r}.")
    run = operations.get(row.name)
    case = case_of(reading.connection, row.instance)

    def apply(transaction: Transaction) -> dict[str, Any]:
        done = transaction.connection.execute(
            update(operation).where(operation.c.id == row.id, operation.c.status == "open").values(status="done")
        )
        if done.rowcount != 1:
            raise Conflict(f"Expected operation {row.id} to be open, but another worker has done it.")
        call = Call(
            transaction=transaction,
            case=case,
            parameters=json.loads(row.parameters),
            calendar=calendar,
            element=row.element,
        )
        result = run(call)
        answer_operation(transaction, operation=row.id, instance_id=row.instance, result=result)
        return result

    return apply


def decide_incident(command: RaiseIncident, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Return what stops the instance."""
    case = case_of(reading.connection, command.instance)

    def apply(transaction: Transaction) -> dict[str, Any]:
        stop = update(instance).where(instance.c.id == case.id, instance.c.status == "active")
        if transaction.connection.execute(stop.values(status="incident")).rowcount != 1:
            raise Refused(f"Expected instance {case.id} to be active, but it is not.")
        row = {"id": transaction.new_id(), "instance": case.id, "element": command.element, "message": command.message}
        transaction.connection.execute(incident.insert().values(**row, created_at=transaction.at))
        transaction.record(
            Fact(
                action="incident.raised",
                subject=Subject(type="instance", id=case.id),
                reason={"code": "failed", "text": command.message},
                outcome="failed",
                streams=case.roots,
                where=Where(definition=definition_of(case.deployment), instance=case.id, element=command.element),
            )
        )
        return {"incident": row["id"]}

    return apply


def decide_resolve(command: ResolveIncident, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Return what lets the instance go on."""
    case = case_of(reading.connection, command.instance)
    if not command.reason.strip():
        raise InvalidInput("Expected a reason for resolving the incident, but found none. Say what was mended.")

    def apply(transaction: Transaction) -> dict[str, Any]:
        go_on = update(instance).where(instance.c.id == case.id, instance.c.status == "incident")
        if transaction.connection.execute(go_on.values(status="active")).rowcount != 1:
            raise Refused(f"Expected instance {case.id} to have an open incident, but it has none.")
        transaction.connection.execute(
            update(incident)
            .where(incident.c.instance == case.id, incident.c.resolved_at.is_(None))
            .values(resolved_at=transaction.at)
        )
        transaction.record(
            Fact(
                action="incident.resolved",
                subject=Subject(type="instance", id=case.id),
                changes=(Change(field="status", old="incident", new="active"),),
                reason={"code": "resolved", "text": command.reason},
                streams=case.roots,
                where=Where(definition=definition_of(case.deployment), instance=case.id),
            )
        )
        return {"instance": case.id}

    return apply
