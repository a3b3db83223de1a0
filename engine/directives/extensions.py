"""Extensions (M10): asked for by whoever has the work, granted or refused by the issuer; the first due date is always kept.

At most `extensions_max` for the same work, and a written explanation when it is asked for after the due date, as one
province rules (DOMAIN.md 2.1 SP7); the maximum is a setting.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, func, insert, select, update

from engine.directives.cases import nobody_answers
from engine.directives.due_dates import TABLES, Work, extensions_used_up, move_due, work_by_id
from engine.directives.standing import closed_case, directive_by_id, name_of
from engine.directives.urging import Urge, remember_urge
from engine.history.record import Change, Subject
from engine.instances.operations import Call
from engine.kernel.clock import local_date
from engine.kernel.errors import InvalidInput
from engine.storage.schema import assignment, directive_item, extension, milestone, obligation

NAMES = {"assignment": "assignment", "obligation": "reporting duty", "milestone": "milestone"}


def check_extension(call: Call) -> dict[str, Any]:
    """Look for what keeps an extension from being asked for. Parameters: directive, form. Result: problems."""
    directive_id, form = call.parameter("directive"), call.form(call.parameter("form"))
    over = closed_case(call.transaction.connection, directive_id, call.case.organisation) or nobody_answers(call, directive_id)
    if over:
        return {"problems": [over]}
    work, problem = _find(call, directive_id, form)
    return {"problems": [problem] if work is None else _problems(call, work, form)}


def _problems(call: Call, work: Work, form: dict[str, Any]) -> list[str]:
    what, today, found = NAMES[work.kind], local_date(call.transaction.now).isoformat(), []
    if work.due is None:
        return [f"Expected work with a due date, but this {what} has none. There is nothing to extend."]
    used_up = extensions_used_up(call, work)
    if used_up:
        found.append(used_up)
    if _pending(call, work):
        found.append(f"Expected no other request for this {what}, but one waits for its decision. Wait for the answer.")
    if form["new_due"] <= max(work.due, today):
        found.append(f"Expected a new due date after {max(work.due, today)}, but found {form['new_due']}. Choose a later day.")
    if today > work.due and not (form.get("explanation") or "").strip():
        found.append(f"Expected a written explanation, because the {what} was due on {work.due}, but found none. Write why it is late.")
    return found


def request_extension(call: Call) -> dict[str, Any]:
    """Write the request. Parameters: directive, form. Result: extension, asked (who decides)."""
    transaction, unit = call.transaction, call.case.organisation
    directive_id, form = call.parameter("directive"), call.form(call.parameter("form"))
    work, problem = _find(call, directive_id, form)
    if work is None:
        raise InvalidInput(str(problem))
    letter, identity = directive_by_id(transaction.connection, directive_id), transaction.new_id()
    earlier = select(func.count()).select_from(extension).where(extension.c[work.kind] == work.row.id)
    row = {
        "directive": directive_id,
        "organisation": unit,
        "superior": letter.issuer,
        work.kind: work.row.id,
        "number": transaction.connection.execute(earlier).scalar_one() + 1,
        "old_due": work.due,
        "new_due": form["new_due"],
        "reason": form["reason"],
        "explanation": form.get("explanation"),
        "late": int(local_date(transaction.now).isoformat() > str(work.due)),
    }
    transaction.connection.execute(insert(extension).values(id=identity, requested_at=transaction.at, **row))
    call.record(
        "extension.requested",
        Subject(type="extension", id=identity),
        objects=(Subject(type=work.kind, id=work.row.id), Subject(type="organisation", id=letter.issuer, qualifier="asked")),
        changes=tuple(Change(field=name, new=row[name]) for name in ("number", "old_due", "new_due", "late", "explanation")),
        reason={"code": "extension", "text": form["reason"]},
    )
    shown = {"extension_old_due": work.due, "extension_new_due": form["new_due"], "extension_reason": form["reason"]}
    return {"extension": identity, "asked": letter.issuer, **shown}


def decide_extension(call: Call) -> dict[str, Any]:
    """Grant or refuse. Parameters: extension, form. Result: extension_granted, extension_answer.

    Work that is over meanwhile, or whose extensions are used up, is not extended whatever was decided; the answer says so.
    """
    row, form = extension_by_id(call, call.parameter("extension")), call.form(call.parameter("form"))
    work = _work(call, row)
    hindrance = None
    if form["decision"] == "grant":
        hindrance = f"Expected open work, but the {NAMES[work.kind]} is {work.row.status}. Nothing was extended." if work.is_over else extensions_used_up(call, work)
    granted = form["decision"] == "grant" and hindrance is None
    new_due = form.get("new_due") or row.new_due
    answer = " ".join(part for part in (form.get("reason"), hindrance) if part)
    if granted:
        move_due(call, work, new_due, extended=True, why={"code": "extension", "text": row.reason})
    decided = {"decision": "granted" if granted else "refused", "decision_reason": answer, "decided_at": call.transaction.at}
    if granted:
        decided["new_due"] = new_due
    call.transaction.connection.execute(update(extension).where(extension.c.id == row.id).values(**decided))
    call.record(
        "extension.decided",
        Subject(type="extension", id=row.id),
        objects=(Subject(type=work.kind, id=work.row.id), Subject(type="organisation", id=row.organisation, qualifier="requester")),
        changes=(Change(field="decision", new=decided["decision"]), Change(field="due", old=row.old_due, new=new_due if granted else row.old_due)),
        reason={"code": str(decided["decision"]), "text": answer},
    )
    return {"extension_granted": granted, "extension_answer": answer}


def remind_decision(call: Call) -> dict[str, Any]:
    """Remind the leader who owes a decision (T8). Parameter: extension."""
    row = extension_by_id(call, call.parameter("extension"))
    remember_urge(call, Urge(organisation=row.superior, role="leader", about=row.id, directive=row.directive))
    return {}


def note_decision(call: Call) -> dict[str, Any]:
    """Lay the decision on the desk of whoever asked. Parameter: extension."""
    row = extension_by_id(call, call.parameter("extension"))
    said = f"{row.decision}: {row.decision_reason}".removesuffix(": ")
    due = row.new_due if row.decision == "granted" else row.old_due
    remember_urge(
        call, Urge(organisation=row.organisation, role="specialist", about=row.id, directive=row.directive, content=said, new_due=due)
    )
    return {}


def extension_by_id(call: Call, identity: str) -> Row[Any]:
    """Return the row of an extension."""
    return call.transaction.connection.execute(select(extension).where(extension.c.id == identity)).one()


def _work(call: Call, row: Row[Any]) -> Work:
    kind = next(kind for kind in TABLES if getattr(row, kind))
    return work_by_id(call, kind, getattr(row, kind))


def _pending(call: Call, work: Work) -> bool:
    query = select(extension.c.id).where(extension.c[work.kind] == work.row.id, extension.c.decision.is_(None))
    return call.transaction.connection.execute(query.limit(1)).first() is not None


def _find(call: Call, directive_id: str, form: dict[str, Any]) -> tuple[Work | None, str | None]:
    """Return the open work that the form means, or what is to be said when it means none, or several."""
    connection, unit, kind = call.transaction.connection, call.case.organisation, form["about"]
    named = {row_id: label for row_id, label in _open_work(call, directive_id, kind).items() if form.get("which") in {None, "", label}}
    code = directive_by_id(connection, directive_id).code
    if len(named) == 1:
        return work_by_id(call, kind, next(iter(named))), None
    if not named:
        return None, f"Expected an open {NAMES[kind]} of {name_of(connection, unit)} in {code}, but found none. Choose other work."
    return None, f"Expected one {NAMES[kind]} of {code}, but {', '.join(sorted(named.values()))} are open. Say which."


def _open_work(call: Call, directive_id: str, kind: str) -> dict[str, str]:
    """Return the ids of open work with what people call it: the item's number, the report's name, the milestone's key."""
    table, unit = TABLES[kind], call.case.organisation
    owner = milestone.c.owner if kind == "milestone" else table.c.organisation
    if kind == "assignment":
        query = select(assignment, directive_item.c.item_no.label("label")).outerjoin(directive_item, directive_item.c.id == assignment.c.item)
    else:
        query = select(table, (obligation.c.report_type if kind == "obligation" else milestone.c.key).label("label"))
    rows = call.transaction.connection.execute(query.where(table.c.directive == directive_id, owner == unit)).all()
    return {row.id: str(row.label or "") for row in rows if not Work(kind=kind, row=row).is_over}


EXTENSIONS = {
    "check_extension": check_extension,
    "request_extension": request_extension,
    "decide_extension": decide_extension,
    "remind_decision": remind_decision,
    "note_decision": note_decision,
}
