"""A letter that follows up an earlier one (DOMAIN.md 2.5): who has done what of the earlier one, and who is urged by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from engine.directives.urging import REMINDER, WRITTEN
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Transaction
from engine.kernel.clock import local_date
from engine.storage.schema import activity, assignment, citation, directive, dispatch, obligation, reminder, report, report_section

FIRST, NOTE, URGE = "first", "note", "urge"
ADD = "add"  # the letter adds duties to the earlier ones; else it only calls them to mind (DOMAIN.md 2.5)
NEVER_HAD = frozenset({"02", "15"})  # refused, recalled
COMPLETED = "06"
WORK_OVER = ("done", "reported", "withdrawn")
CHUNK = 500  # recipients asked about at once: SQLite allows a bounded number of parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a recipient stands to the followed-up letter; `number`: which urge this is (0: none)."""

    standing: str
    followed: str
    number: int


NOTHING_FOLLOWED = Standing(standing=FIRST, followed="", number=0)


def earlier_directive(connection: Connection, issuer: str, code: str | None) -> str | None:
    """Return the issuer's own newest letter with this code, or what has replaced it meanwhile; None when there is none."""
    if not code:
        return None
    query = select(directive.c.id, directive.c.status).where(directive.c.issuer == issuer, directive.c.code == code)
    row = connection.execute(query.order_by(directive.c.issued_date.desc(), directive.c.id.desc()).limit(1)).one_or_none()
    seen: list[str] = []
    while row is not None and row.status == "replaced":
        seen.append(row.id)
        newer = select(directive.c.id, directive.c.status).join(citation, citation.c.directive == directive.c.id)
        newer = newer.where(citation.c.cited == row.id, citation.c.relation == "replaces", directive.c.id.not_in(seen))
        row = connection.execute(newer.order_by(directive.c.created_at, directive.c.id).limit(1)).one_or_none()
    return row.id if row is not None else (seen[-1] if seen else None)


def standings(transaction: Transaction, followed: str | None, organisations: Sequence[str]) -> dict[str, Standing]:
    """Return how each organisation stands to the followed-up letter; everyone is `first` when there is none.

    `first`: it never had a case of it. `urge`: something of it is overdue, or it has been silent: no report where one is
    owed, nothing done where none is. `note`: all the others.
    """
    if followed is None:
        return dict.fromkeys(organisations, NOTHING_FOLLOWED)
    found: dict[str, Standing] = {}
    for first in range(0, len(organisations), CHUNK):
        found |= _standings(transaction, followed, list(organisations[first : first + CHUNK]))
    return found


def _standings(transaction: Transaction, followed: str, units: list[str]) -> dict[str, Standing]:
    connection, today = transaction.connection, local_date(transaction.now).isoformat()
    closed = connection.execute(select(directive.c.status).where(directive.c.id == followed)).scalar_one() != "issued"
    had = {row.organisation: row.status for row in _rows(connection, dispatch, followed, units)}
    overdue = _overdue(connection, followed, units, today)
    owing = {row.organisation for row in _rows(connection, obligation, followed, units)}
    reported = _reported(connection, followed, units)
    active = _active(connection, followed, units)
    numbers = _urges(connection, followed, units)
    found = {}
    for unit in units:
        if unit not in had or had[unit] in NEVER_HAD:
            found[unit] = Standing(standing=FIRST, followed="", number=0)
            continue
        silent = unit not in (reported if unit in owing else active)
        urged = not closed and had[unit] != COMPLETED and (unit in overdue or silent)
        number = numbers.get(unit, 0) + 1 if urged else 0
        found[unit] = Standing(standing=URGE if urged else NOTE, followed=followed, number=number)
    return found


def _rows(connection: Connection, table: Any, followed: str, units: list[str]) -> list[Row[Any]]:
    query = select(table).where(table.c.directive == followed, table.c.organisation.in_(units))
    return list(connection.execute(query))


def _overdue(connection: Connection, followed: str, units: list[str], today: str) -> set[str]:
    late_work = select(assignment.c.organisation).where(
        assignment.c.directive == followed,
        assignment.c.organisation.in_(units),
        assignment.c.status.not_in(WORK_OVER),
        assignment.c.due_at < today,
    )
    late_report = (
        select(report.c.organisation)
        .join(obligation, (obligation.c.organisation == report.c.organisation) & (obligation.c.report_type == report.c.report_type))
        .where(obligation.c.directive == followed, report.c.organisation.in_(units))
        .where(report.c.due_date < today, report.c.revision == 0)
    )
    return {row[0] for query in (late_work, late_report) for row in connection.execute(query)}


def _reported(connection: Connection, followed: str, units: list[str]) -> set[str]:
    query = select(report.c.organisation).join(report_section, report_section.c.report == report.c.id)
    query = query.where(report_section.c.directive == followed, report.c.organisation.in_(units))
    return set(connection.execute(query).scalars())


def _active(connection: Connection, followed: str, units: list[str]) -> set[str]:
    query = select(assignment.c.organisation).join(activity, activity.c.assignment == assignment.c.id)
    query = query.where(assignment.c.directive == followed, assignment.c.organisation.in_(units))
    return set(connection.execute(query).scalars())


def _urges(connection: Connection, followed: str, units: list[str]) -> dict[str, int]:
    """Return the number of the last urge about the letter, per organisation."""
    query = select(reminder.c.organisation, func.max(reminder.c.number).label("number"))
    query = query.where(reminder.c.about == followed, reminder.c.organisation.in_(units), reminder.c.urge_level > REMINDER)
    return {row.organisation: row.number or 0 for row in connection.execute(query.group_by(reminder.c.organisation))}


def tell_recipients(transaction: Transaction, letter: str, root: str, subject: str, standing: dict[str, Standing]) -> None:
    """Keep an urge for everyone who is urged by the letter, and a note for everyone who only gets to know it."""
    issuer = transaction.connection.execute(select(directive.c.issuer).where(directive.c.id == letter)).scalar_one()
    rows = [
        {
            "id": transaction.new_id(),
            "organisation": unit,
            "from_organisation": issuer,
            "instance": None,
            "role": "leader",
            "about": entry.followed,
            "urge_level": WRITTEN if entry.standing == URGE else REMINDER,
            "directive": entry.followed,
            "number": entry.number,
            "content": subject,
            "sent_at": transaction.at,
        }
        for unit, entry in standing.items()
        if entry.standing != FIRST
    ]
    if not rows:
        return
    transaction.connection.execute(insert(reminder), rows)
    for row in rows:
        told = {name: row[name] for name in ("about", "urge_level", "number")}
        transaction.record(
            Fact(
                action="urge.sent" if row["urge_level"] else "reminder.sent",
                subject=Subject(type="organisation", id=str(row["organisation"])),
                objects=(Subject(type="directive", id=root, qualifier="root"),),
                changes=tuple(Change(field=name, new=value) for name, value in told.items()),
                streams=(root,),
            )
        )
