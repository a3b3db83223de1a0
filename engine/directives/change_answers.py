"""A recipient answers a change (SP8): 15 and the case ends or its dates move, or 16 and everything stays; then what it handed down."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from sqlalchemy import Row, select, update

from engine.directives.changes import AMEND, CORRECT, RECALL, REPLACE, change_by_id
from engine.directives.due_dates import OVER, Work, amend_duty, move_due
from engine.directives.standing import directive_by_id, end_case, name_of, receipt
from engine.history.record import Change, Subject
from engine.instances.operations import Call
from engine.kernel.errors import Refused
from engine.messages.inbox import send
from engine.storage.schema import (
    assignment,
    change_answer,
    change_request,
    directive,
    directive_item,
    dispatch,
    obligation,
    register_book,
    register_entry,
    subscription,
)

AGREED, NOT_AGREED = "15", "16"  # exchange codes (DOMAIN.md 2.10)
ANSWERED, CASCADED = "changes.answered", "change.cascaded"


def answer_change(call: Call) -> dict[str, Any]:
    """Write a recipient's answer and do what it says. Parameters: change, form (F18). Result: children (codes)."""
    connection, unit = call.transaction.connection, call.case.organisation
    form = call.form(call.parameter("form"))
    lock = select(change_request.c.id).where(change_request.c.id == call.parameter("change")).with_for_update()
    connection.execute(lock)  # two recipients that answer at once: one of them sees that all are in
    change = change_by_id(call, call.parameter("change"))
    _check_first(call, change)
    agrees = form["answer"] == "agree"
    diff = _follow(call, change) if agrees else []
    connection.execute(
        update(change_answer)
        .where(change_answer.c.change_request == change.id, change_answer.c.organisation == unit)
        .values(
            status="agreed" if agrees else "refused",
            reason=form.get("reason"),
            already_done=form.get("already_done"),
            diff=json.dumps(diff, ensure_ascii=False) if diff else None,
            answered_at=call.transaction.at,
        )
    )
    call.record(
        "change.agreed" if agrees else "change.refused",
        Subject(type="change_request", id=change.id),
        objects=(Subject(type="directive", id=change.directive, qualifier="directive"),),
        changes=(Change(field="kind", new=change.kind), Change(field="already_done", new=form.get("already_done")), Change(field="diff", new=diff)),
        reason={"code": AGREED if agrees else NOT_AGREED, "text": form.get("reason") or ""},
    )
    _announce_when_all_answered(call, change)
    children = _children(call, change.directive) if agrees and change.kind != CORRECT else []
    return {"children": children}


def _check_first(call: Call, change: Row[Any]) -> None:
    connection, unit = call.transaction.connection, call.case.organisation
    row = connection.execute(
        select(change_answer).where(change_answer.c.change_request == change.id, change_answer.c.organisation == unit)
    ).one()
    if row.status != "pending":
        code = directive_by_id(connection, change.directive).code
        raise Refused(
            f"Expected the first answer of {name_of(connection, unit)} to the change of {code}, but it was answered on "
            f"{row.answered_at} ({row.status}). An answer cannot be taken back; ask the issuer for another change."
        )


def _follow(call: Call, change: Row[Any]) -> list[dict[str, Any]]:
    if change.kind in {RECALL, REPLACE}:
        _withdraw(call, change)
    return _amend(call, change) if change.kind == AMEND else []  # a correction is noted and changes nothing


def _withdraw(call: Call, change: Row[Any]) -> None:
    """End the case, the duties and the open assignments; cancel the incoming record but keep what it says."""
    transaction, unit = call.transaction, call.case.organisation
    connection, place = transaction.connection, {"directive": change.directive, "organisation": unit}
    if not end_case(call, change.directive, unit):
        _set_agreed(call, change, unit)
    connection.execute(update(obligation).filter_by(**place).values(status="closed"))
    open_work = update(assignment).filter_by(**place).where(assignment.c.status.not_in(OVER["assignment"]))
    connection.execute(open_work.values(status="withdrawn"))
    books = select(register_book.c.id).where(register_book.c.organisation == unit, register_book.c.direction == "incoming")
    entries = update(register_entry).where(register_entry.c.directive == change.directive, register_entry.c.register_book.in_(books))
    connection.execute(entries.values(cancelled_at=transaction.at, cancel_reason=f"{change.kind}: {change.reason}"))


def _set_agreed(call: Call, change: Row[Any], unit: str) -> None:
    """The case is over already: its receipt says so itself."""
    directive_id = change.directive
    before = receipt(call.transaction.connection, directive_id, unit)
    place = (dispatch.c.directive == directive_id) & (dispatch.c.organisation == unit)
    call.transaction.connection.execute(update(dispatch).where(place).values(status=AGREED, changed_at=call.transaction.at))
    call.record(
        "dispatch.status_changed",
        Subject(type="directive", id=directive_id),
        objects=(Subject(type="organisation", id=unit, qualifier="recipient"),),
        changes=(Change(field="status", old=before.status if before else None, new=AGREED),),
        reason={"code": change.kind, "text": change.reason},
    )


