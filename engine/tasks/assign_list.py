"""Tasks that somebody has chosen from a list, the colleagues to whom all of them may be given, and what was given on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, bindparam, select

from engine.access.authorise import NO_ROLE
from engine.history.transaction import Reading
from engine.kernel.clock import stamp
from engine.kernel.errors import NotFound
from engine.kernel.vietnamese import given_name_key
from engine.storage.schema import handed_on, holding, person, post, post_role, user_task
from engine.tasks.list_rows import Item, desk_of, items_by_id

MOST = 200  # tasks at once
SHOWN_FOR = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenTasks:
    """Ask for tasks by their ids, in the order given."""

    tasks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """Somebody who holds the role of a task's lane in its organisation."""

    person: str
    login: str
    name: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The tasks, and who may have all of them: whoever has them already is left out."""

    items: tuple[Item, ...]
    colleagues: tuple[Colleague, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenOn:
    """An open task that was the person's and is now a colleague's."""

    task: str
    work: str
    colleague: str
    by: str
    reason: str
    at: str


_HOLDERS = (
    select(post.c.organisation, post_role.c.role, person.c.id, person.c.login, person.c.name, post.c.title)
    .join(holding, holding.c.post == post.c.id)
    .join(person, person.c.id == holding.c.person)
    .outerjoin(post_role, post_role.c.post == post.c.id)
    .where(post.c.organisation.in_(bindparam("b_units", expanding=True)))
    .where(holding.c.valid_from <= bindparam("b_day"))
    .where((holding.c.valid_to.is_(None)) | (holding.c.valid_to >= bindparam("b_day")))
)
_giver = person.alias("giver")
_GIVEN_ON = (
    select(
        handed_on.c.task,
        user_task.c.name.label("work"),
        person.c.name.label("colleague"),
        _giver.c.name.label("by"),
        handed_on.c.reason,
        handed_on.c.given_at.label("at"),
    )
    .join(user_task, user_task.c.id == handed_on.c.task)
    .join(person, person.c.id == handed_on.c.person)
    .join(_giver, _giver.c.id == handed_on.c.given_by)
    .where(handed_on.c.earlier == bindparam("b_person"), handed_on.c.given_at >= bindparam("b_since"), user_task.c.status == "open")
    .where((user_task.c.assignee.is_(None)) | (user_task.c.assignee != bindparam("b_person")))
    .order_by(handed_on.c.given_at.desc())
    .limit(20)
)


def answer_chosen_tasks(query: ChosenTasks, reading: Reading) -> Chosen:
    """Return the tasks that lie where the actor stands. Raises NotFound when one of them does not."""
    desk = desk_of(reading)
    found = {row.task: row for row in items_by_id(reading.connection, desk, query.tasks[:MOST])}
    missing = [task for task in query.tasks[:MOST] if task not in found or not (found[task].organisation in desk.leads or desk.may_do(found[task]))]
    if missing:
        raise NotFound(f"Expected tasks of your own organisations, but {len(missing)} of {len(query.tasks)} are not there. Choose them in a list again.")
    items = tuple(found[task] for task in dict.fromkeys(query.tasks[:MOST]))
    return Chosen(items=items, colleagues=tuple(colleagues(reading.connection, items, desk.today)))


def colleagues(connection: Connection, items: Iterable[Item], day: date) -> list[Colleague]:
    """Return who holds, on a day, the lane of every one of the tasks, by given name; whoever has all of them already is left out."""
    rows = list(items)
    held: dict[tuple[str, str], dict[str, Colleague]] = {}
    values = {"b_units": sorted({row.organisation for row in rows}), "b_day": day.isoformat()}
    for row in connection.execute(_HOLDERS, values):
        found = Colleague(person=row.id, login=row.login, name=row.name, title=row.title)
        for role in {NO_ROLE, row.role or NO_ROLE}:
            held.setdefault((row.organisation, role), {})[row.id] = found
    lanes = [held.get((row.organisation, row.role), {}) for row in rows]
    have = {row.assignee for row in rows}
    everyone = lanes[0].values() if lanes else ()
    fit = [each for each in everyone if all(each.person in lane for lane in lanes) and have != {each.person}]
    return sorted(fit, key=lambda each: given_name_key(each.name))


def given_on(reading: Reading) -> tuple[GivenOn, ...]:
    """Return what was the actor's and was given on in the last days, as long as it is open."""
    values = {"b_person": reading.actor.id, "b_since": stamp(reading.now - SHOWN_FOR)}
    return tuple(GivenOn(**row) for row in reading.connection.execute(_GIVEN_ON, values).mappings())


def lane_holders(connection: Connection, organisation: str, role: str, day: date) -> frozenset[str]:
    """Return the persons who hold a role in an organisation on a day; every one with a post there when the lane has no role."""
    rows = connection.execute(_HOLDERS, {"b_units": [organisation], "b_day": day.isoformat()})
    return frozenset(row.id for row in rows if role in (NO_ROLE, row.role))
