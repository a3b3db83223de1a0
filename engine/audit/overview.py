"""What a leader sees at a glance: what is late or soon late below the unit, by organisation and by directive, and the months' reports.

Counts, never the tasks of others: whoever wants those opens the directive. A task counts where its organisation lies today.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import CTE, Connection, bindparam, case, func, select

from engine.directory.organisations import holders, organisation_by_id
from engine.directory.working_calendar import seen_calendar
from engine.history.transaction import Reading
from engine.instances.begin import person_start
from engine.kernel.calendar import end_of_day, start_of_day
from engine.kernel.clock import local_date, stamp
from engine.kernel.errors import NotFound
from engine.storage.schema import (
    consolidation,
    difficulty,
    directive,
    dispatch,
    expected_report,
    instance,
    organisation,
    organisation_edge,
    user_task,
)

SOON = 3  # working days: what is due until then is at risk
MONTHS = 12  # periods that are shown
MOST_DIRECTIVES, MOST_BELOW, MOST_LATE = 50, 200, 300  # rows
URGING = "urge_send"  # the process by which people urge in writing
DRAFTS = "consolidator"  # the role whose task it then is to write the urge
ENDED = ("02", "06", "15")  # refused, completed, recalled (DOMAIN.md 2.10)
COMPLETED = "06"
FORWARDED_OR_DONE = ("04", "05", "06")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Ask how the work of an organisation and of those below it stands."""

    organisation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Below:
    """An organisation right below, with all that lie below it. `missing`: reports that it owes to the unit after the day on which they are counted; `urged`: how often for them."""

    organisation: str
    name: str
    open: int
    late: int
    soon: int
    missing: int
    urged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A directive of the unit. `late`, `soon`: tasks about it and what hands it down; `behind`: recipients that are late, by name."""

    directive: str
    code: str
    subject: str
    issued_date: str
    recipients: int
    taken_up: int
    completed: int
    late: int
    soon: int
    behind: tuple[tuple[str, int], ...]

    @property
    def running(self) -> int:
        """How many recipients have not completed it."""
        return self.recipients - self.completed

    @property
    def pressing(self) -> bool:
        """Whether something about it is late or soon due."""
        return bool(self.late or self.soon or self.behind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """The reports of a period that the unit consolidates. `awaited`: not yet due, or handed in and not yet read."""

    period: str
    expected: int
    on_time: int
    late: int
    missing: int
    awaited: int
    nil: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the work stands. `own`: of the unit itself (open, late, soon); `total`: of everything below it, each organisation once.

    `questions`: difficulties from below that wait for an answer; `urging`: the process and the roles that start it, None when there is
    none; `drafts`: the names of those who draft urges.
    """

    organisation: str
    name: str
    today: date
    own: tuple[int, int, int]
    total: tuple[int, int, int]
    below: tuple[Below, ...]
    below_all: int
    followed: tuple[Followed, ...]
    months: tuple[Month, ...]
    questions: int
    urging: tuple[str, frozenset[str]] | None
    drafts: tuple[str, ...]


_late = func.coalesce(func.sum(case((user_task.c.due_at <= bindparam("b_late"), 1), else_=0)), 0).label("late")
_soon = func.coalesce(
    func.sum(case(((user_task.c.due_at > bindparam("b_late")) & (user_task.c.due_at <= bindparam("b_soon")), 1), else_=0)), 0
).label("soon")
_open = func.count(user_task.c.id).label("open")


def _in_force() -> Any:
    columns = organisation_edge.c
    return (columns.valid_from <= bindparam("b_day")) & (columns.valid_to.is_(None) | (columns.valid_to >= bindparam("b_day")))


def _tree() -> CTE:
    """Return (top, id): every organisation below the unit, with the one right below the unit through which it lies there."""
    first = select(organisation_edge.c.child.label("top"), organisation_edge.c.child.label("id"))
    tree = first.where(organisation_edge.c.parent == bindparam("b_unit"), _in_force()).cte("tree", recursive=True)
    return tree.union(select(tree.c.top, organisation_edge.c.child).join(tree, tree.c.id == organisation_edge.c.parent).where(_in_force()))


