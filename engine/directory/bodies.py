"""Organisations and the lines between them, one change at a time: each with its reason and the old and new values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from engine.directory.checks import days_in_order, differences, filled, hold_directory, iso_day, reason_of
from engine.directory.organisations import organisation_by_id
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.clock import local_date
from engine.kernel.errors import Conflict, InvalidInput, NotFound, Refused
from engine.storage.schema import organisation, organisation_edge

Write = Callable[[Transaction], dict[str, Any]]
LINES = ("committee", "professional", "government")
LEVELS = ("central", "province", "district", "commune", "grassroots", "cell")


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateOrganisation:
    """Enter an organisation that exists from `valid_from` on; `represented_by`: the body whose clerk acts for it, when it has no accounts."""

    code: str
    name: str
    level: str
    symbol: str
    valid_from: str
    reason: str
    represented_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeOrganisation:
    """Give an organisation another name, level, symbol or representative. Its history keeps the old ones."""

    organisation: str
    name: str
    level: str
    symbol: str
    represented_by: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddEdge:
    """Put `child` under `parent` by a line, from a day on, until a day or for good."""

    parent: str
    child: str
    line: str
    valid_from: str
    reason: str
    valid_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndEdge:
    """End an edge: `last_day` is its last day in force."""

    edge: str
    last_day: str
    reason: str


def decide_create_organisation(command: CreateOrganisation, reading: Reading) -> Write:
    """Refuse a code that is taken, and blanks."""
    code, name = filled(command.code, "the code of the organisation"), filled(command.name, "the name of the organisation")
    why = reason_of(command.reason)
    iso_day(command.valid_from)
    _check_level(command.level)
    if reading.connection.execute(select(organisation.c.id).where(organisation.c.code == code)).first():
        raise InvalidInput(f"Expected a new organisation code, but {code!r} exists already. Choose another.")
    if command.represented_by:
        organisation_by_id(reading.connection, command.represented_by)
    row = {"code": code, "name": name, "level": command.level, "symbol": command.symbol.strip() or None, "valid_from": command.valid_from}
    row["represented_by"] = command.represented_by or None

    def apply(transaction: Transaction) -> dict[str, Any]:
        identity = transaction.new_id()
        transaction.connection.execute(insert(organisation).values(id=identity, **row))
        changes = tuple(Change(field=each, new=value) for each, value in row.items() if value is not None)
        transaction.record(organisation_fact("organisation.created", identity, changes, why))
        return {"organisation": identity}

    return apply


def decide_change_organisation(command: ChangeOrganisation, reading: Reading) -> Write:
    """Refuse a change that changes nothing, and a body that represents itself."""
    row = organisation_by_id(reading.connection, command.organisation)
    why = reason_of(command.reason)
    _check_level(command.level)
    if command.represented_by == row.id:
        raise InvalidInput(f"Expected another body to act for {row.name}, but found itself. Leave it blank, or choose another.")
    if command.represented_by:
        organisation_by_id(reading.connection, command.represented_by)
    name = filled(command.name, "the name of the organisation")
    new = {"name": name, "level": command.level, "symbol": command.symbol.strip() or None, "represented_by": command.represented_by or None}
    old = {each: getattr(row, each) for each in new}
    changes = differences(old, dict(new))

    def apply(transaction: Transaction) -> dict[str, Any]:
        same = (organisation.c.id == row.id, *(organisation.c[each].is_not_distinct_from(value) for each, value in old.items()))
        if transaction.connection.execute(update(organisation).where(*same).values(**new)).rowcount != 1:
            raise Conflict(f"Expected {row.name} as it was read, but it has just changed.")
        transaction.record(organisation_fact("organisation.changed", row.id, changes, why))
        return {"organisation": row.id}

    return apply


def decide_add_edge(command: AddEdge, reading: Reading) -> Write:
    """Refuse an edge that exists, and one by which a body would stand above itself."""
    connection = reading.connection
    above, below = organisation_by_id(connection, command.parent), organisation_by_id(connection, command.child)
    why = reason_of(command.reason)
    days_in_order(command.valid_from, command.valid_to)
    if command.line not in LINES:
        raise InvalidInput(f"Expected a line of {', '.join(LINES)}, but found {command.line!r}.")
    _refuse_cycle(connection, above, below, command)
    _refuse_double(connection, above, below, command)

    def apply(transaction: Transaction) -> dict[str, Any]:
        hold_directory(transaction.connection)
        _refuse_cycle(transaction.connection, above, below, command)
        _refuse_double(transaction.connection, above, below, command)
        row = {"parent": above.id, "child": below.id, "line": command.line, "valid_from": command.valid_from, "valid_to": command.valid_to}
        identity = transaction.new_id()
        transaction.connection.execute(insert(organisation_edge).values(id=identity, **row))
        changes = tuple(Change(field=each, new=value) for each, value in row.items() if value is not None)
        transaction.record(_edge_fact("edge.added", identity, above.id, below.id, changes, why))
        return {"edge": identity}

    return apply


def decide_end_edge(command: EndEdge, reading: Reading) -> Write:
    """Refuse an edge that has ended, and a last day before its first."""
    row = edge_by_id(reading.connection, command.edge)
    why = reason_of(command.reason)
    last = iso_day(command.last_day)
    if row.valid_to is not None and row.valid_to < local_date(reading.now).isoformat():
        raise Refused(f"Expected an edge that is in force, but this one ended on {row.valid_to}. Nothing is to be done.")
    if last < iso_day(row.valid_from) - timedelta(days=1):
        raise InvalidInput(f"Expected a last day on or after {row.valid_from}, but found {last}. Correct the day.")

    def apply(transaction: Transaction) -> dict[str, Any]:
        same = (organisation_edge.c.id == row.id, organisation_edge.c.valid_to.is_not_distinct_from(row.valid_to))
        if transaction.connection.execute(update(organisation_edge).where(*same).values(valid_to=last.isoformat())).rowcount != 1:
            raise Conflict(f"Expected the edge {row.id} as it was read, but it has just changed.")
        changes = (Change(field="valid_to", old=row.valid_to, new=last.isoformat()),)
        transaction.record(_edge_fact("edge.ended", row.id, row.parent, row.child, changes, why))
        return {"edge": row.id}

    return apply


def edge_by_id(connection: Connection, edge: str) -> Row[Any]:
    """Return an edge's row. Raises NotFound."""
    row = connection.execute(select(organisation_edge).where(organisation_edge.c.id == edge)).one_or_none()
    if row is None:
        raise NotFound(f"Expected the id of an edge, but found {edge!r}, which none has.")
    return row