def _amend(call: Call, change: Row[Any]) -> list[dict[str, Any]]:
    """Move the dates that the amendment names; return the differences, old and new."""
    connection, place = call.transaction.connection, {"directive": change.directive, "organisation": call.case.organisation}
    amend = json.loads(change.content)["amend"]
    dues = {entry["item_no"]: entry["due_date"] for entry in amend.get("items", [])}
    query = select(assignment, directive_item.c.item_no).join(directive_item, directive_item.c.id == assignment.c.item)
    query = query.where(assignment.c.directive == change.directive, assignment.c.organisation == call.case.organisation)
    found = [Work(kind="assignment", row=row) for row in connection.execute(query).all() if row.item_no in dues]
    why = {"code": change.kind, "text": change.reason}
    diff = [move_due(call, work, dues[work.row.item_no], extended=False, why=why) for work in found if not work.is_over]
    wanted = {**amend.get("obligation", {}), "opens_on": amend.get("phase_end")}
    for row in connection.execute(select(obligation).filter_by(**place)).all():
        work = Work(kind="obligation", row=row)
        moved = None if work.is_over else amend_duty(call, work, wanted | _later(row, wanted), why=why)
        if moved:
            diff.append(moved)
    return diff


def _later(duty: Row[Any], wanted: dict[str, Any]) -> dict[str, str]:
    """A campaign that ends later is reported on later by as many days, unless the amendment names the day itself."""
    if wanted.get("due_date") or not (wanted["opens_on"] and duty.opens_on and duty.due_date):
        return {}
    shift = date.fromisoformat(wanted["opens_on"]) - date.fromisoformat(duty.opens_on)
    return {"due_date": (date.fromisoformat(duty.due_date) + shift).isoformat()}


def _announce_when_all_answered(call: Call, change: Row[Any]) -> None:
    connection = call.transaction.connection
    pending = select(change_answer.c.organisation).where(change_answer.c.change_request == change.id, change_answer.c.status == "pending")
    waiting = select(subscription.c.id).where(subscription.c.message == ANSWERED, subscription.c.key == change.id)
    if connection.execute(pending.limit(1)).first() is None and connection.execute(waiting.limit(1)).first() is not None:
        source = f"answered:{change.id}"
        send(
            call.transaction, message=ANSWERED, key=change.id, to=[change.organisation], payload={}, source=source, roots=call.case.roots
        )


def _children(call: Call, directive_id: str) -> list[str]:
    query = select(directive.c.code).where(directive.c.parent == directive_id, directive.c.issuer == call.case.organisation)
    return list(call.transaction.connection.execute(query.where(directive.c.status == "issued").order_by(directive.c.id)).scalars())


def check_cascade(call: Call) -> dict[str, Any]:
    """Look for a chosen letter that was not handed down from this one. Parameters: change, form. Result: problems."""
    change = change_by_id(call, call.parameter("change"))
    known = _children(call, change.directive)
    chosen = call.form(call.parameter("form"))["children_to_recall"]
    return {
        "problems": [
            f"Expected a letter that was handed down from this one ({', '.join(known)}), but found {code!r}. Write its code as it is printed."
            for code in chosen
            if code not in known
        ]
    }


def cascade_change(call: Call) -> dict[str, Any]:
    """Hand the change down for the letters that the leader chose. Parameters: change, form. Result: cascaded (codes)."""
    form, change = call.form(call.parameter("form")), change_by_id(call, call.parameter("change"))
    chosen = form["children_to_recall"]
    query = select(directive).where(directive.c.parent == change.directive, directive.c.issuer == call.case.organisation)
    children = [row for row in call.transaction.connection.execute(query.where(directive.c.status == "issued")) if row.code in chosen]
    for child in children:
        send(
            call.transaction,
            message=CASCADED,
            key=child.id,
            to=[call.case.organisation],
            payload={"directive": child.id, "handed_change": change.id},
            source=f"cascade:{change.id}:{child.id}",
            roots=call.case.roots,
        )
    call.record(
        "change.handed_down",
        Subject(type="change_request", id=change.id),
        changes=(Change(field="children", new=sorted(child.code for child in children)),),
        reason={"code": "cascade", "text": form["reason"]} if form.get("reason") else None,
    )
    return {"cascaded": sorted(child.code for child in children)}


CHANGE_ANSWERS = {"answer_change": answer_change, "check_cascade": check_cascade, "cascade_change": cascade_change}
