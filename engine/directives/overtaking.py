"""What a message that withdraws tasks means, for whoever comes too late: a recall, a closing, another lead, another date."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, select

from engine.directives.assignments import CHANGED
from engine.directives.changes import STATUS
from engine.directives.closing import CLOSED
from engine.directives.standing import WITHDRAWN
from engine.history.record import opened
from engine.history.transaction import Reading
from engine.instances.overtaken import overtaken, said
from engine.kernel.errors import Refused
from engine.storage.schema import change_request, directive, history_record, inbox, organisation

DONE_STAYS = "Stop the work on it; what was done before stays in the records."


def recalled(reading: Reading, row: Row[Any], _why: Mapping[str, Any]) -> Refused | None:
    """The directive was recalled or replaced by its issuer, and the office has agreed."""
    query = (
        select(change_request.c.kind, change_request.c.created_at, change_request.c.id, directive.c.code, organisation.c.name)
        .join(directive, directive.c.id == change_request.c.directive)
        .join(organisation, organisation.c.id == change_request.c.organisation)
        .where(change_request.c.directive == row.directive, change_request.c.kind.in_(STATUS))
        .order_by(change_request.c.created_at.desc(), change_request.c.id.desc())
    )
    found = reading.connection.execute(query.limit(1)).one_or_none()
    if found is None:
        return None
    status = STATUS[found.kind]
    clause = f"the directive {found.code} was {status} by {found.name}{said(reading, found.created_at)}"
    return overtaken(row, kind=status, clause=clause, by=found.name, at=found.created_at, remedy=DONE_STAYS, directive=row.directive, change=found.id)


def closed(reading: Reading, row: Row[Any], why: Mapping[str, Any]) -> Refused | None:
    """The issuer has closed the directive."""
    query = select(directive.c.code, organisation.c.name).join(organisation, organisation.c.id == directive.c.issuer)
    found = reading.connection.execute(query.where(directive.c.id == row.directive)).one_or_none()
    if found is None:
        return None
    clause = f"the directive {found.code} was closed by {found.name}{said(reading, why['at'])}"
    return overtaken(row, kind="closed", clause=clause, by=found.name, at=why["at"], remedy=DONE_STAYS, directive=row.directive)


def reassigned(reading: Reading, row: Row[Any], why: Mapping[str, Any]) -> Refused | None:
    """The assignment has another lead, or another last day; the work on it begins anew."""
    about = reading.connection.execute(select(inbox.c.key).where(inbox.c.id == why["work"])).scalar_one_or_none()
    query = select(history_record.c.body, history_record.c.recorded_at).where(
        history_record.c.subject == about, history_record.c.action.in_(("assignment.reassigned", "assignment.due_changed"))
    )
    found = reading.connection.execute(query.order_by(history_record.c.recorded_at.desc(), history_record.c.seq.desc()).limit(1)).one_or_none()
    if found is None:
        return None
    record = opened(found.body)
    by, at, new = record["actor"]["name"], found.recorded_at, {each["field"]: each["new"] for each in record["changes"]}
    if record["action"] == "assignment.reassigned":
        clause = f"{by} gave the assignment to {new.get('title')}{said(reading, at)}"
        return overtaken(row, kind="reassigned", clause=clause, by=by, at=at, remedy="Whoever leads it now has the task anew.", to=new.get("title"))
    clause = f"the last day of the assignment was changed to {new.get('due_at')}{said(reading, at)}"
    return overtaken(row, kind="due_changed", clause=clause, by=by, at=at, remedy="The task is there anew; hand it in there.", to=new.get("due_at"))


OVERTAKING = {WITHDRAWN: recalled, CLOSED: closed, CHANGED: reassigned}
