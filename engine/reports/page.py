"""The page of one report: every revision with its sections, who handed it in, how each superior answered, and where its figures went."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from engine.access.places import places_here
from engine.history.transaction import Reading
from engine.kernel.periods import previous_period
from engine.reports.differences import NO_DIFFERENCES, Differences, differences
from engine.reports.hands import Hand, OpenTask, handed, key_of_period, tasks_of, units_here, written_so_far
from engine.reports.upward import StepUp, path_upward
from engine.reports.written import ShownSection, sections_where
from engine.storage.schema import (
    directive,
    document,
    instance,
    obligation,
    opened_section,
    organisation,
    report,
    report_revision,
    report_section,
    signed_file,
    submission,
)

_superior = organisation.alias("superior")
_REPORT = (
    select(report, organisation.c.name, organisation.c.represented_by)
    .join(organisation, organisation.c.id == report.c.organisation)
    .where(report.c.id == bindparam("b_id"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowReport:
    """Ask for a report with all that was submitted of it."""

    report: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How one superior answered a revision. `status`: submitted (no answer yet), accepted or returned; `revise_by`: ISO day."""

    superior: str
    name: str
    status: str
    decided_at: str | None
    reason: str
    revise_by: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRevision:
    """One revision as it was submitted. `changes`: against the revision before; empty for the first."""

    number: int
    code: str
    kind: str
    reason: str
    submitted_at: str
    is_late: bool
    assessment: str
    sections: tuple[ShownSection, ...] = ()
    answers: tuple[Answer, ...] = ()
    hands: tuple[Hand, ...] = ()
    changes: Differences = NO_DIFFERENCES

    @property
    def is_nil(self) -> bool:
        """Whether every section that tells something tells that nothing came up."""
        told = [section for section in self.sections if section.assessment != "elsewhere"]
        return bool(told) and all(section.assessment == "nil" for section in told)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedSection:
    """A section that is due in this period. `written`: what was written and is not submitted yet; None also for readers of other units."""

    obligation: str
    directive: str
    code: str
    subject: str
    superior: str
    is_written: bool
    written: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedFile:
    """A file that was signed elsewhere and attached, with its digest."""

    document: str
    name: str
    note: str
    attached_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPage:
    """A report as its page shows it. `revisions`: newest first; `last`: values of the last period by (directive, indicator)."""

    id: str
    organisation: str
    name: str
    report_type: str
    period: str
    status: str
    due_date: str
    opened_at: str
    awaits_below: bool
    is_own: bool
    owed: tuple[OwedSection, ...]
    revisions: tuple[ShownRevision, ...]
    tasks: tuple[OpenTask, ...]
    path: tuple[StepUp, ...]
    last_period: str | None
    last: dict[tuple[str, str], int]
    files: tuple[SignedFile, ...]
    units: frozenset[str]

    @property
    def newest(self) -> ShownRevision | None:
        """The newest revision; None before the first is submitted."""
        return self.revisions[0] if self.revisions else None


def report_row(reading: Reading, identity: str) -> Row[Any]:
    """Return the row of a report with its organisation's name. Raises NotFound."""
    return reading.row(_REPORT, identity, missing=f"Expected the id of a report, but found {identity!r}, which no report has.")


def addressees(reading: Reading, row: Row[Any]) -> frozenset[str]:
    """Return to whom a report is owed or was submitted."""
    sent = select(submission.c.superior).where(submission.c.report == row.id)
    owed = select(obligation.c.superior).where(obligation.c.organisation == row.organisation, obligation.c.report_type == row.report_type)
    return frozenset(reading.connection.execute(sent.union(owed)).scalars())


def answer_report(query: ShowReport, reading: Reading) -> ReportPage:
    """Return the page of a report. Raises NotFound."""
    row = report_row(reading, query.report)
    connection, units = reading.connection, units_here(reading)
    is_own = row.organisation in units or row.represented_by in units
    own_case = (instance.c.organisation == row.organisation) & (instance.c.business_key == key_of_period(row.organisation, row.report_type, row.period))
    reviews = (instance.c.organisation.in_(sorted(units))) & (instance.c.business_key == row.id)
    done, waiting = tasks_of(reading, own_case | reviews | handed(row.id))
    earlier = previous_period(row.period)
    return ReportPage(
        id=row.id,
        organisation=row.organisation,
        name=row.name,
        report_type=row.report_type,
        period=row.period,
        status=row.status,
        due_date=row.due_date,
        opened_at=row.opened_at,
        awaits_below=bool(row.awaits_below),
        is_own=is_own,
        owed=_owed(connection, row, done, is_own=is_own) if row.status in ("open", "returned") else (),
        revisions=tuple(reversed(_revisions(connection, row, done))),
        tasks=tuple(task for task in waiting if task.organisation in units or (is_own and task.organisation == row.organisation)),
        path=path_upward(connection, row.id) if row.revision else (),
        last_period=earlier,
        last=last_values(connection, row, earlier),
        files=_files(connection, row.id),
        units=frozenset(place.organisation for place in places_here(reading)),
    )


