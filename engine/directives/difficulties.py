"""Difficulties (SP7): raised to the issuer or its contact unit, answered, or passed one level up until somebody decides.

Due dates do not move until there is a decision; then they move at every hop on the way back down.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from sqlalchemy import Row, insert, select, update

from engine.directives.assignments import tell_changed
from engine.directives.cases import nobody_answers
from engine.directives.due_dates import Work, extensions_used_up, move_due, work_by_id
from engine.directives.standing import above, closed_case, directive_by_id, name_of, receipt, superior_of, unit_called
from engine.directives.urging import NOTICE, Urge, remember_urge, urge_unit
from engine.directory.organisations import holders
from engine.history.record import Change, Subject
from engine.instances.operations import Call
from engine.kernel.clock import local_date
from engine.messages.inbox import send
from engine.storage.schema import assignment, difficulty, directive_item, obligation

EXTEND, REASSIGN, ESCALATE = "extend", "reassign", "escalate"
GIVEN = "assignment.given"  # starts the work of an organisation on what was another's


def check_difficulty(call: Call) -> dict[str, Any]:
    """Look for what keeps a difficulty from being raised. Parameters: directive, form (F15). Result: problems."""
    connection, unit = call.transaction.connection, call.case.organisation
    form, directive_id = call.form(call.parameter("form")), call.parameter("directive")
    over = closed_case(connection, directive_id, unit) or nobody_answers(call, directive_id)
    if over:
        return {"problems": [over]}
    found = []
    item = form.get("item_no")
    if item and _assignment(call, directive_id, item) is None:
        code = directive_by_id(connection, directive_id).code
        found.append(f"Expected an item of {code} that is assigned at {name_of(connection, unit)}, but found {item!r}. Leave it blank for the whole directive.")
    if form.get("contact") and unit_called(connection, form["contact"]) is None:
        found.append(f"Expected the code or the name of a known organisation to turn to, but found {form['contact']!r}. Leave it blank for the issuer.")
    return {"problems": found}


def raise_difficulty(call: Call) -> dict[str, Any]:
    """Write a difficulty. Parameters: directive, form. Result: difficulty, asked (the organisation that it goes to)."""
    form, directive_id = call.form(call.parameter("form")), call.parameter("directive")
    letter = directive_by_id(call.transaction.connection, directive_id)
    contact = form.get("contact") or json.loads(letter.reading or "{}").get("contact")
    known = unit_called(call.transaction.connection, contact)
    asked = known if known and known != call.case.organisation else letter.issuer
    work = _assignment(call, directive_id, form.get("item_no"))
    row = {
        "directive": directive_id,
        "superior": asked,
        "assignment": work.id if work else None,
        "escalated_from": None,
        "category": form["category"],
        "description": form["description"],
        "impact": form.get("impact"),
        "proposal": form["proposal"],
        "proposed_due": form.get("proposed_due"),
    }
    return {"difficulty": _raise(call, row, "difficulty.raised"), "asked": asked, "difficulty_text": form["description"]}


def check_answer(call: Call) -> dict[str, Any]:
    """Look for what keeps an answer from being given. Parameters: difficulty, form (F16). Result: problems."""
    connection, unit = call.transaction.connection, call.case.organisation
    row, form = difficulty_by_id(call, call.parameter("difficulty")), call.form(call.parameter("form"))
    letter, me, found = directive_by_id(connection, row.directive), name_of(connection, unit), []
    if row.status == "answered":
        found.append(f"Expected a difficulty without an answer, but this one was answered on {row.answered_at}. Write to {name_of(connection, row.organisation)} instead.")
    if form["handling"] == ESCALATE and _superior(call, row, form) is None:
        found.append(f"Expected a superior of {me} to pass the difficulty on to, but it has none in the directory. Answer it yourself.")
    if form["handling"] == REASSIGN:
        target = unit_called(connection, form.get("reassign_to"))
        if target is None or receipt(connection, row.directive, target) is None or target == row.organisation:
            found.append(f"Expected another recipient of {letter.code} to give the work to, but found {form.get('reassign_to')!r}. Write its code.")
    if form["handling"] == EXTEND:
        found += _date_problems(call, row, form)
    return {"problems": found}


def _date_problems(call: Call, row: Row[Any], form: dict[str, Any]) -> list[str]:
    work = _work(call, row)
    if work is None:
        who = name_of(call.transaction.connection, row.organisation)
        return [f"Expected work of {who} with a due date, but found none for this difficulty. Answer it in words."]
    used_up = extensions_used_up(call, work)
    if used_up:
        return [used_up]
    if work.due and form["new_due"] <= work.due:
        return [f"Expected a new due date after {work.due}, but found {form['new_due']}. Choose a later day."]
    return []


def escalate_difficulty(call: Call) -> dict[str, Any]:
    """Raise the same difficulty one level up. Parameters: difficulty, form. Result: difficulty_above, asked_above, directive_above."""
    row, form = difficulty_by_id(call, call.parameter("difficulty")), call.form(call.parameter("form"))
    asked = _superior(call, row, form)
    assert asked is not None  # checked before the leader approved
    higher = above(call.transaction.connection, call.case.organisation, row.directive)
    copied = {name: getattr(row, name) for name in ("category", "impact", "proposal", "proposed_due")}
    description = f"{row.description}\n{form['text']}"
    raised = {**copied, "directive": higher, "superior": asked, "assignment": None, "escalated_from": row.id, "description": description}
    identity = _raise(call, raised, "difficulty.escalated")
    change = update(difficulty).where(difficulty.c.id == row.id)
    call.transaction.connection.execute(change.values(status="escalated"))
    return {"difficulty_above": identity, "asked_above": asked, "directive_above": higher}


def answer_difficulty(call: Call) -> dict[str, Any]:
    """Write the answer and do what it decides. Parameters: difficulty, form. Result: asker, difficulty_decision, difficulty_answer."""
    form = call.form(call.parameter("form"))
    return _answer(call, difficulty_by_id(call, call.parameter("difficulty")), form)


def pass_answer_down(call: Call) -> dict[str, Any]:
    """Give the answer of the superior to whoever asked us. Parameters: difficulty, difficulty_above. Result as above."""
    higher = difficulty_by_id(call, call.parameter("difficulty_above"))
    form = {"handling": higher.decision, "text": higher.answer, "new_due": higher.new_due}
    return _answer(call, difficulty_by_id(call, call.parameter("difficulty")), form)


def _answer(call: Call, row: Row[Any], form: dict[str, Any]) -> dict[str, Any]:
    connection, decision = call.transaction.connection, form["handling"]
    new_due = _extend(call, row, form) if decision == EXTEND else None
    target = unit_called(connection, form.get("reassign_to")) if decision == REASSIGN else None
    if target:
        _reassign(call, row, target, form["text"])
    values = {"decision": decision, "answer": form["text"], "new_due": new_due, "reassigned_to": target}
    connection.execute(
        update(difficulty).where(difficulty.c.id == row.id).values(status="answered", answered_at=call.transaction.at, **values)
    )
    call.record(
        "difficulty.answered",
        Subject(type="difficulty", id=row.id),
        objects=(Subject(type="organisation", id=row.organisation, qualifier="raised_by"),),
        changes=tuple(Change(field=name, new=value) for name, value in values.items() if value is not None),
    )
    return {"asker": row.organisation, "difficulty_decision": decision, "difficulty_answer": form["text"]}


def _extend(call: Call, row: Row[Any], form: dict[str, Any]) -> str | None:
    """Move the due date of the work below; an answer from above moves it by no more than our own."""
    work = _work(call, row)
    if work is None or (work.due and form["new_due"] and form["new_due"] <= work.due):
        return None
    move_due(call, work, form["new_due"], extended=True, why={"code": "difficulty", "text": form["text"]})
    return str(form["new_due"])


def _reassign(call: Call, row: Row[Any], target: str, text: str) -> None:
    """Give the assignment to another recipient; it keeps its history where it was."""
    connection, item, due = call.transaction.connection, None, None
    if row.assignment:
        work = work_by_id(call, "assignment", row.assignment)
        item, due = work.row.item, work.due
        connection.execute(update(assignment).where(assignment.c.id == row.assignment).values(status="reassigned"))
        tell_changed(call.transaction, work.row)
    leads = holders(connection, target, "specialist", local_date(call.transaction.now))
    if leads:
        new = {"id": call.transaction.new_id(), "directive": row.directive, "item": item, "organisation": target, "lead": leads[0].post}
        connection.execute(insert(assignment).values(**new, status="assigned", due_at=due, created_at=call.transaction.at))
        changes = (Change(field="organisation", old=row.organisation, new=target),)
        call.record("assignment.reassigned", Subject(type="assignment", id=new["id"]), changes=changes, reason={"code": "difficulty", "text": text})
        _give(call, new)
    urge_unit(call, Urge(organisation=target, role="specialist", about=row.directive, level=NOTICE, directive=row.directive, content=text, new_due=due))


def _give(call: Call, new: dict[str, Any]) -> None:
    """Lay the assignment on the desk of its new organisation: a short process of its own, until the directive's sunset."""
    letter = directive_by_id(call.transaction.connection, new["directive"])
    send(
        call.transaction,
        message=GIVEN,
        key=new["id"],
        to=[new["organisation"]],
        payload={"directive": letter.id, "assignment": {"id": new["id"]}, "sunset": letter.sunset},
        source=f"given:{new['id']}",
        roots=[letter.root],
    )


