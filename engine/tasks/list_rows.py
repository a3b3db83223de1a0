"""The rows of somebody's lists of work, as the database has them: what is open where they stand, and what they have completed.

One statement for all that is open, whatever the number of rows; each is small, because a list is sorted, counted and searched in one go.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, or_, select, text

from engine.access.authorise import LANE, NO_ROLE, REPRESENTS
from engine.access.places import Place, places_here
from engine.definitions.repository import definition
from engine.history.transaction import Reading
from engine.kernel.clock import local_date
from engine.storage.schema import directive, holding, instance, organisation, permission, person, post, post_role, report, snooze, user_task

CLAIM, ASSIGN = "task.claim", "task.assign"
MOST_DONE = 1_000  # of what somebody has completed, the newest: older ones are found by searching everything


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A task in a list. Moments are stamps; `holder`: who has claimed it; `issuer`: whose directive, or which other office's report, it is about; `version`: of the definition that asks for it; `later`: the day (ISO) until which it is put aside."""

    task: str
    name: str
    form: str
    kind: str
    role: str
    organisation: str
    unit: str
    assignee: str | None
    holder: str | None
    due_at: str | None
    created_at: str
    completed_at: str | None
    directive: str | None
    code: str | None
    subject: str | None
    issuer: str | None
    period: str | None
    version: str
    later: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where somebody stands, as far as lists need it.

    `lanes`: the roles held in each organisation; `posts`: the organisations with any post at all; `represented`: bodies without an
    account that are entered for; `leads`: organisations whose tasks the person may give to another; `alone`: (organisation, role) with
    one holder.
    """

    person: str
    today: date
    lanes: Mapping[str, frozenset[str]]
    represented: frozenset[str]
    leads: frozenset[str]
    alone: frozenset[tuple[str, str]]

    @property
    def units(self) -> list[str]:
        """Every organisation whose tasks may be the person's."""
        return sorted({*self.lanes, *self.represented})

    def may_do(self, row: Item) -> bool:
        """Tell whether the task's lane is the person's."""
        if row.organisation in self.represented:
            return True
        held = self.lanes.get(row.organisation)
        return held is not None and (row.role == NO_ROLE or row.role in held)


_RULES = select(permission.c.action, permission.c.role, permission.c.relation).where(permission.c.action.in_((CLAIM, ASSIGN)))
_REPRESENTED = select(organisation.c.id, organisation.c.represented_by).where(
    organisation.c.represented_by.is_not(None), organisation.c.represented_by.in_(bindparam("b_units", expanding=True))
)
_HOLDERS = (
    select(post.c.organisation, post_role.c.role, holding.c.person)
    .join(post, post.c.id == holding.c.post)
    .outerjoin(post_role, post_role.c.post == post.c.id)
    .where(post.c.organisation.in_(bindparam("b_units", expanding=True)), holding.c.substitute_for.is_(None))
    .where(holding.c.valid_from <= bindparam("b_day"))
    .where((holding.c.valid_to.is_(None)) | (holding.c.valid_to >= bindparam("b_day")))
)
_holder, _issuer, _reporter = person.alias("holder"), organisation.alias("issuer"), organisation.alias("reporter")
_ITEMS: Select[Any] = (
    select(
        user_task.c.id.label("task"),
        user_task.c.name,
        user_task.c.form,
        user_task.c.kind,
        user_task.c.role,
        user_task.c.organisation,
        organisation.c.name.label("unit"),
        user_task.c.assignee,
        _holder.c.name.label("holder"),
        user_task.c.due_at,
        user_task.c.created_at,
        user_task.c.completed_at,
        instance.c.directive,
        directive.c.code,
        directive.c.subject,
        func.coalesce(_issuer.c.name, _reporter.c.name).label("issuer"),
        instance.c.period,
        instance.c.definition_version.label("version"),
        snooze.c.until.label("later"),
    )
    .join(instance, instance.c.id == user_task.c.instance)
    .join(organisation, organisation.c.id == user_task.c.organisation)
    .outerjoin(directive, directive.c.id == instance.c.directive)
    .outerjoin(_issuer, _issuer.c.id == directive.c.issuer)
    .outerjoin(report, (report.c.id == instance.c.business_key) & (report.c.organisation != user_task.c.organisation))
    .outerjoin(_reporter, _reporter.c.id == report.c.organisation)
    .outerjoin(_holder, _holder.c.id == user_task.c.assignee)
    .outerjoin(snooze, (snooze.c.task == user_task.c.id) & (snooze.c.person == bindparam("b_person")))
)
_OPEN = _ITEMS.where(user_task.c.organisation.in_(bindparam("b_units", expanding=True)), user_task.c.status == "open").where(
    or_(
        user_task.c.assignee.is_(None),
        user_task.c.assignee == bindparam("b_person"),
        user_task.c.organisation.in_(bindparam("b_leads", expanding=True)),
    )
)
_BY_ME = (user_task.c.completed_by == bindparam("b_person"), text("user_task.status = 'completed'"))
_DONE = _ITEMS.where(*_BY_ME).order_by(user_task.c.completed_at.desc(), user_task.c.id.desc()).limit(MOST_DONE)
_DONE_COUNT = select(func.count()).select_from(user_task).where(*_BY_ME)
_THESE = _ITEMS.where(user_task.c.id.in_(bindparam("b_tasks", expanding=True)))


