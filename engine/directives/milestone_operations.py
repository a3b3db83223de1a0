"""The operations of the milestone processes: hand in, appraise, propose, approve, sign, reach, urge."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row, insert, select, update

from engine.directives.milestones import (
    LAST_DAYS,
    fact,
    lock_milestones,
    milestone_by_id,
    open_ready,
)
from engine.directives.urging import NOTICE, REMINDER, Urge, remember_urge
from engine.directory.organisations import organisation_by_id
from engine.history.record import Change, Where
from engine.instances.cases import definition_of
from engine.instances.operations import Call
from engine.kernel.clock import local_date
from engine.kernel.errors import Conflict, InvalidInput, Refused
from engine.storage.schema import directive, document, milestone, milestone_version, reminder, user_task

MAX_RETURNS = 3  # then the standing board decides (DOMAIN.md 2.4, step 3)
STAGES = dict(zip(("submit", "appraise", "approve"), LAST_DAYS, strict=True))
CHIEF = {"submit": "leader", "appraise": "leader", "approve": "standing_board"}


def open_milestone(call: Call) -> dict[str, Any]:
    """Return what a process needs to lead a milestone through one of its stages.

    Parameters: milestone, [stage: submit | appraise | approve]. Dates are "" when the document gives none.
    """
    row, stage = _row(call), call.parameters.get("stage", "submit")
    last = getattr(row, STAGES[stage])
    day = date.fromisoformat(last) if last else None
    return {
        "milestone_title": row.title,
        "owner": row.owner,
        "appraiser": row.appraiser or "",
        "approver": row.approver or "",
        "has_appraiser": bool(row.appraiser),
        "has_approver": bool(row.approver),
        "board": row.approver or _issuer(call, row),
        "due": last or "",
        "remind_at": call.calendar.working_days_before(day, 1).isoformat() if day else "",
        "overdue_at": (day + timedelta(days=1)).isoformat() if day else "",
    }


def submit_milestone(call: Call) -> dict[str, Any]:
    """Hand in a version of what is to be delivered (F19). Parameters: milestone, form. Result: handed_in, refusal.

    A version is late when it comes after the last day ("trước ngày X" ends on X-1). The person names the milestone
    that the file is for: one of another body is not taken, and the sentence says so.
    """
    row, form = _row(call), call.form(call.parameter("form"))
    wrong = _wrong_body(call, row, form.get("milestone") or row.key)
    if wrong:
        _record(call, "milestone.submitted", row, outcome="refused", code=Refused.code, reason={"code": "wrong_body", "text": wrong})
        return {"handed_in": False, "refusal": wrong}
    late = _is_late(row, local_date(call.transaction.now))
    _add_version(call, row, form.get("document"), form.get("note", ""), late=late)
    return {"handed_in": True, "refusal": ""}


def sign_milestone(call: Call) -> dict[str, Any]:
    """Register the signed file of a signing (F22): its day decides whether it is in time. Parameters: milestone, form."""
    row, form = _row(call), call.form(call.parameter("form"))
    late = _is_late(row, date.fromisoformat(form["signed_on"]))
    _add_version(call, row, form.get("document"), f"{form['agreement_number']}, {form['signed_on']}", late=late)
    return {}


def record_partner(call: Call) -> dict[str, Any]:
    """Keep what a partner without an account answered, as recorded on its behalf. Parameters: milestone, form."""
    row, form = _row(call), call.form(call.parameter("form"))
    changes = [Change(field=name, new=form[name]) for name in ("answer", "said_by", "said_on", "channel") if form.get(name)]
    behalf = Change(field="recorded_on_behalf_of", new=row.partner or form.get("said_by"))
    text = {"code": form["answer"], "text": form["text"]} if form.get("text") else None
    _record(call, "milestone.partner_answered", row, (*changes, behalf), reason=text)
    return {}


def appraise_milestone(call: Call) -> dict[str, Any]:
    """Keep the opinion of the appraiser (F20). Parameters: milestone, form. Result: opinion accepted | returned | escalated."""
    row, form = _row(call), call.form(call.parameter("form"))
    accepted = form["result"] != "return"
    _decide(call, row, form["result"], form.get("comments", ""))
    rounds = row.returned if accepted else row.returned + 1
    opinion = "accepted" if accepted else "escalated" if rounds >= MAX_RETURNS else "returned"
    _move(call, row, {"accepted": "accepted", "returned": "open", "escalated": "submitted"}[opinion], returned=rounds)
    action = "milestone.accepted" if accepted else "milestone.returned"
    more = (Change(field="returned", old=row.returned, new=rounds),) if not accepted else ()
    _record(call, action, row, (Change(field="result", new=form["result"]), *more), reason=_reason(form, "comments"))
    if opinion == "escalated":
        _record(call, "milestone.escalated", row, reason={"code": "returned", "text": f"returned {rounds} times"})
    return {"opinion": opinion}


def propose_milestone(call: Call) -> dict[str, Any]:
    """Submit a milestone to the approver. Parameters: milestone, [form]."""
    row = _row(call)
    form = call.form(call.parameters["form"]) if "form" in call.parameters else {}
    _move(call, row, "proposed")
    last = row.appraise_last_day or row.last_day
    late = bool(last) and local_date(call.transaction.now).isoformat() > last
    _record(call, "milestone.proposed", row, (Change(field="late", new=late),), reason=_reason(form, "proposal"))
    return {}


def approve_milestone(call: Call) -> dict[str, Any]:
    """Keep the decision of the standing board (F21). Parameters: milestone, form. Result: verdict.

    What it returns goes back to the appraiser, and the count of returns begins anew.
    """
    row, form = _row(call), call.form(call.parameter("form"))
    verdict = {"return": "returned", "reject": "rejected"}.get(form["decision"], "approved")
    _decide(call, row, form["decision"], form.get("conditions") or "")
    status = {"returned": "submitted" if row.appraiser else "open"}.get(verdict, verdict)
    _move(call, row, status, returned=0 if verdict == "returned" else row.returned)
    basis = Change(field="basis", new=form.get("basis"))
    _record(call, f"milestone.{verdict}", row, (Change(field="result", new=form["decision"]), basis), reason=_reason(form, "conditions"))
    return {"verdict": verdict}


def reject_milestone(call: Call) -> dict[str, Any]:
    """End a milestone that cannot be reached. Parameters: milestone, form."""
    row, form = _row(call), call.form(call.parameter("form"))
    _move(call, row, "rejected")
    _record(call, "milestone.rejected", row, reason=_reason(form, "reason"))
    return {}


def reach_milestone(call: Call) -> dict[str, Any]:
    """Mark a milestone reached and open what waited for it alone. Parameter: milestone."""
    directive_id = _row(call).directive
    lock_milestones(call.transaction, directive_id)
    row = _row(call)
    _move(call, row, "reached", reached_at=call.transaction.at)
    _record(call, "milestone.reached", row, (Change(field="status", old=row.status, new="reached"),))
    open_ready(call.transaction, directive_id, roots=call.case.roots)
    return {}


def remind_milestone(call: Call) -> dict[str, Any]:
    """Remind those who work on a stage, once, that it is due. Parameters: milestone, role, [stage]."""
    row, stage = _row(call), call.parameters.get("stage", "submit")
    about = f"milestone:{row.id}:{stage}"
    _once(call, row, call.case.organisation, call.parameter("role"), about, REMINDER)
    return {}


def urge_milestone(call: Call) -> dict[str, Any]:
    """Urge, once, the leader of who is overdue, and tell who waits for it. Parameters: milestone, [stage]."""
    row, stage = _row(call), call.parameters.get("stage", "submit")
    about = f"milestone:{row.id}:{stage}"
    if not _once(call, row, call.case.organisation, CHIEF[stage], about, NOTICE):
        return {}
    waits = {"submit": row.appraiser, "appraise": row.approver}.get(stage)
    if waits and waits != call.case.organisation:
        _once(call, row, waits, "specialist" if stage == "submit" else "standing_board", about, REMINDER)
    if stage == "submit":
        _set(call, row, late=1)
    _record(call, "milestone.late", row, (Change(field="stage", new=stage), Change(field="last_day", new=getattr(row, STAGES[stage]))))
    return {}


def _row(call: Call) -> Row[Any]:
    return milestone_by_id(call.transaction, call.parameter("milestone"))


def _issuer(call: Call, row: Row[Any]) -> str:
    found = select(directive.c.issuer).where(directive.c.id == row.directive)
    return str(call.transaction.connection.execute(found).scalar_one())


def _is_late(row: Row[Any], day: date) -> bool:
    return bool(row.last_day) and day.isoformat() > row.last_day


def _wrong_body(call: Call, row: Row[Any], key: str) -> str | None:
    """Return the sentence that refuses a file for a milestone that is not this organisation's; None when it is."""
    connection, mine = call.transaction.connection, call.case.organisation
    named = connection.execute(select(milestone).where(milestone.c.directive == row.directive, milestone.c.key == key)).one_or_none()
    if named is not None and named.id == row.id and row.owner == mine:
        return None
    own = f"Expected {organisation_by_id(connection, mine).name} to hand in its own milestone, but found "
    if named is None:
        return f"{own}{key!r}, which the document does not have. Choose {row.title!r}."
    if named.owner != mine:
        return f"{own}{named.title!r}, which {organisation_by_id(connection, named.owner).name} owes. Only its owner may hand it in."
    return f"{own}{named.title!r} here, where {row.title!r} is to be handed in. Hand each in at its own task."


