"""The list of directives: what the actor's organisations issued or received, filtered, sorted and paged by the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from engine.access.remit import Sight, party, seen, sight_of
from engine.directives.progress import Progress, next_due, next_due_of, overdue, progress_of
from engine.history.transaction import Reading
from engine.kernel.vietnamese import collation_key, fold
from engine.storage.schema import directive, dispatch, organisation

PAGE = 50
MOST_BY_TEXT = 20_000  # directives whose subject is looked at for words: the newest
ISSUED, RECEIVED = "issued", "received"
SORTS: Mapping[str, tuple[ColumnElement[Any], ...]] = {
    "issued": (directive.c.issued_date,),
    "code": (directive.c.number, directive.c.symbol),
    "subject": (directive.c.subject,),
    "issuer": (organisation.c.name,),
    "due": (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDirectives:
    """One page (from 1) of the directives that the actor sees, as filtered. Days are ISO; "" leaves a filter out.

    `everywhere`: also those issued below the actor's organisations; else only what these issued or received themselves.
    """

    everywhere: bool = False
    direction: str = ""
    issuer: str = ""
    status: str = ""
    doc_type: str = ""
    overdue: bool = False
    since: str = ""
    until: str = ""
    text: str = ""
    sort: str = "issued"
    descending: bool = True
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One directive of the list. `due`: the next day on which something is due; `receipt`: how it stands with the actor's own organisation."""

    id: str
    code: str
    doc_type: str
    subject: str
    issued_date: str
    issuer: str
    issuer_name: str
    status: str
    issued: bool
    receipt: str | None
    recipients: int
    due: str | None
    progress: Progress | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A page of the list; `issuers` (id, name) and `doc_types` are what can be filtered by."""

    lines: tuple[Line, ...]
    total: int
    page: int
    issuers: tuple[tuple[str, str], ...]
    doc_types: tuple[str, ...]
    reaches_below: bool

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PAGE))


def answer_listing(query: ListDirectives, reading: Reading) -> Listing:
    """Return a page of what the actor sees: seven statements, whatever the number of directives and recipients."""
    connection, sight = reading.connection, sight_of(reading)
    mine = seen(sight) if query.everywhere else party(sight)
    wanted = _filtered(query, sight).where(mine)
    if query.text.strip():
        wanted = wanted.where(directive.c.id.in_(_with_words(connection, mine, query.text)))
    total = connection.execute(select(func.count()).select_from(wanted.subquery())).scalar_one()
    page = max(1, min(query.page, -(-total // PAGE) or 1))
    ids = list(connection.execute(_sorted(wanted, query).limit(PAGE).offset((page - 1) * PAGE)).scalars())
    issuers, doc_types = _choices(connection, mine)
    lines = _lines(connection, ids, sight)
    return Listing(lines=lines, total=total, page=page, issuers=issuers, doc_types=doc_types, reaches_below=bool(sight.heads))


def _filtered(query: ListDirectives, sight: Sight) -> Select[Any]:
    wanted = select(directive.c.id)
    if query.direction == ISSUED:
        wanted = wanted.where(directive.c.issuer.in_(sight.own))
    if query.direction == RECEIVED:
        wanted = wanted.where(directive.c.id.in_(select(dispatch.c.directive).where(dispatch.c.organisation.in_(sight.own))))
    for column, value in ((directive.c.issuer, query.issuer), (directive.c.status, query.status), (directive.c.doc_type, query.doc_type)):
        if value:
            wanted = wanted.where(column == value)
    if query.since:
        wanted = wanted.where(directive.c.issued_date >= query.since)
    if query.until:
        wanted = wanted.where(directive.c.issued_date <= query.until)
    return wanted.where(overdue(sight.day)) if query.overdue else wanted


def _with_words(connection: Connection, mine: ColumnElement[bool], text: str) -> list[str]:
    """Return those whose code, subject or issuer holds every word: folded here, because no database folds đ (DOMAIN.md 6)."""
    words = fold(text).split()
    rows = connection.execute(
        select(directive.c.id, directive.c.code, directive.c.subject, organisation.c.name)
        .join(organisation, organisation.c.id == directive.c.issuer)
        .where(mine)
        .order_by(directive.c.issued_date.desc(), directive.c.id)
        .limit(MOST_BY_TEXT)
    )
    return [row.id for row in rows if all(word in fold(f"{row.code} {row.subject} {row.name}") for word in words)]


def _sorted(wanted: Select[Any], query: ListDirectives) -> Select[Any]:
    by = query.sort if query.sort in SORTS else "issued"
    if by == "due":
        dues = next_due(wanted).subquery()
        ordered = wanted.outerjoin(dues, dues.c.directive == directive.c.id)
        return ordered.order_by(dues.c.due.is_(None), dues.c.due.desc() if query.descending else dues.c.due, directive.c.id)
    if by == "issuer":
        wanted = wanted.join(organisation, organisation.c.id == directive.c.issuer)
    return wanted.order_by(*(column.desc() if query.descending else column for column in SORTS[by]), directive.c.id.desc())


def _choices(connection: Connection, mine: ColumnElement[bool]) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    rows = connection.execute(
        select(directive.c.issuer, organisation.c.name, directive.c.doc_type)
        .join(organisation, organisation.c.id == directive.c.issuer)
        .where(mine)
        .distinct()
        .limit(1000)
    ).all()
    issuers = sorted({(row.issuer, row.name) for row in rows}, key=lambda pair: collation_key(pair[1]))
    return tuple(issuers), tuple(sorted({row.doc_type for row in rows}, key=collation_key))


def _lines(connection: Connection, ids: Sequence[str], sight: Sight) -> tuple[Line, ...]:
    if not ids:
        return ()
    recipients = select(func.count()).where(dispatch.c.directive == directive.c.id).scalar_subquery()
    receipt = (
        select(func.min(dispatch.c.status)).where(dispatch.c.directive == directive.c.id, dispatch.c.organisation.in_(sight.own)).scalar_subquery()
    )
    query = (
        select(directive, organisation.c.name.label("issuer_name"), recipients.label("recipients"), receipt.label("receipt"))
        .join(organisation, organisation.c.id == directive.c.issuer)
        .where(directive.c.id.in_(ids))
    )
    rows = {row.id: row for row in connection.execute(query)}
    progress, dues = progress_of(connection, ids, sight.day), next_due_of(connection, ids)
    return tuple(
        Line(
            id=row.id,
            code=row.code,
            doc_type=row.doc_type,
            subject=row.subject,
            issued_date=row.issued_date,
            issuer=row.issuer,
            issuer_name=row.issuer_name,
            status=row.status,
            issued=row.issuer in sight.own,
            receipt=row.receipt,
            recipients=row.recipients,
            due=dues.get(row.id) if row.status == "issued" else None,
            progress=progress.get(row.id),
        )
        for row in (rows[each] for each in ids)
    )