def remind_answer(call: Call) -> dict[str, Any]:
    """Remind the organisation that owes an answer to a difficulty (T8). Parameter: difficulty."""
    row = difficulty_by_id(call, call.parameter("difficulty"))
    remember_urge(call, Urge(organisation=row.superior, role="leader", about=row.id, directive=row.directive))
    return {}


def note_answer(call: Call) -> dict[str, Any]:
    """Lay the answer on the desk of whoever raised the difficulty. Parameter: difficulty."""
    row = difficulty_by_id(call, call.parameter("difficulty"))
    urge = Urge(organisation=row.organisation, role="specialist", about=row.id, directive=row.directive, content=row.answer, new_due=row.new_due)
    remember_urge(call, urge)
    return {}


def difficulty_by_id(call: Call, identity: str) -> Row[Any]:
    """Return the row of a difficulty."""
    return call.transaction.connection.execute(select(difficulty).where(difficulty.c.id == identity)).one()


def _raise(call: Call, row: dict[str, Any], action: str) -> str:
    identity, unit = call.transaction.new_id(), call.case.organisation
    known = {"id": identity, "organisation": unit, "status": "open", "raised_at": call.transaction.at}
    call.transaction.connection.execute(insert(difficulty).values(**known, **row))
    call.record(
        action,
        Subject(type="difficulty", id=identity),
        objects=(Subject(type="organisation", id=row["superior"], qualifier="asked"),),
        changes=tuple(Change(field=name, new=value) for name, value in row.items() if value is not None),
    )
    return identity


