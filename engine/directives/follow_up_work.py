"""The case of a letter that follows up an earlier one, on the recipient's side (DOMAIN.md 2.5, A6): no duty twice."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import insert, select, update

from engine.directives.followups import ADD, FIRST, NOTE
from engine.directives.urging import REMINDER, Urge, remember_urge
from engine.history.record import Change, Subject
from engine.instances.operations import Call
from engine.kernel.clock import local_date
from engine.storage.schema import activity, assignment, directive, reminder

OVER = ("done", "withdrawn")  # assignments that nothing is added to


def link_earlier_case(call: Call) -> dict[str, Any]:
    """Say what this case still has to do beside the earlier one.

    Parameters: directive, followed, standing. Results: assignments (none when the letter only recalls the earlier
    one: its work goes on there) and waits (whether there is anything to wait for when nothing was handed down).
    """
    connection, followed, standing = call.transaction.connection, call.parameter("followed"), call.parameter("standing")
    written = connection.execute(select(directive.c.reading).where(directive.c.id == call.parameter("directive"))).scalar_one()
    if standing == FIRST or json.loads(written or "{}").get("follow_up_effect") == ADD:
        return {"waits": True}
    mine = (assignment.c.directive == call.parameter("directive")) & (assignment.c.organisation == call.case.organisation)
    rows = connection.execute(select(assignment.c.id, assignment.c.status).where(mine)).all()
    connection.execute(update(assignment).where(mine).values(status="withdrawn"))
    for row in rows:
        call.record(
            "assignment.updated",
            Subject(type="assignment", id=row.id),
            objects=(Subject(type="directive", id=followed, qualifier="follows_up"),),
            changes=(Change(field="status", old=row.status, new="withdrawn"),),
            reason={"code": "followed_up", "text": "Việc này được theo dõi tại hồ sơ của văn bản trước."},
        )
    open_still = connection.execute(select(directive.c.status).where(directive.c.id == followed)).scalar_one() == "issued"
    return {"assignments": [], "waits": open_still and standing != NOTE}


def answer_follow_up(call: Call) -> dict[str, Any]:
    """Write the explanation into the diary of what is open of the earlier letter, and beside the urge.

    Parameters: followed, urge_number, form.
    """
    transaction, unit = call.transaction, call.case.organisation
    form, followed = call.form(call.parameter("form")), call.parameter("followed")
    plan = f" (dự kiến hoàn thành: {form['plan_date']})" if form.get("plan_date") else ""
    text = f"{form['explanation']}{plan}"
    theirs = (assignment.c.directive == followed) & (assignment.c.organisation == unit) & assignment.c.status.not_in(OVER)
    entries = [
        {
            "id": transaction.new_id(),
            "assignment": identity,
            "activity_date": local_date(transaction.now).isoformat(),
            "narrative": text,
            "recorded_at": transaction.at,
        }
        for identity in transaction.connection.execute(select(assignment.c.id).where(theirs)).scalars()
    ]
    if entries:
        transaction.connection.execute(insert(activity), entries)
    urge = (reminder.c.organisation == unit) & (reminder.c.about == followed) & (reminder.c.number == call.parameter("urge_number"))
    row = transaction.connection.execute(select(reminder).where(urge, reminder.c.urge_level > REMINDER)).one()
    transaction.connection.execute(update(reminder).where(reminder.c.id == row.id).values(answered_at=transaction.at, answer=text))
    call.record(
        "urge.answered",
        Subject(type="reminder", id=row.id),
        objects=tuple(Subject(type="assignment", id=str(entry["assignment"])) for entry in entries),
        changes=(Change(field="answer", new=text),),
    )
    note = Urge(organisation=row.from_organisation, role="consolidator", about=row.id, directive=followed, content=text, new_due=form.get("plan_date"))
    remember_urge(call, note)
    return {}


FOLLOW_UP_WORK = {"link_earlier_case": link_earlier_case, "answer_follow_up": answer_follow_up}
