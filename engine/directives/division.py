"""A body is split and its open work divided: each piece stays or goes, and none is left with a body in which nobody could do it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, insert, or_, select, union_all, update

from engine.directives.open_work import Piece, belonging, open_work, report_type_of
from engine.directives.succession import ENDED_DISPATCHES, MOVED, move_rows, owned_rows
from engine.directory.checks import held_on, iso_day
from engine.directory.organisations import holders, organisation_by_id
from engine.directory.splitting import GO, STAY, SplitOrganisation, decide_split
from engine.history.record import Change, Fact, Subject, Where
from engine.history.transaction import Reading, Transaction
from engine.instances.cases import definition_of, step_fact
from engine.instances.load import case_of
from engine.instances.transfer import hand_over
from engine.kernel.clock import local_date
from engine.kernel.errors import Conflict, InvalidInput, Refused
from engine.storage.schema import (
    assignment,
    consolidation,
    directive,
    dispatch,
    holding,
    instance,
    post,
    recipient_group_member,
    report,
    user_task,
)

Write = Callable[[Transaction], dict[str, Any]]


def decide_division(command: SplitOrganisation, reading: Reading) -> Write:
    """Refuse what a split refuses, choices about work that is not there, and work that would lie where nobody can do it."""
    connection = reading.connection
    make = decide_split(command, reading)
    pieces = open_work(connection, command.organisation)
    going = _going(command, pieces)
    begins, today = iso_day(command.begins), local_date(reading.now)
    if going and begins > today:
        raise Refused(f"Expected a first day up to {today} because open work goes over, but found {begins}. Record the split when the day has come.")
    day = max(begins, today)
    before = {role for role in _open_roles(connection, command.organisation) if holders(connection, command.organisation, role, today)}

    def apply(transaction: Transaction) -> dict[str, Any]:
        if open_work(transaction.connection, command.organisation) != pieces:
            raise Conflict("Expected the open work as it was read, but it has just changed.")
        answer = make(transaction)
        new = answer["organisation"]
        cases = _hand_over(transaction, command, new, going, answer["posts"]) if going else 0
        leads = sum(_mend_leads(transaction, unit, day, answer["posts"]) for unit in (command.organisation, new))
        released = sum(_release_strangers(transaction, unit, day, command.reason) for unit in (command.organisation, new))
        for unit in (command.organisation, new):
            _refuse_without_holder(transaction.connection, unit, before, day)
        counted = {"pieces": len(going), "cases": cases, "leads": leads, "released": released, "stay": len(pieces) - len(going)}
        transaction.record(
            Fact(
                action="organisation.work_divided",
                subject=Subject(type="organisation", id=command.organisation),
                objects=(Subject(type="organisation", id=new, qualifier="new"),),
                changes=tuple(Change(field=name, new=value) for name, value in counted.items()),
                reason={"code": "split", "text": command.reason},
                streams=_streams(transaction.connection, going),
            )
        )
        return {"organisation": new, "cases": cases, "pieces": len(going)}

    return apply


def _going(command: SplitOrganisation, pieces: Sequence[Piece]) -> list[Piece]:
    if command.work not in (STAY, GO):
        raise InvalidInput(f"Expected what becomes of the open work as {STAY} or {GO}, but found {command.work!r}. Choose one of them.")
    if set(command.otherwise) - {each.key for each in pieces}:
        raise InvalidInput("Expected choices about open work that is there, but some of it has just been finished. Open the page again and choose anew.")
    return [each for each in pieces if (command.work == GO) != (each.key in command.otherwise)]


def _streams(connection: Connection, pieces: Sequence[Piece]) -> tuple[str, ...]:
    letters = sorted({letter for each in pieces for letter in each.letters})
    return tuple(sorted(set(connection.execute(select(directive.c.root).where(directive.c.id.in_(letters))).scalars())))


def _hand_over(transaction: Transaction, command: SplitOrganisation, new: str, pieces: Sequence[Piece], posts: dict[str, str]) -> int:
    """Give the pieces to the new body with everything that names the old one in their matter; return how many cases went."""
    old, connection = command.organisation, transaction.connection
    concerned = _concerned(connection, pieces)
    letters = {letter for each in pieces for letter in each.letters}
    marks = tuple(sorted(letters | {f":{kind}:" for each in pieces for kind in each.types}))
    moved = hand_over(transaction, old=old, new=new, reason=command.reason, code="split", only=concerned, marks=marks, others=posts)
    _move_receipts(transaction, old, new, letters)
    for owned in owned_rows():
        move_rows(transaction, belonging(owned, pieces), old, new)
    groups = [each.group for each in pieces if each.group]
    mine = (recipient_group_member.c.organisation == old) & recipient_group_member.c.recipient_group.in_(groups)
    connection.execute(update(recipient_group_member).where(mine).values(organisation=new))
    return moved


def _concerned(connection: Connection, pieces: Sequence[Piece]) -> frozenset[str]:
    """Return the running cases of the pieces: the old body's own, and those of others in the same matter, which name it."""
    letters = {letter for each in pieces for letter in each.letters}
    types = {kind for each in pieces for kind in each.types}
    known = union_all(*(select(table.c.id).where(table.c.report_type.in_(sorted(types))) for table in (report, consolidation)))
    reports = set(connection.execute(known).scalars())
    own = {case for each in pieces for case in each.cases}
    query = select(instance.c.id, instance.c.organisation, instance.c.directive, instance.c.business_key, instance.c.period)
    query = query.where(instance.c.status != "ended", or_(instance.c.directive.in_(sorted(letters)), instance.c.directive.is_(None)))
    about = {
        row.id
        for row in connection.execute(query)
        if row.directive in letters or row.business_key in reports or report_type_of(row.business_key, row.period, row.organisation) in types
    }
    return frozenset(own | about)


