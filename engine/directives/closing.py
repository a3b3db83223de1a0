"""Closing a directive that was issued (SP9): its obligations end, and whoever still follows it up is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, exists, select, update

from engine.directives.cases import with_active_case
from engine.directives.milestones import cancel_milestones
from engine.history.record import Change, Subject
from engine.instances.operations import Call
from engine.kernel.errors import Conflict
from engine.messages.inbox import send
from engine.storage.schema import change_request, directive, dispatch, obligation, organisation, subscription

CLOSED = "directive.closed"
FINISHED = "campaign.finished"  # to the issuer's own case, when it has consolidated all that it waits for


def close_directive(call: Call) -> dict[str, Any]:
    """End a directive and its obligations. Parameters: directive; form (F23) of a person, or reason of the process itself.

    Result: recipients, those whose case is still open. Reports that were still owed keep nobody from closing; the
    record says whose they are. Letters of the issuer that follow the closed one up, or replace it, end with it (DOMAIN.md 2.5).
    """
    directive_id = call.parameter("directive")
    reason = call.form(call.parameters["form"])["reason"] if "form" in call.parameters else call.parameter("reason")
    recipients = _close(call, directive_id, reason)
    for letter in _with_it(call, directive_id):
        told = _close(call, letter.id, reason)
        if told:
            source = f"close:{call.case.id}:{letter.id}"
            sender = {"sender": call.case.organisation}
            send(call.transaction, message=CLOSED, key=letter.id, to=told, payload=sender, source=source, roots=[letter.root])
    return {"recipients": recipients}


def _with_it(call: Call, directive_id: str) -> list[Row[Any]]:
    """Return the letters in force that follow the directive up or replace it, directly or one through another."""
    found: dict[str, Row[Any]] = {}
    frontier = {directive_id}
    while frontier:
        new = select(change_request.c.new_directive).where(change_request.c.directive.in_(frontier), change_request.c.new_directive.is_not(None))
        letters = select(directive.c.id, directive.c.root, directive.c.status)
        letters = letters.where(directive.c.follows_up.in_(frontier) | directive.c.id.in_(new))
        rows = call.transaction.connection.execute(letters.order_by(directive.c.id)).all()
        frontier = {row.id for row in rows} - found.keys() - {directive_id}
        found |= {row.id: row for row in rows if row.id in frontier}
    return [row for row in found.values() if row.status == "issued"]


def _close(call: Call, directive_id: str, reason: str) -> list[str]:
    """End one directive, its obligations and the milestones not yet ended; return those who still follow it up."""
    connection = call.transaction.connection
    letter = connection.execute(select(directive.c.status, directive.c.root).where(directive.c.id == directive_id)).one()
    owing = _still_owing(call, directive_id)
    after = "closed" if letter.status == "issued" else letter.status  # recalled and replaced are said for ever
    same = update(directive).where(directive.c.id == directive_id, directive.c.status == letter.status)
    if connection.execute(same.values(status=after)).rowcount != 1:
        raise Conflict(f"Expected the directive {directive_id} to be {letter.status} still, but it has just changed.")
    connection.execute(update(obligation).where(obligation.c.directive == directive_id).values(status="closed"))
    cancel_milestones(call.transaction, directive_id, why={"code": "closed", "text": reason})
    recipients = connection.execute(select(dispatch.c.organisation).where(dispatch.c.directive == directive_id))
    warning = (Change(field="still_owed_by", new=owing),) if owing else ()
    call.record(
        "directive.closed",
        Subject(type="directive", id=directive_id),
        changes=(Change(field="status", old=letter.status, new=after), *warning),
        reason={"code": "closed", "text": reason},
        streams=tuple(dict.fromkeys((*call.case.roots, letter.root))),  # a letter that follows up is in a cascade of its own
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


def tell_finished(call: Call, directives: Sequence[str]) -> None:
    """Say of letters that are reported on once that their reports are consolidated (DOMAIN.md 2.3).

    Only to an issuer that owes no report of its own on them: whoever does is finished when that one is accepted.
    """
    owes = exists().where(obligation.c.directive == directive.c.parent, obligation.c.organisation == directive.c.issuer)
    query = (
        select(directive.c.id, directive.c.issuer)
        .join(subscription, (subscription.c.key == directive.c.id) & (subscription.c.organisation == directive.c.issuer))
        .where(subscription.c.message == FINISHED, directive.c.id.in_(directives), ~owes)
        .distinct()
    )
    for row in call.transaction.connection.execute(query.order_by(directive.c.id)).all():
        source = f"finished:{call.case.id}:{row.id}"
        send(call.transaction, message=FINISHED, key=row.id, to=[row.issuer], payload={}, source=source, roots=call.case.roots)


CLOSING = {"close_directive": close_directive}