def organisation_fact(action: str, identity: str, changes: tuple[Change, ...], why: str) -> Fact:
    """Return the history's fact about one organisation."""
    return Fact(action=action, subject=Subject(type="organisation", id=identity), changes=changes, reason={"code": "decided", "text": why})


def _edge_fact(action: str, identity: str, above: str, below: str, changes: tuple[Change, ...], why: str) -> Fact:
    ends = (Subject(type="organisation", id=above, qualifier="parent"), Subject(type="organisation", id=below, qualifier="child"))
    return Fact(action=action, subject=Subject(type="edge", id=identity), objects=ends, changes=changes, reason={"code": "decided", "text": why})


def _check_level(level: str) -> None:
    if level not in LEVELS:
        raise InvalidInput(f"Expected a level of {', '.join(LEVELS)}, but found {level!r}. Choose one of them.")


def _refuse_cycle(connection: Connection, above: Row[Any], below: Row[Any], command: AddEdge) -> None:
    """Refuse when, on any day on which the edge would hold, `above` stands below `below` already."""
    columns = organisation_edge.c
    frontier, seen = {below.id}, {below.id}
    while frontier:
        if above.id in frontier:
            raise Refused(f"Expected {below.name} to stand below {above.name}, but {above.name} stands below it already. End that line first.")
        lower = select(columns.child).where(columns.parent.in_(sorted(frontier)), *_overlapping(command))
        frontier = set(connection.execute(lower).scalars()) - seen
        seen |= frontier


def _refuse_double(connection: Connection, above: Row[Any], below: Row[Any], command: AddEdge) -> None:
    columns = organisation_edge.c
    alike = (columns.parent == above.id, columns.child == below.id, columns.line == command.line)
    if connection.execute(select(columns.id).where(*alike, *_overlapping(command)).limit(1)).first():
        raise Refused(f"Expected a new line from {above.name} to {below.name}, but there is one of this kind in those days. End it first.")


def _overlapping(command: AddEdge) -> tuple[Any, ...]:
    columns = organisation_edge.c
    after = columns.valid_to.is_(None) | (columns.valid_to >= command.valid_from)
    return (after,) if command.valid_to is None else (after, columns.valid_from <= command.valid_to)
