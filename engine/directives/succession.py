"""A body is merged or dissolved: its open work goes to its successor on a day; the history keeps the old name.

Source: DOMAIN.md 2.7 (1 July 2025: the district level ended) and scenario E9.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, and_, insert, select, update

from engine.directory.organisations import holders, organisation_by_id
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.instances.transfer import end_instances, hand_over
from engine.kernel.clock import local_date
from engine.kernel.errors import InvalidInput, Refused
from engine.storage.schema import (
    assignment,
    change_answer,
    consolidation,
    difficulty,
    directive,
    dispatch,
    expected_report,
    extension,
    holding,
    instance,
    milestone,
    obligation,
    organisation,
    organisation_edge,
    post,
    recipient_group_member,
    report,
    submission,
    succession,
)

ENDED_DISPATCHES = ("02", "06", "15")  # refused, completed, recalled
MOVED = "moved"  # the status of the old row beside the successor's


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSuccession:
    """`predecessor` (id) ended on `day` (ISO date, its last day); `successor` (id) goes on with whatever is open."""

    predecessor: str
    successor: str
    day: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """A table whose open rows change hands. `alone`: with these columns a row may exist once per organisation."""

    table: Table
    column: str
    open: ColumnElement[bool]
    alone: tuple[str, ...] = ()
    closed: dict[str, Any] | None = None


def owned_rows() -> list[Owned]:
    """Return every table whose open rows belong to an organisation, each with what is open."""
    running = select(consolidation.c.id).where(consolidation.c.status == "open")
    return [
        Owned(table=obligation, column="organisation", open=obligation.c.status == "open", alone=("directive",), closed={"status": "closed"}),
        Owned(table=obligation, column="superior", open=obligation.c.status == "open"),
        Owned(table=report, column="organisation", open=report.c.status != "accepted", alone=("report_type", "period"), closed={}),
        Owned(table=submission, column="superior", open=submission.c.status == "submitted"),
        Owned(table=consolidation, column="organisation", open=consolidation.c.status == "open", alone=("report_type", "period"), closed={}),
        Owned(
            table=expected_report,
            column="organisation",
            open=and_(expected_report.c.consolidation.in_(running), expected_report.c.status != "accepted"),
            alone=("consolidation",),
            closed={"status": MOVED},
        ),
        Owned(table=assignment, column="organisation", open=assignment.c.status.not_in(("done", "cancelled"))),
        *(Owned(table=milestone, column=name, open=milestone.c.reached_at.is_(None)) for name in ("owner", "appraiser", "approver")),
        Owned(table=change_answer, column="organisation", open=change_answer.c.status == "pending", alone=("change_request",), closed={"status": "agreed"}),
        *(Owned(table=difficulty, column=name, open=difficulty.c.status == "open") for name in ("organisation", "superior")),
        *(Owned(table=extension, column=name, open=extension.c.decision.is_(None)) for name in ("organisation", "superior")),
    ]


def decide_succession(command: RecordSuccession, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Refuse a body that ended before, one that succeeds itself or has ended, and a day to come."""
    connection = reading.connection
    old, new = (organisation_by_id(connection, each) for each in (command.predecessor, command.successor))
    today = local_date(reading.now)
    try:
        last = date.fromisoformat(command.day)
    except ValueError:
        raise InvalidInput(f"Expected the last day of {old.name} as YYYY-MM-DD, but found {command.day!r}.") from None
    if not command.reason.strip():
        raise InvalidInput("Expected the decision that ends the body as reason, but found none. Name its number and date.")
    if last > today:
        raise Refused(f"Expected a last day up to {today}, but found {last}. Record the succession when the day has come.")
    if old.id == new.id or (new.valid_to is not None and new.valid_to < today.isoformat()):
        raise Refused(f"Expected a successor that goes on after {last}, but {new.name} does not.")
    if connection.execute(select(succession.c.day).where(succession.c.predecessor == old.id)).first():
        raise Refused(f"Expected a body that has not ended yet, but {old.name} has a successor already.")

    def apply(transaction: Transaction) -> dict[str, Any]:
        _inherit_edges(transaction, old.id, new.id, last)
        _end_body(transaction, old, last)
        transaction.connection.execute(
            insert(succession).values(
                predecessor=old.id, successor=new.id, day=command.day, reason=command.reason, recorded_at=transaction.at
            )
        )
        _end_doubles(transaction, old.id, new.id, command.reason)
        moved = hand_over(transaction, old=old.id, new=new.id, reason=command.reason)
        streams = _move_receipts(transaction, old.id, new.id)
        for owned in owned_rows():
            move_rows(transaction, owned, old.id, new.id)
        _move_leads(transaction, new.id)
        _replace_in_groups(transaction, old.id, new.id)
        transaction.record(
            Fact(
                action="organisation.succeeded",
                subject=Subject(type="organisation", id=old.id),
                objects=(Subject(type="organisation", id=new.id, qualifier="successor"),),
                changes=(Change(field="valid_to", old=old.valid_to, new=command.day), Change(field="cases", new=moved)),
                reason={"code": "succession", "text": command.reason},
                streams=streams,
            )
        )
        return {"cases": moved}

    return apply


