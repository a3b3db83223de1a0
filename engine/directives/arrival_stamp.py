"""The stamp ĐẾN of an incoming letter: what Decree 30/2020 (annex IV) has written on it when it is registered.

Where letters are not on paper, the stamp is shown on the directive's page, and printed as a slip that goes with a paper copy.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from engine.history.transaction import Reading
from engine.kernel.errors import NotFound
from engine.storage.schema import assignment, directive, organisation, post, register_book, register_entry

INCOMING = "incoming"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintStamp:
    """Ask for the stamp that `organisation` put on a letter that it registered."""

    directive: str
    organisation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What stands on the stamp. `day`: of arrival, ISO text; `handed_to`: whom it was passed to, "" as long as nobody has."""

    organisation: str
    name: str
    number: int
    day: str
    handed_to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StampedLetter:
    """A stamp with the letter that it is on."""

    stamp: Stamp
    code: str
    doc_type: str
    issued_date: str
    issuer: str
    subject: str


def answer_stamp(query: PrintStamp, reading: Reading) -> StampedLetter:
    """Return the stamp of a letter. Raises NotFound for one that the organisation has not registered."""
    stamps = stamps_of(reading.connection, query.directive, [query.organisation])
    if not stamps:
        raise NotFound("Expected a letter that this organisation has entered in its register, but found none. Register it first.")
    row = reading.connection.execute(_letter(query.directive)).one()
    return StampedLetter(
        stamp=stamps[0], code=row.code, doc_type=row.doc_type, issued_date=row.issued_date, issuer=row.name, subject=row.subject
    )


def stamps_of(connection: Connection, directive_id: str, units: Collection[str]) -> tuple[Stamp, ...]:
    """Return the stamps that some organisations put on a letter, in the order of their names: in one statement."""
    if not units:
        return ()
    query = (
        select(organisation.c.id, organisation.c.name, register_entry.c.number, register_entry.c.entry_date, register_entry.c.handed_to)
        .add_columns(_handed_on(directive_id).label("leads"))
        .select_from(register_entry)
        .join(register_book, register_book.c.id == register_entry.c.register_book)
        .join(organisation, organisation.c.id == register_book.c.organisation)
        .where(register_entry.c.directive == directive_id, register_entry.c.voided_at.is_(None))
        .where(register_book.c.direction == INCOMING, organisation.c.id.in_(units))
        .order_by(organisation.c.name, register_entry.c.number)
    )
    return tuple(_stamp(row) for row in connection.execute(query))


def _stamp(row: Row[Any]) -> Stamp:
    return Stamp(organisation=row.id, name=row.name, number=row.number, day=row.entry_date[:10], handed_to=row.handed_to or row.leads or "")


def _handed_on(directive_id: str) -> Any:
    """Return the statement that names the posts to which the organisation of the stamp handed the letter."""
    posts = (
        select(post.c.title)
        .join(assignment, assignment.c.lead == post.c.id)
        .where(assignment.c.directive == directive_id, assignment.c.organisation == organisation.c.id)
        .correlate(organisation)
        .distinct()
        .order_by(post.c.title)
        .subquery()
    )
    return select(func.aggregate_strings(posts.c.title, ", ")).scalar_subquery()


def _letter(directive_id: str) -> Select[Any]:
    return (
        select(directive.c.code, directive.c.doc_type, directive.c.issued_date, directive.c.subject, organisation.c.name)
        .join(organisation, organisation.c.id == directive.c.issuer)
        .where(directive.c.id == directive_id)
    )
