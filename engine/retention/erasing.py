"""Erasure of personal values: one person proposes it, another one decides; the key is destroyed, and with it every copy (AUDIT.md 8).

The record keeps its commitment and the history stays as it was sealed. A subject is what was typed into one form (`task:ID`), or the
address of somebody with an account (`person:ID`), which stands in one column and in no record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from engine.directory.checks import reason_of
from engine.history.personal_keys import destroy, left
from engine.history.record import Change, Fact, Subject, opened
from engine.history.transaction import Reading, Transaction
from engine.kernel.clock import from_stamp, local_date
from engine.kernel.errors import Conflict, InvalidInput, NotFound, Refused
from engine.retention.disposal import DONE, OPEN, REFUSED, absent
from engine.retention.holds import Apply, person_acting, refuse_held_value
from engine.storage.database import Database
from engine.storage.schema import command, erasure, history_record, holding, person, post, sealed_value, user_task

TASK, PERSON = "task", "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposeErasure:
    """Propose that personal values are erased: those that were typed into the form of a `task` (its id), or the address of a `login`. One of the two."""

    reason: str
    task: str | None = None
    login: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideErasure:
    """Erase what was proposed, or refuse, for a reason. Whoever proposed it can only refuse."""

    erasure: str
    approve: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _About:
    """What an erasure is about: the subject, its organisation and root directive, the person whose it is, the values that are still there."""

    subject: str
    organisation: str | None
    root: str | None
    person: str | None
    values: Sequence[Row[Any]]


def decide_propose_erasure(asked: ProposeErasure, reading: Reading) -> Apply:
    """Return what keeps the proposal. Raises NotFound when there is nothing to erase, Refused when it is held back or proposed already."""
    why, who = reason_of(asked.reason), person_acting(reading)
    about = _about(reading.connection, subject_of(reading.connection, asked.task, asked.login))
    unit = about.organisation or unit_of(reading.connection, asked.task, asked.login)
    _may_be_erased(reading.connection, about)
    open_one = select(erasure.c.id).where(erasure.c.subject == about.subject, erasure.c.status == OPEN)
    if reading.connection.execute(open_one).first() is not None:
        raise Refused("Expected personal values that nobody has proposed to erase yet, but it is proposed already. Let a second person decide.")

    def apply(transaction: Transaction) -> dict[str, Any]:
        identity = transaction.new_id()
        row = {"id": identity, "subject": about.subject, "organisation": unit, "reason": why, "proposed_by": who, "proposed_at": transaction.at}
        transaction.connection.execute(insert(erasure).values(status=OPEN, **row))
        transaction.record(_fact("erasure.proposed", identity, about, status=(None, OPEN), reason=why))
        return {"erasure": identity}

    return apply


def decide_erasure(asked: DecideErasure, reading: Reading) -> Apply:
    """Return what erases, or refuses. Raises NotFound; Refused when it is decided, one's own, or held back."""
    why, who = reason_of(asked.reason), person_acting(reading)
    row = erasure_by_id(reading.connection, asked.erasure)
    if row.status != OPEN:
        raise Refused(f"Expected an erasure that is proposed, but this one was {row.status} at {row.decided_at}. Nothing is left to decide.")
    about = _about(reading.connection, row.subject)
    if not asked.approve:
        return lambda transaction: _refuse(transaction, row, about, who, why)
    if row.proposed_by in {who, absent(reading)}:
        raise Refused("Expected another person to decide than the one who proposed the erasure, but found the same. Let a second person look.")
    return lambda transaction: _erase(transaction, row, about, who, why)


def subject_of(connection: Connection, task: str | None, login: str | None) -> str:
    """Return the subject that a proposal names. Raises InvalidInput for none or two, NotFound for an unknown login."""
    if bool(task) == bool(login):
        raise InvalidInput("Expected a task or the login of a person whose values are to be erased, but found neither or both. Say one.")
    if task:
        return f"{TASK}:{task}"
    found = connection.execute(select(person.c.id).where(person.c.login == login)).scalar_one_or_none()
    if found is None:
        raise NotFound(f"Expected the login of a person, but nobody has {login!r}.")
    return f"{PERSON}:{found}"


def unit_of(connection: Connection, task: str | None, login: str | None) -> str | None:
    """Return the organisation that decides: that of the task, or one in which the person holds a post; None where there is none."""
    if task:
        return connection.execute(select(user_task.c.organisation).where(user_task.c.id == task)).scalar_one_or_none()
    held = select(post.c.organisation).join(holding, holding.c.post == post.c.id).join(person, person.c.id == holding.c.person)
    return connection.execute(held.where(person.c.login == login).order_by(holding.c.valid_from.desc()).limit(1)).scalar_one_or_none()