def _add_version(call: Call, row: Row[Any], digest: str | None, note: str, *, late: bool) -> None:
    connection = call.transaction.connection
    if digest and not connection.execute(select(document.c.sha256).where(document.c.sha256 == digest)).first():
        raise InvalidInput(f"Expected a stored file for the milestone {row.title!r}, but found the digest {digest!r}. Upload it first.")
    version = row.version + 1
    connection.execute(
        insert(milestone_version).values(
            milestone=row.id, version=version, document=digest, note=note, submitted_at=call.transaction.at, late=int(late)
        )
    )
    _move(call, row, "submitted", version=version, late=int(late or row.late))
    _record(call, "milestone.submitted", row, (Change(field="version", old=row.version, new=version), Change(field="late", new=late)))
    if late and not row.late:
        _record(call, "milestone.late", row, (Change(field="stage", new="submit"), Change(field="last_day", new=row.last_day)))


def _decide(call: Call, row: Row[Any], result: str, comments: str) -> None:
    """Write the newest decision beside the version that it is about."""
    by = select(user_task.c.completed_by).where(user_task.c.instance == call.case.id, user_task.c.element == call.parameter("form"))
    by = by.where(user_task.c.status == "completed").order_by(user_task.c.completed_ver.desc()).limit(1)
    call.transaction.connection.execute(
        update(milestone_version)
        .where(milestone_version.c.milestone == row.id, milestone_version.c.version == row.version)
        .values(
            result=result,
            comments=comments,
            decided_at=call.transaction.at,
            decided_by=call.transaction.connection.execute(by).scalar_one_or_none(),
        )
    )


