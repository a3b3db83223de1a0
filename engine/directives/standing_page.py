"""What stands on the pages of one directive: the head that all share, and the parts that each have an address of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, func, literal, or_, select, union_all

from engine.access.remit import Sight, sight_of
from engine.directives.arrival_stamp import Stamp, stamps_of
from engine.directives.progress import Progress, next_due_of, progress_of
from engine.directives.starting import ListStarts, Start, answer_starts
from engine.history.transaction import Reading
from engine.kernel.errors import NotFound
from engine.kernel.vietnamese import collation_key
from engine.storage.schema import (
    change_request,
    citation,
    difficulty,
    directive,
    directive_attachment,
    directive_item,
    dispatch,
    document,
    extension,
    milestone,
    organisation,
    person,
    reminder,
    signed_file,
)

DELIVERED, REFUSED, COMPLETED, WITHDRAWN = "01", "02", "06", "15"  # exchange codes (DOMAIN.md 2.10)
ON_ITS_WAY = ("00", DELIVERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowDirective:
    """The letter itself: its items, files, what it rests on and what rests on it."""

    directive: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mine:
    """One of the actor's own organisations that is a party. `status`: of its receipt; None for the issuer."""

    organisation: str
    name: str
    status: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Who, what, by when, and how it stands: the top of every page of a directive. `receipts`: how many recipients have which exchange code."""

    id: str
    root: str
    code: str
    doc_type: str
    subject: str
    issued_date: str
    sunset: str
    status: str
    process: str
    issuer: str
    issuer_name: str
    parent: str | None
    document: str | None
    document_name: str | None
    reading: str | None
    mine: tuple[Mine, ...]
    receipts: dict[str, int]
    progress: Progress | None
    due: str | None
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def recipients(self) -> int:
        """How many organisations it went to."""
        return sum(self.receipts.values())

    @property
    def taken_in(self) -> int:
        """How many have registered it."""
        return sum(count for code, count in self.receipts.items() if code not in (*ON_ITS_WAY, REFUSED))

    @property
    def is_issuer(self) -> bool:
        """Whether one of the actor's own organisations issued it."""
        return any(each.status is None for each in self.mine)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """The part of the letter. `links`: other letters with how they stand to it (parent, child, attached, follows_up, followed_by); `stamps`: of the actor's own organisations."""

    head: Head
    items: tuple[Row[Any], ...]
    links: tuple[Row[Any], ...]
    citations: tuple[Row[Any], ...]
    signed_files: tuple[Row[Any], ...]
    starts: tuple[Start, ...] = ()
    stamps: tuple[Stamp, ...]


def answer_directive(query: ShowDirective, reading: Reading) -> Letter:
    """Return the letter with what hangs on it."""
    connection, mine = reading.connection, query.directive
    items = select(directive_item).where(directive_item.c.directive == mine).order_by(directive_item.c.id)
    cited = select(citation).where(citation.c.directive == mine).order_by(citation.c.relation, citation.c.code)
    files = (
        select(signed_file, document.c.name, document.c.size, person.c.name.label("by"))
        .join(document, document.c.sha256 == signed_file.c.document)
        .join(person, person.c.id == signed_file.c.attached_by)
        .where(signed_file.c.directive == mine)
        .order_by(signed_file.c.attached_at)
    )
    head = head_of(reading, mine)
    return Letter(
        head=head,
        starts=answer_starts(ListStarts(directive=mine), reading) if head.mine else (),
        items=tuple(sorted(connection.execute(items).all(), key=lambda row: collation_key(row.item_no))),
        links=_links(connection, mine),
        citations=tuple(connection.execute(cited)),
        signed_files=tuple(connection.execute(files)),
        stamps=stamps_of(connection, mine, sight_of(reading).own),
    )


MOST_LINKS = 200


