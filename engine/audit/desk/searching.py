"""The search over the whole history: by person, organisation, element, field, value, words, action, time, outcome and directive.

What an auditor may see of it is what belongs to their remit. A page looks through a bounded part of the history and says which.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from engine.audit.desk.asked import Asked, Sieve
from engine.audit.desk.family import Family, Head, head_of
from engine.audit.desk.names import Name
from engine.audit.desk.sight import Remit, Sight, remit_of
from engine.audit.desk.spans import beginning_of, end_of
from engine.audit.desk.told import Told, tell
from engine.audit.desk.walk import SPAN, Found, Page, Way, walk
from engine.history.record import ACCESS_LOG, LOG
from engine.history.transaction import Reading
from engine.kernel.vietnamese import fold
from engine.storage.schema import directive

MOST_LETTERS = 20  # directives that a typed number may stand for
LOOKED_THROUGH = 5_000  # records that are read for a page, where each has to be


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHistory:
    """Ask for a page of what fits. `directive`: what somebody typed of its number, or its id; `reads`: in who looked, instead of what was done."""

    asked: Asked
    directive: str = ""
    reads: bool = False
    oldest: bool = False
    start: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """A page of records. `on`, `full`, `looked`: as of a timeline; `directives`: those that the typed number may mean, of which the first was
    searched; `unknown`: what was typed and stands for nothing."""

    records: tuple[Told, ...]
    names: Mapping[str, Name]
    on: str
    full: bool
    looked: str | None
    span: int
    directives: tuple[Head, ...]
    unknown: tuple[str, ...]
    partial: bool


def answer_search(query: SearchHistory, reading: Reading) -> Hits:
    """Return a page of what fits."""
    connection, asked, remit = reading.connection, query.asked, remit_of(reading)
    sieve = Sieve(connection, asked)
    letters = _letters(connection, query.directive)
    unknown = (*sieve.unknown, *(("directive",) if query.directive and not letters else ()))
    way = Way(
        stream=letters[0].root if letters else None,
        series=ACCESS_LOG if query.reads else LOG,
        start=query.start,
        oldest=query.oldest,
        since=beginning_of(asked.since),
        until=end_of(asked.until),
        looked_at=LOOKED_THROUGH,
    )
    fits = _fitting(connection, remit, sieve, Family(connection, remit, letters[0]) if letters else None)
    page = Page(records=(), on="", full=True, looked=None) if unknown else walk(connection, way, sieve.conditions(), fits)
    told, names = tell(connection, [(each.log, each.seq, each.number, each.sealed, each.whole) for each in page.records])
    return Hits(
        records=tuple(told),
        names=names,
        on=page.on,
        full=page.full,
        looked=page.looked,
        span=SPAN,
        directives=tuple(letters),
        unknown=unknown,
        partial=not remit.whole,
    )


def _fitting(connection: Connection, remit: Remit, sieve: Sieve, family: Family | None) -> Callable[[Found, bytes], bool]:
    sight = Sight(connection, remit)

    def fits(found: Found, content: bytes) -> bool:
        sealed = found.sealed
        if family is not None and not (family.whole or family.holds(sealed)):
            return False
        return sieve.fits(sealed, content) and sight.sees(sealed)

    return fits


def _letters(connection: Connection, typed: str) -> list[Head]:
    """Return the directives that a typed number may mean, the newest first; that very one, where there is one."""
    wanted = fold(typed).replace(" ", "")
    if not wanted:
        return []
    rows = connection.execute(select(directive.c.id, directive.c.code).order_by(directive.c.created_at.desc(), directive.c.id)).all()
    codes = [(row.id, fold(row.code).replace(" ", "")) for row in rows]
    exact = [identity for identity, code in codes if wanted == code or identity == typed.strip()]
    found = exact or [identity for identity, code in codes if wanted in code]
    return [head_of(connection, each) for each in found[:MOST_LETTERS]]
