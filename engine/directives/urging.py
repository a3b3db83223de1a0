"""Reminders and urges (SP6): each is a row that is written once, counted per matter and organisation, never edited or deleted.

A reminder (level 0) calls to mind; an urge has a level: 1 notice, 2 written, 3 from leader to leader.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select

from engine.history.record import Change, Subject
from engine.instances.operations import Call
from engine.storage.schema import reminder

REMINDER, NOTICE, WRITTEN, LEADER_TO_LEADER = range(4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Urge:
    """Whom a reminder or urge reaches, and of what. `about` names the matter exactly: urges are counted by it."""

    organisation: str
    role: str
    about: str
    level: int = REMINDER
    directive: str | None = None
    consolidation: str | None = None
    content: str | None = None
    new_due: str | None = None


def remind(call: Call) -> dict[str, Any]:
    """Remind a role of this organisation of something not yet done. Parameters: role, about."""
    unit, role, about = call.case.organisation, call.parameter("role"), call.parameter("about")
    remember_urge(call, Urge(organisation=unit, role=role, about=about, directive=call.case.directive))
    return {}


def remember_urge(call: Call, urge: Urge) -> str:
    """Write one reminder or urge with its fact; return its id.

    `number` counts the urges to one organisation about one matter (as VNPT iOffice does); a reminder has number 0.
    Two writers cannot take the same number: the second is refused by the database and tries again.
    """
    transaction, sender = call.transaction, call.case.organisation
    identity = transaction.new_id()
    number = urges_so_far(call, organisation=urge.organisation, about=urge.about) + 1 if urge.level > REMINDER else 0
    transaction.connection.execute(
        insert(reminder).values(
            id=identity,
            organisation=urge.organisation,
            from_organisation=sender if sender != urge.organisation else None,
            instance=call.case.id,
            role=urge.role,
            about=urge.about,
            urge_level=urge.level,
            directive=urge.directive,
            consolidation=urge.consolidation,
            number=number,
            content=urge.content,
            new_due=urge.new_due,
            sent_at=transaction.at,
        )
    )
    told = {"about": urge.about, "role": urge.role, "level": urge.level, "number": number}
    told |= {"content": urge.content, "new_due": urge.new_due}
    call.record(
        "reminder.sent" if urge.level == REMINDER else "urge.sent",
        Subject(type="organisation", id=urge.organisation),
        objects=(Subject(type="reminder", id=identity),),
        changes=tuple(Change(field=name, new=value) for name, value in told.items() if value is not None),
    )
    return identity


def urges_so_far(call: Call, *, organisation: str, about: str) -> int:
    """Return how often this organisation was urged about this matter."""
    query = select(func.coalesce(func.max(reminder.c.number), 0))
    query = query.where(reminder.c.organisation == organisation, reminder.c.about == about, reminder.c.urge_level > REMINDER)
    return int(call.transaction.connection.execute(query).scalar_one())


URGING: dict[str, Any] = {"remind": remind}
