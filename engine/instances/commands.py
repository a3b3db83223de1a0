"""What may be asked of tasks and instances: start, claim, release, complete; start by a message and advance for the system."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import String, bindparam, select, update

from engine.access.authorise import STANDING, Standing
from engine.access.separation import exemption
from engine.bpmn import Choose, Command, CompleteTask, Outcome, advance, view
from engine.definitions.repository import Deployment
from engine.history.record import Change, Subject, Where
from engine.history.transaction import Reading, Transaction
from engine.instances.advance import Agenda, advance_failed, decide_advance, decide_start, look, look_at_starts, start_failed
from engine.instances.cases import Tokens, definition_of, step_fact
from engine.instances.incidents import COMPLETION, failure, raise_incident
from engine.instances.load import load_of_task
from engine.instances.overtaken import refuse_overtaken, refuse_taken
from engine.instances.personal import sealed_data, without_personal
from engine.instances.rows import move_instance, read_open
from engine.instances.withdrawing import BY_TASK, Cause
from engine.kernel.errors import Conflict, EngineError, InvalidInput, StepFailed
from engine.storage.schema import inbox, instance, user_task
from engine.tasks.queries import task_by_id

Apply = Callable[[Transaction], dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteUserTask:
    """Complete a task with its form, or choose one of the ways that it offers: then `data` is {"choose": way}."""

    task: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimTask:
    """Take a task from the unit's queue."""

    task: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseTask:
    """Give a claimed task back to the unit's queue."""

    task: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StartProcess:
    """Start a process that people may start, in an organisation, about a directive that it issued or received."""

    process: str
    organisation: str
    directive: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StartInstance:
    """Start the instance for which a message of the inbox asks."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceInstance:
    """Do whatever is due for an instance."""

    instance: str


CHOICE = "choice"
_OPEN = (
    (user_task.c.id == bindparam("b_task"))
    & (user_task.c.status == "open")
    & user_task.c.assignee.is_not_distinct_from(bindparam("b_assignee", type_=String))  # nobody has claimed it meanwhile
)
_OFFER_AGAIN = update(user_task).where(_OPEN).values(assignee=None)
_COMPLETE = (
    update(user_task)
    .where(_OPEN)
    .values(
        status="completed",
        completed_at=bindparam("b_at"),
        completed_ver=bindparam("b_ver"),
        completed_by=bindparam("b_by"),
        completed_for=bindparam("b_for"),
        entered_by_unit=bindparam("b_entered_by"),
        exempted=bindparam("b_exempted"),
        data=bindparam("b_data"),
    )
)


def decide_complete(command: CompleteUserTask, reading: Reading) -> Apply:
    """Validate the form, step the instance, and return what writes the transition."""
    row = _open_task(reading, command.task)
    loaded = load_of_task(reading.connection, row)
    deployment = loaded.case.deployment
    step = _choose(row, command) if row.kind == CHOICE else _complete(row, command, deployment)
    standing: Standing | None = reading.seen.get(STANDING)
    entered_by = standing.entered_by if standing else None
    exempted = exemption(reading, row, represented=entered_by is not None)
    before = read_open(reading.connection, row.instance)
    outcome = _advance(deployment, loaded.state, step, row=row, now=reading.now)
    stays = row.id in {choice.id for choice in outcome.choices}  # an ad-hoc sub-process offers something more
    before = replace(before, tasks=before.tasks if stays else before.tasks - {row.id})  # completed below, not withdrawn
    label = "" if row.kind == CHOICE else "form."
    besides = (
        *((Change(field="entered_by_unit", new=entered_by),) if entered_by else ()),
        *((Change(field="exempted", new=exempted),) if exempted else ()),
    )
    reason = _reason(command.data)

    def apply(transaction: Transaction) -> dict[str, Any]:
        data = sealed_data(transaction, row, deployment, command.data)
        status = () if stays else (Change(field="status", old="open", new="completed"),)
        changes = (*status, *(Change(field=f"{label}{name}", new=value) for name, value in sorted(data.items())), *besides)
        done = transaction.connection.execute(
            _OFFER_AGAIN if stays else _COMPLETE,
            {"b_task": row.id, "b_assignee": row.assignee}
            if stays
            else {
                "b_task": row.id,
                "b_assignee": row.assignee,
                "b_at": transaction.at,
                "b_ver": loaded.version + 1,
                "b_by": transaction.actor.id,
                "b_for": standing.on_behalf_of if standing and standing.delegation else None,
                "b_entered_by": entered_by,
                "b_exempted": exempted,
                "b_data": json.dumps(data, ensure_ascii=False),
            },
        )
        if done.rowcount != 1:
            raise Conflict(f"Expected task {row.id} to be open, but it has just been completed, claimed or withdrawn.")
        move_instance(
            transaction,
            loaded.case,
            outcome,
            version=loaded.version,
            before=before,
            sent=outcome.sent,
            signals=outcome.signals,
            done=[row.id],
            why=Cause(kind=BY_TASK, name=row.name, work=row.id, by=transaction.actor.id),
        )
        where = Where(
            definition=definition_of(deployment), instance=row.instance, element=row.element, task=row.id
        )
        transaction.record(
            step_fact(
                "choice.made" if row.kind == CHOICE else "task.completed",
                loaded.case,
                outcome.completed,
                tokens=Tokens(before=outcome.stood, after=outcome.stands),
                subject=Subject(type="task", id=row.id),
                where=where,
                changes=changes,
                reason=reason,
            )
        )
        return {"task": row.id, "instance": row.instance}

    return apply


def complete_failed(command: CompleteUserTask, error: EngineError, reading: Reading) -> Apply | None:
    """Return what tells the administrator that a process cannot go on after a task; None when the person has to mend it."""
    if not isinstance(error, StepFailed):
        return None
    row = task_by_id(reading, command.task)
    loaded = load_of_task(reading.connection, row)
    data = view(loaded.case.deployment.definition, loaded.state, now=reading.now).data
    entered = without_personal(row, loaded.case.deployment, command.data)
    failed = failure(COMPLETION, row.id, error, token=row.id, element=row.element, data=data, entered=entered)
    return lambda transaction: {"incident": raise_incident(transaction, failed, loaded.case)}


def _complete(row: Any, command: CompleteUserTask, deployment: Deployment) -> CompleteTask:
    form = deployment.forms[row.form] if row.form else None
    if form is None and command.data:
        raise InvalidInput(f"Expected no data for task {row.element!r}, which has no form, but found {sorted(command.data)}.")
    if form is not None:
        form.validate(command.data)
    return CompleteTask(task=row.id, data=form.route(command.data) if form else {})


def _choose(row: Any, command: CompleteUserTask) -> Choose:
    ways = {way["flow"]: way["name"] for way in json.loads(row.context)["ways"]}
    chosen = str(command.data.get("choose"))
    if set(command.data) != {"choose"} or chosen not in ways:
        offered = ", ".join(flow if name == flow else f"{flow} ({name})" for flow, name in ways.items())
        found = json.dumps(command.data, ensure_ascii=False)[:200]
        raise InvalidInput(f'Expected one of the ways at {row.name!r} as {{"choose": way}}: {offered}; but found {found}. Choose one of them.')
    return Choose(task=row.id, flow=chosen)


def _advance(deployment: Deployment, state: bytes, step: Command, *, row: Any, now: datetime) -> Outcome:
    """Take the step that a person has asked for; when the process cannot go on, say that nothing of theirs is lost."""
    try:
        return advance(deployment.definition, state, step, now=now)
    except StepFailed as error:
        assurance = f"Task {row.name!r} stays open, and an administrator is told. Hand in the same again when it is mended."
        raise StepFailed(f"{error.message} {assurance}", **error.details) from error


def decide_claim(command: ClaimTask, reading: Reading) -> Apply:
    """Give the task to the actor, unless somebody was faster."""
    row = _open_task(reading, command.task)
    return _assign(row, reading, new=reading.actor.id, action="task.claimed", reason=None)


def decide_release(command: ReleaseTask, reading: Reading) -> Apply:
    """Give the task back to the unit, with a reason."""
    row = _open_task(reading, command.task, holder=False)
    if not command.reason.strip():
        raise InvalidInput(f"Expected a reason for releasing task {row.element!r}, but found none. Say why.")
    reason = {"code": "released", "text": command.reason}
    return _assign(row, reading, new=None, action="task.released", reason=reason)


def decide_advance_command(command: AdvanceInstance, reading: Reading) -> Apply:
    """Advance one instance."""
    return decide_advance(reading, command.instance)


def foresee_advances(commands: Sequence[AdvanceInstance], reading: Reading) -> None:
    """Read for several instances at once what is due for them."""
    reading.common.update(((Agenda, identity), due) for identity, due in look(reading, [each.instance for each in commands]).items())


def foresee_starts(commands: Sequence[StartInstance], reading: Reading) -> None:
    """Read several messages at once that start instances."""
    reading.common.update(((inbox, identity), each) for identity, each in look_at_starts(reading, [each.message for each in commands]).items())


def decide_start_command(command: StartInstance, reading: Reading) -> Apply:
    """Start one instance."""
    return decide_start(reading, command.message)


def advance_instance_failed(command: AdvanceInstance, error: EngineError, reading: Reading) -> Apply | None:
    """Hold an instance that cannot even be looked at."""
    return advance_failed(reading, command.instance, error)


def start_instance_failed(command: StartInstance, error: EngineError, reading: Reading) -> Apply | None:
    """Hold a message that can start no instance."""
    return start_failed(reading, command.message, error)


def _open_task(reading: Reading, task_id: str, *, holder: bool = True) -> Any:
    row = task_by_id(reading, task_id)
    refuse_overtaken(row, reading)
    if holder:
        refuse_taken(row, reading)
    return row


def _assign(row: Any, reading: Reading, *, new: str | None, action: str, reason: dict[str, str] | None) -> Apply:
    loaded = load_of_task(reading.connection, row)

    def apply(transaction: Transaction) -> dict[str, Any]:
        done = transaction.connection.execute(
            update(user_task)
            .where(user_task.c.id == row.id, user_task.c.status == "open")
            .where(user_task.c.assignee.is_not_distinct_from(row.assignee))
            .values(assignee=new)
        )
        if done.rowcount != 1:
            raise Conflict(f"Expected task {row.id} as it was read, but it has changed.")
        transaction.record(
            step_fact(
                action,
                loaded.case,
                (),
                subject=Subject(type="task", id=row.id),
                changes=(Change(field="assignee", old=row.assignee, new=new),),
                reason=reason,
                where=Where(definition=definition_of(loaded.case.deployment), instance=row.instance, element=row.element, task=row.id),
            )
        )
        return {"task": row.id, "assignee": new}

    return apply


def _reason(data: dict[str, Any]) -> dict[str, str] | None:
    for name in ("reason", "nil_reason", "comment", "comments"):
        if data.get(name):
            return {"code": str(data.get("decision") or data.get("result") or name), "text": str(data[name])}
    return None


def instance_organisation(reading: Reading, instance_id: str) -> str | None:
    """Return the organisation that owns an instance."""
    query = select(instance.c.organisation).where(instance.c.id == instance_id)
    return reading.connection.execute(query).scalar_one_or_none()
