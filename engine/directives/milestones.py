"""Milestones of a directive: a graph of things to deliver, appraise and approve (DOMAIN.md 2.4, appendix A5).

Each milestone is led by its own short instance; here are its rows: written with the directive, opened as soon as
everything before it is reached, cancelled when the directive is withdrawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Protocol

from sqlalchemy import Row, insert, select, update

from engine.definitions.repository import starters
from engine.definitions.withdrawing import refusal_of
from engine.directives.milestone_schedule import cycle_in
from engine.directory.organisations import organisation_by_code
from engine.directory.settings import BEFORE_IS_STRICT, setting
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Transaction
from engine.kernel.calendar import last_day
from engine.kernel.clock import local_date
from engine.kernel.errors import InvalidInput, NotFound
from engine.messages.inbox import send
from engine.storage.schema import directive, inbox, milestone, milestone_dependency, subscription

OPENED, CANCELLED = "milestone.opened", "milestone.cancelled"
USUAL_PROCESS = "milestone"
ENDED = frozenset({"reached", "rejected", "cancelled"})
DATES = ("due_date", "appraise_due_date", "approve_due_date")
LAST_DAYS = ("last_day", "appraise_last_day", "approve_last_day")


class Issued(Protocol):
    """What milestones need to know of the letter that names them."""

    @property
    def id(self) -> str: ...
    @property
    def root(self) -> str: ...


def write_milestones(transaction: Transaction, letter: Issued, entries: Sequence[Mapping[str, Any]]) -> None:
    """Keep the milestones of a letter and open those that wait for nothing. Raises InvalidInput, NotFound."""
    if not entries:
        return
    rows, before = _planned(transaction, letter.id, entries)
    ids = {row["key"]: row["id"] for row in rows}
    transaction.connection.execute(insert(milestone), rows)
    edges = [{"milestone": ids[key], "depends_on": ids[other]} for key, others in before.items() for other in others]
    if edges:
        transaction.connection.execute(insert(milestone_dependency), edges)
    open_ready(transaction, letter.id, roots=(letter.root,))


def check_milestones(transaction: Transaction, entries: Sequence[Mapping[str, Any]]) -> None:
    """Look at the milestones of a draft before anybody signs it. Raises InvalidInput, NotFound."""
    for process in sorted({str(entry.get("process") or USUAL_PROCESS) for entry in entries}):
        if refused := refusal_of(transaction.connection, process, local_date(transaction.now)):
            raise InvalidInput(refused)
    _planned(transaction, "", entries)


def _planned(
    transaction: Transaction, directive_id: str, entries: Sequence[Mapping[str, Any]]
) -> tuple[list[dict[str, Any]], dict[str, list[str]]]:
    """Return the rows, and for each key those that come before it."""
    rows = [_row(transaction, directive_id, position, entry) for position, entry in enumerate(entries)]
    before = {str(entry["key"]): list(dict.fromkeys(entry.get("depends_on") or [])) for entry in entries}
    _check_order(rows, before)
    return rows, before


def _open(transaction: Transaction, row: Row[Any], *, roots: Sequence[str]) -> None:
    transaction.connection.execute(
        update(milestone).where(milestone.c.id == row.id).values(status="open", opened_at=transaction.at)
    )
    send(
        transaction,
        message=OPENED,
        key=row.id,
        to=[row.owner],
        payload={"milestone": row.id, "directive": row.directive, "process": row.process},
        source=f"open:{row.id}",
        roots=roots,
    )
    transaction.record(fact(OPENED, row, roots=roots, changes=(Change(field="status", old="waiting", new="open"),)))


def open_ready(transaction: Transaction, directive_id: str, *, roots: Sequence[str]) -> None:
    """Open every milestone of the directive that waits for nothing any more: its owner's own short instance starts."""
    connection = transaction.connection
    query = select(milestone).where(milestone.c.directive == directive_id).order_by(milestone.c.position)
    rows = {row.id: row for row in connection.execute(query)}
    edges = connection.execute(
        select(milestone_dependency).where(milestone_dependency.c.milestone.in_(list(rows)))
    ).all()
    blocked = {edge.milestone for edge in edges if rows[edge.depends_on].status != "reached"}
    for row in rows.values():
        if row.status == "waiting" and row.id not in blocked:
            _open(transaction, row, roots=roots)


