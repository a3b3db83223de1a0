"""Giving an assignment to another lead (DOMAIN.md 2.7): by a command, or by a process that a leader starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select, update

from engine.directives.assignments import assignment_by_id, lead_of, tell_changed
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.instances.operations import Call
from engine.kernel.clock import local_date
from engine.kernel.errors import Conflict, InvalidInput, Refused
from engine.storage.schema import assignment, directive, post

OVER = frozenset({"done", "withdrawn"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReassignAssignment:
    """Give an assignment to another lead: a person by login or a post by id, of the same organisation."""

    assignment: str
    lead: str
    reason: str


def assignment_place(connection: Connection, assignment_id: str) -> tuple[str, str]:
    """Return (organisation, root directive) of an assignment. Raises InvalidInput."""
    row = assignment_by_id(connection, assignment_id)
    root = connection.execute(select(directive.c.root).where(directive.c.id == row.directive)).scalar_one()
    return row.organisation, root


def decide_reassign(command: ReassignAssignment, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Return what gives an assignment to another lead; the history keeps both."""
    row, lead = _checked(reading.connection, command, local_date(reading.now))

    def apply(transaction: Transaction) -> dict[str, Any]:
        _reassign(transaction, row, lead, command.reason)
        return {"assignment": row.id, "lead": lead}

    return apply


def reassign_assignment(call: Call) -> dict[str, Any]:
    """Do what the leader's form says. Parameter: form (assignment, lead, reason). Result: problem (empty when done)."""
    form, transaction = call.form(call.parameter("form")), call.transaction
    command = ReassignAssignment(assignment=form["assignment"], lead=form["lead"], reason=form["reason"])
    try:
        row, lead = _checked(transaction.connection, command, local_date(transaction.now))
        if row.organisation != call.case.organisation:
            raise InvalidInput(f"Expected an assignment of this organisation, but {command.assignment} is another's. Choose one of ours.")
    except (InvalidInput, Refused) as error:
        return {"problem": error.message}
    _reassign(transaction, row, lead, command.reason)
    return {"problem": ""}


def _checked(connection: Connection, command: ReassignAssignment, day: date) -> tuple[Row[Any], str]:
    row = assignment_by_id(connection, command.assignment)
    if not command.reason.strip():
        raise InvalidInput("Expected a reason for giving the assignment to another lead, but found none. Say why.")
    if row.status in OVER:
        raise Refused(f"Expected an assignment that is still being worked on, but this one is {row.status}. Nothing is left to hand over.")
    lead = lead_of(connection, row.organisation, command.lead, day)
    if lead == row.lead:
        raise Refused(f"Expected another lead than {_title(connection, lead)}, but that post has the assignment already. Choose another one.")
    return row, lead


def _title(connection: Connection, post_id: str) -> str:
    return str(connection.execute(select(post.c.title).where(post.c.id == post_id)).scalar_one())


def _reassign(transaction: Transaction, row: Row[Any], lead: str, reason: str) -> None:
    connection = transaction.connection
    same = update(assignment).where(assignment.c.id == row.id, assignment.c.lead == row.lead, assignment.c.status == row.status)
    if connection.execute(same.values(lead=lead)).rowcount != 1:
        raise Conflict(f"Expected the assignment {row.id} as it was read, but it has just changed.")
    _, root = assignment_place(connection, row.id)
    tell_changed(transaction, row)
    titles = Change(field="title", old=_title(connection, row.lead), new=_title(connection, lead))
    transaction.record(
        Fact(
            action="assignment.reassigned",
            subject=Subject(type="assignment", id=row.id),
            objects=(Subject(type="directive", id=root, qualifier="root"),),
            changes=(Change(field="lead", old=row.lead, new=lead), titles),
            reason={"code": "reassigned", "text": reason},
            streams=(root,),
        )
    )
