"""Closing a directive that was issued (SP9): its obligations end, and whoever still follows it up is told."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from engine.directives.cases import with_active_case
from engine.history.record import Change, Subject
from engine.instances.operations import Call
from engine.storage.schema import directive, dispatch, obligation, organisation


def close_directive(call: Call) -> dict[str, Any]:
    """End a directive and its obligations. Parameters: directive, form (F23).

    Result: recipients, those whose case is still open. Reports that were still owed keep nobody from closing; the
    record says whose they are.
    """
    form, directive_id = call.form(call.parameter("form")), call.parameter("directive")
    connection = call.transaction.connection
    before = connection.execute(select(directive.c.status).where(directive.c.id == directive_id)).scalar_one()
    owing = _still_owing(call, directive_id)
    connection.execute(update(directive).where(directive.c.id == directive_id).values(status="closed"))
    connection.execute(update(obligation).where(obligation.c.directive == directive_id).values(status="closed"))
    recipients = connection.execute(select(dispatch.c.organisation).where(dispatch.c.directive == directive_id))
    warning = (Change(field="still_owed_by", new=owing),) if owing else ()
    call.record(
        "directive.closed",
        Subject(type="directive", id=directive_id),
        changes=(Change(field="status", old=before, new="closed"), *warning),
        reason={"code": "closed", "text": form["reason"]},
    )
    return {"recipients": with_active_case(connection, directive_id, sorted(recipients.scalars()))}


def _still_owing(call: Call, directive_id: str) -> list[str]:
    """Return the names of those who have not been asked for all their reports yet."""
    query = (
        select(organisation.c.name)
        .join(obligation, obligation.c.organisation == organisation.c.id)
        .where(obligation.c.directive == directive_id, obligation.c.status == "open", obligation.c.next_period <= obligation.c.end_period)
        .order_by(organisation.c.name)
    )
    return list(call.transaction.connection.execute(query).scalars())


CLOSING = {"close_directive": close_directive}
