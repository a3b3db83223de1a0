"""A recipient does not take a directive (SP10): it gives it back with a reason, and the issuer answers.

A clerk gives back what came to the wrong place or is not authentic (Decree 30/2020 art. 21.2b); a leader may say that
it is another body's task. Nobody drops a directing document silently.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, insert, select, update

from engine.directives.assignments import unit_of
from engine.directives.cases import has_active_case, is_played
from engine.directives.issue import MESSAGE
from engine.directives.receipts import change_status
from engine.directory.organisations import organisation_by_id
from engine.history.record import Change, Subject
from engine.instances.operations import Call
from engine.kernel.clock import local_date
from engine.kernel.errors import InvalidInput
from engine.messages.inbox import send
from engine.storage.schema import directive, dispatch, obligation

REFUSED, INSISTED, RELEASED = "directive.refused", "directive.insisted", "directive.released"


def refuse_directive(call: Call) -> dict[str, Any]:
    """Give a directive back to its issuer. Parameters: directive, kind (return, out_of_scope), form. Result: issuer_answers.

    An issuer that nobody plays in this installation, known from paper only, cannot answer: then the reason is recorded
    and nothing is sent.
    """
    form, kind = call.form(call.parameter("form")), call.parameter("kind")
    connection, transaction = call.transaction.connection, call.transaction
    letter = connection.execute(select(directive).where(directive.c.id == call.parameter("directive"))).one()
    answers = is_played(connection, letter.issuer, local_date(transaction.now))
    if answers:
        payload = {
            "directive": letter.id,
            "refused_directive": letter.id,
            "refused_by": call.case.organisation,
            "refused_by_name": organisation_by_id(connection, call.case.organisation).name,
            "refusal_kind": kind,
            "refusal_reason": form["reason"],
            "proposed_body": form.get("proposed_body", ""),
            "problem": "",
        }
        _send(call, letter, REFUSED, letter.issuer, payload)
    call.record(
        "directive.refused",
        Subject(type="directive", id=letter.id),
        objects=(Subject(type="organisation", id=call.case.organisation, qualifier="recipient"),),
        changes=tuple(Change(field=name, new=form[name]) for name in ("proposed_body",) if form.get(name)),
        reason={"code": kind, "text": form["reason"]},
    )
    return {"issuer_answers": answers}


def answer_refusal(call: Call) -> dict[str, Any]:
    """Do what the issuer's leader decided. Parameters: directive, refused_by, form. Result: problem (empty when done).

    `withdraw`: the body is let off. `transfer`: another body gets the directive in its place. `insist`, `resend`: the
    body is asked again, with a note; its case goes on where it waits, or begins anew when it has ended.
    """
    form, connection = call.form(call.parameter("form")), call.transaction.connection
    letter = connection.execute(select(directive).where(directive.c.id == call.parameter("directive"))).one()
    body: str = call.parameter("refused_by")
    try:
        _DECISIONS[form["decision"]](call, letter, body, form)
    except InvalidInput as error:
        return {"problem": error.message}
    call.record(
        "refusal.answered",
        Subject(type="directive", id=letter.id),
        objects=(Subject(type="organisation", id=body, qualifier="recipient"),),
        changes=(Change(field="decision", new=form["decision"]),),
        reason={"code": form["decision"], "text": form["note"]},
    )
    return {"problem": ""}


def _let_off(call: Call, letter: Row[Any], body: str, form: dict[str, Any]) -> None:
    waits = has_active_case(call.transaction.connection, letter.id, body)
    change_status(call, letter.id, body, "02", form["note"])
    if waits:
        _send(call, letter, RELEASED, body, {"issuer_note": form["note"]})


def _transfer(call: Call, letter: Row[Any], body: str, form: dict[str, Any]) -> None:
    connection = call.transaction.connection
    other = unit_of(connection, form.get("to_organisation", "").strip())
    name = organisation_by_id(connection, other).name
    if other == letter.issuer:
        raise InvalidInput(f"Expected another body to transfer {letter.code} to, but {name} is its issuer. Choose another one.")
    theirs = select(dispatch).where(dispatch.c.directive == letter.id)
    if connection.execute(theirs.where(dispatch.c.organisation == other)).first():
        raise InvalidInput(f"Expected a body that does not have {letter.code} yet, but {name} has received it. Choose another one, or withdraw.")
    group = connection.execute(theirs.where(dispatch.c.organisation == body)).one().recipient_group
    _let_off(call, letter, body, form)
    row = {"id": call.transaction.new_id(), "directive": letter.id, "organisation": other, "changed_at": call.transaction.at}
    connection.execute(insert(dispatch).values(**row, recipient_group=group, status="00"))
    _hand_over_duty(call, letter.id, body, other)
    _dispatch(call, letter, other, form["note"])


def _hand_over_duty(call: Call, directive_id: str, body: str, other: str) -> None:
    """The other body owes the report that this one owed."""
    connection = call.transaction.connection
    owed = select(obligation).where(obligation.c.directive == directive_id, obligation.c.organisation == body)
    for row in connection.execute(owed).mappings():
        new = {**row, "id": call.transaction.new_id(), "organisation": other, "status": "open"}
        connection.execute(insert(obligation).values(**new))


def _ask_again(call: Call, letter: Row[Any], body: str, form: dict[str, Any]) -> None:
    if has_active_case(call.transaction.connection, letter.id, body):
        _send(call, letter, INSISTED, body, {"issuer_note": form["note"]})
        return
    change_status(call, letter.id, body, "00", form["note"])
    theirs = (obligation.c.directive == letter.id) & (obligation.c.organisation == body)
    call.transaction.connection.execute(update(obligation).where(theirs).values(status="open"))
    _dispatch(call, letter, body, form["note"])


def _dispatch(call: Call, letter: Row[Any], body: str, note: str) -> None:
    payload = {
        "directive": letter.id,
        "issuer": letter.issuer,
        "sunset": letter.sunset,
        "process": letter.process,
        "followed": "",
        "standing": "first",
        "urge_number": 0,
        "issuer_note": note,
    }
    _send(call, letter, MESSAGE, body, payload)


def _send(call: Call, letter: Row[Any], message: str, to: str, payload: dict[str, Any]) -> None:
    sender = {"sender": call.case.organisation}
    source = f"refusal:{call.case.id}:{call.transaction.new_id()}"
    send(call.transaction, message=message, key=letter.id, to=[to], payload=payload | sender, source=source, roots=[letter.root])


_DECISIONS = {"withdraw": _let_off, "transfer": _transfer, "insist": _ask_again, "resend": _ask_again}

REFUSALS = {"refuse_directive": refuse_directive, "answer_refusal": answer_refusal}
