"""The cascade as people look at it: one level of recipients at a time, and all of it as one small tree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, case, func, or_, select

from engine.directives.progress import IN, NOTHING_OPEN, WORK_OVER, is_late, owes
from engine.directives.standing_page import Head, head_of
from engine.history.transaction import Reading
from engine.kernel.clock import local_date
from engine.kernel.errors import NotFound
from engine.storage.schema import assignment, difficulty, directive, dispatch, instance, obligation, organisation, report, user_task

PAGE = 100
MOST = 60_000  # recipients that a tree holds: more than any picture shows
DONE, GOING, LATE, WAITING, BACK = "done", "going", "late", "waiting", "back"
BEFORE_INSTRUCTED = ("00", "01", "02", "03")  # exchange codes (DOMAIN.md 2.10)
BEFORE_RECEIVED = ("00", "01")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowCascade:
    """A level of a directive's cascade: the recipients of `at`, a letter that hands it down (or itself), a page (from 1) of them."""

    directive: str
    at: str = ""
    troubled: bool = False
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A letter on the way down: whose it is."""

    directive: str
    code: str
    organisation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """The rows of a level; `path` leads from the directive down to the letter whose recipients they are."""

    head: Head
    at: str
    path: tuple[Step, ...]
    rows: tuple[Row[Any], ...]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PAGE))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowTree:
    """The whole cascade of a directive."""

    directive: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """Nodes in the order parent before child: (name, index of the parent or None, state, how many are below it is left to the reader)."""

    head: Head
    nodes: tuple[tuple[str, int | None, str], ...]
    complete: bool


def answer_cascade(query: ShowCascade, reading: Reading) -> Level:
    """Return one level. Raises NotFound for a letter that does not hand the directive down. A handful of statements, whatever the number of rows."""
    connection, today, at = reading.connection, local_date(reading.now), query.at or query.directive
    head = head_of(reading, query.directive)
    path = _path(connection, head, at)
    rows = _level(at, today)
    total = head.recipients if at == head.id else connection.execute(select(func.count()).where(dispatch.c.directive == at)).scalar_one()
    if query.troubled:
        rows = _troubled(rows)
        total = connection.execute(select(func.count()).select_from(rows.subquery())).scalar_one()
    page = max(1, min(query.page, -(-total // PAGE) or 1))
    found = connection.execute(rows.limit(PAGE).offset((page - 1) * PAGE))
    return Level(head=head, at=at, path=path, rows=tuple(found), total=total, page=page)


def _path(connection: Connection, head: Head, at: str) -> tuple[Step, ...]:
    """Walk up from a letter to the directive."""
    up = select(directive.c.id, directive.c.parent, directive.c.code, directive.c.issuer).where(directive.c.id == at).cte("up", recursive=True)
    above = select(directive.c.id, directive.c.parent, directive.c.code, directive.c.issuer).join(up, directive.c.id == up.c.parent)
    up = up.union(above.where(up.c.id != head.id))
    rows = connection.execute(select(up, organisation.c.name).join(organisation, organisation.c.id == up.c.issuer)).all()
    known = {row.id: row for row in rows}
    if head.id not in known:
        raise NotFound(f"Expected a letter that hands down {head.code}, but found {at!r}, which does not.")
    steps, here = [], at
    while here != head.id:
        steps.append(Step(directive=here, code=known[here].code, organisation=known[here].name))
        here = known[here].parent
    steps.append(Step(directive=head.id, code=head.code, organisation=head.issuer_name))
    return tuple(reversed(steps))


def _level(at: str, today: date) -> Select[Any]:
    """Return the query of a level: per recipient what it did with the letter, each a look into an index."""
    here = dispatch.c.organisation
    child, below = directive.alias("child"), dispatch.alias("below")
    handed = and_(child.c.parent == at, child.c.issuer == here)
    duty = and_(obligation.c.directive == at, obligation.c.organisation == here)
    reports = select(func.count()).select_from(obligation).join(report, owes())
    work = and_(assignment.c.directive == at, assignment.c.organisation == here, assignment.c.status.not_in(WORK_OVER))
    desks = select(func.count()).select_from(user_task).join(instance, instance.c.id == user_task.c.instance)
    now = today.isoformat()
    counts = {
        "children": select(func.count()).where(handed),
        "child": select(func.min(child.c.id)).where(handed),
        "forwarded": select(func.count()).select_from(below).join(child, child.c.id == below.c.directive).where(handed),
        "owed": select(func.count()).where(duty),
        "arrived": reports.where(duty, report.c.status.in_(IN)),
        "late": reports.where(duty, is_late(today)),
        "missing": reports.where(duty, report.c.status.not_in(IN)),
        "difficulties": select(func.count()).where(difficulty.c.directive == at, difficulty.c.organisation == here, difficulty.c.status != "answered"),
        "overdue": select(func.count()).where(work, assignment.c.due_at < now),
        "desks": desks.where(instance.c.directive == at, instance.c.organisation == here, user_task.c.status == "open", user_task.c.due_at < now),
    }
    columns = (query.scalar_subquery().label(name) for name, query in counts.items())
    return (
        select(dispatch.c.organisation, dispatch.c.status, dispatch.c.changed_at, organisation.c.name, *columns)
        .join(organisation, organisation.c.id == here)
        .where(dispatch.c.directive == at)
        .order_by(organisation.c.name, organisation.c.id)
    )


def _troubled(rows: Select[Any]) -> Select[Any]:
    inner = rows.order_by(None).subquery()
    bad = or_(inner.c.late > 0, inner.c.overdue > 0, inner.c.desks > 0, inner.c.difficulties > 0, inner.c.status == "02")
    return select(inner).where(bad).order_by(inner.c.late.desc(), inner.c.name)


def answer_tree(query: ShowTree, reading: Reading) -> Tree:
    """Return the cascade as a tree of recipients: the head's statements and one more for each level of letters, and one for all rows."""
    connection, today = reading.connection, local_date(reading.now)
    head = head_of(reading, query.directive)
    rows = connection.execute(_recipients(query.directive, today).limit(MOST + 1)).all()
    holders: dict[tuple[str, str], list[str]] = {}  # (letter, organisation) → the letters by which it handed that down
    for row in connection.execute(_letters(query.directive)):
        holders.setdefault((row.parent, row.issuer), []).append(row.id)
    by_letter: dict[str, list[Row[Any]]] = {}
    for row in rows[:MOST]:
        by_letter.setdefault(row.directive, []).append(row)
    nodes: list[tuple[str, int | None, str]] = [(head.issuer_name, None, DONE if head.status != "issued" else GOING)]
    frontier: list[tuple[str, int]] = [(head.id, 0)]
    while frontier:
        letter, parent = frontier.pop()
        for row in by_letter.get(letter, ()):
            nodes.append((row.name, parent, _state(row)))
            frontier += [(each, len(nodes) - 1) for each in holders.get((letter, row.organisation), ())]
    return Tree(head=head, nodes=tuple(nodes), complete=len(rows) <= MOST)


