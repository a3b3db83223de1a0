"""Operations: what a service task does. It runs in its own transaction and hands its result to the instance.

Two transactions, so that no engine step runs inside a write lock; each happens once: the row's status guards the
first, the inbox row's key the second. One that fails leaves nothing behind but its incident, and stays open.

One that touches many rows does them in parts, so that no transaction holds the write lock for long: it returns `Unfinished` with
what the next part has to know, and is run again in a transaction of its own until it returns its result. What a part did is kept
with its progress or not at all; one that fails is tried again from where the part before it ended.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select, update

from engine.bpmn import tokens, view
from engine.history.record import Change, Fact, Subject, Where
from engine.history.transaction import Reading, Transaction
from engine.instances.cases import Case, definition_of
from engine.instances.incidents import ERROR, OPERATION, Held, failure, holds_on, raise_incident, resolve_incidents
from engine.instances.load import Loaded, case_in, load
from engine.kernel.calendar import WorkingCalendar
from engine.kernel.errors import Conflict, EngineError, InvalidInput, Refused
from engine.kernel.points import reach
from engine.kernel.registry import Registry
from engine.messages.inbox import answer_operation
from engine.storage.schema import instance, operation, user_task
from engine.storage.wake_ups import Due


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOperation:
    """Do an open operation."""

    operation: str


class BusinessError(EngineError):
    """An operation has ended with an error that the diagram may catch (BPMN 2.0, 10.5.1); what it did is undone. `data` is merged."""

    code = "business_error"

    def __init__(self, error: str, message: str, **data: Any) -> None:
        super().__init__(message, error=error, data=data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """What an operation returns that has more to do than goes into one transaction. `progress`: what the next part finds in its call."""

    progress: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What an operation is given: its transaction, its case, its parameters, the calendar; `id` is that of its own row.

    `progress`: what the part before left; None for the first.
    """

    transaction: Transaction
    case: Case
    parameters: dict[str, Any]
    calendar: WorkingCalendar
    element: str = ""
    id: str = ""
    progress: dict[str, Any] | None = None

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
        rows = self.transaction.connection.execute(_FORMS, {"b_instance": self.case.id, "b_element": element})
        return [(json.loads(row.context), json.loads(row.data or "{}")) for row in rows]

    def part(self, rows: Iterable[str], size: int) -> tuple[list[str], Unfinished | None]:
        """Return which of `rows` belong to this part, in their order, and what to return from it; None when it is the last one.

        Rows that have gone meanwhile are in no part; of those that have come meanwhile, those that sort later are.
        """
        after = (self.progress or {}).get("after", "")
        left = sorted(row for row in rows if row > after)
        return left[:size], Unfinished(progress={"after": left[size - 1]}) if len(left) > size else None

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


Operation = Callable[[Call], dict[str, Any] | Unfinished]
_FORMS = (
    select(user_task.c.context, user_task.c.data)
    .where(user_task.c.instance == bindparam("b_instance"), user_task.c.element == bindparam("b_element"), user_task.c.status == "completed")
    .order_by(user_task.c.completed_ver)
)
_WITH_CASE = (
    select(operation, *(instance.c[name] for name in ("definition_version", "organisation", "business_key", "directive", "period", "roots")))
    .join(instance, instance.c.id == operation.c.instance)
    .where(operation.c.id.in_(bindparam("b_operations", expanding=True)))
)
_DONE = (
    update(operation)
    .where(operation.c.id == bindparam("b_operation"), operation.c.status == "open", operation.c.part == bindparam("b_part"))
    .values(status="done")
)
_GO_ON = (
    update(operation)
    .where(operation.c.id == bindparam("b_operation"))
    .values(status="open", part=operation.c.part + 1, progress=bindparam("b_progress"))
)