def desk_of(reading: Reading) -> Desk:
    """Return where the actor stands today."""
    connection, today = reading.connection, local_date(reading.now)
    places = places_here(reading)
    rules = {(row.action, row.relation, row.role) for row in connection.execute(_RULES)}
    lanes = _lanes(places)
    represent = [unit for unit, roles in lanes.items() if any((CLAIM, REPRESENTS, role) in rules for role in roles)]
    return Desk(
        person=reading.actor.id,
        today=today,
        lanes=lanes,
        represented=frozenset(row.id for row in connection.execute(_REPRESENTED, {"b_units": represent})) if represent else frozenset(),
        leads=frozenset(unit for unit, roles in lanes.items() if any((ASSIGN, "own", role) in rules for role in roles if role != LANE)),
        alone=_alone(connection, lanes, today) if lanes else frozenset(),
    )


def open_items(connection: Connection, desk: Desk) -> list[Item]:
    """Return the open tasks where somebody stands: what is free or theirs, and what colleagues have where they lead."""
    if not desk.units:
        return []
    values = {"b_units": desk.units, "b_person": desk.person, "b_leads": sorted(desk.leads)}
    return [Item(**row) for row in connection.execute(_OPEN, values).mappings()]


def done_items(connection: Connection, desk: Desk) -> list[Item]:
    """Return what somebody has completed, the newest first, at most `MOST_DONE`."""
    return [Item(**row) for row in connection.execute(_DONE, {"b_person": desk.person}).mappings()]


def done_count(connection: Connection, desk: Desk) -> int:
    """Return how many tasks somebody has completed."""
    return int(connection.execute(_DONE_COUNT, {"b_person": desk.person}).scalar_one())


def items_by_id(connection: Connection, desk: Desk, tasks: Iterable[str]) -> list[Item]:
    """Return tasks by their ids, whatever has become of them; the caller looks whose they are."""
    return [Item(**row) for row in connection.execute(_THESE, {"b_tasks": sorted(tasks), "b_person": desk.person}).mappings()]


def process_names(connection: Connection, versions: Collection[str]) -> dict[str, str]:
    """Return what people call the processes of versions. A version never changes, so its name is asked for once."""
    for version in versions:
        if version not in _names:
            _names[version] = definition(connection, version).definition.name
    return {version: _names[version] for version in versions}


_names: dict[str, str] = {}


def _lanes(places: Iterable[Place]) -> dict[str, frozenset[str]]:
    held: dict[str, frozenset[str]] = {}
    for place in places:
        held[place.organisation] = held.get(place.organisation, frozenset()) | place.roles
    return held


def _alone(connection: Connection, lanes: Mapping[str, frozenset[str]], today: date) -> frozenset[tuple[str, str]]:
    """Return the lanes that one person holds; whoever substitutes for that person is alone with it as well."""
    holders: dict[tuple[str, str], set[str]] = {}
    for row in connection.execute(_HOLDERS, {"b_units": sorted(lanes), "b_day": today.isoformat()}):
        holders.setdefault((row.organisation, NO_ROLE), set()).add(row.person)
        if row.role:
            holders.setdefault((row.organisation, row.role), set()).add(row.person)
    return frozenset(lane for lane, people in holders.items() if len(people) == 1)