def _family(directive_id: str) -> Any:
    family = select(directive.c.id).where(directive.c.id == directive_id).cte("family", recursive=True)
    return family.union(select(directive.c.id).join(family, directive.c.parent == family.c.id))


def _letters(directive_id: str) -> Select[Any]:
    family = _family(directive_id)
    return select(directive.c.id, directive.c.parent, directive.c.issuer).join(family, family.c.id == directive.c.id).where(directive.c.id != directive_id)


def _recipients(directive_id: str, today: date) -> Select[Any]:
    family = _family(directive_id)
    duty = and_(obligation.c.directive == dispatch.c.directive, obligation.c.organisation == dispatch.c.organisation)
    late = select(func.max(case((is_late(today), 1), else_=0))).select_from(obligation).join(report, owes()).where(duty).scalar_subquery()
    return (
        select(dispatch.c.directive, dispatch.c.organisation, dispatch.c.status, organisation.c.name, late.label("late"))
        .join(family, family.c.id == dispatch.c.directive)
        .join(organisation, organisation.c.id == dispatch.c.organisation)
        .order_by(dispatch.c.directive, organisation.c.name)
    )


def _state(row: Row[Any]) -> str:
    if row.late:
        return LATE
    if row.status == "02":
        return BACK
    if row.status in NOTHING_OPEN:
        return DONE
    return WAITING if row.status in BEFORE_RECEIVED else GOING
