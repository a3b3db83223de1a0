"""Work on an assignment (SP3): its diary, its reminders, what is overdue, the leader's confirmation."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, insert, select, update

from engine.directives.assignments import ONE_OFF, assignment_by_id
from engine.directives.reassigning import reassign_assignment
from engine.directives.stated import happened_on
from engine.directives.urging import NOTICE, REMINDER, Urge, remember_urge
from engine.history.record import Change, Subject
from engine.instances.operations import Call
from engine.kernel.clock import local_date
from engine.kernel.errors import Conflict, InvalidInput
from engine.storage.schema import activity, assignment, directive, directive_item, reminder

AGAIN, CONFIRM, PASSED = "again", "confirm", "passed"
TAKEN_AWAY = frozenset({"withdrawn", "reassigned", "cancelled"})  # by somebody else, and for good
OVER = TAKEN_AWAY | {"done"}  # nothing is left to do
NO_WORK_LEFT = OVER | {"reported"}


def open_assignment(call: Call) -> dict[str, Any]:
    """Read an assignment as it is now. Parameter: assignment (its id).

    Result: assignment, whose `next` is `passed` when nothing is left to do here. What was overdue is so no more when
    it has got a later due date.
    """
    row = assignment_by_id(call.transaction.connection, call.parameter("assignment"))
    if row.status == "overdue" and _unfinished(call, row) != "overdue":
        _set_status(call, row, "in_progress", "assignment.updated")
    return {"assignment": _told(call, row, next=PASSED if row.status in OVER else AGAIN)}


def _told(call: Call, row: Row[Any], **more: str) -> dict[str, Any]:
    """Return what the process keeps of an assignment: its id, the last day for it, and what comes next."""
    end = select(directive.c.sunset).where(directive.c.id == row.directive)
    return {"id": row.id, "due": row.due_at or call.transaction.connection.execute(end).scalar_one(), **more}


def record_activity(call: Call) -> dict[str, Any]:
    """Write down what was done (F09). Parameters: assignment, form. Result: assignment, whose `next` says how to go on.

    `again`: done once and not finished, so there will be more to write; `confirm`: the leader looks at what is delivered;
    `passed`: ongoing work, which is followed up by reports until the directive is closed, or work that is finished.
    """
    connection, identity = call.transaction.connection, call.parameter("assignment")
    form = newest_form(call, call.parameter("form"), identity)
    row = assignment_by_id(connection, identity)
    item = connection.execute(select(directive_item).where(directive_item.c.id == row.item)).one_or_none()
    come_next = _next(item, form["status"])
    status = _status(row.status, form["status"], come_next)
    entry = {"id": call.transaction.new_id(), "assignment": identity, "recorded_at": call.transaction.at}
    connection.execute(insert(activity).values(**entry, activity_date=form["activity_date"], narrative=form["narrative"]))
    _set_status(call, row, status, "assignment.updated", **happened_on(form["activity_date"], call.transaction.now))
    return {"assignment": _told(call, row, next=come_next)}


def newest_form(call: Call, element: str, assignment_id: str) -> dict[str, Any]:
    """Return the newest form that a user task of this instance has for an assignment: several are open side by side."""
    found = [form for context, form in call.forms(element) if context["assignment"]["id"] == assignment_id]
    if not found:
        raise InvalidInput(f"Expected a completed form of {element!r} for the assignment {assignment_id}, but found none.")
    return found[-1]


def _next(item: Row[Any] | None, said: str) -> str:
    if item is None or item.mode != ONE_OFF:
        return PASSED
    if said != "done":
        return AGAIN
    return CONFIRM if item.deliverable else PASSED


def _status(before: str, said: str, come_next: str) -> str:
    """Return the status after an entry of the diary: what is overdue stays so until it is done, what was taken away for good."""
    if before in TAKEN_AWAY:
        return before
    if said == "done":
        return "reported" if come_next == CONFIRM else "done"
    return before if before == "overdue" else said


def confirm_completion(call: Call) -> dict[str, Any]:
    """Write down the leader's answer to what was delivered. Parameters: assignment, form. Result: assignment."""
    row = assignment_by_id(call.transaction.connection, call.parameter("assignment"))
    form = newest_form(call, call.parameter("form"), row.id)
    accepted = form["decision"] == "accept"
    action = "assignment.done" if accepted else "assignment.reworked"
    status = row.status if row.status in TAKEN_AWAY else "done" if accepted else _unfinished(call, row)
    _set_status(call, row, status, action, reason=form.get("comment"))
    return {"assignment": _told(call, row, next=PASSED if accepted else AGAIN)}


def _unfinished(call: Call, row: Row[Any]) -> str:
    return "overdue" if row.due_at and row.due_at < local_date(call.transaction.now).isoformat() else "in_progress"


def remind_of_assignment(call: Call) -> dict[str, Any]:
    """Remind the specialists that an assignment is due (DOMAIN.md T4). Parameters: assignment, days (before it is due)."""
    row = assignment_by_id(call.transaction.connection, call.parameter("assignment"))
    if row.status not in NO_WORK_LEFT:
        _once(call, row, "specialist", REMINDER, content=f"{call.parameter('days')}")
    return {}


def mark_overdue(call: Call) -> dict[str, Any]:
    """Note that the last day of an assignment is over, and give the leader notice. Parameter: assignment."""
    row = assignment_by_id(call.transaction.connection, call.parameter("assignment"))
    extended = row.due_at is not None and _unfinished(call, row) != "overdue"
    if not extended and row.status not in NO_WORK_LEFT | {"overdue"}:
        _set_status(call, row, "overdue", "assignment.overdue")
        _once(call, row, "leader", NOTICE, content="overdue")
    return {}


def _once(call: Call, row: Row[Any], role: str, level: int, *, content: str) -> None:
    """Remind or urge, unless it was done for this due date already: work that begins anew repeats its timers."""
    about = f"assignment:{row.id}"
    told = select(reminder.c.id).where(reminder.c.organisation == row.organisation, reminder.c.about == about)
    told = told.where(reminder.c.urge_level == level, reminder.c.content == content, reminder.c.new_due.is_not_distinct_from(row.due_at))
    if call.transaction.connection.execute(told.limit(1)).first() is None:
        urge = Urge(
            organisation=row.organisation, role=role, about=about, level=level, directive=row.directive, content=content, new_due=row.due_at
        )
        remember_urge(call, urge)


def _set_status(call: Call, row: Row[Any], status: str, action: str, *, reason: str | None = None, **told: Any) -> None:
    same = update(assignment).where(assignment.c.id == row.id, assignment.c.status == row.status)
    if call.transaction.connection.execute(same.values(status=status)).rowcount != 1:
        raise Conflict(f"Expected the assignment {row.id} to be {row.status} still, but it has just changed.")
    call.record(
        action,
        Subject(type="assignment", id=row.id),
        changes=(Change(field="status", old=row.status, new=status),),
        reason={"code": status, "text": reason} if reason else None,
        **told,
    )


WORK = {
    "open_assignment": open_assignment,
    "record_activity": record_activity,
    "confirm_completion": confirm_completion,
    "remind_of_assignment": remind_of_assignment,
    "mark_overdue": mark_overdue,
    "reassign_assignment": reassign_assignment,
}
