"""Everything that the page of one task shows: what is asked, of whom, by when, its form, and how it stands."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, select

from engine.access.authorise import Standing, authorise
from engine.access.places import places_here
from engine.access.separation import exemption
from engine.definitions.forms import Form
from engine.definitions.repository import definition
from engine.history.sealed_values import shown
from engine.history.transaction import Reading
from engine.kernel.errors import Denied, Refused
from engine.storage.schema import directive, organisation, person, user_task
from engine.tasks.drafts import Draft, draft_of
from engine.tasks.queries import task_by_id

COMPLETE = "task.complete"
Closed = Callable[[Row[Any], Reading], None]  # raises Refused with the reason for which a task is open no more


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowTask:
    """Ask for the page of a task."""

    task: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A way that a choice offers: the flow, and what people call it."""

    flow: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPage:
    """One task with what its page says of it. Moments are as tables keep them; names are of people and organisations.

    `status`: open, completed, cancelled. `may`: whether the actor may complete it now; else `why` is the engine's sentence: done or
    withdrawn (`closed`), taken by `holder`, or not theirs. `acting_for`: the absent person or the body without an account for whom the
    actor acts. `documentation`: what the diagram says of the task. `context`: the data of the process when the task was offered.
    """

    id: str
    kind: str
    name: str
    element: str
    form: Form | None
    status: str
    role: str
    organisation: str
    organisation_name: str
    process: str
    process_name: str
    instance: str
    directive: str | None
    directive_code: str
    directive_subject: str
    directive_issuer: str
    period: str | None
    business_key: str
    context: Mapping[str, Any]
    documentation: str
    due_at: str | None
    created_at: str
    assignee: str | None
    holder: str
    completed_at: str | None
    completed_by: str
    completed_for: str
    entered_by: str
    data: Mapping[str, Any]
    may: bool
    why: str
    closed: str
    acting_for: str
    ways: tuple[Way, ...]
    draft: Draft | None


_holder, _doer, _absent, _entering, _issuer = (
    person.alias("holder"),
    person.alias("doer"),
    person.alias("absent"),
    organisation.alias("entering"),
    organisation.alias("issuer"),
)
_AROUND = (
    select(
        organisation.c.name.label("organisation_name"),
        _holder.c.name.label("holder"),
        _doer.c.name.label("completed_by"),
        _absent.c.name.label("completed_for"),
        _entering.c.name.label("entered_by"),
        directive.c.code.label("directive_code"),
        directive.c.subject.label("directive_subject"),
        _issuer.c.name.label("directive_issuer"),
    )
    .select_from(user_task)
    .join(organisation, organisation.c.id == user_task.c.organisation)
    .outerjoin(_holder, _holder.c.id == user_task.c.assignee)
    .outerjoin(_doer, _doer.c.id == user_task.c.completed_by)
    .outerjoin(_absent, _absent.c.id == user_task.c.completed_for)
    .outerjoin(_entering, _entering.c.id == user_task.c.entered_by_unit)
    .outerjoin(directive, directive.c.id == bindparam("b_directive"))
    .outerjoin(_issuer, _issuer.c.id == directive.c.issuer)
    .where(user_task.c.id == bindparam("b_task"))
)


