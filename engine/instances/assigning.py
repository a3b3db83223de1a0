"""An open task is given to a colleague: by the leader or the head of the office, or by whoever has it (UI.md 4, reassign and delegate)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, update

from engine.access.places import places_of
from engine.history.record import Change, Subject, Where
from engine.history.transaction import Reading, Transaction
from engine.instances.cases import definition_of, step_fact
from engine.instances.load import load_of_task
from engine.instances.overtaken import name_of, refuse_overtaken
from engine.kernel.clock import local_date
from engine.kernel.errors import Conflict, Denied, InvalidInput, Refused
from engine.storage.schema import handed_on, user_task
from engine.tasks.assign_list import lane_holders
from engine.tasks.queries import task_by_id

GIVERS = frozenset({"leader", "office_head"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignTask:
    """Give an open task to a colleague (the id of a person) of the same organisation who holds its role, with a reason."""

    task: str
    colleague: str
    reason: str


def decide_assign(command: AssignTask, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Check who gives it and who gets it. Raises Denied, InvalidInput, Refused."""
    row = task_by_id(reading, command.task)
    refuse_overtaken(row, reading)
    day = local_date(reading.now)
    if not command.reason.strip():
        raise InvalidInput(f"Expected a reason for giving task {row.name!r} to a colleague, but found none. Say why.")
    if row.assignee != reading.actor.id and not _leads(reading, row.organisation):
        raise Denied(f"Expected the holder of task {row.name!r}, or a leader of the unit, to give it on, but found neither. Ask one of them.")
    if row.assignee == command.colleague:
        raise Refused(f"Expected a colleague who does not have task {row.name!r} yet, but {name_of(reading, command.colleague)} has it. Nothing is to be done.")
    if command.colleague not in lane_holders(reading.connection, row.organisation, row.role, day):
        raise InvalidInput(
            f"Expected somebody who holds the role {row.role!r} in the unit of task {row.name!r} today, but {name_of(reading, command.colleague)} does not. "
            "Choose one of the colleagues in the list."
        )
    loaded = load_of_task(reading.connection, row)

    def apply(transaction: Transaction) -> dict[str, Any]:
        same = update(user_task).where(
            user_task.c.id == row.id, user_task.c.status == "open", user_task.c.assignee.is_not_distinct_from(row.assignee)
        )
        if transaction.connection.execute(same.values(assignee=command.colleague)).rowcount != 1:
            raise Conflict(f"Expected task {row.id} as it was read, but it has changed.")
        given = {"earlier": row.assignee, "person": command.colleague, "given_by": transaction.actor.id, "reason": command.reason.strip()}
        transaction.connection.execute(insert(handed_on).values(id=transaction.new_id(), task=row.id, given_at=transaction.at, **given))
        transaction.record(
            step_fact(
                "task.assigned",
                loaded.case,
                (),
                subject=Subject(type="task", id=row.id),
                changes=(Change(field="assignee", old=row.assignee, new=command.colleague),),
                reason={"code": "assigned", "text": command.reason.strip()},
                where=Where(definition=definition_of(loaded.case.deployment), instance=row.instance, element=row.element, task=row.id),
            )
        )
        return {"task": row.id, "assignee": command.colleague}

    return apply


def _leads(reading: Reading, organisation: str) -> bool:
    places = places_of(reading.connection, reading.actor.id, local_date(reading.now))
    return any(place.organisation == organisation and place.roles & GIVERS for place in places)
