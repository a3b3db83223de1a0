"""A directive is recalled, replaced, amended or corrected by its issuer (SP8): the request, its recipients, its end.

The issued record is frozen and never altered; what is asked stands in rows of its own (Decree 30/2020 art. 18.3-4 and
annex VI III.8: freeze the outgoing document, cancel the incoming one, keep the metadata).
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from engine.directives.milestones import cancel_milestones
from engine.directives.standing import directive_by_id, name_of
from engine.directives.urging import Urge, remember_urge
from engine.history.record import Change, Subject
from engine.instances.operations import Call, Unfinished
from engine.kernel.errors import Conflict, Refused
from engine.storage.schema import (
    change_answer,
    change_request,
    citation,
    directive,
    dispatch,
    obligation,
    organisation,
    register_book,
    register_entry,
)

RECALL, AMEND, REPLACE, CORRECT = "recall", "amend", "replace", "correct"
STATUS = {RECALL: "recalled", REPLACE: "replaced"}
ACTION = {RECALL: "directive.recalled", REPLACE: "directive.replaced", AMEND: "directive.amended", CORRECT: "directive.corrected"}
AT_ONCE = 200  # organisations that are reminded in one transaction
UNTOUCHED = ("02", "15")  # who sent it back, or has agreed to a recall already, is not asked


def check_change(call: Call) -> dict[str, Any]:
    """Look for what keeps a change from being asked for. Parameters: directive, form (F17). Result: problems, parent_directive."""
    letter, form = directive_by_id(call.transaction.connection, call.parameter("directive")), call.form(call.parameter("form"))
    found = []
    if letter.status in STATUS.values():
        found.append(f"Expected a directive in force, but {letter.code} has been {letter.status} already. Change the one that is in force.")
    elif letter.status == "closed" and form["kind"] != CORRECT:
        found.append(f"Expected a directive in force, but {letter.code} has been closed. Issue a new one instead.")
    elif not _recipients(call, letter.id):
        found.append(f"Expected somebody who still has {letter.code}, but everybody sent it back or agreed to its recall. Nothing is left to change.")
    if form["kind"] == AMEND and not any(form.get("amend", {}).values()):
        found.append("Expected what the amendment changes, but found nothing. Fill in a new date, subject or period.")
    return {"problems": found, "parent_directive": letter.parent or "", "new_directive": ""}


def request_change(call: Call) -> dict[str, Any]:
    """Freeze the record and ask every recipient. Parameters: directive, form, new_directive. Result: change, recipients, kind."""
    form, new = call.form(call.parameter("form")), call.parameter("new_directive") or None
    letter = directive_by_id(call.transaction.connection, call.parameter("directive"))
    if new:
        _cite(call, letter, new)
    return _ask(
        call,
        letter,
        {
            "kind": form["kind"],
            "reason": form["reason"],
            "content": json.dumps({"text": form.get("text", ""), "amend": form.get("amend", {})}, ensure_ascii=False),
            "effective_at": form["effective_at"],
            "new_directive": new,
            "cascade_of": None,
        },
    )


def hand_down_change(call: Call) -> dict[str, Any]:
    """Ask the recipients of one's own directive for the change that one agreed to. Parameters: change, directive.

    A directive whose ground was replaced is recalled: its issuer hands the new one down afresh. Result as request_change.
    """
    above = change_by_id(call, call.parameter("change"))
    letter = directive_by_id(call.transaction.connection, call.parameter("directive"))
    origin = directive_by_id(call.transaction.connection, above.directive)
    return _ask(
        call,
        letter,
        {
            "kind": RECALL if above.kind == REPLACE else above.kind,
            "reason": f"{origin.code}: {above.reason}",
            "content": _shifted(call, above, letter) if above.kind == AMEND else above.content,
            "effective_at": above.effective_at,
            "new_directive": None,
            "cascade_of": above.id,
        },
    )


def _shifted(call: Call, above: Row[Any], letter: Row[Any]) -> str:
    """Return an amendment that moves the duties below by as many days as our own duty moved: each level is due earlier."""
    connection, content = call.transaction.connection, json.loads(above.content)
    ours = select(change_answer.c.diff).where(
        change_answer.c.change_request == above.id, change_answer.c.organisation == call.case.organisation
    )
    moved = [entry for entry in json.loads(connection.execute(ours).scalar_one() or "[]") if entry["kind"] == "obligation"]
    duty: dict[str, Any] = {}
    for entry in moved:
        if "end_period" in entry["new"]:
            duty["end_period"] = entry["new"]["end_period"]
        if "due_date" in entry["new"]:
            shift = date.fromisoformat(entry["new"]["due_date"]) - date.fromisoformat(entry["old"]["due_date"])
            latest = connection.execute(select(func.max(obligation.c.due_date)).where(obligation.c.directive == letter.id)).scalar_one()
            if latest:
                duty["due_date"] = (date.fromisoformat(latest) + shift).isoformat()
    amend = {"subject": content["amend"].get("subject"), "obligation": duty}
    return json.dumps({"text": content["text"], "amend": amend}, ensure_ascii=False)


def _ask(call: Call, letter: Row[Any], asked: dict[str, Any]) -> dict[str, Any]:
    transaction, unit = call.transaction, call.case.organisation
    connection, kind = transaction.connection, asked["kind"]
    if letter.issuer != unit:  # whatever a diagram lets people start: the shipped one is offered to the issuer alone
        issuer = name_of(connection, letter.issuer)
        raise Refused(f"Expected a directive that {name_of(connection, unit)} has issued, but {letter.code} is from {issuer}. Ask {issuer} for the change.")
    identity, recipients = transaction.new_id(), _recipients(call, letter.id)
    row = {"id": identity, "directive": letter.id, "organisation": unit, "status": "open", "created_at": transaction.at}
    connection.execute(insert(change_request).values(**row, **asked))
    pending = [{"change_request": identity, "organisation": each, "status": "pending"} for each in recipients]
    if pending:
        connection.execute(insert(change_answer), pending)
    status = STATUS.get(kind, letter.status)
    same = update(directive).where(directive.c.id == letter.id, directive.c.status == letter.status)
    if connection.execute(same.values(status=status)).rowcount != 1:
        raise Conflict(f"Expected {letter.code} to be {letter.status} still, but it has just changed.")
    if kind in STATUS:
        freeze = update(register_entry).where(register_entry.c.directive == letter.id, register_entry.c.frozen_at.is_(None))
        connection.execute(freeze.where(register_entry.c.register_book.in_(_own_books(unit))).values(frozen_at=transaction.at))
    told = {name: value for name, value in asked.items() if name != "reason" and value is not None}
    call.record(
        ACTION[kind],
        Subject(type="directive", id=letter.id),
        objects=(
            Subject(type="change_request", id=identity),
            *(Subject(type="organisation", id=each, qualifier="recipient") for each in recipients),
        ),
        changes=(Change(field="status", old=letter.status, new=status), *(Change(field=name, new=value) for name, value in told.items())),
        reason={"code": kind, "text": asked["reason"]},
    )
    return {"change": identity, "change_kind": kind, "change_reason": asked["reason"], "change_code": letter.code, "change_recipients": recipients}


def _own_books(unit: str) -> Any:
    return select(register_book.c.id).where(register_book.c.organisation == unit, register_book.c.direction == "outgoing")


def _recipients(call: Call, directive_id: str) -> list[str]:
    query = select(dispatch.c.organisation).where(dispatch.c.directive == directive_id, dispatch.c.status.not_in(UNTOUCHED))
    return sorted(call.transaction.connection.execute(query).scalars())


def _cite(call: Call, letter: Row[Any], new: str) -> None:
    call.transaction.connection.execute(
        insert(citation).values(
            id=call.transaction.new_id(), directive=new, code=letter.code, cited_date=letter.issued_date, relation="replaces", cited=letter.id
        )
    )


def remind_change(call: Call) -> dict[str, Any] | Unfinished:
    """Remind everybody who has not answered a change (T8). Parameter: change."""
    change = change_by_id(call, call.parameter("change"))
    them, more = call.part((row.organisation for row in answers_of(call, change.id) if row.status == "pending"), AT_ONCE)
    for unit in them:
        remember_urge(call, Urge(organisation=unit, role="leader", about=change.id, directive=change.directive))
    return more or {}


def end_change(call: Call) -> dict[str, Any]:
    """End the asking and say what came of it. Parameter: change. Result: change_notes, one sentence for each who did not agree."""
    change = change_by_id(call, call.parameter("change"))
    letter = directive_by_id(call.transaction.connection, change.directive)
    rows = answers_of(call, change.id)
    if change.kind in STATUS and {row.status for row in rows} == {"agreed"}:
        cancel_milestones(call.transaction, change.directive, why={"code": change.kind, "text": change.reason})
    ended = update(change_request).where(change_request.c.id == change.id)
    call.transaction.connection.execute(ended.values(status="ended", ended_at=call.transaction.at))
    counts = {status: sum(row.status == status for row in rows) for status in ("agreed", "refused", "pending")}
    call.record(
        "change.ended",
        Subject(type="change_request", id=change.id),
        changes=tuple(Change(field=status, new=count) for status, count in counts.items()),
    )
    return {"change_notes": [note for row in rows if (note := _note(row, letter.code))]}


def _note(row: Row[Any], code: str) -> str | None:
    if row.status == "refused":
        done = f' It had carried it out already: "{row.already_done}".' if row.already_done else ""
        return f'{row.name} does not agree to the change of {code} (16): "{row.reason}".{done} Its case and its record stay.'
    if row.status == "pending":
        return f"{row.name} has not answered the change of {code}. Ask its leader; an answer that comes later is still recorded."
    return None


def change_by_id(call: Call, identity: str) -> Row[Any]:
    """Return the row of a change."""
    return call.transaction.connection.execute(select(change_request).where(change_request.c.id == identity)).one()


def answers_of(call: Call, change: str) -> list[Row[Any]]:
    """Return the answers to a change with the names of those who were asked, by name."""
    query = select(change_answer, organisation.c.name).join(organisation, organisation.c.id == change_answer.c.organisation)
    query = query.where(change_answer.c.change_request == change).order_by(organisation.c.name)
    return list(call.transaction.connection.execute(query))


CHANGES = {
    "check_change": check_change,
    "request_change": request_change,
    "hand_down_change": hand_down_change,
    "remind_change": remind_change,
    "end_change": end_change,
}
