"""Who acts for an absent leader, from when to when, and what is kept back; a substitute may not pass it on.

A substitution is a holding of the absent person's post: the substitute signs K/T (Huong dan 36-HD/VPTW).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.clock import local_date
from engine.kernel.errors import Conflict, InvalidInput, NotFound, Refused
from engine.storage.schema import definition_part, holding, permission, person, post

FORM_FILE = ".schema.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSubstitution:
    """Let `substitute` (a login) act in a post from `valid_from` to `valid_to`, except for `limits`: forms or actions."""

    post: str
    substitute: str
    valid_from: str
    valid_to: str
    limits: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSubstitution:
    """End a substitution now, for a reason."""

    substitution: str
    reason: str


def post_by_id(connection: Connection, post_id: str) -> Row[Any]:
    """Return the post's row. Raises NotFound."""
    row = connection.execute(select(post).where(post.c.id == post_id)).one_or_none()
    if row is None:
        raise NotFound(f"Expected the id of a post, but found {post_id!r}, which no post has.")
    return row


def substitution_by_id(connection: Connection, substitution: str) -> Row[Any]:
    """Return the substitution with its post's organisation and title. Raises NotFound."""
    query = select(holding, post.c.organisation, post.c.title).join(post, post.c.id == holding.c.post)
    query = query.where(holding.c.id == substitution, holding.c.substitute_for.is_not(None))
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"Expected the id of a substitution, but found {substitution!r}, which none has.")
    return row


