"""Who may be chosen at the door of a demonstration, and what waits for each; nowhere else may that be told to all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from sqlalchemy import Connection, bindparam, func, select

from engine.directory.demonstration import is_demonstration
from engine.storage.schema import holding, organisation, person, post, post_role, user_task

FEW_OF_ONE_LEVEL = 3
FIRST = ("leader", "clerk")  # who is offered first in an office; then those for whom most waits
SPECIAL = frozenset({"admin", "auditor", "process_designer"})  # roles of the whole installation: one person of each is offered

_HELD = (holding.c.valid_from <= bindparam("b_day")) & ((holding.c.valid_to.is_(None)) | (holding.c.valid_to >= bindparam("b_day")))
_PEOPLE = (
    select(
        person.c.id.label("person"),
        person.c.name,
        post.c.title,
        organisation.c.id.label("organisation"),
        organisation.c.name.label("unit"),
        organisation.c.level,
        post_role.c.role,
    )
    .join(holding, holding.c.person == person.c.id)
    .join(post, post.c.id == holding.c.post)
    .join(organisation, organisation.c.id == post.c.organisation)
    .outerjoin(post_role, post_role.c.post == post.c.id)
    .where(holding.c.substitute_for.is_(None), _HELD)
    .order_by(organisation.c.code, post.c.title, person.c.name, person.c.id)
)
_OPEN = (
    select(user_task.c.organisation, user_task.c.role, user_task.c.assignee, func.count().label("number"))
    .where(user_task.c.status == "open")
    .group_by(user_task.c.organisation, user_task.c.role, user_task.c.assignee)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    """A person of the demonstration in the post that counts. `waiting`: open tasks that this person may do."""

    person: str
    name: str
    title: str
    unit: str
    level: str
    roles: frozenset[str]
    waiting: int


def people_at_the_door(connection: Connection, day: date) -> list[Somebody]:
    """Return everybody who holds a post of the demonstration, by office; nobody when the database holds none."""
    if not is_demonstration(connection):
        return []
    waiting: dict[str, list[tuple[str, str | None, int]]] = {}
    for row in connection.execute(_OPEN):
        waiting.setdefault(row.organisation, []).append((row.role, row.assignee, int(row.number)))
    rows = connection.execute(_PEOPLE, {"b_day": day.isoformat()}).all()
    found = []
    for _key, group in groupby(rows, key=lambda row: (row.organisation, row.title, row.person)):
        held = list(group)
        first, roles = held[0], frozenset(row.role for row in held if row.role)
        mine = (count for role, assignee, count in waiting.get(first.organisation, ()) if role in roles | {""} and assignee in {None, first.person})
        told = {name: getattr(first, name) for name in ("person", "name", "title", "unit", "level")}
        found.append(Somebody(**told, roles=roles, waiting=sum(mine)))
    return found


def a_few(people: Iterable[Somebody]) -> list[Somebody]:
    """Return about a dozen people who show the system from every side: of each level, those in one office for whom most waits.

    Besides, one of each role of the whole installation.
    """
    everybody = list(people)
    levels = dict.fromkeys(each.level for each in everybody if not each.roles & SPECIAL)
    chosen = [each for level in levels for each in _of_level([each for each in everybody if each.level == level and not each.roles & SPECIAL])]
    for role in sorted(SPECIAL):
        chosen += [each for each in everybody if role in each.roles and each not in chosen][:1]
    return chosen


def _rank(role: str) -> int:
    return FIRST.index(role) if role in FIRST else len(FIRST)


def _of_level(people: list[Somebody]) -> Iterator[Somebody]:
    """Yield a few people of the office of this level for which most waits, each in another post."""
    offices: dict[str, int] = {}
    for each in people:
        offices[each.unit] = offices.get(each.unit, 0) + each.waiting
    most = max(offices, key=lambda unit: offices[unit])
    titles: set[str] = set()
    for each in sorted((each for each in people if each.unit == most), key=lambda each: (min(map(_rank, each.roles), default=9), -each.waiting)):
        if each.title not in titles and len(titles) < FEW_OF_ONE_LEVEL:
            titles.add(each.title)
            yield each
