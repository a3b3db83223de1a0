"""What somebody who may look after retention sees: whose time is over, what is held back, what is proposed, what has gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Select, or_, select

from engine.access.remit import Sight, covered, sight_of
from engine.definitions.repository import find_latest
from engine.history.transaction import Reading
from engine.kernel.actor import ActorType
from engine.kernel.clock import local_date
from engine.kernel.errors import Denied
from engine.retention.classes import ALL_OTHERS, Kept, is_closed, last_act, years_after
from engine.retention.disposal import DONE, OPEN, REFUSED
from engine.storage.schema import (
    directive,
    dispatch,
    disposal,
    erasure,
    organisation,
    person,
    retention_class,
    retention_hold,
    retention_rule,
    sealed_value,
)
from engine.tasks.list_rows import process_names

SEE = "retention.see"
ACTIONS = ("retention.change", "hold.set", "disposal.propose", "disposal.decide", "erasure.propose", "erasure.decide")
HOLD_ANYTHING = "hold.anything"  # a person or a period too, which belong to no organisation
MOST = 100  # rows of one list


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowRetention:
    """Ask for all this, as far as the actor may see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A closed directive, and how long it is kept."""

    directive: str
    code: str
    subject: str
    process: str
    kept: Kept
    over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The page: `may`: what the actor may do somewhere; `names`: of processes by their keys; `closed` by the day from which they may go; `values`: personal values that can be erased."""

    today: date
    may: frozenset[str]
    me: str
    classes: Sequence[Row[Any]]
    rules: Sequence[Row[Any]]
    names: Mapping[str, str]
    closed: Sequence[Closed]
    holds: Sequence[Row[Any]]
    disposals: Sequence[Row[Any]]
    values: Sequence[Row[Any]]
    erasures: Sequence[Row[Any]]


def answer_retention(_query: ShowRetention, reading: Reading) -> Desk:
    """Return the page. Raises Denied to whoever may see nothing of it."""
    connection, today = reading.connection, local_date(reading.now)
    sight = sight_of(reading, SEE)
    if reading.actor.type is not ActorType.PERSON:
        sight = replace(sight, everywhere=True)  # the system, from the command line
    if not _somewhere(sight):
        raise Denied("Expected an auditor, a leader, an office head, a clerk or an administrator for what is kept and for how long. Ask one of them.")
    rules = connection.execute(select(retention_rule).order_by(retention_rule.c.process)).all()
    return Desk(
        today=today,
        may=_may(reading),
        me=reading.actor.id,
        classes=connection.execute(select(retention_class).order_by(retention_class.c.years.is_(None).desc(), retention_class.c.years.desc())).all(),
        rules=rules,
        names=_names(connection, [rule.process for rule in rules]),
        closed=_closed(connection, sight, today),
        holds=_holds(connection),
        disposals=_disposals(connection, sight),
        values=_values(connection, sight),
        erasures=_erasures(connection, sight),
    )


def _may(reading: Reading) -> frozenset[str]:
    found = {action: sight_of(reading, action) for action in ACTIONS}
    anything = {HOLD_ANYTHING} if found["hold.set"].everywhere else set()
    return frozenset(action for action, sight in found.items() if _somewhere(sight)) | anything


def _somewhere(sight: Sight) -> bool:
    return bool(sight.own) or sight.everywhere


def _seen(query: Select[Any], sight: Sight, unit: Any) -> Select[Any]:
    return query if sight.everywhere else query.where(covered(sight, unit))


def _names(connection: Connection, processes: Sequence[str]) -> dict[str, str]:
    """Return what people call processes, of those that are deployed."""
    latest = {process: found.id for process in processes if (found := find_latest(connection, process))}
    names = process_names(connection, latest.values())
    return {process: names[version] for process, version in latest.items()}