def decide_record_substitution(command: RecordSubstitution, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Refuse what has no reason, no end, nobody to substitute for, or passes a substitution on."""
    connection = reading.connection
    seat = post_by_id(connection, command.post)
    first, last = _day(command.valid_from), _day(command.valid_to)
    if last < first or last < local_date(reading.now):
        raise InvalidInput(f"Expected a substitution that ends on or after its first day and today, but found {first} to {last}. Correct the days.")
    if not command.reason.strip():
        raise InvalidInput("Expected the reason of the absence, but found none. Say why, such as `đi công tác`.")
    _refuse_unknown(connection, command.limits)
    absent = _holder(connection, seat, first)
    substitute = _colleague(connection, seat, command.substitute, first)
    if substitute.id == absent.id:
        raise InvalidInput(f"Expected somebody else than {absent.name} to act as {seat.title}, but found {command.substitute!r}.")
    _refuse_passing_on(connection, seat, reading)
    _refuse_overlap(connection, seat, substitute, first, last)

    def apply(transaction: Transaction) -> dict[str, Any]:
        transaction.connection.execute(select(post.c.id).where(post.c.id == seat.id).with_for_update(key_share=True))
        _refuse_overlap(transaction.connection, seat, substitute, first, last)  # two may be recorded at once
        row = {
            "id": transaction.new_id(),
            "post": seat.id,
            "person": substitute.id,
            "valid_from": first.isoformat(),
            "valid_to": last.isoformat(),
            "substitute_for": absent.id,
            "limits": json.dumps(sorted(command.limits)),
        }
        transaction.connection.execute(insert(holding).values(**row))
        transaction.record(
            Fact(
                action="delegation.recorded",
                subject=Subject(type="substitution", id=str(row["id"])),
                objects=_people(seat.organisation, absent.id, substitute.id),
                changes=tuple(Change(field=name, new=row[name]) for name in ("post", "valid_from", "valid_to", "limits")),
                reason={"code": "absent", "text": command.reason},
            )
        )
        return {"substitution": row["id"]}

    return apply


def decide_end_substitution(command: EndSubstitution, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Refuse a substitution that is over, and an end without a reason."""
    row = substitution_by_id(reading.connection, command.substitution)
    today = local_date(reading.now)
    if row.valid_to < today.isoformat():
        raise Refused(f"Expected a substitution that still goes on, but that of {row.title} ended on {row.valid_to}.")
    if not command.reason.strip():
        raise InvalidInput("Expected a reason for ending the substitution, but found none. Say why.")
    last = (today - timedelta(days=1)).isoformat()

    def apply(transaction: Transaction) -> dict[str, Any]:
        same = update(holding).where(holding.c.id == row.id, holding.c.valid_to == row.valid_to)
        if transaction.connection.execute(same.values(valid_to=last)).rowcount != 1:
            raise Conflict(f"Expected the substitution {row.id} to end on {row.valid_to}, but somebody has just changed it.")
        transaction.record(
            Fact(
                action="delegation.ended",
                subject=Subject(type="substitution", id=row.id),
                objects=_people(row.organisation, row.substitute_for, row.person),
                changes=(Change(field="valid_to", old=row.valid_to, new=last),),
                reason={"code": "ended", "text": command.reason},
            )
        )
        return {"substitution": row.id}

    return apply


def excluded(limits: str | None, action: str, form: str | None) -> str | None:
    """Return the form or action that the limits of a substitution keep back; None when it may be done."""
    kept = json.loads(limits) if limits else []
    return next((name for name in (form, action) if name in kept), None)


def substitution_ended(
    connection: Connection, person_id: str, organisation: str | None, *, action: str, form: str | None, day: date
) -> str | None:
    """Say which substitution of a person does not reach this far: its days, or its limits. None when there is none."""
    query = (
        select(holding, post.c.title, person.c.name)
        .join(post, post.c.id == holding.c.post)
        .join(person, person.c.id == holding.c.substitute_for)
        .where(holding.c.person == person_id, post.c.organisation == organisation)
        .order_by(holding.c.valid_to.desc(), holding.c.id.desc())
    )
    for row in connection.execute(query):
        where = f"K/T {row.name} ({row.title}) from {row.valid_from} to {row.valid_to}"
        kept = excluded(row.limits, action, form)
        if not row.valid_from <= day.isoformat() <= row.valid_to:
            return f"Expected an act within the substitution {where}, but today is {day}. Ask {row.name}, or have a new substitution recorded."
        if kept is not None:
            return f"Expected an act that the substitution {where} includes, but {kept!r} is kept back. Ask {row.name}."
    return None


def _holder(connection: Connection, seat: Row[Any], day: date) -> Row[Any]:
    query = select(person).join(holding, holding.c.person == person.c.id).where(holding.c.post == seat.id, holding.c.substitute_for.is_(None))
    row = connection.execute(query.where(_on(day)).order_by(person.c.name)).first()
    if row is None:
        raise Refused(f"Expected a holder of the post {seat.title} on {day}, but it is vacant. Record a holder instead.")
    return row


def _colleague(connection: Connection, seat: Row[Any], login: str, day: date) -> Row[Any]:
    query = (
        select(person)
        .join(holding, holding.c.person == person.c.id)
        .join(post, post.c.id == holding.c.post)
        .where(person.c.login == login, post.c.organisation == seat.organisation)
    )
    row = connection.execute(query.where(_on(day))).first()
    if row is None:
        raise InvalidInput(f"Expected the login of somebody with a post in the same organisation on {day}, but found {login!r}.")
    return row


def _refuse_unknown(connection: Connection, limits: tuple[str, ...]) -> None:
    """Refuse to keep back what does not exist: a misspelt limit would keep back nothing."""
    actions = set(connection.execute(select(permission.c.action).distinct()).scalars())
    for name in limits:
        form = definition_part.c.path.endswith(f"/{name}{FORM_FILE}", autoescape=True)
        if name not in actions and connection.execute(select(definition_part.c.path).where(form).limit(1)).first() is None:
            raise InvalidInput(f"Expected the name of a deployed form or of an action to keep back, but found {name!r}. Correct it.")


def _refuse_passing_on(connection: Connection, seat: Row[Any], reading: Reading) -> None:
    mine = select(holding.c.substitute_for).where(holding.c.post == seat.id, holding.c.person == reading.actor.id, _on(local_date(reading.now)))
    held = connection.execute(mine).scalars().all()
    if held and None not in held:
        raise Refused(f"Expected the holder of the post {seat.title} or an administrator, but a substitute may not pass the substitution on.")


def _refuse_overlap(connection: Connection, seat: Row[Any], substitute: Row[Any], first: date, last: date) -> None:
    query = select(holding).where(holding.c.post == seat.id, holding.c.person == substitute.id, holding.c.substitute_for.is_not(None))
    for row in connection.execute(query):
        if row.valid_from <= last.isoformat() and first.isoformat() <= row.valid_to:
            raise Refused(
                f"Expected days in which {substitute.name} does not act as {seat.title} yet, but found "
                f"{row.valid_from} to {row.valid_to}. End that substitution first."
            )


def _people(organisation: str, absent: str, substitute: str) -> tuple[Subject, ...]:
    return (
        Subject(type="organisation", id=organisation, qualifier="unit"),
        Subject(type="person", id=absent, qualifier="absent"),
        Subject(type="person", id=substitute, qualifier="substitute"),
    )


def _on(day: date) -> Any:
    today = day.isoformat()
    return (holding.c.valid_from <= today) & ((holding.c.valid_to.is_(None)) | (holding.c.valid_to >= today))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"Expected a day as YYYY-MM-DD, but found {text!r}.") from None