def _letters() -> CTE:
    """Return (top, id): the unit's directives that run, with all that hand them down."""
    mine = select(directive.c.id.label("top"), directive.c.id.label("id")).where(directive.c.issuer == bindparam("b_unit"), directive.c.status == "issued")
    letters = mine.cte("letters", recursive=True)
    return letters.union(select(letters.c.top, directive.c.id).join(letters, letters.c.id == directive.c.parent))


_TREE, _LETTERS = _tree(), _letters()
_of_tree = (user_task.c.organisation == _TREE.c.id) & (user_task.c.status == "open")
_BELOW = (
    select(_TREE.c.top, organisation.c.name, _open, _late, _soon)
    .join(organisation, organisation.c.id == _TREE.c.top)
    .outerjoin(user_task, _of_tree)
    .group_by(_TREE.c.top, organisation.c.name)
)
_EACH_ONCE = select(_TREE.c.id).where(_TREE.c.id != bindparam("b_unit")).distinct().subquery("each_once")
_TOTAL = select(_open, _late, _soon).where(user_task.c.organisation.in_(select(_EACH_ONCE.c.id)), user_task.c.status == "open")
_OWN = select(_open, _late, _soon).where(user_task.c.organisation == bindparam("b_unit"), user_task.c.status == "open")
_not_in = expected_report.c.status.in_(("expected", "returned", "missing")) & (consolidation.c.cutoff < bindparam("b_day"))
_settled = expected_report.c.status.in_(("accepted", "excused"))
_MISSING = (
    select(expected_report.c.organisation, organisation.c.name, func.count().label("missing"), func.sum(expected_report.c.urged).label("urged"))
    .join(consolidation, consolidation.c.id == expected_report.c.consolidation)
    .join(organisation, organisation.c.id == expected_report.c.organisation)
    .where(consolidation.c.organisation == bindparam("b_unit"), _not_in)
    .group_by(expected_report.c.organisation, organisation.c.name)
)
_FOLLOWED = (
    select(
        directive.c.id,
        directive.c.code,
        directive.c.subject,
        directive.c.issued_date,
        func.count(dispatch.c.id).label("recipients"),
        func.coalesce(func.sum(case((dispatch.c.status.in_(FORWARDED_OR_DONE), 1), else_=0)), 0).label("taken_up"),
        func.coalesce(func.sum(case((dispatch.c.status == COMPLETED, 1), else_=0)), 0).label("completed"),
    )
    .outerjoin(dispatch, dispatch.c.directive == directive.c.id)
    .where(directive.c.issuer == bindparam("b_unit"), directive.c.status == "issued")
    .group_by(directive.c.id, directive.c.code, directive.c.subject, directive.c.issued_date)
    .order_by(directive.c.issued_date.desc(), directive.c.id)
)
_BY_LETTER = (  # outer joins: SQLite then goes from the letters to their tasks, and not through all tasks
    select(_LETTERS.c.top, _late, _soon)
    .outerjoin(instance, instance.c.directive == _LETTERS.c.id)
    .outerjoin(user_task, (user_task.c.instance == instance.c.id) & (user_task.c.status == "open"))
    .group_by(_LETTERS.c.top)
)
_BEHIND = (
    select(dispatch.c.directive, organisation.c.name, _late)
    .join(directive, (directive.c.id == dispatch.c.directive) & (directive.c.issuer == bindparam("b_unit")) & (directive.c.status == "issued"))
    .join(organisation, organisation.c.id == dispatch.c.organisation)
    .join(instance, (instance.c.directive == dispatch.c.directive) & (instance.c.organisation == dispatch.c.organisation))
    .join(user_task, (user_task.c.instance == instance.c.id) & (user_task.c.status == "open") & (user_task.c.due_at <= bindparam("b_late")))
    .where(dispatch.c.status.not_in(ENDED))
    .group_by(dispatch.c.directive, organisation.c.name)
    .order_by(func.count(user_task.c.id).desc(), organisation.c.name)
    .limit(MOST_LATE)
)
_accepted = expected_report.c.status == "accepted"
_MONTHS = (
    select(
        consolidation.c.period,
        func.sum(case((expected_report.c.status != "excused", 1), else_=0)).label("expected"),
        func.sum(case((_accepted & (expected_report.c.late == 0), 1), else_=0)).label("on_time"),
        func.sum(case((_accepted & (expected_report.c.late != 0), 1), else_=0)).label("late"),
        func.sum(case((_not_in, 1), else_=0)).label("missing"),
        func.sum(case((_settled | _not_in, 0), else_=1)).label("awaited"),
        func.sum(expected_report.c.nil).label("nil"),
    )
    .join(expected_report, expected_report.c.consolidation == consolidation.c.id)
    .where(consolidation.c.organisation == bindparam("b_unit"))
    .group_by(consolidation.c.period)
    .order_by(consolidation.c.period.desc())
    .limit(MONTHS)
)
_QUESTIONS = select(func.count()).where(difficulty.c.superior == bindparam("b_unit"), difficulty.c.status == "open")