def answer_task(query: ShowTask, reading: Reading, *, closed: Closed) -> TaskPage:
    """Return the page of a task. `closed` raises Refused for a task that is open no more, and says why."""
    row = task_by_id(reading, query.task)
    around = reading.connection.execute(_AROUND, {"b_task": row.id, "b_directive": row.directive}).one()
    deployment = definition(reading.connection, row.definition_version)
    element = deployment.definition.elements.get(row.element)
    context, over = json.loads(row.context), _refusal(closed, row, reading)
    why, standing = (over, None) if over else _allowed(row, reading, around.holder)
    return TaskPage(
        id=row.id,
        kind=row.kind,
        name=row.name,
        element=row.element,
        form=deployment.forms.get(row.form) if row.form else None,
        status=row.status,
        role=row.role,
        organisation=row.organisation,
        organisation_name=around.organisation_name,
        process=deployment.key,
        process_name=deployment.definition.name or deployment.key,
        instance=row.instance,
        directive=row.directive,
        directive_code=around.directive_code or "",
        directive_subject=around.directive_subject or "",
        directive_issuer=around.directive_issuer or "",
        period=row.period,
        business_key=row.business_key,
        context=context,
        documentation=element.documentation if element else "",
        due_at=row.due_at,
        created_at=row.created_at,
        assignee=row.assignee,
        holder=around.holder or "",
        completed_at=row.completed_at,
        completed_by=around.completed_by or "",
        completed_for=around.completed_for or "",
        entered_by=around.entered_by or "",
        data=shown(reading.connection, json.loads(row.data or "{}")),
        may=not why,
        why=why,
        closed=over,
        acting_for=_acting_for(standing, around.organisation_name),
        ways=tuple(Way(flow=way["flow"], name=way["name"]) for way in context.get("ways", ())) if row.kind == "choice" else (),
        draft=draft_of(reading, row.id),
    )


def _refusal(closed: Closed, row: Row[Any], reading: Reading) -> str:
    if row.status == "open":
        return ""
    try:
        closed(row, reading)
    except Refused as refused:
        return refused.message
    return ""


def _allowed(row: Row[Any], reading: Reading, holder: str | None) -> tuple[str, Standing | None]:
    """Return why the actor may not complete an open task ("" when they may), and as what they would act."""
    if row.assignee and row.assignee != reading.actor.id:
        return f"Expected task {row.name!r} to be free, but {holder} has taken it.", None
    try:
        standing = authorise(
            reading,
            action=COMPLETE,
            organisation=row.organisation,
            lane=row.role,
            form=row.form or None,
        )
        exemption(reading, row, represented=standing.entered_by is not None)
    except (Denied, Refused) as refused:
        return refused.message, None
    return "", standing


def _acting_for(standing: Standing | None, unit: str) -> str:
    if standing is None or not standing.on_behalf_of:
        return ""
    return str(standing.delegation["for"]["name"]) if standing.delegation else unit


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatFollows:
    """Ask what has opened in a case since a task of one's own was completed."""

    task: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """A task that is open now, and for whom: the role, or the person who holds it."""

    name: str
    role: str
    organisation_name: str
    holder: str


_FOLLOWING = (
    select(user_task.c.name, user_task.c.role, organisation.c.name.label("organisation_name"), person.c.name.label("holder"))
    .join(organisation, organisation.c.id == user_task.c.organisation)
    .outerjoin(person, person.c.id == user_task.c.assignee)
    .where(user_task.c.instance == bindparam("b_instance"), user_task.c.status == "open", user_task.c.created_at >= bindparam("b_since"))
    .order_by(user_task.c.created_at, user_task.c.id)
    .limit(5)
)


def answer_what_follows(query: WhatFollows, reading: Reading) -> tuple[Following, ...]:
    """Return the tasks of the same case that have been offered since the task was completed."""
    row = task_by_id(reading, query.task)
    if row.completed_at is None:
        return ()
    rows = reading.connection.execute(_FOLLOWING, {"b_instance": row.instance, "b_since": row.completed_at})
    return tuple(Following(name=each.name, role=each.role, organisation_name=each.organisation_name, holder=each.holder or "") for each in rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstTask:
    """Ask for a task of one's own in a case that one has just started."""

    instance: str


_FIRST = (
    select(user_task.c.id, user_task.c.organisation, user_task.c.role)
    .where(user_task.c.instance == bindparam("b_instance"), user_task.c.status == "open")
    .order_by(user_task.c.created_at, user_task.c.id)
)


def answer_first_task(query: FirstTask, reading: Reading) -> str | None:
    """Return the first open task of the case that one of the actor's places may do; None while there is none."""
    places = places_here(reading)
    for row in reading.connection.execute(_FIRST, {"b_instance": query.instance}):
        if any(place.organisation == row.organisation and (not row.role or row.role in place.roles) for place in places):
            return str(row.id)
    return None
