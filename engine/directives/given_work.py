"""What somebody was given to do: the item of the letter, and what the leader said about it. A letter may give one office several."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from engine.access.remit import covered, sight_of
from engine.directives.standing_parts import INSTRUCTION
from engine.history.transaction import Reading
from engine.kernel.errors import NotFound
from engine.storage.schema import assignment, directive_item, instance, person, post, user_task


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowGivenWork:
    """Ask what an assignment of a directive is about."""

    directive: str
    assignment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenWork:
    """An assignment. `number`, `text`, `deliverable`: of its item, "" for the letter as a whole; `lead`: the post in charge; `due`: the last day,
    None without one; `instruction`: what the leader of the office wrote, "" when nothing; `by`, `at`: who, when."""

    number: str
    text: str
    deliverable: str
    lead: str
    due: str | None
    instruction: str
    by: str
    at: str


def answer_given_work(query: ShowGivenWork, reading: Reading) -> GivenWork:
    """Return what an assignment is about. Raises NotFound for one that the actor may not know, or that is another directive's."""
    connection = reading.connection
    given = (
        select(assignment, directive_item.c.item_no, directive_item.c.text, directive_item.c.deliverable, post.c.title)
        .outerjoin(directive_item, directive_item.c.id == assignment.c.item)
        .join(post, post.c.id == assignment.c.lead)
        .where(assignment.c.id == query.assignment, assignment.c.directive == query.directive)
        .where(covered(sight_of(reading), assignment.c.organisation))
    )
    row = connection.execute(given).one_or_none()
    if row is None:
        raise NotFound(f"Expected an assignment of this directive, but found {query.assignment!r}. Open it from the task that it was given with.")
    said = _said(reading, query.directive, row.organisation)
    return GivenWork(
        number=row.item_no or "",
        text=row.text or "",
        deliverable=row.deliverable or "",
        lead=row.title,
        due=row.due_at,
        instruction=json.loads(said.data)["instruction"] if said else "",
        by=(said.by or "") if said else "",
        at=said.completed_at if said else "",
    )


def _said(reading: Reading, directive_id: str, office: str) -> Any:
    """Return what was instructed last in an office about a directive; None when nothing was."""
    query = (
        select(user_task.c.data, user_task.c.completed_at, person.c.name.label("by"))
        .join(instance, instance.c.id == user_task.c.instance)
        .outerjoin(person, person.c.id == user_task.c.completed_by)
        .where(instance.c.directive == directive_id, user_task.c.organisation == office)
        .where(user_task.c.status == "completed", user_task.c.data.like(INSTRUCTION))
        .order_by(user_task.c.completed_at.desc(), user_task.c.id.desc())
        .limit(1)
    )
    return reading.connection.execute(query).one_or_none()