def answer_overview(query: Overview, reading: Reading) -> Standing:
    """Return how the work stands. Raises NotFound for an unknown organisation."""
    connection, today = reading.connection, local_date(reading.now)
    unit = organisation_by_id(connection, query.organisation)
    values = {"b_unit": unit.id, "b_day": today.isoformat(), **_limits(connection, today)}
    below = _below(connection, values)
    return Standing(
        organisation=unit.id,
        name=unit.name,
        today=today,
        own=_three(connection, _OWN, values),
        total=_three(connection, _TOTAL, values),
        below=tuple(below[:MOST_BELOW]),
        below_all=len(below),
        followed=tuple(_followed(connection, values)[:MOST_DIRECTIVES]),
        months=tuple(Month(**row) for row in reversed(connection.execute(_MONTHS, values).mappings().all())),
        questions=int(connection.execute(_QUESTIONS, values).scalar_one()),
        urging=_urging(connection),
        drafts=tuple(row.name for row in holders(connection, unit.id, DRAFTS, today)),
    )


def _limits(connection: Connection, today: date) -> dict[str, str]:
    """Return up to when what is due is late, and up to when it is at risk: what is due at midnight is due the day before."""
    last = seen_calendar(connection).working_days_after(today, SOON)
    return {"b_late": stamp(start_of_day(today)), "b_soon": stamp(end_of_day(last))}


def _three(connection: Connection, query: Any, values: Mapping[str, str]) -> tuple[int, int, int]:
    row = connection.execute(query, values).one()
    return row.open, row.late, row.soon


def _below(connection: Connection, values: Mapping[str, str]) -> list[Below]:
    """Return the organisations right below, and others that owe the unit a report: those with the most that is late first."""
    missing = {row.organisation: row for row in connection.execute(_MISSING, values)}
    found = []
    for row in connection.execute(_BELOW, values):
        owed = missing.pop(row.top, None)
        reports = (owed.missing, owed.urged) if owed else (0, 0)
        found.append(Below(organisation=row.top, name=row.name, open=row.open, late=row.late, soon=row.soon, missing=reports[0], urged=reports[1]))
    none = {"open": 0, "late": 0, "soon": 0}
    found += [Below(organisation=row.organisation, name=row.name, missing=row.missing, urged=row.urged, **none) for row in missing.values()]
    return sorted(found, key=lambda each: (-each.late, -each.missing, -each.soon, each.name))


def _followed(connection: Connection, values: Mapping[str, str]) -> list[Followed]:
    """Return the unit's directives that run: those with the most that is late first, then the newest."""
    counted = {row.top: row for row in connection.execute(_BY_LETTER, values)}
    behind: dict[str, list[tuple[str, int]]] = {}
    for row in connection.execute(_BEHIND, values):
        behind.setdefault(row.directive, []).append((row.name, row.late))
    found = []
    for row in connection.execute(_FOLLOWED, values):
        tasks = counted.get(row.id)
        told = {"code": row.code, "subject": row.subject, "issued_date": row.issued_date}
        numbers = {"recipients": row.recipients, "taken_up": row.taken_up, "completed": row.completed}
        late, soon = (tasks.late, tasks.soon) if tasks else (0, 0)
        found.append(Followed(directive=row.id, late=late, soon=soon, behind=tuple(behind.get(row.id, ())), **told, **numbers))
    return sorted(found, key=lambda each: (-each.late, -each.soon))


def _urging(connection: Connection) -> tuple[str, frozenset[str]] | None:
    try:
        _deployment, begin = person_start(connection, URGING)
    except NotFound:
        return None
    return (URGING, frozenset(begin.roles))