def cancel_milestones(transaction: Transaction, directive_id: str, *, why: Mapping[str, str]) -> int:
    """Cancel every milestone of the directive that has not ended, and stop who works on one; return how many.

    `why`: the reason as the history has it, code and text.

    Only those who wait are told, each once, so that no message stays unread.
    """
    connection = transaction.connection
    lock_milestones(transaction, directive_id)
    query = select(milestone).where(milestone.c.directive == directive_id, milestone.c.status.not_in(ENDED))
    rows = connection.execute(query.order_by(milestone.c.position)).all()
    if not rows:
        return 0
    root = str(connection.execute(select(directive.c.root).where(directive.c.id == directive_id)).scalar_one())
    ids = [row.id for row in rows]
    connection.execute(update(milestone).where(milestone.c.id.in_(ids)).values(status="cancelled"))
    _withdraw_starts(transaction, ids)
    waiting = select(subscription).where(subscription.c.message == CANCELLED, subscription.c.key.in_(ids))
    for place in connection.execute(waiting.order_by(subscription.c.id)).all():
        send(
            transaction, message=CANCELLED, key=place.key, to=[place.organisation], payload={}, source=f"cancel:{place.id}", roots=[root]
        )
    for row in rows:
        change = Change(field="status", old=row.status, new="cancelled")
        transaction.record(replace(fact(CANCELLED, row, roots=(root,), changes=(change,)), reason=dict(why)))
    return len(rows)


def lock_milestones(transaction: Transaction, directive_id: str) -> None:
    """Let one transaction at a time decide what the milestones of a directive open: two that are reached at once see each other."""
    same = update(milestone).where(milestone.c.directive == directive_id).values(position=milestone.c.position)
    transaction.connection.execute(same)


def milestone_by_id(transaction: Transaction, milestone_id: str) -> Row[Any]:
    """Return the row of a milestone. Raises NotFound."""
    row = transaction.connection.execute(select(milestone).where(milestone.c.id == milestone_id)).one_or_none()
    if row is None:
        raise NotFound(f"Expected the id of a milestone, but found {milestone_id!r}, which none has.")
    return row


def fact(action: str, row: Row[Any], *, roots: Sequence[str], changes: Iterable[Change] = ()) -> Fact:
    """Return the history's fact about a milestone, in the streams of its directive's root."""
    bodies = {"owner": row.owner, "appraiser": row.appraiser, "approver": row.approver}
    return Fact(
        action=action,
        subject=Subject(type="milestone", id=row.id),
        objects=(
            Subject(type="directive", id=row.directive, qualifier="directive"),
            *(Subject(type="organisation", id=unit, qualifier=name) for name, unit in bodies.items() if unit),
            *(Subject(type="directive", id=root, qualifier="root") for root in roots),
        ),
        changes=(Change(field="key", new=row.key), *changes),
        streams=tuple(roots),
    )


def _withdraw_starts(transaction: Transaction, ids: Sequence[str]) -> None:
    """An instance that a cancelled milestone asked for and that has not begun need not begin."""
    transaction.connection.execute(
        update(inbox)
        .where(inbox.c.kind == "start", inbox.c.key.in_(ids), inbox.c.name.like("milestone.%"), inbox.c.consumed_ver.is_(None))
        .values(consumed_ver=0)
    )