def _owed(connection: Connection, row: Row[Any], done: list[Hand], *, is_own: bool) -> tuple[OwedSection, ...]:
    query = (
        select(obligation.c.id, obligation.c.directive, directive.c.code, directive.c.subject, organisation.c.name)
        .join(directive, directive.c.id == obligation.c.directive)
        .join(organisation, organisation.c.id == obligation.c.superior)
        .join(opened_section, opened_section.c.obligation == obligation.c.id)
        .where(opened_section.c.report == row.id, obligation.c.status == "open")
        .order_by(directive.c.issued_date, directive.c.code)
    )
    ours = [hand for hand in done if hand.organisation == row.organisation]
    written = written_so_far(ours)
    return tuple(
        OwedSection(
            obligation=entry.id,
            directive=entry.directive,
            code=entry.code,
            subject=entry.subject,
            superior=entry.name,
            is_written=entry.id in written,
            written=written.get(entry.id) if is_own else None,
        )
        for entry in connection.execute(query)
    )


def _revisions(connection: Connection, row: Row[Any], done: list[Hand]) -> list[ShownRevision]:
    query = (
        select(report_revision, submission.c.superior, submission.c.status, submission.c.decided_at, submission.c.reason.label("answer"))
        .add_columns(_superior.c.name)
        .outerjoin(submission, (submission.c.report == report_revision.c.report) & (submission.c.revision == report_revision.c.revision))
        .outerjoin(_superior, _superior.c.id == submission.c.superior)
        .where(report_revision.c.report == row.id)
        .order_by(report_revision.c.revision, _superior.c.name)
    )
    rows: dict[int, list[Row[Any]]] = {}
    for entry in connection.execute(query):
        rows.setdefault(entry.revision, []).append(entry)
    sections: dict[int, list[ShownSection]] = {}
    for section in sections_where(connection, report_section.c.report == row.id) if rows else ():
        sections.setdefault(section.revision, []).append(section)
    found: list[ShownRevision] = []
    since = ""
    for number, entries in rows.items():
        here = tuple(sections.get(number, ()))
        made = tuple(hand for hand in done if hand.organisation == row.organisation and since < hand.at <= entries[0].submitted_at)
        revision = _revision(entries, done)
        changes = differences(found[-1].sections, here) if found else NO_DIFFERENCES
        found.append(replace(revision, sections=here, hands=made, changes=changes))
        since = entries[0].submitted_at
    return found


def _revision(entries: list[Row[Any]], done: list[Hand]) -> ShownRevision:
    row = entries[0]
    return ShownRevision(
        number=row.revision,
        code=row.code,
        kind=row.kind,
        reason=row.reason or "",
        submitted_at=row.submitted_at,
        is_late=bool(row.late),
        assessment=row.general_assessment,
        answers=tuple(_answer(entry, done) for entry in entries if entry.superior is not None),
    )


def _answer(entry: Row[Any], done: list[Hand]) -> Answer:
    review = next(
        (hand for hand in done if hand.organisation == entry.superior and hand.context.get("revision") == entry.revision and "decision" in hand.data), None
    )
    return Answer(
        superior=entry.superior,
        name=entry.name,
        status=entry.status,
        decided_at=entry.decided_at,
        reason=entry.answer or "",
        revise_by=str(review.data.get("revise_by", "")) if review else "",
        by=review.person if review else "",
    )


def last_values(connection: Connection, row: Row[Any], earlier: str | None) -> dict[tuple[str, str], int]:
    """Return what the same organisation reported in the period before, by directive and indicator; the newest revision."""
    if earlier is None:
        return {}
    sections = sections_where(connection, *_newest_of(row, earlier))
    return {(section.directive, figure.key): figure.value for section in sections for figure in section.figures if not figure.is_text}


def _newest_of(row: Row[Any], period: str) -> tuple[Any, ...]:
    same = (report.c.organisation == row.organisation) & (report.c.report_type == row.report_type) & (report.c.period == period)
    newest = select(report.c.revision).where(same).scalar_subquery()
    return report_section.c.report == select(report.c.id).where(same).scalar_subquery(), report_section.c.revision == newest


def _files(connection: Connection, report_id: str) -> tuple[SignedFile, ...]:
    query = (
        select(signed_file.c.document, signed_file.c.note, signed_file.c.attached_at, document.c.name)
        .join(document, document.c.sha256 == signed_file.c.document)
        .where(signed_file.c.report == report_id)
        .order_by(signed_file.c.attached_at)
    )
    return tuple(SignedFile(document=row.document, name=row.name, note=row.note, attached_at=row.attached_at) for row in connection.execute(query))