def _end_body(transaction: Transaction, old: Row[Any], last: date) -> None:
    """End the body, its edges and its people's posts."""
    connection, day = transaction.connection, last.isoformat()
    connection.execute(update(organisation).where(organisation.c.id == old.id).values(valid_to=day))
    edges = (organisation_edge.c.parent == old.id) | (organisation_edge.c.child == old.id)
    connection.execute(update(organisation_edge).where(edges, organisation_edge.c.valid_to.is_(None)).values(valid_to=day))
    posts = select(post.c.id).where(post.c.organisation == old.id)
    longer = holding.c.valid_to.is_(None) | (holding.c.valid_to > day)
    connection.execute(update(holding).where(holding.c.post.in_(posts), longer).values(valid_to=day))


def _inherit_edges(transaction: Transaction, old: str, new: str, last: date) -> None:
    """Put the successor where the old body stood: under its superiors and over its subordinates, where it is not yet."""
    columns = organisation_edge.c
    begins = (last + timedelta(days=1)).isoformat()
    rows = transaction.connection.execute(
        select(organisation_edge).where((columns.parent == old) | (columns.child == old), columns.valid_to.is_(None))
    ).all()
    known = {(row.parent, row.child, row.line) for row in transaction.connection.execute(select(organisation_edge))}
    for row in rows:
        parent, child = (new if each == old else each for each in (row.parent, row.child))
        if parent != child and (parent, child, row.line) not in known:
            edge = {"parent": parent, "child": child, "line": row.line, "valid_from": begins, "valid_to": None}
            transaction.connection.execute(insert(organisation_edge).values(id=transaction.new_id(), **edge))


def _end_doubles(transaction: Transaction, old: str, new: str, reason: str) -> None:
    """End the old body's cases of directives that the successor has received itself: one case goes on, not two."""
    both = select(dispatch.c.directive).where(dispatch.c.organisation == new)
    query = select(instance.c.id).where(instance.c.organisation == old, instance.c.status != "ended", instance.c.directive.in_(both))
    end_instances(transaction, transaction.connection.execute(query).scalars().all(), reason=reason)


def _move_receipts(transaction: Transaction, old: str, new: str) -> tuple[str, ...]:
    """Write the successor's receipts beside the old ones; return the root directives concerned."""
    connection = transaction.connection
    has = select(dispatch.c.directive).where(dispatch.c.organisation == new)
    query = (
        select(dispatch, directive.c.root, dispatch.c.directive.in_(has).label("double"))
        .join(directive, directive.c.id == dispatch.c.directive)
        .where(dispatch.c.organisation == old, dispatch.c.status.not_in(ENDED_DISPATCHES), directive.c.status == "issued")
    )
    rows = connection.execute(query).all()
    for row in rows:
        connection.execute(update(dispatch).where(dispatch.c.id == row.id).values(status=MOVED, changed_at=transaction.at))
        if not row.double:
            connection.execute(
                insert(dispatch).values(
                    id=transaction.new_id(),
                    directive=row.directive,
                    organisation=new,
                    recipient_group=row.recipient_group,
                    status=row.status,
                    changed_at=transaction.at,
                )
            )
    return tuple(sorted({row.root for row in rows}))


def move_rows(transaction: Transaction, owned: Owned, old: str, new: str) -> None:
    """Let the open rows of a table belong to another organisation; where it has such a row itself, the old one is closed."""
    connection, table = transaction.connection, owned.table
    column = table.c[owned.column]
    mine = (column == old) & owned.open
    if owned.alone:
        other = table.alias()
        double = select(other.c[owned.column]).where(
            other.c[owned.column] == new, *(other.c[name] == table.c[name] for name in owned.alone)
        )
        if owned.closed:
            connection.execute(update(table).where(mine, double.exists()).values(**owned.closed))
        mine = mine & ~double.exists()
    connection.execute(update(table).where(mine).values({owned.column: new}))


def _move_leads(transaction: Transaction, new: str) -> None:
    """Make a specialist of the successor accountable for what was led by a post of the old body."""
    connection = transaction.connection
    own = select(post.c.id).where(post.c.organisation == new)
    orphaned = (assignment.c.organisation == new) & assignment.c.lead.not_in(own)
    leads = holders(connection, new, "specialist", local_date(transaction.now))
    if leads:
        connection.execute(update(assignment).where(orphaned).values(lead=leads[0].post))


def _replace_in_groups(transaction: Transaction, old: str, new: str) -> None:
    """Address the successor wherever a recipient group named the old body."""
    table = recipient_group_member
    move_rows(transaction, Owned(table=table, column="organisation", open=table.c.reports.is_not(None), alone=("recipient_group",), closed={}), old, new)

