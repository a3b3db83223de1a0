"""Closing a directive that was issued (SP9): its obligations end, and whoever still follows it up is told."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from engine.directives.cases import with_active_case
from engine.history.record import Change, Subject
from engine.instances.operations import Call
from engine.messages.inbox import send
from engine.storage.schema import directive, dispatch, obligation, organisation

CLOSED = "directive.closed"


def close_directive(call: Call) -> dict[str, Any]:
    """End a directive and its obligations. Parameters: directive; form (F23) of a person, or reason of the process itself.

    Result: recipients, those whose case is still open. Reports that were still owed keep nobody from closing; the
    record says whose they are. Letters of the issuer that follow the closed one up end with it (DOMAIN.md 2.5).
    """
    directive_id = call.parameter("directive")
    reason = call.form(call.parameters["form"])["reason"] if "form" in call.parameters else call.parameter("reason")
    recipients = _close(call, directive_id, reason)
    letters = select(directive.c.id, directive.c.root).where(directive.c.follows_up == directive_id, directive.c.status == "issued")
    for letter in call.transaction.connection.execute(letters.order_by(directive.c.id)).all():
        told = _close(call, letter.id, reason)
        if told:
            source = f"close:{call.case.id}:{letter.id}"
            sender = {"sender": call.case.organisation}
            send(call.transaction, message=CLOSED, key=letter.id, to=told, payload=sender, source=source, roots=[letter.root])
    return {"recipients": recipients}


def _close(call: Call, directive_id: str, reason: str) -> list[str]:
    """End one directive; return those who still follow it up."""
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
        reason={"code": "closed", "text": reason},
    )
    return with_active_case(connection, directive_id, sorted(recipients.scalars()))


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