def _superior(call: Call, row: Row[Any], form: dict[str, Any]) -> str | None:
    connection, unit = call.transaction.connection, call.case.organisation
    named = unit_called(connection, form.get("escalate_to"))
    day: date = local_date(call.transaction.now)
    return named if named and named != unit else superior_of(connection, unit, row.directive, day)


def _assignment(call: Call, directive_id: str, item_no: str | None) -> Row[Any] | None:
    if not item_no:
        return None
    query = select(assignment).join(directive_item, directive_item.c.id == assignment.c.item)
    query = query.where(assignment.c.directive == directive_id, assignment.c.organisation == call.case.organisation)
    return call.transaction.connection.execute(query.where(directive_item.c.item_no == item_no).limit(1)).one_or_none()


def _work(call: Call, row: Row[Any]) -> Work | None:
    """Return what the difficulty is about: its assignment, else the report that is owed once on the directive."""
    if row.assignment:
        return work_by_id(call, "assignment", row.assignment)
    duty = select(obligation).where(obligation.c.directive == row.directive, obligation.c.organisation == row.organisation)
    found = call.transaction.connection.execute(duty.where(obligation.c.status == "open", obligation.c.due_date.is_not(None))).one_or_none()
    return Work(kind="obligation", row=found) if found is not None else None


DIFFICULTIES = {
    "check_difficulty": check_difficulty,
    "raise_difficulty": raise_difficulty,
    "check_answer": check_answer,
    "escalate_difficulty": escalate_difficulty,
    "answer_difficulty": answer_difficulty,
    "pass_answer_down": pass_answer_down,
    "remind_answer": remind_answer,
    "note_answer": note_answer,
}
