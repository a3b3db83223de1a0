"""The parts of a directive's pages: recipients, instructions, milestones, urging, difficulties, changes. Each with the head, each a query of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select

from engine.access.remit import covered, sight_of
from engine.directives.changes import UNTOUCHED
from engine.directives.milestone_table import ChainRow, chain_table
from engine.directives.progress import IN, NOTHING_OPEN, WORK_OVER, is_late, owes
from engine.directives.standing_page import Head, head_of
from engine.history.transaction import Reading
from engine.kernel.clock import local_date
from engine.storage.schema import (
    assignment,
    change_answer,
    change_request,
    difficulty,
    directive,
    dispatch,
    extension,
    instance,
    milestone,
    obligation,
    organisation,
    person,
    post,
    receipt_source,
    recipient_group,
    reminder,
    report,
    user_task,
)

PAGE = 100
INSTRUCTION = '%"instruction":%'  # what a leader wrote, in whatever form has a field of that name


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowRecipients:
    """To whom a directive went, a page (from 1) of them; `status`: only those with this exchange code."""

    directive: str
    status: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipients:
    """`groups`: name by code, of the groups of the issuer; `sources`: further copies that arrived."""

    head: Head
    rows: tuple[Row[Any], ...]
    total: int
    page: int
    groups: Mapping[str, str]
    sources: tuple[Row[Any], ...]

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PAGE))


def answer_recipients(query: ShowRecipients, reading: Reading) -> Recipients:
    """Return a page of the recipients with their exchange status (DOMAIN.md 2.10)."""
    connection, head = reading.connection, head_of(reading, query.directive)
    total = head.receipts.get(query.status, 0) if query.status else head.recipients
    page = max(1, min(query.page, -(-total // PAGE) or 1))
    rows = (
        select(dispatch.c.organisation, dispatch.c.recipient_group, dispatch.c.status, dispatch.c.changed_at, organisation.c.name)
        .add_columns(obligation.c.report_type, obligation.c.status.label("duty"))
        .join(organisation, organisation.c.id == dispatch.c.organisation)
        .outerjoin(obligation, (obligation.c.directive == dispatch.c.directive) & (obligation.c.organisation == dispatch.c.organisation))
        .where(dispatch.c.directive == query.directive)
        .order_by(organisation.c.name, organisation.c.id)
    )
    if query.status:
        rows = rows.where(dispatch.c.status == query.status)
    groups = select(recipient_group.c.code, recipient_group.c.name).where(recipient_group.c.owner == head.issuer)
    sources = (
        select(receipt_source.c.channel, receipt_source.c.arrived_at, receipt_source.c.note, organisation.c.name)
        .join(organisation, organisation.c.id == receipt_source.c.organisation)
        .where(receipt_source.c.directive == query.directive)
        .order_by(receipt_source.c.arrived_at)
        .limit(PAGE)
    )
    return Recipients(
        head=head,
        rows=tuple(connection.execute(rows.limit(PAGE).offset((page - 1) * PAGE))),
        total=total,
        page=page,
        groups={row.code: row.name for row in connection.execute(groups)},
        sources=tuple(connection.execute(sources)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowInstructions:
    """What leaders said about a directive, and to whom the work was given."""

    directive: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One instruction: by whom, where, when; `form` holds what was filled in."""

    organisation: str
    by: str | None
    at: str
    form: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instructions:
    """The instructions and assignments that the actor may know: those of the own organisations and of the remit."""

    head: Head
    said: tuple[Said, ...]
    given: tuple[Row[Any], ...]


