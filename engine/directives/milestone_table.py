"""The chain of a directive's milestones as a leader reads it on a day: what is due, how late, how much room is left.

The day may lie in the past: where each milestone stood then is read from the history.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select

from engine.directives.milestone_schedule import Outlook, Step, schedule
from engine.directory.working_calendar import calendar_of
from engine.history.record import opened
from engine.kernel.calendar import end_of_day
from engine.kernel.clock import stamp
from engine.storage.schema import history_record, milestone, milestone_dependency, organisation

STAGES = {"appraise": ("appraiser", "appraise_last_day", "thẩm định"), "approve": ("approver", "approve_last_day", "phê duyệt")}
PASSED = {  # what has been done of a milestone, by its status
    "submitted": {"submit"},
    "accepted": {"submit"},
    "proposed": {"submit", "appraise"},
    "approved": {"submit", "appraise", "approve"},
    "reached": {"submit", "appraise", "approve"},
}
DEAD = frozenset({"rejected", "cancelled"})
AFTER = {  # a fact → the status that it leads to
    "milestone.opened": "open",
    "milestone.submitted": "submitted",
    "milestone.accepted": "accepted",
    "milestone.returned": "open",
    "milestone.escalated": "submitted",
    "milestone.proposed": "proposed",
    "milestone.approved": "approved",
    "milestone.reached": "reached",
    "milestone.rejected": "rejected",
    "milestone.cancelled": "cancelled",
}


@dataclass(slots=True)
class Standing:
    """Where a milestone stood at the end of a day."""

    status: str = "waiting"
    version: int = 0
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainRow:
    """One line of the table: a milestone, or a stage of it that another body owes; `stage` says which, "" the delivery."""

    key: str
    title: str
    stage: str
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
    before, stood = _before(connection, rows), _standings(connection, rows, today)
    steps = [step for row in rows for step in _steps(row, stood[row.id].status, before[row.key])]
    found = schedule(steps, today=today, calendar=calendar_of(connection))
    lines = []
    for row in rows:
        outlooks = {stage: found[f"{row.key}:{stage}"] for stage in _stages(row)}
        lines.append(_line(row, "", names[row.owner], row.last_day, stood[row.id], outlooks["submit"]))
        for stage, (body, day, word) in STAGES.items():
            if stage in outlooks:
                who = names[getattr(row, body)]
                lines.append(_line(row, word, who, getattr(row, day), stood[row.id], outlooks[stage]))
    return lines


def _before(connection: Connection, rows: Iterable[Row[Any]]) -> dict[str, list[Row[Any]]]:
    by_id = {row.id: row for row in rows}
    found: dict[str, list[Row[Any]]] = {row.key: [] for row in by_id.values()}
    edges = select(milestone_dependency).where(milestone_dependency.c.milestone.in_(list(by_id)))
    for edge in connection.execute(edges):
        found[by_id[edge.milestone].key].append(by_id[edge.depends_on])
    return found


def _standings(connection: Connection, rows: Iterable[Row[Any]], today: date) -> dict[str, Standing]:
    """Replay the facts until the end of `today`."""
    appraised = {row.id: bool(row.appraiser) for row in rows}
    found = {identity: Standing() for identity in appraised}
    facts = (
        select(history_record.c.subject, history_record.c.action, history_record.c.body)
        .where(history_record.c.subject_type == "milestone", history_record.c.subject.in_(list(appraised)))
        .where(history_record.c.outcome == "done", history_record.c.recorded_at < stamp(end_of_day(today)))
        .order_by(history_record.c.recorded_at, history_record.c.seq)
    )
    for fact in connection.execute(facts):
        stood = found[fact.subject]
        stood.version += fact.action == "milestone.submitted"
        stood.late |= fact.action == "milestone.late" and _stage(fact.body) == "submit"
        again = fact.action == "milestone.returned" and stood.status == "proposed" and appraised[fact.subject]
        stood.status = "submitted" if again else AFTER.get(fact.action, stood.status)
    return found


def _stage(body: bytes) -> str | None:
    return next((change["new"] for change in opened(body)["changes"] if change["field"] == "stage"), None)


def _stages(row: Row[Any]) -> list[str]:
    return ["submit", *(stage for stage, (body, _, _) in STAGES.items() if getattr(row, body))]


def _steps(row: Row[Any], status: str, before: Iterable[Row[Any]]) -> list[Step]:
    """A milestone is delivered, appraised, approved. Each takes a working day, but what is open may be done today.

    Approval may follow on the day of the proposal, as in the Lào Cai document: both are due before 05/4.
    """
    days = {"submit": 0 if status != "waiting" else 1, "appraise": 0 if status in {"submitted", "accepted"} else 1, "approve": 0}
    last = {"submit": row.last_day, "appraise": row.appraise_last_day, "approve": row.approve_last_day}
    after = tuple(f"{other.key}:{_stages(other)[-1]}" for other in before)
    steps = []
    for stage in _stages(row):
        steps.append(
            Step(
                key=f"{row.key}:{stage}",
                after=after,
                days=days[stage],
                last_day=date.fromisoformat(last[stage]) if last[stage] else None,
                done=stage in PASSED.get(status, ()) or status in DEAD,
            )
        )
        after = (steps[-1].key,)
    return steps


def _line(row: Row[Any], stage: str, owner: str, last_day: str | None, stood: Standing, outlook: Outlook) -> ChainRow:
    over = outlook.float is not None and outlook.float < 0
    return ChainRow(
        key=row.key,
        title=row.title,
        stage=stage,
        owner=owner,
        last_day=last_day,
        status=stood.status,
        version=stood.version,
        late=(not stage and stood.late) or over,
        earliest=outlook.earliest.isoformat() if outlook.earliest else None,
        float=outlook.float,
        critical=outlook.critical,
    )