def _closed(connection: Connection, sight: Sight, today: date) -> list[Closed]:
    """Return the root directives whose cases have all ended and that are not proposed yet, those that may go first."""
    rules = {row.process: row for row in connection.execute(select(retention_rule.c.process, retention_class).join(retention_class))}
    proposed = select(disposal.c.id).where(disposal.c.directive == directive.c.id, disposal.c.status != REFUSED).exists()
    query: Select[Any] = select(directive.c.id, directive.c.code, directive.c.subject, directive.c.process)
    query = query.where(directive.c.id == directive.c.root, is_closed(), ~proposed)
    if not sight.everywhere:
        received = select(dispatch.c.directive).where(covered(sight, dispatch.c.organisation))
        query = query.where(or_(covered(sight, directive.c.issuer), directive.c.id.in_(received)))
    rows = connection.execute(query.order_by(directive.c.created_at, directive.c.id).limit(MOST)).all()
    found = [_told(row, rules.get(row.process) or rules[ALL_OTHERS], last_act(connection, row.id), today) for row in rows]
    return sorted(found, key=lambda each: (each.kept.until or date.max, each.code))


def _told(row: Row[Any], rule: Row[Any], closed_on: date | None, today: date) -> Closed:
    until = years_after(closed_on, rule.years) if closed_on and rule.years is not None else None
    time = Kept(key=rule.key, name=rule.name, years=rule.years, closed_on=closed_on, until=until)
    return Closed(directive=row.id, code=row.code, subject=row.subject, process=row.process, kept=time, over=time.is_over(today))


def _holds(connection: Connection) -> Sequence[Row[Any]]:
    held, by, lifted = person.alias("held"), person.alias("by"), person.alias("lifted")
    query: Select[Any] = (
        select(retention_hold, held.c.name.label("person_name"), by.c.name.label("by_name"), lifted.c.name.label("lifted_name"), directive.c.code)
        .join(by, by.c.id == retention_hold.c.set_by)
        .outerjoin(held, held.c.id == retention_hold.c.person)
        .outerjoin(lifted, lifted.c.id == retention_hold.c.lifted_by)
        .outerjoin(directive, directive.c.id == retention_hold.c.directive)
    )
    return connection.execute(query.order_by(retention_hold.c.lifted_at.is_not(None), retention_hold.c.id.desc()).limit(MOST)).all()


def _disposals(connection: Connection, sight: Sight) -> Sequence[Row[Any]]:
    by, decided = person.alias("by"), person.alias("decided")
    query: Select[Any] = (
        select(disposal, directive.c.code, directive.c.issued_date, by.c.name.label("by_name"), decided.c.name.label("decided_name"))
        .join(directive, directive.c.id == disposal.c.directive)
        .join(by, by.c.id == disposal.c.proposed_by)
        .outerjoin(decided, decided.c.id == disposal.c.decided_by)
    )
    return connection.execute(_seen(query, sight, disposal.c.organisation).order_by(disposal.c.status != OPEN, disposal.c.id.desc()).limit(MOST)).all()


def _values(connection: Connection, sight: Sight) -> Sequence[Row[Any]]:
    query: Select[Any] = (
        select(sealed_value.c.id, sealed_value.c.subject, sealed_value.c.title, sealed_value.c.made_at, organisation.c.name.label("unit"), directive.c.code)
        .join(organisation, organisation.c.id == sealed_value.c.organisation)
        .outerjoin(directive, directive.c.id == sealed_value.c.directive)
        .where(sealed_value.c.erased_at.is_(None))
    )
    return connection.execute(_seen(query, sight, sealed_value.c.organisation).order_by(sealed_value.c.id.desc()).limit(MOST)).all()


def _erasures(connection: Connection, sight: Sight) -> Sequence[Row[Any]]:
    by, decided = person.alias("by"), person.alias("decided")
    query: Select[Any] = (
        select(erasure, by.c.name.label("by_name"), decided.c.name.label("decided_name"), organisation.c.name.label("unit"))
        .join(by, by.c.id == erasure.c.proposed_by)
        .outerjoin(decided, decided.c.id == erasure.c.decided_by)
        .outerjoin(organisation, organisation.c.id == erasure.c.organisation)
        .where(erasure.c.status.in_((OPEN, DONE)))
    )
    return connection.execute(_seen(query, sight, erasure.c.organisation).order_by(erasure.c.status != OPEN, erasure.c.id.desc()).limit(MOST)).all()
