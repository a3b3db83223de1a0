"""Through whose hands a report went: who wrote, signed, issued, reviewed it, and what lies on whose desk at this moment."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.sql import ColumnElement

from engine.access.places import places_here
from engine.history.transaction import Reading
from engine.storage.schema import history_record, instance, person, user_task

HANDED = ("report.submitted", "report.accepted", "report.returned")  # what a case records of a report through its operations


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """Somebody who completed a task of a case: which, when, and what the form said."""

    instance: str
    organisation: str
    task: str
    name: str
    person: str
    at: str
    context: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTask:
    """What lies on a desk. `mine`: whoever asks may do it."""

    id: str
    instance: str
    organisation: str
    name: str
    role: str
    form: str
    due_at: str | None
    holder: str | None
    mine: bool
    context: dict[str, Any] = field(default_factory=dict)


def units_here(reading: Reading) -> frozenset[str]:
    """Return the organisations in which whoever asks stands today."""
    return frozenset(place.organisation for place in places_here(reading))


def key_of_period(unit: str, report_type: str, period: str) -> str:
    """Return the business key of the cases of an organisation, a report type and a period (DOMAIN.md A3, A4)."""
    return f"{unit}:{report_type}:{period}"


def handed(report: str) -> ColumnElement[bool]:
    """Return the condition for the cases that submitted a report or decided on it."""
    cases = select(history_record.c.instance).where(history_record.c.subject == report, history_record.c.action.in_(HANDED))
    return instance.c.id.in_(cases)


def tasks_of(reading: Reading, *conditions: ColumnElement[bool]) -> tuple[list[Hand], list[OpenTask]]:
    """Return what was done and what is open in the cases that meet `conditions` on instance, oldest first, in one statement."""
    query = (
        select(user_task, person.c.name.label("by"))
        .join(instance, instance.c.id == user_task.c.instance)
        .outerjoin(person, person.c.id == func.coalesce(user_task.c.completed_by, user_task.c.assignee))
        .where(user_task.c.kind == "task", user_task.c.status.in_(["open", "completed"]), *conditions)
        .order_by(user_task.c.completed_at, user_task.c.completed_ver, user_task.c.created_at)
    )
    rows = reading.connection.execute(query).all()
    done = [_hand(row) for row in rows if row.status == "completed"]
    return done, [_open(row, reading) for row in rows if row.status == "open"]


def _hand(row: Row[Any]) -> Hand:
    return Hand(
        instance=row.instance,
        organisation=row.organisation,
        task=row.id,
        name=row.name,
        person=row.by or "",
        at=row.completed_at,
        context=json.loads(row.context),
        data=json.loads(row.data or "{}"),
    )


def _open(row: Row[Any], reading: Reading) -> OpenTask:
    places = places_here(reading)
    by_role = any(place.organisation == row.organisation and (not row.role or row.role in place.roles) for place in places)
    return OpenTask(
        id=row.id,
        instance=row.instance,
        organisation=row.organisation,
        name=row.name,
        role=row.role,
        form=row.form,
        due_at=row.due_at,
        holder=row.by,
        mine=row.assignee == reading.actor.id or (row.assignee is None and by_role),
        context=json.loads(row.context),
    )


def written_so_far(done: Sequence[Hand]) -> dict[str, dict[str, Any]]:
    """Return what was written of each section (by obligation) and not yet submitted: the newest form of each."""
    found: dict[str, dict[str, Any]] = {}
    for hand in done:
        if (section := hand.context.get("section")) and "assessment" in hand.data:
            found[section] = hand.data
        for entry in hand.data.get("sections") or ():
            if isinstance(entry, dict) and entry.get("section"):
                found[entry["section"]] = entry
    return found