def _move_receipts(transaction: Transaction, old: str, new: str, letters: set[str]) -> None:
    """Write the new body's receipts beside the old ones."""
    connection = transaction.connection
    open_ones = (dispatch.c.organisation == old) & dispatch.c.directive.in_(sorted(letters)) & dispatch.c.status.not_in(ENDED_DISPATCHES)
    for row in connection.execute(select(dispatch).where(open_ones).order_by(dispatch.c.id)).all():
        connection.execute(update(dispatch).where(dispatch.c.id == row.id).values(status=MOVED, changed_at=transaction.at))
        kept = {"directive": row.directive, "recipient_group": row.recipient_group, "status": row.status}
        connection.execute(insert(dispatch).values(id=transaction.new_id(), organisation=new, changed_at=transaction.at, **kept))


def _mend_leads(transaction: Transaction, unit: str, day: date, posts: dict[str, str]) -> int:
    """Make somebody of the body accountable for what was led by a post that is not here any more; return for how many assignments."""
    connection = transaction.connection
    own = select(post.c.id).where(post.c.organisation == unit)
    still = (assignment.c.organisation == unit) & assignment.c.status.not_in(("done", "withdrawn", "cancelled"))
    gone = still & (assignment.c.lead.not_in(own) | assignment.c.lead.in_(sorted(posts)))
    rows = connection.execute(select(assignment.c.id, assignment.c.lead).where(gone).order_by(assignment.c.id)).all()
    leads = holders(connection, unit, "specialist", day) or holders(connection, unit, "leader", day)
    here = set(connection.execute(own).scalars())
    for row in rows:
        heir = posts.get(row.lead)
        lead = heir if heir in here else leads[0].post if leads else None
        if lead is None:
            name = organisation_by_id(connection, unit).name
            raise Refused(f"Expected somebody in {name} who leads the assignments that are there after the split, but nobody is left. Let them go with their lead.")
        connection.execute(update(assignment).where(assignment.c.id == row.id).values(lead=lead))
    return len(rows)


def _release_strangers(transaction: Transaction, unit: str, day: date, why: str) -> int:
    """Offer to everybody again what was claimed by people who hold no post in the body after the split; return how many tasks."""
    connection = transaction.connection
    here = select(holding.c.person).join(post, post.c.id == holding.c.post).where(post.c.organisation == unit, held_on(day))
    claimed = (user_task.c.organisation == unit) & (user_task.c.status == "open") & user_task.c.assignee.is_not(None)
    rows = connection.execute(select(user_task).where(claimed, user_task.c.assignee.not_in(here)).order_by(user_task.c.id)).all()
    for row in rows:
        connection.execute(update(user_task).where(user_task.c.id == row.id).values(assignee=None))
        case = case_of(connection, row.instance)
        fact = step_fact(
            "task.released",
            case,
            (),
            subject=Subject(type="task", id=row.id),
            changes=(Change(field="assignee", old=row.assignee, new=None),),
            reason={"code": "split", "text": why},
            where=Where(definition=definition_of(case.deployment), instance=row.instance, element=row.element, task=row.id),
        )
        transaction.record(fact)
    return len(rows)


def _open_roles(connection: Connection, unit: str) -> list[str]:
    query = select(user_task.c.role).distinct().where(user_task.c.organisation == unit, user_task.c.status == "open")
    return sorted(connection.execute(query).scalars())


def _refuse_without_holder(connection: Connection, unit: str, before: set[str], day: date) -> None:
    """Raise Refused when an open task would lie where nobody holds its role, though somebody held it before."""
    lost = [role for role in _open_roles(connection, unit) if role in before and not holders(connection, unit, role, day)]
    if lost:
        name = organisation_by_id(connection, unit).name
        raise Refused(
            f"Expected somebody in {name} for every open task that is there after the split, but nobody would hold the role {lost[0]}. "
            "Choose the posts, or the work that goes over, otherwise, or appoint somebody first."
        )
