"""The chain of a directive's milestones as a leader reads it: what is due, how late, how much room is left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select

from engine.directives.milestone_schedule import Outlook, Step, schedule
from engine.directory.working_calendar import calendar_of
from engine.storage.schema import milestone, milestone_dependency, organisation

STAGES = {"appraise": ("appraiser", "appraise_last_day", "thẩm định"), "approve": ("approver", "approve_last_day", "phê duyệt")}
PASSED = {  # what has been done of a milestone, by its status
    "submitted": {"submit"},
    "accepted": {"submit"},
    "proposed": {"submit", "appraise"},
    "approved": {"submit", "appraise", "approve"},
    "reached": {"submit", "appraise", "approve"},
}
DEAD = frozenset({"rejected", "cancelled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainRow:
    """One line of the table: a milestone, or a stage of it that another body owes by a day of its own."""

    key: str
    title: str
    owner: str
    last_day: str | None
    status: str
    version: int
    late: bool
    earliest: str | None
    float: int | None
    critical: bool


def chain_table(connection: Connection, directive_id: str, today: date) -> list[ChainRow]:
    """Return the lines of the milestones of a directive, in their order.

    `float`: working days between the earliest day on which a stage can still be done and its last day; a slip squeezes
    the float of what follows, since the later dates are fixed by the document (DOMAIN.md 2.4).
    """
    query = select(milestone).where(milestone.c.directive == directive_id).order_by(milestone.c.position)
    rows = connection.execute(query).all()
    names = {row.id: row.name for row in connection.execute(select(organisation.c.id, organisation.c.name))}
    before = _before(connection, rows)
    steps = [step for row in rows for step in _steps(row, before[row.key])]
    found = schedule(steps, today=today, calendar=calendar_of(connection))
    lines = []
    for row in rows:
        lines.append(_line(row, "submit", row.title, names[row.owner], row.last_day, found))
        for stage, (body, day, word) in STAGES.items():
            if getattr(row, body):
                lines.append(_line(row, stage, f"{row.title}: {word}", names[getattr(row, body)], getattr(row, day), found))
    return lines


def _before(connection: Connection, rows: Iterable[Row[Any]]) -> dict[str, list[Row[Any]]]:
    by_id = {row.id: row for row in rows}
    found: dict[str, list[Row[Any]]] = {row.key: [] for row in by_id.values()}
    edges = select(milestone_dependency).where(milestone_dependency.c.milestone.in_(list(by_id)))
    for edge in connection.execute(edges):
        found[by_id[edge.milestone].key].append(by_id[edge.depends_on])
    return found


def _steps(row: Row[Any], before: Iterable[Row[Any]]) -> list[Step]:
    """A milestone is delivered, appraised, approved. Each takes a working day, but what is open may be done today.

    Approval may follow on the day of the proposal, as in the Lào Cai document: both are due before 05/4.
    """
    stages = ["submit", *(stage for stage, (body, _, _) in STAGES.items() if getattr(row, body))]
    days = {"submit": 0 if row.status != "waiting" else 1, "appraise": 0 if row.status in {"submitted", "accepted"} else 1, "approve": 0}
    last = {"submit": row.last_day, "appraise": row.appraise_last_day, "approve": row.approve_last_day}
    after = tuple(f"{other.key}:{_final(other)}" for other in before)
    steps = []
    for stage in stages:
        steps.append(
            Step(
                key=f"{row.key}:{stage}",
                after=after,
                days=days[stage],
                last_day=date.fromisoformat(last[stage]) if last[stage] else None,
                done=stage in PASSED.get(row.status, ()) or row.status in DEAD,
            )
        )
        after = (steps[-1].key,)
    return steps


def _final(row: Row[Any]) -> str:
    return "approve" if row.approver else "appraise" if row.appraiser else "submit"


def _line(row: Row[Any], stage: str, title: str, owner: str, last_day: str | None, found: Mapping[str, Outlook]) -> ChainRow:
    outlook = found[f"{row.key}:{stage}"]
    over = outlook.float is not None and outlook.float < 0
    return ChainRow(
        key=row.key,
        title=title,
        owner=owner,
        last_day=last_day,
        status=row.status,
        version=row.version,
        late=(stage == "submit" and bool(row.late)) or over,
        earliest=outlook.earliest.isoformat() if outlook.earliest else None,
        float=outlook.float,
        critical=outlook.critical,
    )
