"""People as an administrator looks at them: where they stand and stood, whether they may sign in, who acts for whom."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, func, or_, select

from engine.directory.organisations import organisation_by_id
from engine.directory.people import person_by_id
from engine.directory.substitution import FORM_FILE
from engine.history.transaction import Reading
from engine.kernel.clock import local_date, stamp
from engine.kernel.vietnamese import fold, given_name_key
from engine.storage.schema import (
    account,
    definition_file,
    definition_part,
    holding,
    organisation,
    permission,
    person,
    post,
    sign_in,
    user_task,
)

PAGE = 50
NOW, COMING, PAST = "now", "coming", "past"
_absent, _holder = person.alias("absent_one"), person.alias("acting_one")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPeople:
    """Ask for people by name, login or office. `which`: "left" for those without a post today who may still sign in, "tasks" for those who
    hold a task of a unit in which they do not serve."""

    text: str = ""
    page: int = 1
    which: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowPerson:
    """Ask for one person."""

    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSubstitutions:
    """Ask for substitutions of an organisation (None: of all), of one time: now, coming, past."""

    organisation: str | None
    when: str = NOW
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferSubstitution:
    """Ask which posts of an organisation are held, by whom, and what may be kept back from a substitute."""

    organisation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """One page of people, each with where they stand today."""

    rows: Sequence[Row[Any]]
    places: dict[str, tuple[Row[Any], ...]]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person: posts over time, the account (None: there is none), running sessions, tasks that are claimed."""

    row: Row[Any]
    holdings: Sequence[Row[Any]]
    account: Row[Any] | None
    closed: bool
    sessions: int
    last_seen: str | None
    tasks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Substitutions:
    """One page of substitutions; `total` of this time."""

    rows: Sequence[Row[Any]]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What may be chosen for a substitution. `forms`: (key, title) of the deployed ones; `actions`: those that may be kept back."""

    unit: Row[Any]
    posts: Sequence[Row[Any]]
    forms: Sequence[tuple[str, str]]
    actions: Sequence[str]


def answer_people(query: ListPeople, reading: Reading) -> People:
    """Return one page of people, by given name."""
    connection, today = reading.connection, local_date(reading.now).isoformat()
    places: dict[str, tuple[Row[Any], ...]] = {}
    held: Select[Any] = select(holding.c.person, holding.c.substitute_for, post.c.title, organisation.c.name.label("unit"), organisation.c.id.label("organisation"))
    held = held.join(post, post.c.id == holding.c.post).join(organisation, organisation.c.id == post.c.organisation).where(*_on(today))
    for row in connection.execute(held.order_by(holding.c.substitute_for.is_not(None), organisation.c.name)):
        places[row.person] = (*places.get(row.person, ()), row)
    people = connection.execute(
        select(person, account.c.person.label("has_account"), account.c.disabled_at).outerjoin(account, account.c.person == person.c.id)
    )
    strangers = set(connection.execute(_strangers(today)).scalars()) if query.which == "tasks" else set()
    found = [row for row in people if _chosen(row, places, query, reading, strangers) and _named(row, places.get(row.id, ()), query)]
    found.sort(key=lambda row: given_name_key(row.name))
    rows = found[(query.page - 1) * PAGE : query.page * PAGE]
    return People(rows=rows, places={row.id: places.get(row.id, ()) for row in rows}, total=len(found))


def serves(today: str) -> ColumnElement[bool]:
    """Return the condition that whoever has taken a task holds a post in its unit."""
    mine = (holding.c.person == user_task.c.assignee, holding.c.post == post.c.id, post.c.organisation == user_task.c.organisation)
    return exists().where(*mine, *_on(today))


def _strangers(today: str) -> Select[Any]:
    return select(user_task.c.assignee).where(user_task.c.status == "open", user_task.c.assignee.is_not(None), ~serves(today)).distinct()


def _chosen(row: Row[Any], places: dict[str, tuple[Row[Any], ...]], query: ListPeople, reading: Reading, strangers: set[str]) -> bool:
    match query.which:
        case "left":
            return row.id not in places and bool(row.has_account) and (row.disabled_at is None or row.disabled_at > stamp(reading.now))
        case "tasks":
            return row.id in strangers
    return True


def _named(row: Row[Any], places: tuple[Row[Any], ...], query: ListPeople) -> bool:
    words = fold(query.text).split()
    return not words or all(word in fold(" ".join((row.name, row.login, *(f"{each.title} {each.unit}" for each in places)))) for word in words)


def _on(today: str) -> tuple[Any, ...]:
    return (holding.c.valid_from <= today, or_(holding.c.valid_to.is_(None), holding.c.valid_to >= today))


def answer_person(query: ShowPerson, reading: Reading) -> Person:
    """Return a person. Raises NotFound."""
    connection, row = reading.connection, person_by_id(reading.connection, query.person)
    held = select(holding, post.c.title, organisation.c.name.label("unit"), organisation.c.id.label("organisation"), _absent.c.name.label("absent"))
    held = held.join(post, post.c.id == holding.c.post).join(organisation, organisation.c.id == post.c.organisation)
    held = held.outerjoin(_absent, _absent.c.id == holding.c.substitute_for).where(holding.c.person == row.id)
    found = connection.execute(select(account).where(account.c.person == row.id)).one_or_none()
    open_now = (sign_in.c.person == row.id, sign_in.c.ended_at.is_(None), sign_in.c.expires_at > stamp(reading.now))
    sessions, seen = connection.execute(select(func.count(), func.max(sign_in.c.seen_at)).where(*open_now)).one()
    tasks = select(func.count()).select_from(user_task).where(user_task.c.assignee == row.id, user_task.c.status == "open")
    return Person(
        row=row,
        holdings=connection.execute(held.order_by(holding.c.valid_to.is_not(None), holding.c.valid_from.desc(), holding.c.id)).all(),
        account=found,
        closed=bool(found and found.disabled_at and found.disabled_at <= stamp(reading.now)),
        sessions=sessions,
        last_seen=seen,
        tasks=connection.execute(tasks).scalar_one(),
    )


def answer_substitutions(query: ListSubstitutions, reading: Reading) -> Substitutions:
    """Return one page: those that run by their end, coming ones by their beginning, past ones newest first."""
    today = local_date(reading.now).isoformat()
    times = {
        NOW: (holding.c.valid_from <= today, holding.c.valid_to >= today),
        COMING: (holding.c.valid_from > today, holding.c.valid_to >= holding.c.valid_from),
        PAST: (or_(holding.c.valid_to < today, holding.c.valid_to < holding.c.valid_from),),
    }
    order = {NOW: holding.c.valid_to, COMING: holding.c.valid_from, PAST: holding.c.valid_to.desc()}
    when = query.when if query.when in times else NOW
    joined = holding.join(post, post.c.id == holding.c.post).join(organisation, organisation.c.id == post.c.organisation)
    joined = joined.join(_absent, _absent.c.id == holding.c.substitute_for).join(_holder, _holder.c.id == holding.c.person)
    where = [*times[when], *((post.c.organisation == query.organisation,) if query.organisation else ())]
    columns = (holding, post.c.title, organisation.c.name.label("unit"), _absent.c.name.label("absent"), _holder.c.name)
    rows = select(*columns).select_from(joined).where(*where).order_by(order[when], holding.c.id)
    total = reading.connection.execute(select(func.count()).select_from(joined).where(*where)).scalar_one()
    return Substitutions(rows=reading.connection.execute(rows.limit(PAGE).offset((query.page - 1) * PAGE)).all(), total=total)


def answer_offer(query: OfferSubstitution, reading: Reading) -> Offer:
    """Return what may be chosen. Raises NotFound."""
    connection, today = reading.connection, local_date(reading.now).isoformat()
    unit = organisation_by_id(connection, query.organisation)
    held: Select[Any] = select(post.c.id, post.c.title, person.c.id.label("person"), person.c.name, person.c.login)
    held = held.join(holding, holding.c.post == post.c.id).join(person, person.c.id == holding.c.person)
    held = held.where(post.c.organisation == unit.id, holding.c.substitute_for.is_(None), *_on(today)).order_by(post.c.title, person.c.name)
    newest = select(definition_part.c.path, definition_file.c.content).join(definition_file, definition_file.c.sha256 == definition_part.c.file)
    forms = newest.where(definition_part.c.path.endswith(FORM_FILE, autoescape=True)).order_by(definition_part.c.definition_version)
    titles = {row.path.rpartition("/")[2].removesuffix(FORM_FILE): _title(bytes(row.content)) for row in connection.execute(forms.distinct())}
    actions = select(permission.c.action).where(permission.c.role == "lane").distinct().order_by(permission.c.action)
    return Offer(
        unit=unit,
        posts=connection.execute(held).all(),
        forms=sorted(((key, title or key) for key, title in titles.items()), key=lambda pair: fold(pair[1])),
        actions=connection.execute(actions).scalars().all(),
    )


def _title(content: bytes) -> str:
    return str(json.loads(content).get("title", ""))
