"""The receipt of a directive (SP1): exchange status, incoming register, duplicates of what is here already."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, insert, or_, select, update

from engine.directives.assignments import CHANGED
from engine.directives.cases import ENDED
from engine.directives.register import enter, take_number
from engine.directives.stated import happened_on
from engine.history.record import Change, Subject
from engine.instances.operations import Call
from engine.messages.inbox import forget
from engine.storage.schema import assignment, directive, dispatch, obligation, organisation, receipt_source

FOR_THE_CASE = ("directive.closed", "directive.withdrawn", "directive.insisted", "directive.released")
GIVEN_UP = frozenset({"02", "15"})  # refused, withdrawn: what was assigned is not carried out


def set_status(call: Call) -> dict[str, Any]:
    """Set the exchange status (DOMAIN.md 2.10) of the receipt of a directive. Parameters: directive, code, [form]."""
    form = call.form(call.parameters["form"]) if "form" in call.parameters else {}
    change_status(call, call.parameter("directive"), call.case.organisation, call.parameter("code"), form.get("reason"))
    return {}


def change_status(call: Call, directive_id: str, recipient: str, code: str, reason: str | None = None) -> None:
    """Set the status of one recipient; with a last status nothing more is owed and nothing more is waited for."""
    connection = call.transaction.connection
    place = {"b_directive": directive_id, "b_recipient": recipient}
    before = connection.execute(_STATUS, place).scalar_one_or_none()
    connection.execute(_SET_STATUS, {**place, "b_status": code, "b_at": call.transaction.at})
    if code in ENDED:
        close_obligations(connection, directive_id, recipient)
        _wait_no_more(connection, directive_id, recipient)
    if code in GIVEN_UP:
        theirs = (assignment.c.directive == directive_id) & (assignment.c.organisation == recipient)
        connection.execute(update(assignment).where(theirs, assignment.c.status != "done").values(status="withdrawn"))
    call.record(
        "dispatch.status_changed",
        Subject(type="directive", id=directive_id),
        objects=(Subject(type="organisation", id=recipient, qualifier="recipient"),),
        changes=(Change(field="status", old=before, new=code),),
        reason={"code": code, "text": reason} if reason else None,
    )


def _wait_no_more(connection: Connection, directive_id: str, recipient: str) -> None:
    """What others sent to the case and to its work just before it ended is read by nobody any more."""
    forget(connection, FOR_THE_CASE, key=directive_id, organisation=recipient)
    theirs = select(assignment.c.id).where(assignment.c.directive == directive_id, assignment.c.organisation == recipient)
    for identity in connection.execute(theirs).scalars().all():
        forget(connection, (CHANGED,), key=identity, organisation=recipient)


def close_obligations(connection: Connection, directive_id: str, recipient: str) -> None:
    """The recipient owes no report on the directive any more."""
    theirs = (obligation.c.directive == directive_id) & (obligation.c.organisation == recipient)
    connection.execute(update(obligation).where(theirs).values(status="closed"))


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
        **happened_on(form["arrival_date"], call.transaction.now),
    )
    return {"arrival_number": taken.number}


def find_duplicates(call: Call) -> dict[str, Any]:
    """Look for the same letter among those that are here. Parameter: directive. Result: duplicates, urgency, problem.

    The same letter: issuer, type, number, symbol and date (DOMAIN.md 1.4.1), or another superior's relay of the same
    letter (DOMAIN.md 2.7): a common root, or the same number and subject.
    """
    connection = call.transaction.connection
    arrived = connection.execute(_LETTER, {"b_letter": call.parameter("directive")}).one()
    found = [f"{row.code} ({row.issued_date}, {row.issuer_name})" for row in _same(connection, arrived, call.case.organisation)]
    urgency = json.loads(arrived.reading or "{}").get("urgency") or "normal"
    return {"duplicates": found, "urgency": urgency, "problem": ""}


_ARRIVED = directive.alias("arrived")
_COPY = and_(
    directive.c.issuer == _ARRIVED.c.issuer,
    directive.c.doc_type == _ARRIVED.c.doc_type,
    directive.c.number.is_not_distinct_from(_ARRIVED.c.number),
    directive.c.symbol == _ARRIVED.c.symbol,
    directive.c.issued_date == _ARRIVED.c.issued_date,
)
_RELAYED = and_(
    directive.c.issuer != _ARRIVED.c.issuer,
    or_(directive.c.root == _ARRIVED.c.root, and_(directive.c.number == _ARRIVED.c.number, directive.c.subject == _ARRIVED.c.subject)),
)
_RECEIVED = (
    select(directive, organisation.c.name.label("issuer_name"))
    .join(dispatch, dispatch.c.directive == directive.c.id)
    .join(organisation, organisation.c.id == directive.c.issuer)
    .where(dispatch.c.organisation == bindparam("b_recipient"), directive.c.id != bindparam("b_besides"))
    .order_by(directive.c.issued_date.desc(), directive.c.id.desc())
)
_SAME = _RECEIVED.join(_ARRIVED, _ARRIVED.c.id == bindparam("b_besides")).where(or_(_COPY, _RELAYED))
_LETTER = select(directive).where(directive.c.id == bindparam("b_letter"))
_PLACE = (dispatch.c.directive == bindparam("b_directive")) & (dispatch.c.organisation == bindparam("b_recipient"))
_STATUS = select(dispatch.c.status).where(_PLACE)
_SET_STATUS = update(dispatch).where(_PLACE).values(status=bindparam("b_status"), changed_at=bindparam("b_at"))


def _same(connection: Connection, arrived: Row[Any], recipient: str) -> list[Row[Any]]:
    return list(connection.execute(_SAME, {"b_recipient": recipient, "b_besides": arrived.id}))


def link_duplicate(call: Call) -> dict[str, Any]:
    """Link a letter with the one that was here before: one receipt, two sources. Parameters: directive, form. Result: problem."""
    form, connection, unit = call.form(call.parameter("form")), call.transaction.connection, call.case.organisation
    arrived = connection.execute(select(directive).where(directive.c.id == call.parameter("directive"))).one()
    code = form["same_as"].strip()
    known = connection.execute(_RECEIVED.where(directive.c.code == code), {"b_recipient": unit, "b_besides": arrived.id}).first()
    if known is None:
        here = ", ".join(row.code for row in _same(connection, arrived, unit)) or "none that looks like it"
        return {"problem": f"Expected the code of another letter that is here, but found {code!r}. Alike: {here}. Write its code, or accept the letter."}
    connection.execute(
        insert(receipt_source).values(
            id=call.transaction.new_id(),
            directive=known.id,
            organisation=unit,
            channel=form.get("channel", "internal"),
            arrived_at=call.transaction.at,
            note=form.get("reason"),
            same_as=arrived.id,
        )
    )
    close_obligations(connection, arrived.id, unit)  # the report on the first one answers both
    call.record(
        "document.duplicate",
        Subject(type="directive", id=arrived.id),
        objects=(Subject(type="directive", id=known.id, qualifier="same_as"),),
        changes=(Change(field="same_as", new=known.code),),
        reason={"code": "duplicate", "text": form["reason"]},
    )
    change_status(call, arrived.id, unit, "03", form["reason"])
    return {"problem": ""}


RECEIPTS = {
    "set_status": set_status,
    "register_incoming": register_incoming,
    "find_duplicates": find_duplicates,
    "link_duplicate": link_duplicate,
}