def decide_run(
    command: RunOperation, reading: Reading, *, operations: Registry[Operation], calendar: WorkingCalendar
) -> Callable[[Transaction], dict[str, Any]]:
    """Return what does the operation and answers its instance."""
    row, held = reading.common.get((RunOperation, command.operation)) or _look(reading, [command.operation])[command.operation]
    if row.status != "open":
        raise Refused(f"Expected operation {row.name!r} ({row.id}) to be open, but it is {row.status!r}.")
    run = operations.get(row.name)
    case = case_in(reading.connection, row, row.instance)

    def apply(transaction: Transaction) -> dict[str, Any]:
        _end(transaction, row)
        call = Call(
            transaction=transaction,
            case=case,
            parameters=json.loads(row.parameters),
            calendar=calendar,
            element=row.element,
            id=row.id,
            progress=json.loads(row.progress) if row.progress else None,
        )
        result = run(call)
        if not transaction.facts:  # it only looked something up, or found nothing to do: that it was done is told all the same
            changes = (Change(field="operation", new=row.name), Change(field="part", new=row.part + 1))
            call.record("operation.run", Subject(type="operation", id=row.id), changes=changes)
        if isinstance(result, Unfinished):
            return _go_on(transaction, row, result.progress)
        answer_operation(transaction, operation=row.id, instance_id=row.instance, result=result)
        resolve_incidents(transaction, held, case, resolution="done", text="it has been done after all")
        return result

    return apply


def foresee_operations(commands: Sequence[RunOperation], reading: Reading) -> None:
    """Read for several operations at once what they are decided on."""
    reading.common.update(((RunOperation, identity), each) for identity, each in _look(reading, [each.operation for each in commands]).items())


def _look(reading: Reading, operations: Sequence[str]) -> dict[str, tuple[Row[Any], tuple[Held, ...]]]:
    """Return the rows of operations, each with its instance's case and the incidents that hold it."""
    held = holds_on(reading.connection, operations)
    return {row.id: (row, held[row.id]) for row in reading.connection.execute(_WITH_CASE, {"b_operations": operations})}


def _end(transaction: Transaction, row: Row[Any]) -> None:
    if transaction.connection.execute(_DONE, {"b_operation": row.id, "b_part": row.part}).rowcount != 1:
        raise Conflict(f"Expected operation {row.id} to be open, but another worker has done it.")


def _go_on(transaction: Transaction, row: Row[Any], progress: dict[str, Any]) -> dict[str, Any]:
    """Leave the operation open for its next part."""
    transaction.connection.execute(_GO_ON, {"b_operation": row.id, "b_progress": json.dumps(progress, ensure_ascii=False)})
    transaction.wake(Due.OPERATION, row.id)
    reach("operation.part")
    return {"unfinished": row.part + 1}


def run_failed(command: RunOperation, error: EngineError, reading: Reading) -> Callable[[Transaction], dict[str, Any]] | None:
    """Return what holds an operation that failed; None when another worker has done it, or it was withdrawn."""
    row = reading.connection.execute(select(operation).where(operation.c.id == command.operation)).one()
    if row.status != "open":
        return None
    if isinstance(error, BusinessError):
        return lambda transaction: _raise(transaction, row, error)
    loaded = load(reading.connection, row.instance)
    data, path = _seen(loaded, row.id, reading.now)
    seen = {"data": data, "parameters": json.loads(row.parameters)}
    failed = failure(OPERATION, row.id, error, token=row.id, element=row.element, call_path=path, **seen)

    def leave(transaction: Transaction) -> dict[str, Any]:
        transaction.wake(Due.INSTANCE, row.instance)  # messages and timers have waited for it, and do no more
        return {"incident": raise_incident(transaction, failed, loaded.case)}

    return leave


def _raise(transaction: Transaction, row: Row[Any], error: BusinessError) -> dict[str, Any]:
    """Hand the business error to the instance, whose error events it concerns."""
    _end(transaction, row)
    told = {"code": error.details["error"], "data": error.details["data"]}
    answer_operation(transaction, operation=row.id, instance_id=row.instance, result=told, name=ERROR)
    return told


def _seen(loaded: Loaded, token: str, now: datetime) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the process data and what is around the operation; nothing when the state itself cannot be read."""
    definition = loaded.case.deployment.definition
    try:
        path = next((each.call_path for each in tokens(definition, loaded.state, now=now) if each.id == token), ())
        return view(definition, loaded.state, now=now).data, path
    except EngineError:
        return {}, ()