def answer_instructions(query: ShowInstructions, reading: Reading) -> Instructions:
    """Return instructions and assignments, newest first, at most a page of each."""
    connection, sight = reading.connection, sight_of(reading)
    told = (
        select(user_task.c.data, user_task.c.completed_at, organisation.c.name, person.c.name.label("by"))
        .join(instance, instance.c.id == user_task.c.instance)
        .join(organisation, organisation.c.id == user_task.c.organisation)
        .outerjoin(person, person.c.id == user_task.c.completed_by)
        .where(instance.c.directive == query.directive, user_task.c.status == "completed", user_task.c.data.like(INSTRUCTION))
        .where(covered(sight, user_task.c.organisation))
        .order_by(user_task.c.completed_at.desc())
        .limit(PAGE)
    )
    given = (
        select(assignment, organisation.c.name.label("unit"), post.c.title)
        .join(organisation, organisation.c.id == assignment.c.organisation)
        .join(post, post.c.id == assignment.c.lead)
        .where(assignment.c.directive == query.directive, covered(sight, assignment.c.organisation))
        .order_by(organisation.c.name, assignment.c.created_at, assignment.c.id)
        .limit(PAGE)
    )
    said = (Said(organisation=row.name, by=row.by, at=row.completed_at, form=json.loads(row.data)) for row in connection.execute(told))
    return Instructions(head=head_of(reading, query.directive), said=tuple(said), given=tuple(connection.execute(given)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowMilestones:
    """The chain of a directive's milestones as it stands today."""

    directive: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestones:
    """`rows`: milestones and their stages in order; `days`: by key, when each was opened and reached (moments)."""

    head: Head
    rows: tuple[ChainRow, ...]
    days: Mapping[str, tuple[str | None, str | None]]


def answer_milestones(query: ShowMilestones, reading: Reading) -> Milestones:
    """Return the chain."""
    rows = chain_table(reading.connection, query.directive, local_date(reading.now))
    opened = select(milestone.c.key, milestone.c.opened_at, milestone.c.reached_at).where(milestone.c.directive == query.directive)
    days = {row.key: (row.opened_at, row.reached_at) for row in reading.connection.execute(opened)}
    return Milestones(head=head_of(reading, query.directive), rows=tuple(rows), days=days)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowUrging:
    """With whom a directive is still open, and what was urged."""

    directive: str
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Urging:
    """`open`: organisations with open items: how many assignments are open, reports late, how often urged. `urges`: newest first."""

    head: Head
    open: tuple[Row[Any], ...]
    total: int
    page: int
    urges: tuple[Row[Any], ...]

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PAGE))


