"""Somebody leaves: posts end on a day and their successors begin on the next, what was claimed goes on, the account is closed.

Assignments belong to posts, so they stay with whoever comes. What was claimed belongs to a person: it goes to the successor when
that one is in office already, else back to the unit's queue, where nothing is lost. Drafts stay with their task.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from engine.access.sessions import end_all
from engine.directory.checks import iso_day, reason_of
from engine.directory.people import person_by_id
from engine.directory.posts import begin_holding, end_holding, person_by_login, refuse_double_holding
from engine.directory.substitution import post_by_id
from engine.history.record import Change, Fact, Subject, Where
from engine.history.transaction import Reading, Transaction
from engine.instances.cases import definition_of, step_fact
from engine.instances.load import case_of
from engine.kernel.actor import ActorType
from engine.kernel.clock import ZONE, local_date, stamp
from engine.kernel.errors import InvalidInput, Refused
from engine.storage.schema import account, assignment, handed_on, holding, organisation, person, post, post_role, user_task

SUCCESSOR, QUEUE = "successor", "queue"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDeparture:
    """Let a person leave after `last_day`. `successors`: (holding, login) of those posts that somebody takes over.

    `tasks`: what was claimed goes to the successor or to the queue; `close_account`: nobody signs in as the person after the day.
    """

    person: str
    last_day: str
    successors: tuple[tuple[str, str], ...]
    tasks: str
    close_account: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowDeparture:
    """Ask what a person holds and has open."""

    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """What somebody who leaves holds and has open. Tasks are counted, never shown: (organisation, name, tasks)."""

    person: Row[Any]
    posts: Sequence[Row[Any]]
    substitutions: Sequence[Row[Any]]
    tasks: Sequence[Row[Any]]
    leads: dict[str, int]
    colleagues: Sequence[Row[Any]]
    account_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """A departure that was checked."""

    person: Row[Any]
    last: date
    holdings: Sequence[Row[Any]]
    successors: dict[str, Row[Any]]  # holding → person
    tasks: Sequence[Row[Any]]
    why: str


def answer_departure(query: ShowDeparture, reading: Reading) -> Leaving:
    """Return what is to be handed over."""
    connection, who = reading.connection, person_by_id(reading.connection, query.person)
    held = connection.execute(_held(who.id, local_date(reading.now))).all()
    own = [row for row in held if row.substitute_for is None]
    units = sorted({row.organisation for row in own})
    counted = func.count().label("tasks")
    tasks = select(organisation.c.id, organisation.c.name, counted).join(user_task, user_task.c.organisation == organisation.c.id)
    tasks = tasks.where(*_claimed(who.id)).group_by(organisation.c.id, organisation.c.name).order_by(organisation.c.name)
    leads = select(assignment.c.lead, func.count()).where(
        assignment.c.lead.in_([row.post for row in own]), assignment.c.status.not_in(("done", "withdrawn", "cancelled"))
    )
    colleagues: Select[Any] = select(person.c.login, person.c.name, post.c.title, organisation.c.name.label("unit")).distinct()
    colleagues = colleagues.join(holding, holding.c.person == person.c.id).join(post, post.c.id == holding.c.post)
    colleagues = colleagues.join(organisation, organisation.c.id == post.c.organisation).where(post.c.organisation.in_(units), person.c.id != who.id)
    opened = select(account.c.person).where(account.c.person == who.id, account.c.disabled_at.is_(None))
    return Leaving(
        person=who,
        posts=own,
        substitutions=[row for row in held if row.substitute_for is not None],
        tasks=connection.execute(tasks).all(),
        leads={row[0]: row[1] for row in connection.execute(leads.group_by(assignment.c.lead))},
        colleagues=connection.execute(colleagues.where(holding.c.substitute_for.is_(None)).order_by(person.c.name)).all(),
        account_open=connection.execute(opened).first() is not None,
    )


def decide_departure(command: RecordDeparture, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Refuse a successor who is nobody or the same person."""
    plan = _plan(command, reading)
    ahead = plan.last >= local_date(reading.now)

    def apply(transaction: Transaction) -> dict[str, Any]:
        for row in plan.holdings:
            _hand_over(transaction, plan, row)
        for task in plan.tasks:
            _give(transaction, plan, task, None if ahead or command.tasks == QUEUE else _heir(plan, task, transaction.connection))
        closes = _close_account(transaction, plan) if command.close_account else None
        if not ahead:
            end_all(transaction, plan.person.id)
        counted = {"last_day": plan.last.isoformat(), "posts": len(plan.holdings), "tasks": len(plan.tasks), "account_closes": closes}
        changes = tuple(Change(field=name, new=value) for name, value in counted.items() if value is not None)
        reason = {"code": "departure", "text": plan.why}
        transaction.record(Fact(action="person.left", subject=Subject(type="person", id=plan.person.id), changes=changes, reason=reason))
        return {"person": plan.person.id, "tasks": len(plan.tasks)}

    return apply


