"""Assignments (SP3): one accountable lead and any number of supporting units for each item of a directive.

The lead is a post, so that work stays with the office when people change. What becomes of an assignment is told by its
status: assigned, not_started, in_progress, blocked, overdue, reported (waits for the leader), done, withdrawn.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from engine.directory.organisations import holders, organisation_by_id
from engine.history.record import Change, Subject
from engine.history.transaction import Transaction
from engine.instances.operations import Call
from engine.kernel.clock import local_date
from engine.kernel.errors import InvalidInput
from engine.messages.inbox import send
from engine.storage.schema import (
    assignment,
    assignment_support,
    directive,
    directive_item,
    holding,
    organisation,
    person,
    post,
    subscription,
)

ONE_OFF = "one_off"
CHANGED = "assignment.changed"  # tells the work that its due date or its lead is another one now
CARRIED_OUT = frozenset({"execute", "both"})


def assign(call: Call) -> dict[str, Any]:
    """Give every item to one accountable lead (Decree 39/2022). Parameter: form (F03).

    Result: assignments (id and due date of each), and problem: why nothing was assigned, for the leader to mend.
    """
    form = call.form(call.parameter("form"))
    if form.get("action") not in CARRIED_OUT:
        return {"assignments": [], "problem": ""}
    try:
        planned = _plan(call, form)
    except InvalidInput as error:
        return {"assignments": [], "problem": error.message}
    connection = call.transaction.connection
    connection.execute(insert(assignment), [{key: row[key] for key in row if key != "support"} for row in planned])
    support = [{"assignment": row["id"], "organisation": unit} for row in planned for unit in row["support"]]
    if support:
        connection.execute(insert(assignment_support), support)
    for row in planned:
        _tell_created(call, row)
    end = connection.execute(select(directive.c.sunset).where(directive.c.id == call.case.directive)).scalar_one()
    return {"assignments": [{"id": row["id"], "due": row["due_at"] or end} for row in planned], "problem": ""}


def _plan(call: Call, form: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the assignments of the whole letter: one per item, one alone when it has no items. Raises InvalidInput."""
    connection, case = call.transaction.connection, call.case
    day = local_date(call.transaction.now)
    lead = lead_of(connection, case.organisation, form.get("lead_unit"), day)
    support = [unit_of(connection, name) for name in form.get("coordinating_units", [])]
    letter = connection.execute(select(directive).where(directive.c.id == case.directive)).one()
    query = select(directive_item).where(directive_item.c.directive == case.directive).order_by(directive_item.c.id)
    items: list[Row[Any] | None] = list(connection.execute(query))
    return [
        {
            "id": call.transaction.new_id(),
            "directive": case.directive,
            "item": item.id if item else None,
            "organisation": case.organisation,
            "lead": lead,
            "status": "assigned",
            "due_at": _due(form, item, letter),
            "created_at": call.transaction.at,
            "support": [unit for unit in support if unit != case.organisation],
        }
        for item in items or [None]
    ]


def _due(form: dict[str, Any], item: Row[Any] | None, letter: Row[Any]) -> str | None:
    """Return the due date: the leader's, else the item's. A later one than the directive's wants a sentence."""
    wanted: str | None = form.get("due_at")
    own: str | None = item.last_day if item else None
    latest = own or letter.sunset
    if wanted and wanted > latest and not form.get("due_reason", "").strip():
        what = f"item {item.item_no} of {letter.code} is due" if item and own else f"{letter.code} is followed up until"
        raise InvalidInput(
            f"Expected a due date by {latest}, when {what}, but found {wanted}. Choose an earlier one, or say in `due_reason` why it is later."
        )
    return wanted or own


def _tell_created(call: Call, row: dict[str, Any]) -> None:
    call.record(
        "assignment.created",
        Subject(type="assignment", id=row["id"]),
        objects=tuple(Subject(type="organisation", id=unit, qualifier="support") for unit in row["support"]),
        changes=tuple(Change(field=name, new=row[name]) for name in ("lead", "item", "due_at", "support") if row[name]),
    )


def lead_of(connection: Connection, organisation_id: str, name: str | None, day: date) -> str:
    """Return the post that is accountable: a person by login, a post by id; the specialist's when the organisation is named.

    Raises InvalidInput, naming who could be chosen.
    """
    unit = organisation_by_id(connection, organisation_id)
    if not name or name in {unit.id, unit.code, unit.name}:
        found = holders(connection, unit.id, "specialist", day)
        if not found:
            raise InvalidInput(
                f"Expected somebody with the role specialist in {unit.name}, but nobody holds it. Name a lead, or have a holder recorded."
            )
        return str(found[0].post)
    people = _people(connection, unit.id, day)
    chosen = [row.post for row in people if name in {row.login, row.post}]
    if not chosen:
        known = ", ".join(f"{row.login} ({row.name}, {row.title})" for row in people)
        raise InvalidInput(f"Expected a person or a post of {unit.name} as lead, but found {name!r}. There are: {known or 'nobody'}.")
    return str(chosen[0])


def _people(connection: Connection, organisation_id: str, day: date) -> list[Row[Any]]:
    today = day.isoformat()
    query = (
        select(person.c.login, person.c.name, post.c.id.label("post"), post.c.title)
        .join(holding, holding.c.person == person.c.id)
        .join(post, post.c.id == holding.c.post)
        .where(post.c.organisation == organisation_id, holding.c.valid_from <= today)
        .where((holding.c.valid_to.is_(None)) | (holding.c.valid_to >= today))
        .order_by(holding.c.substitute_for, person.c.login)
    )
    return list(connection.execute(query))


def unit_of(connection: Connection, name: str) -> str:
    """Return the organisation with this code or id. Raises InvalidInput, naming codes that begin alike."""
    found = connection.execute(select(organisation.c.id).where((organisation.c.code == name) | (organisation.c.id == name)))
    if (identity := found.scalar_one_or_none()) is not None:
        return str(identity)
    query = select(organisation.c.code).where(organisation.c.code.like(f"{name[:2]}%")).order_by(organisation.c.code).limit(10)
    alike = ", ".join(connection.execute(query).scalars()) or "none"
    raise InvalidInput(f"Expected the code of an organisation, but found {name!r}, which none has. Codes that begin alike: {alike}.")


def assignment_by_id(connection: Connection, assignment_id: str) -> Row[Any]:
    """Return the row of an assignment. Raises InvalidInput."""
    row = connection.execute(select(assignment).where(assignment.c.id == assignment_id)).one_or_none()
    if row is None:
        raise InvalidInput(f"Expected the id of an assignment, but found {assignment_id!r}, which none has.")
    return row


def tell_changed(transaction: Transaction, row: Row[Any]) -> None:
    """Tell the work on an assignment that its row has changed, when somebody is at work on it; its reminders begin anew."""
    waiting = select(subscription.c.id).where(subscription.c.message == CHANGED, subscription.c.key == row.id)
    if transaction.connection.execute(waiting.limit(1)).first() is None:
        return
    root = transaction.connection.execute(select(directive.c.root).where(directive.c.id == row.directive)).scalar_one()
    source = f"changed:{row.id}:{transaction.new_id()}"
    send(transaction, message=CHANGED, key=row.id, to=[row.organisation], payload={}, source=source, roots=[root])
