"""The operations that a directive's processes may use in their service tasks."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import insert, select, update

from engine.directives.issuing import ISSUING
from engine.directives.register import enter, take_number
from engine.directives.urging import URGING
from engine.directory.organisations import holders
from engine.history.record import Change, Subject
from engine.instances.operations import Call
from engine.kernel.clock import local_date
from engine.kernel.errors import InvalidInput
from engine.storage.schema import (
    activity,
    assignment,
    directive,
    directive_item,
    dispatch,
    obligation,
)

NOTHING_MORE_IS_OWED = frozenset({"02", "06"})  # refused, completed


def set_status(call: Call) -> dict[str, Any]:
    """Set the exchange status (DOMAIN.md 2.10) of the receipt of a directive. Parameters: directive, code, [form]."""
    directive_id, code = call.parameter("directive"), call.parameter("code")
    connection = call.transaction.connection
    place = (dispatch.c.directive == directive_id) & (dispatch.c.organisation == call.case.organisation)
    before = connection.execute(select(dispatch.c.status).where(place)).scalar_one_or_none()
    connection.execute(update(dispatch).where(place).values(status=code, changed_at=call.transaction.at))
    if code in NOTHING_MORE_IS_OWED:
        connection.execute(
            update(obligation)
            .where(obligation.c.directive == directive_id, obligation.c.organisation == call.case.organisation)
            .values(status="closed")
        )
    form = call.form(call.parameters["form"]) if "form" in call.parameters else {}
    text = form.get("reason")
    call.record(
        "dispatch.status_changed",
        Subject(type="directive", id=directive_id),
        objects=(Subject(type="organisation", id=call.case.organisation, qualifier="recipient"),),
        changes=(Change(field="status", old=before, new=code),),
        reason={"code": code, "text": text} if text else None,
    )
    return {}


def register_incoming(call: Call) -> dict[str, Any]:
    """Enter the document in the incoming register (F01). Parameter: form. Result: arrival_number."""
    form = call.form(call.parameter("form"))
    arrived = date.fromisoformat(form["arrival_date"])
    taken = take_number(
        call.transaction,
        organisation=call.case.organisation,
        direction="incoming",
        doc_type="all",
        term=str(arrived.year),
    )
    enter(
        call.transaction,
        taken,
        directive=call.case.directive,
        entry_date=form["arrival_date"],
        subject=form["subject"],
    )
    call.record(
        "document.registered",
        Subject(type="directive", id=str(call.case.directive)),
        changes=(Change(field="arrival_number", new=taken.number), Change(field="arrival_date", new=form["arrival_date"])),
    )
    return {"arrival_number": taken.number}


def assign(call: Call) -> dict[str, Any]:
    """Give every item to one accountable lead (Decree 39/2022). Parameter: form (F03). Result: assignments."""
    form = call.form(call.parameter("form"))
    if form.get("action") not in {"execute", "both"}:
        return {"assignments": []}
    transaction, case = call.transaction, call.case
    leads = holders(transaction.connection, case.organisation, "specialist", local_date(transaction.now))
    if not leads:
        raise InvalidInput(
            f"Expected somebody with the role specialist in organisation {case.organisation}, but nobody holds it. "
            "Record a holder, then resolve the incident."
        )
    items = transaction.connection.execute(
        select(directive_item).where(directive_item.c.directive == case.directive).order_by(directive_item.c.id)
    )
    listed: list[str | None] = [item.id for item in items]
    rows = [
        {
            "id": transaction.new_id(),
            "directive": case.directive,
            "item": item,
            "organisation": case.organisation,
            "lead": leads[0].post,
            "status": "assigned",
            "due_at": form.get("due_at"),
            "created_at": transaction.at,
        }
        for item in listed or [None]  # a letter without items is one assignment
    ]
    transaction.connection.execute(insert(assignment), rows)
    for row in rows:
        call.record(
            "assignment.created",
            Subject(type="assignment", id=str(row["id"])),
            changes=(Change(field="lead", new=row["lead"]), Change(field="item", new=row["item"])),
        )
    return {"assignments": [row["id"] for row in rows]}


def record_activities(call: Call) -> dict[str, Any]:
    """Write down what was done for each assignment (F09). Parameter: form."""
    for item, form in call.forms(call.parameter("form")):
        assignment_id = item["assignment"]
        call.transaction.connection.execute(
            insert(activity).values(
                id=call.transaction.new_id(),
                assignment=assignment_id,
                activity_date=form["activity_date"],
                narrative=form["narrative"],
                recorded_at=call.transaction.at,
            )
        )
        call.transaction.connection.execute(
            update(assignment).where(assignment.c.id == assignment_id).values(status=form["status"])
        )
        call.record(
            "assignment.updated",
            Subject(type="assignment", id=assignment_id),
            changes=(Change(field="status", old="assigned", new=form["status"]),),
        )
    return {}


def close_directive(call: Call) -> dict[str, Any]:
    """End a directive and its obligations (SP9). Parameters: directive, form (F23). Result: recipients."""
    form, directive_id = call.form(call.parameter("form")), call.parameter("directive")
    connection = call.transaction.connection
    connection.execute(update(directive).where(directive.c.id == directive_id).values(status="closed"))
    connection.execute(update(obligation).where(obligation.c.directive == directive_id).values(status="closed"))
    recipients = connection.execute(select(dispatch.c.organisation).where(dispatch.c.directive == directive_id))
    call.record(
        "directive.closed",
        Subject(type="directive", id=directive_id),
        changes=(Change(field="status", old="issued", new="closed"),),
        reason={"code": "closed", "text": form["reason"]},
    )
    return {"recipients": sorted(recipients.scalars())}


OPERATIONS = {
    **ISSUING,
    **URGING,
    "set_status": set_status,
    "register_incoming": register_incoming,
    "assign": assign,
    "record_activities": record_activities,
    "close_directive": close_directive,
}