def _row(transaction: Transaction, directive_id: str, position: int, entry: Mapping[str, Any]) -> dict[str, Any]:
    title = entry.get("title") or entry["key"]
    process = entry.get("process") or USUAL_PROCESS
    known = starters(transaction.connection, OPENED)
    if process not in known:
        raise InvalidInput(
            f"Expected a process of milestones ({', '.join(known) or 'none is deployed'}) for the milestone {title!r}, but found {process!r}."
        )
    strict = setting(transaction.connection, BEFORE_IS_STRICT, True)
    operator = entry.get("due_operator") or ("by" if entry.get("due_date") else None)
    days = {name: _last_day(entry, given, operator, title, strict=strict) for name, given in zip(LAST_DAYS, DATES, strict=True)}
    return {
        "id": transaction.new_id(),
        "directive": directive_id,
        "position": position,
        "key": entry["key"],
        "title": title,
        "content": entry.get("content") or None,
        "process": process,
        **{role: _body(transaction, entry, role, title) for role in ("owner", "appraiser", "approver")},
        "partner": entry.get("partner") or None,
        "due_date": entry.get("due_date") or None,
        "due_operator": operator,
        **days,
        "status": "waiting",
        "version": 0,
        "returned": 0,
        "late": 0,
        "opened_at": None,
        "reached_at": None,
    }



def _last_day(entry: Mapping[str, Any], name: str, operator: str | None, title: str, *, strict: bool) -> str | None:
    given = entry.get(name)
    if not given:
        return None
    try:
        return last_day(date.fromisoformat(given), operator or "by", strict=strict).isoformat()
    except ValueError:
        raise InvalidInput(f"Expected {name} of the milestone {title!r} as YYYY-MM-DD, but found {given!r}.") from None


def _body(transaction: Transaction, entry: Mapping[str, Any], role: str, title: str) -> str | None:
    code = entry.get(role)
    if not code and role != "owner":
        return None
    try:
        return str(organisation_by_code(transaction.connection, str(code)).id)
    except NotFound:
        raise InvalidInput(
            f"Expected the code of an organisation as {role} of the milestone {title!r}, but found {code!r}, which nobody has. "
            "Choose an organisation of the directory, or import it first."
        ) from None


def _check_order(rows: Sequence[Mapping[str, Any]], before: Mapping[str, Sequence[str]]) -> None:
    titles = {row["key"]: row["title"] for row in rows}
    keys = [row["key"] for row in rows]
    for key in keys:
        if keys.count(key) > 1:
            raise InvalidInput(f"Expected every milestone to have a key of its own, but {key!r} stands twice. Rename one of them.")
    for key, others in before.items():
        for other in others:
            if other not in titles:
                raise InvalidInput(
                    f"Expected the milestone {titles[key]!r} to wait for milestones of this letter ({', '.join(keys)}), but found {other!r}."
                )
    cycle = cycle_in(before)
    if cycle:
        chain = " → ".join(repr(titles[key]) for key in cycle)
        raise InvalidInput(f"Expected milestones that wait for earlier ones, but found a circle: {chain}. Remove one dependency.")
    by_key = {row["key"]: row for row in rows}
    for row in rows:
        _check_days(row, [by_key[other] for other in before[row["key"]]])


def _check_days(row: Mapping[str, Any], earlier: Iterable[Mapping[str, Any]]) -> None:
    """Dates must agree with the order: a milestone cannot be due before what it waits for."""
    days = [row[name] for name in LAST_DAYS if row[name]]
    if days != sorted(days):
        raise InvalidInput(
            f"Expected the milestone {row['title']!r} to be delivered, appraised and approved in this order, but its last days are "
            f"{', '.join(days)}. Correct its dates."
        )
    for other in earlier:
        known = [other[name] for name in LAST_DAYS if other[name]]
        if days and known and days[0] < known[-1]:
            raise InvalidInput(
                f"Expected the milestone {row['title']!r} to be due no earlier than {other['title']!r}, for which it waits "
                f"({known[-1]}), but found {days[0]}. Correct one of the dates."
            )