def erasure_by_id(connection: Connection, identity: str) -> Row[Any]:
    """Return an erasure's row. Raises NotFound."""
    row = connection.execute(select(erasure).where(erasure.c.id == identity)).one_or_none()
    if row is None:
        raise NotFound(f"Expected the id of an erasure, but found {identity!r}, which none has. Choose one of the list.")
    return row


def destroy_erased(database: Database) -> int:
    """Destroy the keys of all that was erased and whose keys are still on this machine; return how many.

    After every erasure, and again whenever a worker looks: a machine may have stopped in between, or an old copy of the keys been put back.
    """
    with database.reading() as connection:
        rows = connection.execute(select(erasure.c.subject, erasure.c.decided_at).where(erasure.c.status == DONE)).all()
    there = left(row.subject for row in rows)
    return sum(destroy([row.subject], from_stamp(row.decided_at)) for row in rows if row.subject in there)


def _about(connection: Connection, subject: str) -> _About:
    kind, _, identity = subject.partition(":")
    values = connection.execute(select(sealed_value).where(sealed_value.c.subject == subject, sealed_value.c.erased_at.is_(None)).order_by(sealed_value.c.id)).all()
    if kind == PERSON:
        return _About(subject=subject, organisation=None, root=None, person=identity, values=values)
    newest = values[-1] if values else None
    organisation, root = (newest.organisation, newest.directive) if newest else (None, None)
    return _About(subject=subject, organisation=organisation, root=root, person=None, values=values)


def _may_be_erased(connection: Connection, about: _About) -> None:
    """Raise NotFound when nothing personal is there any more, Refused when it is held back."""
    address = select(person.c.email).where(person.c.id == about.person)
    if not about.values and (about.person is None or connection.execute(address).scalar_one_or_none() is None):
        raise NotFound("Expected personal values that are still there, but found none. They were erased before, or never given.")
    days = {local_date(from_stamp(each.made_at)).isoformat() for each in about.values}
    refuse_held_value(connection, root=about.root, person_id=about.person, days=days)


def _refuse(transaction: Transaction, row: Row[Any], about: _About, who: str, why: str) -> dict[str, Any]:
    _decided(transaction, row, REFUSED, who, why)
    transaction.record(_fact("erasure.refused", row.id, about, status=(OPEN, REFUSED), reason=why))
    return {"erasure": row.id, "status": REFUSED}


def _erase(transaction: Transaction, row: Row[Any], about: _About, who: str, why: str) -> dict[str, Any]:
    connection = transaction.connection
    _may_be_erased(connection, about)
    _decided(transaction, row, DONE, who, why)
    same = update(sealed_value).where(sealed_value.c.subject == about.subject, sealed_value.c.erased_at.is_(None))
    erased = connection.execute(same.values(content=None, erased_at=transaction.at)).rowcount
    _forget_digests(connection, about.subject)
    if about.person is not None:
        connection.execute(update(person).where(person.c.id == about.person).values(email=None))
    transaction.record(_fact("value.erased", row.id, about, status=(OPEN, DONE), reason=why, proposed_by=row.proposed_by))
    return {"erasure": row.id, "status": DONE, "values": erased}


def _forget_digests(connection: Connection, subject: str) -> None:
    """Forget the digest of the command with which the values came: whoever knows the rest of the form could try values against it."""
    kind, _, identity = subject.partition(":")
    told = select(history_record.c.body).where(history_record.c.subject == identity, history_record.c.action == "task.completed")
    keys = [opened(body)["command"] for body in connection.execute(told).scalars()] if kind == TASK else []
    if keys:
        connection.execute(update(command).where(command.c.key.in_(keys)).values(digest=""))


def _decided(transaction: Transaction, row: Row[Any], status: str, who: str, why: str) -> None:
    same = update(erasure).where(erasure.c.id == row.id, erasure.c.status == OPEN)
    values = {"status": status, "decided_by": who, "decided_at": transaction.at, "decision_reason": why}
    if transaction.connection.execute(same.values(**values)).rowcount != 1:
        raise Conflict(f"Expected the erasure {row.id} to be open, but it has just been decided.")


def _fact(action: str, identity: str, about: _About, *, status: tuple[str | None, str], reason: str, proposed_by: str | None = None) -> Fact:
    kind, _, named = about.subject.partition(":")
    titles = [each.title for each in about.values] or ["email"]
    changes = (Change(field="status", old=status[0], new=status[1]), Change(field="values", new=[each.id for each in about.values]), Change(field="fields", new=titles))
    by = (Change(field="proposed_by", new=proposed_by),) if proposed_by else ()
    root = (Subject(type="directive", id=about.root, qualifier="root"),) if about.root else ()
    return Fact(
        action=action,
        subject=Subject(type="erasure", id=identity),
        objects=(Subject(type=kind, id=named), *root),
        changes=(*changes, *by),
        reason={"code": "erasure", "text": reason},
        streams=(about.root,) if about.root else (),
    )