def _plan(command: RecordDeparture, reading: Reading) -> _Plan:
    connection, who = reading.connection, person_by_id(reading.connection, command.person)
    last, why = iso_day(command.last_day), reason_of(command.reason)
    if command.tasks not in (SUCCESSOR, QUEUE):
        raise InvalidInput(f"Expected what becomes of the tasks as {SUCCESSOR} or {QUEUE}, but found {command.tasks!r}. Choose one of them.")
    holdings = connection.execute(_held(who.id, local_date(reading.now))).all()
    known = {row.id: row for row in holdings if row.substitute_for is None}
    successors: dict[str, Row[Any]] = {}
    for identity, login in command.successors:
        if identity not in known:
            raise Refused("Expected posts that the person still holds, but one of them has ended meanwhile. Open the page again.")
        successors[identity] = person_by_login(connection, login)
        if successors[identity].id == who.id:
            raise InvalidInput(f"Expected somebody else than {who.name} as successor, but found {login!r}. Choose another.")
        first = (last + timedelta(days=1)).isoformat()
        refuse_double_holding(connection, post_by_id(connection, known[identity].post), successors[identity], first, None)
    tasks = connection.execute(select(user_task).where(*_claimed(who.id)).order_by(user_task.c.id)).all()
    if not holdings and not tasks and not command.close_account:
        raise Refused(f"Expected somebody with posts or tasks, but {who.name} has neither. Nothing is to be handed over.")
    return _Plan(person=who, last=last, holdings=holdings, successors=successors, tasks=tasks, why=why)


def _held(person_id: str, today: date) -> Select[Any]:
    """The holdings of a person that are in force or to come, substitutions among them, with title and unit."""
    query = select(holding, post.c.organisation, post.c.title, organisation.c.name.label("unit")).join(post, post.c.id == holding.c.post)
    query = query.join(organisation, organisation.c.id == post.c.organisation).where(holding.c.person == person_id)
    return query.where(holding.c.valid_to.is_(None) | (holding.c.valid_to >= today.isoformat())).order_by(organisation.c.name, post.c.title, holding.c.id)


def _claimed(person_id: str) -> tuple[Any, ...]:
    return (user_task.c.assignee == person_id, user_task.c.status == "open")


def _hand_over(transaction: Transaction, plan: _Plan, row: Row[Any]) -> None:
    if row.valid_to is None or row.valid_to > plan.last.isoformat():
        end_holding(transaction, row, plan.last, plan.why)
    heir = plan.successors.get(row.id)
    if heir is not None:
        seat = post_by_id(transaction.connection, row.post)
        begin_holding(transaction, seat=seat, who=heir.id, first=(plan.last + timedelta(days=1)).isoformat(), last=None, why=plan.why)


def _heir(plan: _Plan, task: Row[Any], connection: Connection) -> str | None:
    """Return the successor in a post of the task's unit that holds its role."""
    for row in plan.holdings:
        if row.id in plan.successors and row.organisation == task.organisation:
            wanted = select(post_role.c.role).where(post_role.c.post == row.post, post_role.c.role == task.role)
            if not task.role or connection.execute(wanted).first():
                return str(plan.successors[row.id].id)
    return None


def _give(transaction: Transaction, plan: _Plan, task: Row[Any], heir: str | None) -> None:
    mine = (user_task.c.id == task.id, *_claimed(plan.person.id))
    if transaction.connection.execute(update(user_task).where(*mine).values(assignee=heir)).rowcount != 1:
        return  # it has just been completed or released
    if heir is not None and transaction.actor.type is ActorType.PERSON:
        row = {"task": task.id, "earlier": plan.person.id, "person": heir, "given_by": transaction.actor.id, "reason": plan.why}
        transaction.connection.execute(insert(handed_on).values(id=transaction.new_id(), given_at=transaction.at, **row))
    case = case_of(transaction.connection, task.instance)
    transaction.record(
        step_fact(
            "task.reassigned" if heir else "task.released",
            case,
            (),
            subject=Subject(type="task", id=task.id),
            changes=(Change(field="assignee", old=plan.person.id, new=heir),),
            reason={"code": "departure", "text": plan.why},
            where=Where(definition=definition_of(case.deployment), instance=task.instance, element=task.element, task=task.id),
        )
    )


def _close_account(transaction: Transaction, plan: _Plan) -> str | None:
    """Close the account from the day after the last one on; return the moment, None when there is none to close."""
    after = datetime.combine(plan.last + timedelta(days=1), time.min, ZONE)
    closes = stamp(max(after, transaction.now))
    mine = (account.c.person == plan.person.id, account.c.disabled_at.is_(None))
    done = transaction.connection.execute(update(account).where(*mine).values(disabled_at=closes))
    return closes if done.rowcount else None
