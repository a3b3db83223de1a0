"""What happens to a document between its arrival and its case: what a decision table may know of it, and the opening of the case."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Row, select, update

from engine.definitions.withdrawing import offered, refusal_of
from engine.directives.issue import MESSAGE, announce
from engine.directives.receipts import change_status
from engine.history.record import Change, Subject
from engine.instances.operations import Call
from engine.kernel.clock import local_date
from engine.storage.schema import directive

ARRIVED = "document.arrived"
WITHDRAWN = "15"  # DOMAIN.md 2.10
UNDETERMINED = ""  # the process of a directive that nobody has classified yet
DUTY = {"once": "final_by_date"}  # how a reading calls a report that is due once


def facts_of_body(body: dict[str, Any], level: str) -> dict[str, Any]:
    """Return, from a letter that was entered by hand, what `reading.facts.facts` returns from one that was read."""
    frequency = (body.get("obligation") or {}).get("frequency", "none")
    dues = {entry["due_date"] for name in ("items", "milestones") for entry in body.get(name, []) if entry.get("due_date")}
    return {
        "doc_type": body["doc_type"],
        "level": level,
        "duty": DUTY.get(frequency, frequency),
        "deadlines": len(dues),
        "items": len(body.get("items", [])),
        "attaches": bool(body.get("attached")),
        "follows_up": bool(body.get("follows_up")),
        "from_above": True,
        "mandate": "request",
        "urges": False,
    }


def open_case(call: Call) -> dict[str, Any]:
    """Give an arrived directive the process that a person confirmed, and start its case.

    Parameters: directive, proposed (the process that the decision table proposes), form (its field `process`, when it is
    filled in, prevails). Result: problem, a sentence for the person when no case can be opened so, else "".
    """
    connection, letter_id = call.transaction.connection, call.parameter("directive")
    letter = connection.execute(select(directive).where(directive.c.id == letter_id)).one()
    proposed = call.parameter("proposed")
    chosen = (call.form(call.parameter("form")).get("process") or "").strip() or proposed
    today = local_date(call.transaction.now)
    known = offered(connection, MESSAGE, today)
    if withdrawn := refusal_of(connection, chosen, today):
        return {"problem": withdrawn}
    if chosen not in known:
        return {"problem": f"Expected one of the processes {', '.join(known)}, but found {chosen!r}. Write one of them, or keep the document on file."}
    if letter.status != "issued":  # recalled, replaced or closed while somebody thought about it
        change_status(call, letter_id, call.case.organisation, WITHDRAWN)
        return {"problem": ""}
    _classify(call, letter, proposed, chosen)
    announce(call.transaction, letter_id, [call.case.organisation], process=chosen)
    return {"problem": ""}


def _classify(call: Call, letter: Row[Any], proposed: str, chosen: str) -> None:
    if letter.process == UNDETERMINED:
        body = json.loads(letter.reading or "{}") | {"process": chosen}
        values = {"process": chosen, "reading": json.dumps(body, ensure_ascii=False)}
        call.transaction.connection.execute(update(directive).where(directive.c.id == letter.id).values(**values))
    call.record(
        "directive.classified",
        Subject(type="directive", id=letter.id),
        changes=(Change(field="process", old=proposed, new=chosen),),
        reason={"code": "as_proposed" if chosen == proposed else "otherwise", "text": call.form(call.parameter("form")).get("reason") or ""},
    )


ARRIVAL = {"open_case": open_case}