def _move(call: Call, row: Row[Any], status: str, **values: Any) -> None:
    if row.status in {"cancelled", "rejected", "reached"}:
        raise Refused(f"Expected the milestone {row.title!r} to be under way, but it is {row.status}. Nothing more can be done with it.")
    _set(call, row, status=status, **values)


def _set(call: Call, row: Row[Any], **values: Any) -> None:
    same = update(milestone).where(milestone.c.id == row.id, milestone.c.status == row.status)
    if call.transaction.connection.execute(same.values(**values)).rowcount != 1:
        raise Conflict(f"Expected the milestone {row.id} to be {row.status} still, but it has just changed.")


def _once(call: Call, row: Row[Any], unit: str, role: str, about: str, level: int) -> bool:
    """Remind or urge unless that has been done for this stage; tell whether it was done now."""
    said = select(reminder.c.id).where(reminder.c.organisation == unit, reminder.c.about == about, reminder.c.urge_level == level)
    if call.transaction.connection.execute(said.limit(1)).first():
        return False
    remember_urge(call, Urge(organisation=unit, role=role, about=about, level=level, directive=row.directive, content=row.title))
    return True


def _reason(form: dict[str, Any], field: str) -> dict[str, str] | None:
    return {"code": form.get("result") or form.get("decision") or field, "text": form[field]} if form.get(field) else None


def _record(call: Call, action: str, row: Row[Any], changes: Iterable[Change] = (), **more: Any) -> None:
    told = fact(action, row, roots=call.case.roots, changes=changes)
    where = Where(definition=definition_of(call.case.deployment), instance=call.case.id, element=call.element)
    call.transaction.record(replace(told, where=where, **more))


OPERATIONS = {
    "open_milestone": open_milestone,
    "submit_milestone": submit_milestone,
    "sign_milestone": sign_milestone,
    "record_partner": record_partner,
    "appraise_milestone": appraise_milestone,
    "propose_milestone": propose_milestone,
    "approve_milestone": approve_milestone,
    "reject_milestone": reject_milestone,
    "reach_milestone": reach_milestone,
    "remind_milestone": remind_milestone,
    "urge_milestone": urge_milestone,
}
