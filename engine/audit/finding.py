"""Finding by words, without marks: over what the actor may open, the newest first, what has the very marks before what has not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import CTE, ColumnElement, Row, Select, and_, exists, false, func, or_, select

from engine.access.authorise import granted
from engine.access.places import Place, places_of
from engine.access.remit import covered, seen, sight_of
from engine.audit.texts import COMMENT, DIRECTIVE, DOCUMENT, REPORT, TASK, behind, folded
from engine.history.transaction import Reading
from engine.kernel.vietnamese import nfc, skeleton
from engine.storage.schema import directive, organisation, search_text, submission, user_task

PAGE = 20
MOST = 500  # found texts that are looked at more closely
LOOKED_AT = 2_000  # characters of each in which the very marks are looked for
AROUND = 110  # characters shown before and after the first word
MOST_WORDS = 12
_QUERY = re.compile(r'"([^"]+)"|(\S+)')


@dataclass(frozen=True, slots=True, kw_only=True)
class FindTexts:
    """Texts that hold every word (a word may be its beginning; "several words" in quotes stand together). Days are ISO; page from 1."""

    text: str
    kind: str = ""
    since: str = ""
    until: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One found text. `pieces`: parts of the excerpt, and whether each is one of the words that were asked for."""

    kind: str
    subject: str
    directive: str | None
    instance: str | None
    organisation: str | None
    title: tuple[tuple[str, bool], ...]
    pieces: tuple[tuple[str, bool], ...]
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`counts`: how many of each kind, at most MOST in all (`more`: there are others). `behind`: records that are not searched yet."""

    hits: tuple[Hit, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    total: int = 0
    more: bool = False
    page: int = 1
    behind: int = 0

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PAGE))


def answer_found(query: FindTexts, reading: Reading) -> Found:
    """Return a page of what is found: nine statements, whatever there is."""
    late = behind(reading.connection)
    wanted = terms(query.text)
    if not wanted:
        return Found(behind=late)
    dialect = reading.connection.dialect.name
    conditions = [_holds(each, dialect) for each in wanted]
    if query.since:
        conditions.append(search_text.c.at >= query.since)
    if query.until:
        conditions.append(search_text.c.at < query.until + "T99")
    held = _held(conditions)
    newest: Select[Any] = (
        select(held.c.kind, held.c.subject, search_text.c.title, func.substr(search_text.c.text, 1, LOOKED_AT).label("text"))
        .join(search_text, and_(search_text.c.kind == held.c.kind, search_text.c.subject == held.c.subject))
        .where(held.c.subject.in_(_newest_seen(held, reading)))
        .order_by(held.c.at.desc(), held.c.subject)
    )
    rows = reading.connection.execute(newest).all()
    counts = Counter(row.kind for row in rows[:MOST])
    kept = [row for row in rows[:MOST] if not query.kind or row.kind == query.kind]
    kept.sort(key=lambda row: not _has_marks(row, query.text))
    page = max(1, min(query.page, -(-len(kept) // PAGE) or 1))
    shown = kept[(page - 1) * PAGE : page * PAGE]
    return Found(hits=_hits(reading, shown, wanted), counts=counts, total=len(kept), more=len(rows) > MOST, page=page, behind=late)


def _held(conditions: Sequence[ColumnElement[bool]]) -> CTE:
    """Return what holds the words, found in one way through the texts before anything else is asked of it."""
    columns = search_text.c
    found = select(columns.kind, columns.subject, columns.directive, columns.organisation, columns.role, columns.at).where(*conditions)
    return found.cte("held").prefix_with("MATERIALIZED")


def _newest_seen(held: CTE, reading: Reading) -> Select[Any]:
    return select(held.c.subject).where(_may_see(held, reading)).order_by(held.c.at.desc(), held.c.subject).limit(MOST + 1)


def terms(text: str) -> list[str]:
    """Return the words and phrases of a question, folded."""
    found = [folded(phrase or word).strip() for phrase, word in _QUERY.findall(text)]
    return [each for each in dict.fromkeys(found) if each][:MOST_WORDS]


def _holds(term: str, dialect: str) -> ColumnElement[bool]:
    """Return the condition that a text holds a term at the beginning of a word."""
    place = func.instr if dialect == "sqlite" else func.strpos
    return place(search_text.c.folded, f" {term}") > 0


def _has_marks(row: Row[Any], text: str) -> bool:
    told = nfc(f"{row.title} {row.text}").lower()
    return all(word in told for word in nfc(text).lower().replace('"', " ").split())


def _may_see(held: CTE, reading: Reading) -> ColumnElement[bool]:
    """Return the condition that the page of a text may be opened: as the permission of each kind of page has it."""
    columns, letters = held.c, sight_of(reading)
    cases, reports = sight_of(reading, "case.see"), sight_of(reading, "report.see")
    sent = exists().where(submission.c.report == columns.subject, submission.c.superior.in_(reports.own))
    return or_(
        and_(columns.kind.in_((DIRECTIVE, DOCUMENT)), columns.directive.in_(select(directive.c.id).where(seen(letters)))),
        and_(columns.kind == TASK, _my_tasks(held, reading)),
        and_(columns.kind == REPORT, or_(covered(reports, columns.organisation), sent)),
        and_(columns.kind == COMMENT, covered(cases, columns.organisation)),
    )


def _my_tasks(held: CTE, reading: Reading) -> ColumnElement[bool]:
    """Tasks of one's roles where one stands, all tasks where the matrix says so, those of bodies that one's office represents."""
    day = sight_of(reading).day
    allowed = granted(reading.connection, reading.actor.id, day, "task.see")
    whole = [unit for unit, relation in allowed if relation == "own"]
    represented = select(organisation.c.id).where(organisation.c.represented_by.in_([unit for unit, relation in allowed if relation == "represents"]))
    own = [_in_lane(held, place) for place in places_of(reading.connection, reading.actor.id, day)]
    kept = exists().where(user_task.c.id == held.c.subject, user_task.c.status != "cancelled")
    return and_(or_(held.c.organisation.in_(whole), held.c.organisation.in_(represented), *own, false()), kept)


def _in_lane(held: CTE, place: Place) -> ColumnElement[bool]:
    return and_(held.c.organisation == place.organisation, held.c.role.in_(["", *sorted(place.roles)]))


def _hits(reading: Reading, shown: Sequence[Row[Any]], wanted: list[str]) -> tuple[Hit, ...]:
    """Read the whole texts of a page, and cut out what surrounds the words."""
    if not shown:
        return ()
    columns = search_text.c
    subjects = [row.subject for row in shown]
    query = (
        select(columns.kind, columns.subject, columns.directive, columns.instance, columns.title, columns.text, columns.at, organisation.c.name)
        .outerjoin(organisation, organisation.c.id == columns.organisation)
        .where(columns.subject.in_(subjects))
    )
    known = {(row.kind, row.subject): row for row in reading.connection.execute(query)}
    pattern = re.compile("|".join(rf"(?<![0-9a-z]){_loosely(each)}[0-9a-z]*" for each in sorted(wanted, key=len, reverse=True)))
    found = [known[(row.kind, row.subject)] for row in shown]
    return tuple(
        Hit(
            kind=row.kind,
            subject=row.subject,
            directive=row.directive,
            instance=row.instance,
            organisation=row.name,
            title=_marked(row.title, pattern),
            pieces=_marked(_excerpt(row.text, pattern), pattern),
            at=row.at,
        )
        for row in found
    )


def _loosely(term: str) -> str:
    """Return the pattern of a term in an unfolded text: between its words stands whatever is no letter."""
    return r"[^0-9a-z]+".join(re.escape(word) for word in term.split())


def _excerpt(text: str, pattern: re.Pattern[str]) -> str:
    """Return what surrounds the first word, on one line; the beginning when the words stand in the title only."""
    plain = nfc(text)
    found = pattern.search(skeleton(plain))
    first = found.start() if found else 0
    begin, end = max(0, first - AROUND), min(len(plain), first + 2 * AROUND)
    begin = plain.rfind(" ", 0, begin) + 1 if begin else 0
    return ("… " if begin else "") + " ".join(plain[begin:end].split()) + (" …" if end < len(plain) else "")


def _marked(text: str, pattern: re.Pattern[str]) -> tuple[tuple[str, bool], ...]:
    """Cut a text into pieces: the words that were asked for, and what stands between them."""
    plain = nfc(text)
    pieces, here = [], 0
    for found in pattern.finditer(skeleton(plain)):
        if found.start() > here:
            pieces.append((plain[here : found.start()], False))
        pieces.append((plain[found.start() : found.end()], True))
        here = found.end()
    return (*pieces, (plain[here:], False)) if here < len(plain) else tuple(pieces)
