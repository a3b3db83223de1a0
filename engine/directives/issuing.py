"""The operations of issuing (SP2): what is open of an earlier letter, what is wrong with a draft, numbering and sending it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from sqlalchemy import Row, bindparam, select, update

from engine.directives.arrival import WITHDRAWN
from engine.directives.draft_checks import problems_of
from engine.directives.followups import earlier_directive, standings
from engine.directives.issue import announce, enter_directive, recipients_of, untold
from engine.directives.letter import Letter
from engine.directives.milestones import check_milestones
from engine.directives.register import Taken, code_of, enter, take_number, term_of
from engine.directory.organisations import organisation_by_id
from engine.history.record import Change, Subject
from engine.instances.operations import Call, Unfinished
from engine.kernel.clock import local_date
from engine.kernel.errors import InvalidInput, NotFound
from engine.kernel.points import reach
from engine.storage.schema import directive, dispatch, instance, obligation, organisation

COPY, COPY_SYMBOL = "bản sao", "SY"  # a certified copy goes out under no number of its own (DOMAIN.md 2.1 SP2)
CHUNK = 500  # recipients in one transaction (EXECUTION.md 2): a tenth of a second
_WITHDRAW = update(dispatch).where(dispatch.c.directive == bindparam("b_letter")).values(status=WITHDRAWN)
_OWE_NOTHING = update(obligation).where(obligation.c.directive == bindparam("b_letter")).values(status="closed")
MAX_SHOWN = 200  # organisations in a task's data, which stays small


def load_open_items(call: Call) -> dict[str, Any]:
    """Say how everybody stands to our own letter about the same matter (A6). Parameter: directive. Result: open_items.

    When the received letter follows up an earlier one, ours is the one that we handed down from that.
    """
    connection, unit = call.transaction.connection, call.case.organisation
    followed = select(directive.c.follows_up).where(directive.c.id == (call.parameter("directive") or "")).scalar_subquery()
    own = select(directive.c.id).where(directive.c.parent == followed, directive.c.issuer == unit)
    return {"open_items": _open_items(call, connection.execute(own.order_by(directive.c.id.desc()).limit(1)).scalar_one_or_none())}


def check_draft(call: Call) -> dict[str, Any]:
    """Look for what keeps a draft from being issued. Parameters: draft, directive. Result: draft_problems, open_items."""
    draft, unit = call.form(call.parameter("draft")), call.case.organisation
    parent, connection = _parent(call), call.transaction.connection
    found = problems_of(connection, unit, draft, parent.id if parent else None, today=local_date(call.transaction.now))
    try:
        check_milestones(call.transaction, draft.get("milestones", []))
    except (InvalidInput, NotFound) as error:
        found.append(error.message)
    return {"draft_problems": found, "open_items": _open_items(call, earlier_directive(connection, unit, draft.get("follows_up")))}


def _open_items(call: Call, letter: str | None) -> list[dict[str, str]]:
    if letter is None:
        return []
    query = (
        select(organisation.c.id, organisation.c.name)
        .join(dispatch, dispatch.c.organisation == organisation.c.id)
        .where(dispatch.c.directive == letter)
        .order_by(organisation.c.name)
        .limit(MAX_SHOWN)
    )
    names = {row.id: row.name for row in call.transaction.connection.execute(query)}
    standing = standings(call.transaction, letter, list(names))
    return [{"organisation": name, "standing": standing[unit].standing} for unit, name in names.items()]


def dispatch_directive(call: Call) -> dict[str, Any] | Unfinished:
    """Number the draft, freeze its recipients and send it, to 500 of them in one transaction. Result: child, child_sunset.

    Parameters: draft, numbering, directive (the letter that is handed down; empty when the issuer acts on its own), copy
    (the received letter itself goes on, as a certified copy without a number). A letter that is recalled meanwhile goes to nobody else.
    """
    if call.progress is not None:
        return _send_to_more(call, call.progress)
    draft, numbering = call.form(call.parameter("draft")), call.form(call.parameter("numbering"))
    parent, day = _parent(call), numbering["issued_date"]
    taken = None if call.parameters.get("copy") else _take_number(call, draft, numbering)
    letter = _copy(call, draft, parent, day) if taken is None else _numbered(call, draft, parent, day, taken)
    recipients = recipients_of(call.transaction, letter.issuer, draft["recipient_groups"])
    call.transaction.record(enter_directive(call.transaction, letter, recipients))
    if parent is None:  # begun about nothing; from now on the case is about this letter
        roots = json.dumps([letter.root])
        call.transaction.connection.execute(update(instance).where(instance.c.id == call.case.id).values(roots=roots))
    if taken is not None:
        enter(
            call.transaction,
            taken,
            instance=call.case.id,
            directive=letter.id,
            entry_date=day,
            subject=draft["subject"],
            copies=numbering.get("copies"),
        )
    return _send_to_more(call, {"child": letter.id, "child_sunset": draft["sunset"]})


def _send_to_more(call: Call, result: dict[str, Any]) -> dict[str, Any] | Unfinished:
    """Start the case of those who come next. Who has been asked is known by the key of the message, so nobody is asked twice."""
    connection, letter_id = call.transaction.connection, result["child"]
    letter = connection.execute(select(directive.c.status, directive.c.process).where(directive.c.id == letter_id)).one()
    if letter.status != "issued":
        _stop_sending(call, letter_id, untold(connection, letter_id))
        return result
    following = untold(connection, letter_id, CHUNK + 1)
    announce(call.transaction, letter_id, following[:CHUNK], process=letter.process)
    reach("dispatch.chunk")
    return Unfinished(progress=result) if len(following) > CHUNK else result


def _stop_sending(call: Call, letter_id: str, left: list[str]) -> None:
    """The letter was recalled, replaced or closed while it was being sent: who has not got it never has it, and owes nothing on it."""
    connection, at = call.transaction.connection, call.transaction.at
    for first in range(0, len(left), CHUNK):
        them = left[first : first + CHUNK]
        connection.execute(_WITHDRAW.where(dispatch.c.organisation.in_(them)).values(changed_at=at), {"b_letter": letter_id})
        connection.execute(_OWE_NOTHING.where(obligation.c.organisation.in_(them)), {"b_letter": letter_id})
    if left:
        call.record(
            "dispatch.stopped",
            Subject(type="directive", id=letter_id),
            objects=tuple(Subject(type="organisation", id=each, qualifier="recipient") for each in left),
            changes=(Change(field="status", old="00", new=WITHDRAWN),),
        )


def _parent(call: Call) -> Row[Any] | None:
    identity = call.parameter("directive")
    if not identity:
        return None
    return call.transaction.connection.execute(select(directive).where(directive.c.id == identity)).one()


def _take_number(call: Call, draft: dict[str, Any], numbering: dict[str, Any]) -> Taken:
    issued = date.fromisoformat(numbering["issued_date"])
    return take_number(
        call.transaction,
        organisation=call.case.organisation,
        direction="outgoing",
        doc_type=draft["doc_type"],
        term=term_of(draft["symbol"], issued.year),
        wanted=numbering.get("number"),
    )


def _numbered(call: Call, draft: dict[str, Any], parent: Row[Any] | None, day: str, taken: Taken) -> Letter:
    return _letter(call, draft, parent, number=taken.number, code=code_of(taken.number, draft["symbol"]), day=day)


def _copy(call: Call, draft: dict[str, Any], parent: Row[Any] | None, day: str) -> Letter:
    """Return the letter with which the received one goes on as a certified copy, in the issuer's name but without a number."""
    unit = organisation_by_id(call.transaction.connection, call.case.organisation)
    if parent is None:
        raise InvalidInput(f"Expected a received letter that {unit.name} copies, but the draft is its own. Sign it, or return it.")
    symbol = f"{COPY_SYMBOL}/{unit.symbol or unit.code}"
    attached = [*dict.fromkeys([*draft.get("attached", []), parent.id])]
    body = {**draft, "doc_type": COPY, "symbol": symbol, "attached": attached}
    return _letter(call, body, parent, number=None, code=code_of(None, symbol), day=day)


def _letter(call: Call, body: dict[str, Any], parent: Row[Any] | None, *, number: int | None, code: str, day: str) -> Letter:
    identity = call.transaction.new_id()
    return Letter(
        id=identity,
        issuer=call.case.organisation,
        root=parent.root if parent else identity,
        parent=parent.id if parent else None,
        number=number,
        code=code,
        issued=date.fromisoformat(day),
        body=body,
    )


ISSUING = {"load_open_items": load_open_items, "check_draft": check_draft, "dispatch": dispatch_directive}