def answer_urging(query: ShowUrging, reading: Reading) -> Urging:
    """Return who has open items, the worst first, and the urges with their answers."""
    connection, head = reading.connection, head_of(reading, query.directive)
    total = sum(count for code, count in head.receipts.items() if code not in NOTHING_OPEN)
    page = max(1, min(query.page, -(-total // PAGE) or 1))
    urges = (
        select(reminder, organisation.c.name)
        .join(organisation, organisation.c.id == reminder.c.organisation)
        .where(reminder.c.directive == query.directive, reminder.c.urge_level > 0)
        .order_by(reminder.c.sent_at.desc(), reminder.c.id)
        .limit(PAGE)
    )
    return Urging(
        head=head,
        open=tuple(connection.execute(open_units(query.directive, reading).limit(PAGE).offset((page - 1) * PAGE))),
        total=total,
        page=page,
        urges=tuple(connection.execute(urges)),
    )


def open_units(directive_id: str, reading: Reading) -> Any:
    """Return the query of the organisations with which a directive is still open, the worst first."""
    today, here = local_date(reading.now), dispatch.c.organisation
    theirs = (assignment.c.directive == directive_id) & (assignment.c.organisation == here)
    work = select(func.count()).where(theirs, assignment.c.status.not_in(WORK_OVER)).scalar_subquery().label("work")
    duty = (obligation.c.directive == directive_id) & (obligation.c.organisation == here)
    late = select(func.count()).select_from(obligation).join(report, owes()).where(duty, is_late(today)).scalar_subquery().label("late")
    missing = select(func.count()).select_from(obligation).join(report, owes()).where(duty, report.c.status.not_in(IN)).scalar_subquery().label("missing")
    urged = (reminder.c.directive == directive_id) & (reminder.c.organisation == here) & (reminder.c.urge_level > 0)
    urges = select(func.count()).where(urged).scalar_subquery().label("urges")
    return (
        select(organisation.c.id, organisation.c.name, organisation.c.code, dispatch.c.status, dispatch.c.changed_at, work, late, missing, urges)
        .join(organisation, organisation.c.id == here)
        .where(dispatch.c.directive == directive_id, dispatch.c.status.not_in(NOTHING_OPEN))
        .order_by(late.desc(), missing.desc(), work.desc(), organisation.c.name)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowDifficulties:
    """What recipients reported as difficult, and the extensions that they asked for."""

    directive: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Difficulties:
    """Both with their answers, the open ones first."""

    head: Head
    difficulties: tuple[Row[Any], ...]
    extensions: tuple[Row[Any], ...]


def answer_difficulties(query: ShowDifficulties, reading: Reading) -> Difficulties:
    """Return the difficulties and extensions, at most a page of each."""
    found = (
        select(difficulty, organisation.c.name)
        .join(organisation, organisation.c.id == difficulty.c.organisation)
        .where(difficulty.c.directive == query.directive)
        .order_by(difficulty.c.status == "answered", difficulty.c.raised_at.desc())
        .limit(PAGE)
    )
    asked = (
        select(extension, organisation.c.name)
        .join(organisation, organisation.c.id == extension.c.organisation)
        .where(extension.c.directive == query.directive)
        .order_by(extension.c.decision.is_not(None), extension.c.requested_at.desc())
        .limit(PAGE)
    )
    connection = reading.connection
    head = head_of(reading, query.directive)
    return Difficulties(head=head, difficulties=tuple(connection.execute(found)), extensions=tuple(connection.execute(asked)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowChanges:
    """What was changed about a directive, and what a change would touch."""

    directive: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """What a recall, replacement or amendment reaches: organisations, open assignments, tasks on desks, reports not in, letters handed down."""

    organisations: int
    assignments: int
    tasks: int
    reports: int
    letters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """`answers`: by change, how many agreed, refused, have not answered; `refusals`: with reason."""

    head: Head
    changes: tuple[Row[Any], ...]
    answers: Mapping[str, Mapping[str, int]]
    refusals: tuple[Row[Any], ...]
    touched: Touched


def answer_changes(query: ShowChanges, reading: Reading) -> Changes:
    """Return the changes with their answers."""
    connection = reading.connection
    asked = select(change_request).where(change_request.c.directive == query.directive).order_by(change_request.c.created_at.desc())
    ours = select(change_request.c.id).where(change_request.c.directive == query.directive)
    counted = select(change_answer.c.change_request, change_answer.c.status, func.count().label("n")).where(change_answer.c.change_request.in_(ours))
    answers: dict[str, dict[str, int]] = {}
    for row in connection.execute(counted.group_by(change_answer.c.change_request, change_answer.c.status)):
        answers.setdefault(row.change_request, {})[row.status] = row.n
    refusals = (
        select(change_answer, organisation.c.name)
        .join(organisation, organisation.c.id == change_answer.c.organisation)
        .where(change_answer.c.change_request.in_(ours), change_answer.c.status == "refused")
        .order_by(change_answer.c.answered_at)
        .limit(PAGE)
    )
    return Changes(
        head=head_of(reading, query.directive),
        changes=tuple(connection.execute(asked)),
        answers=answers,
        refusals=tuple(connection.execute(refusals)),
        touched=touched_by_change(reading, query.directive),
    )


def touched_by_change(reading: Reading, directive_id: str) -> Touched:
    """Return what a change of the directive would reach among its recipients: one statement."""
    reached = select(dispatch.c.organisation).where(dispatch.c.directive == directive_id, dispatch.c.status.not_in(UNTOUCHED))
    duty = (obligation.c.directive == directive_id) & obligation.c.organisation.in_(reached)
    counts = {
        "organisations": select(func.count()).select_from(reached.subquery()),
        "assignments": select(func.count()).where(
            assignment.c.directive == directive_id, assignment.c.organisation.in_(reached), assignment.c.status.not_in(WORK_OVER)
        ),
        "tasks": select(func.count())
        .select_from(user_task)
        .join(instance, instance.c.id == user_task.c.instance)
        .where(instance.c.directive == directive_id, instance.c.organisation.in_(reached), user_task.c.status == "open"),
        "reports": select(func.count()).select_from(obligation).join(report, owes()).where(duty, report.c.status.not_in(IN)),
        "letters": select(func.count()).where(directive.c.parent == directive_id, directive.c.status == "issued"),
    }
    row = reading.connection.execute(select(*(query.scalar_subquery().label(name) for name, query in counts.items()))).mappings().one()
    return Touched(**row)