def _links(connection: Connection, mine: str) -> tuple[Row[Any], ...]:
    columns: list[Any] = [directive.c.id, directive.c.code, directive.c.subject, directive.c.issued_date, directive.c.status]
    columns.append(organisation.c.name.label("issuer_name"))
    own = directive.alias("own")
    letters = directive.join(organisation, organisation.c.id == directive.c.issuer)
    hung = select(directive_attachment.c.attached).where(directive_attachment.c.directive == mine)
    kinds = (
        ("parent", directive.c.id.in_(select(own.c.parent).where(own.c.id == mine))),
        ("follows_up", directive.c.id.in_(select(own.c.follows_up).where(own.c.id == mine))),
        ("attached", directive.c.id.in_(hung)),
        ("followed_by", directive.c.follows_up == mine),
        ("child", directive.c.parent == mine),
    )
    every = union_all(*(select(literal(kind).label("kind"), *columns).select_from(letters).where(where) for kind, where in kinds)).subquery()
    return tuple(connection.execute(select(every).order_by(every.c.kind, every.c.issued_date, every.c.issuer_name, every.c.id).limit(MOST_LINKS)))


def head_of(reading: Reading, directive_id: str) -> Head:
    """Return the head of a directive's pages. Raises NotFound. Six statements, whatever the number of recipients."""
    connection, sight = reading.connection, sight_of(reading)
    row = _letter(connection, directive_id)
    counted = select(dispatch.c.status, func.count().label("n")).where(dispatch.c.directive == directive_id).group_by(dispatch.c.status)
    receipts = {row.status: row.n for row in connection.execute(counted)}
    return Head(
        id=row.id,
        root=row.root,
        code=row.code,
        doc_type=row.doc_type,
        subject=row.subject,
        issued_date=row.issued_date,
        sunset=row.sunset,
        status=row.status,
        process=row.process,
        issuer=row.issuer,
        issuer_name=row.issuer_name,
        parent=row.parent,
        document=row.document,
        document_name=row.document_name,
        reading=row.reading,
        mine=_mine(connection, row, sight),
        receipts=receipts,
        progress=progress_of(connection, [directive_id], sight.day).get(directive_id),
        due=next_due_of(connection, [directive_id]).get(directive_id) if row.status == "issued" else None,
        counts={name: getattr(row, f"n_{name}") for name in _COUNTED},
    )


_COUNTED = {
    "difficulties": select(func.count()).where(difficulty.c.directive == directive.c.id, difficulty.c.status != "answered"),
    "extensions": select(func.count()).where(extension.c.directive == directive.c.id, extension.c.decision.is_(None)),
    "changes": select(func.count()).where(change_request.c.directive == directive.c.id),
    "milestones": select(func.count()).where(milestone.c.directive == directive.c.id),
    "urges": select(func.count()).where(reminder.c.directive == directive.c.id, reminder.c.urge_level > 0),
}


def _letter(connection: Connection, directive_id: str) -> Row[Any]:
    counts = (query.correlate(directive).scalar_subquery().label(f"n_{name}") for name, query in _COUNTED.items())
    query = (
        select(directive, organisation.c.name.label("issuer_name"), document.c.name.label("document_name"), *counts)
        .join(organisation, organisation.c.id == directive.c.issuer)
        .outerjoin(document, document.c.sha256 == directive.c.document)
        .where(directive.c.id == directive_id)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"Expected the id of a directive, but found {directive_id!r}, which none has.")
    return row


def _mine(connection: Connection, row: Row[Any], sight: Sight) -> tuple[Mine, ...]:
    if not sight.own:
        return ()
    query = (
        select(organisation.c.id, organisation.c.name, dispatch.c.status)
        .outerjoin(dispatch, (dispatch.c.organisation == organisation.c.id) & (dispatch.c.directive == row.id))
        .where(organisation.c.id.in_(sight.own), or_(organisation.c.id == row.issuer, dispatch.c.id.is_not(None)))
        .order_by(organisation.c.id != row.issuer, organisation.c.name)
    )
    found = connection.execute(query)
    return tuple(Mine(organisation=each.id, name=each.name, status=None if each.id == row.issuer else each.status) for each in found)
