"""What a register prints beside its own entries: recipients, to whom a document was handed, due dates, replies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from engine.storage.schema import (
    assignment,
    directive,
    directive_item,
    dispatch,
    instance,
    organisation,
    post,
    report_revision,
    report_section,
    submission,
    user_task,
)
from engine.storage.schema import (
    report as report_table,
)

BATCH = 10_000
ON_ITS_WAY = frozenset({"00", "01"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """To whom a document went, and whether they have taken it in."""

    name: str
    received: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """All by the id of the directive or report."""

    recipients: dict[str, list[Recipient]] = field(default_factory=dict)
    handed_to: dict[str, list[str]] = field(default_factory=dict)
    handed_on: dict[str, str] = field(default_factory=dict)
    due: dict[str, str] = field(default_factory=dict)
    status: dict[str, str] = field(default_factory=dict)
    replies: dict[str, list[str]] = field(default_factory=dict)
    entered_by: dict[str, list[str]] = field(default_factory=dict)


def read_sources(connection: Connection, unit: str, directives: Sequence[str], reports: Sequence[str], *, sent: bool) -> Sources:
    """Read what the register of `unit` prints about these directives and reports; `sent`: with everybody to whom they went."""
    found = Sources()
    dispatches = _DISPATCHES if sent else _DISPATCHES.where(dispatch.c.organisation == unit)  # of what came in, the others are none of its business
    for row in _rows(connection, dispatches, dispatch.c.directive, directives):
        received = row.status not in ON_ITS_WAY
        found.recipients.setdefault(row.directive, []).append(Recipient(name=row.name, received=received))
        if row.organisation == unit:
            found.status[row.directive] = row.status
            found.due.setdefault(row.directive, row.sunset)
    for row in _rows(connection, _SUBMISSIONS, submission.c.report, reports):
        found.recipients.setdefault(row.report, []).append(Recipient(name=row.name, received=row.status != "submitted"))
    _read_assignments(connection, unit, directives, found)
    for row in _rows(connection, _REPLIES.where(report_table.c.organisation == unit), report_section.c.directive, directives):
        codes = found.replies.setdefault(row.directive, [])
        if row.code not in codes:
            codes.append(row.code)
    for row in _rows(connection, _ENTERED.where(instance.c.organisation == unit), instance.c.directive, directives):
        found.entered_by.setdefault(row.directive, []).append(row.name)
    found.entered_by.update(reports_entered_by(connection, reports))
    return found


def reports_entered_by(connection: Connection, reports: Sequence[str]) -> dict[str, list[str]]:
    """Return, for reports of bodies without an account, the names of those who entered them on their behalf."""
    found: dict[str, list[str]] = {}
    for row in _rows(connection, _REPORTS_ENTERED, report_table.c.id, reports):
        found.setdefault(row.id, []).append(row.name)
    return found


_DISPATCHES = (
    select(dispatch.c.directive, dispatch.c.organisation, dispatch.c.status, organisation.c.name, directive.c.sunset)
    .join(organisation, organisation.c.id == dispatch.c.organisation)
    .join(directive, directive.c.id == dispatch.c.directive)
    .order_by(organisation.c.name)
)
_SUBMISSIONS = (
    select(submission.c.report, submission.c.status, organisation.c.name)
    .join(organisation, organisation.c.id == submission.c.superior)
    .where(submission.c.revision == 1)
    .order_by(organisation.c.name)
)
_ASSIGNMENTS = (
    select(assignment.c.directive, assignment.c.due_at, assignment.c.created_at, post.c.title, directive_item.c.last_day)
    .join(post, post.c.id == assignment.c.lead)
    .outerjoin(directive_item, directive_item.c.id == assignment.c.item)
    .order_by(assignment.c.created_at, assignment.c.id)
)
_REPLIES = (
    select(report_section.c.directive, report_revision.c.code)
    .join(report_table, report_table.c.id == report_section.c.report)
    .join(report_revision, (report_revision.c.report == report_section.c.report) & (report_revision.c.revision == report_section.c.revision))
    .order_by(report_revision.c.submitted_at, report_revision.c.code)
)
_ENTERED = (
    select(instance.c.directive, organisation.c.name)
    .join(user_task, user_task.c.instance == instance.c.id)
    .join(organisation, organisation.c.id == user_task.c.entered_by_unit)
    .distinct()
    .order_by(organisation.c.name)
)
_CASE = report_table.c.organisation + ":" + report_table.c.report_type + ":" + report_table.c.period
_REPORTS_ENTERED = (
    select(report_table.c.id, organisation.c.name)
    .join(instance, (instance.c.organisation == report_table.c.organisation) & (instance.c.business_key == _CASE))
    .join(user_task, user_task.c.instance == instance.c.id)
    .join(organisation, organisation.c.id == user_task.c.entered_by_unit)
    .distinct()
    .order_by(organisation.c.name)
)


def _read_assignments(connection: Connection, unit: str, directives: Sequence[str], found: Sources) -> None:
    dues: dict[str, list[str]] = {}
    for row in _rows(connection, _ASSIGNMENTS.where(assignment.c.organisation == unit), assignment.c.directive, directives):
        titles = found.handed_to.setdefault(row.directive, [])
        if row.title not in titles:
            titles.append(row.title)
        found.handed_on.setdefault(row.directive, row.created_at)
        dues.setdefault(row.directive, []).extend(day[:10] for day in (row.due_at, row.last_day) if day)
    found.due.update({identity: min(days) for identity, days in dues.items() if days})


def _rows(connection: Connection, query: Select[Any], column: Any, ids: Sequence[str]) -> Iterator[Row[Any]]:
    for first in range(0, len(ids), BATCH):
        yield from connection.execute(query.where(column.in_(ids[first : first + BATCH])))
