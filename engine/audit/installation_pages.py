"""What the installation needs of its administrator today, and its settings, calendar and registers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, false, func, or_, select

from engine.audit.people_pages import serves
from engine.directory.organisations import organisation_by_id
from engine.directory.settings import CHOICES, KNOWN
from engine.directory.working_calendar import years_without_data
from engine.history.series import members
from engine.history.transaction import Reading
from engine.kernel.clock import from_stamp, local_date, stamp
from engine.storage.holds import UNRESOLVED
from engine.storage.schema import (
    account,
    calendar_day,
    committee_term,
    effect,
    history_record,
    holding,
    incident,
    organisation,
    organisation_edge,
    person,
    post,
    proposal,
    register_book,
    user_task,
    worker,
)
from engine.storage.schema import setting as setting_table

PAGE = 50
NEXT_YEAR_FROM = 10  # October: from here on the next year's days off should be known
SOON = timedelta(days=7)
NEWEST = 12  # of what administrators have done
LOOKED_THROUGH = 20_000  # records of the history


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterAdministration:
    """Ask to be let in where a page shows nothing but empty fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAttention:
    """Ask what needs the administrator today."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowCalendarYear:
    """Ask for the days off and swapped days of a year."""

    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSettings:
    """Ask for all settings with their values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRegisters:
    """Ask for the registers of numbers, of one organisation or of all."""

    organisation: str | None = None
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ListVacantPosts:
    """Ask for the posts that nobody holds today."""

    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Vacant:
    """One page of vacant posts."""

    rows: Sequence[Row[Any]]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """Counts by kind, when a worker last looked, the years without days off, and the newest acts of administrators."""

    counts: Mapping[str, int]
    last_sweep: datetime | None
    sweep_seconds: float | None
    years: Sequence[int]
    acts: Sequence[Row[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarYear:
    """The days of a year; `known`: the years for which there are any."""

    year: int
    days: Sequence[Row[Any]]
    known: Sequence[int]
    missing: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting: its value now, what it was when delivered, and what may be chosen."""

    key: str
    value: Any
    usual: Any
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registers:
    """One page of registers, and the terms of the organisation that was asked for."""

    rows: Sequence[Row[Any]]
    total: int
    unit: Row[Any] | None
    terms: Sequence[Row[Any]]


def answer_enter(_query: EnterAdministration, _reading: Reading) -> None:
    """Answer nothing: whoever gets an answer is let in."""


def answer_attention(_query: AskAttention, reading: Reading) -> Attention:
    """Return the counts in one statement, whatever their number."""
    connection, now = reading.connection, reading.now
    today = local_date(now)
    counts = connection.execute(select(*(each.label(name) for name, each in _counts(now).items()))).mappings().one()
    swept = connection.execute(select(func.max(worker.c.swept_at))).scalar_one()
    sweep = from_stamp(swept) if swept else None
    years = [today.year, *([today.year + 1] if today.month >= NEXT_YEAR_FROM else [])]
    return Attention(
        counts=dict(counts),
        last_sweep=sweep,
        sweep_seconds=max(0.0, (now - sweep).total_seconds()) if sweep else None,
        years=years_without_data(connection, years),
        acts=connection.execute(_acts(connection)).all(),
    )


def _counts(now: datetime) -> dict[str, Any]:
    today, soon = local_date(now).isoformat(), (local_date(now) + SOON).isoformat()
    held = incident.c.next_attempt.is_(None)
    in_office = exists().where(holding.c.person == account.c.person, *_on(today))
    taken, alive = _taken(today), _alive(today)
    under = exists().where(or_(organisation_edge.c.child == organisation.c.id, organisation_edge.c.parent == organisation.c.id))
    return {
        "held": _count(incident, UNRESOLVED, held),
        "retrying": _count(incident, UNRESOLVED, ~held),
        "dead": _count(effect, effect.c.status.in_(("dead", "unsure"))),
        "waiting": _count(effect, effect.c.status.in_(("open", "sending"))),
        "proposals": _count(proposal, proposal.c.status == "open"),
        "left_accounts": _count(account, or_(account.c.disabled_at.is_(None), account.c.disabled_at > stamp(now)), ~in_office),
        "left_tasks": _count(user_task, user_task.c.status == "open", user_task.c.assignee.is_not(None), ~serves(today)),
        "vacant": _count(post.join(organisation, organisation.c.id == post.c.organisation), alive, ~taken),
        "alone": _count(organisation, alive, ~under),
        "ending": _count(holding, holding.c.substitute_for.is_not(None), holding.c.valid_from <= today, holding.c.valid_to.between(today, soon)),
        "substitutions": _count(holding, holding.c.substitute_for.is_not(None), *_on(today)),
        "organisations": _count(organisation, organisation.c.valid_from <= today, alive),
        "people": _count(person),
        "accounts": _count(account, or_(account.c.disabled_at.is_(None), account.c.disabled_at > stamp(now))),
    }


def _taken(today: str) -> ColumnElement[bool]:
    return exists().where(holding.c.post == post.c.id, holding.c.substitute_for.is_(None), *_on(today))


def _alive(today: str) -> ColumnElement[bool]:
    return or_(organisation.c.valid_to.is_(None), organisation.c.valid_to >= today)


def answer_vacant(query: ListVacantPosts, reading: Reading) -> Vacant:
    """Return one page of the posts that nobody holds, of organisations that exist."""
    today = local_date(reading.now).isoformat()
    joined, vacant = post.join(organisation, organisation.c.id == post.c.organisation), (_alive(today), ~_taken(today))
    rows: Select[Any] = select(post.c.id, post.c.title, post.c.organisation, organisation.c.name.label("unit")).select_from(joined).where(*vacant)
    rows = rows.order_by(organisation.c.name, post.c.title).limit(PAGE).offset((query.page - 1) * PAGE)
    total = reading.connection.execute(select(func.count()).select_from(joined).where(*vacant)).scalar_one()
    return Vacant(rows=reading.connection.execute(rows).all(), total=total)


def _on(today: str) -> tuple[Any, ...]:
    return (holding.c.valid_from <= today, or_(holding.c.valid_to.is_(None), holding.c.valid_to >= today))


def _count(source: Any, *conditions: Any) -> Any:
    return select(func.count()).select_from(source).where(*conditions).scalar_subquery()


ADMINISTRATION = ("organisation.", "edge.", "post.", "holding.", "group.", "account.", "calendar.", "regime.", "setting.", "indicator_set.", "register.opened")
ACTS = (*ADMINISTRATION, "register.term_begun", "delegation.", "person.", "incident.retried", "element.skipped", "token.moved", "effect.resent", "effect.dropped")


def _acts(connection: Connection) -> Select[Any]:
    """The newest acts of administrators: recorded, of people, about the installation and not about a case's content.

    Only the newest part of the history is looked through, also where a restore has begun another log in it, so that it costs the same
    however long that has grown.
    """
    about = or_(*(history_record.c.action.startswith(each, autoescape=True) for each in ACTS))
    logs = members(connection)
    end = logs[-1].offset + logs[-1].seq if logs else 0
    newest = or_(false(), *(and_(history_record.c.log == each.log, history_record.c.seq > end - LOOKED_THROUGH - each.offset) for each in logs))
    columns = (history_record.c.action, history_record.c.recorded_at, history_record.c.subject_type, history_record.c.subject, person.c.name)
    query: Select[Any] = select(*columns).join(person, person.c.id == history_record.c.actor).where(newest, history_record.c.outcome == "done", about)
    return query.order_by(history_record.c.recorded_at.desc(), history_record.c.seq.desc()).limit(NEWEST)


def answer_calendar_year(query: ShowCalendarYear, reading: Reading) -> CalendarYear:
    """Return a year's days in order."""
    connection, today = reading.connection, local_date(reading.now)
    days = select(calendar_day).where(calendar_day.c.day.startswith(f"{query.year:04d}-")).order_by(calendar_day.c.day)
    known = sorted({int(day[:4]) for day in connection.execute(select(calendar_day.c.day)).scalars()})
    missing = sorted({today.year, today.year + 1} - set(known))
    return CalendarYear(year=query.year, days=connection.execute(days).all(), known=known, missing=missing)


def answer_settings(_query: ListSettings, reading: Reading) -> list[Setting]:
    """Return every setting in the order in which the product names them."""
    stored = {row.key: json.loads(row.value) for row in reading.connection.execute(select(setting_table))}
    return [Setting(key=key, value=stored.get(key, usual), usual=usual, choices=CHOICES.get(key, ())) for key, usual in KNOWN.items()]


def answer_registers(query: ListRegisters, reading: Reading) -> Registers:
    """Return one page of registers. Raises NotFound for an unknown organisation."""
    connection = reading.connection
    unit = organisation_by_id(connection, query.organisation) if query.organisation else None
    mine = (register_book.c.organisation == unit.id,) if unit else ()
    rows = select(register_book, organisation.c.name.label("unit")).join(organisation, organisation.c.id == register_book.c.organisation).where(*mine)
    rows = rows.order_by(organisation.c.name, register_book.c.direction, register_book.c.doc_type, register_book.c.term)
    terms = select(committee_term).where(committee_term.c.organisation == (unit.id if unit else "")).order_by(committee_term.c.begins)
    return Registers(
        rows=connection.execute(rows.limit(PAGE).offset((query.page - 1) * PAGE)).all(),
        total=connection.execute(select(func.count()).select_from(register_book).where(*mine)).scalar_one(),
        unit=unit,
        terms=connection.execute(terms).all(),
    )
