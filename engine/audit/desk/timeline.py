"""The timeline of a directive and all its descendants: what was done, by operations, with what was refused and, when wanted, who looked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Connection, func, select

from engine.audit.desk.asked import STEPS, Asked, Sieve
from engine.audit.desk.family import Family, Head, head_of, subjects_of
from engine.audit.desk.names import Name
from engine.audit.desk.sight import remit_of
from engine.audit.desk.spans import beginning_of, end_of
from engine.audit.desk.told import Told, read, tell
from engine.audit.desk.walk import Found, Page, Way, moment_of, walk
from engine.history.record import ACCESS_LOG
from engine.history.series import offsets
from engine.history.transaction import Reading
from engine.storage.schema import history_record, stream_head

MOST_READS = 300  # looks that are shown beside a page of records


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowTimeline:
    """Ask for a page of a directive's timeline. `reads`: also who looked; `oldest`: the first records first; `start`: where the page before ended."""

    directive: str
    asked: Asked
    reads: bool = False
    oldest: bool = False
    start: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What one command left, or one person's looks one after the other (`reads`). `lead`: the record that tells most of it."""

    lead: Told
    records: tuple[Told, ...]
    reads: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A page. `total`: records of the whole stream; `on`: where to go on, "" at the end; `full`: whether the page ended because it was full,
    else it was looked through up to `looked`; `more_reads`: there were more looks than are shown; `unknown`: typed names that nobody has."""

    head: Head
    partial: bool
    total: int
    operations: tuple[Operation, ...]
    names: Mapping[str, Name]
    on: str
    full: bool
    looked: str | None
    more_reads: bool
    unknown: tuple[str, ...]


def answer_timeline(query: ShowTimeline, reading: Reading) -> Timeline:
    """Return a page of a timeline. Raises NotFound. Some thirty statements, however many records the directive has."""
    connection, asked = reading.connection, query.asked
    head = head_of(connection, query.directive)
    family, sieve = Family(connection, remit_of(reading), head), Sieve(connection, asked)
    way = Way(stream=head.root, start=query.start, oldest=query.oldest, since=beginning_of(asked.since), until=end_of(asked.until))
    page = Page(records=(), on="", full=True, looked=None) if sieve.unknown else walk(connection, way, sieve.conditions(), _fitting(family, sieve))
    looks = _looks(connection, head, page, way, sieve) if query.reads and not sieve.unknown else []
    shown = sorted([*page.records, *looks[:MOST_READS]], key=lambda each: each.at, reverse=not query.oldest)
    told, names = tell(connection, [(each.log, each.seq, each.number, each.sealed, each.whole) for each in shown])
    return Timeline(
        head=head,
        partial=family.partial,
        total=_total(connection, head.root),
        operations=tuple(operations(told)),
        names=names,
        on=page.on,
        full=page.full,
        looked=page.looked,
        more_reads=len(looks) > MOST_READS,
        unknown=sieve.unknown,
    )


def operations(told: Sequence[Told]) -> Iterator[Operation]:
    """Yield records by what they belong to: one command's together, and the looks of one person that follow each other."""
    for (log, _belongs), some in groupby(told, key=_belonging):
        records = tuple(some)
        yield Operation(lead=_leading(records), records=records, reads=log.endswith("/access"))


def _belonging(record: Told) -> tuple[str, str]:
    if record.log.endswith("/access"):
        return record.log, str(record.sealed["actor"]["id"])
    return record.log, str(record.sealed["correlation"])


def _leading(records: Sequence[Told]) -> Told:
    """Return the record that people would tell of: what a person did, else what is no mere step, the first of them by number."""
    return min(records, key=lambda each: (each.sealed["actor"]["type"] != "person", each.sealed["action"] in STEPS, each.number))


def _fitting(family: Family, sieve: Sieve) -> Callable[[Found, bytes], bool]:
    def fits(found: Found, content: bytes) -> bool:
        return (family.whole or family.holds(found.sealed)) and sieve.fits(found.sealed, content)

    return fits


def _looks(connection: Connection, head: Head, page: Page, way: Way, sieve: Sieve) -> list[Found]:
    """Return who looked at it in the time that a page of records is about; one more than are shown, where there are more."""
    first, last = _span(connection, page, way)
    columns, before = history_record.c, offsets(connection, ACCESS_LOG)
    asked = select(*(each for each in columns if each.name not in ("record_hash", "key_id", "signature")))
    asked = asked.where(columns.log.in_(before), columns.subject.in_(subjects_of(head.id)))
    if sieve.people:
        asked = asked.where(columns.actor.in_(sieve.people))
    if first:
        asked = asked.where(columns.recorded_at >= first)
    if last:
        asked = asked.where(columns.recorded_at < last)
    moment = columns.recorded_at if way.oldest else columns.recorded_at.desc()
    found = []
    for row in connection.execute(asked.order_by(moment, columns.seq if way.oldest else columns.seq.desc()).limit(MOST_READS + 1)):
        sealed, whole = read(row)
        found.append(Found(log=row.log, seq=row.seq, number=before[row.log] + row.seq, place=row.seq, at=row.recorded_at, sealed=sealed, whole=whole))
    return found


def _span(connection: Connection, page: Page, way: Way) -> tuple[str | None, str | None]:
    """Return from when (included) to when a page reaches, so that every look stands on one page: its neighbours meet where it ends."""
    begun = moment_of(connection, way, way.start) if way.start else None
    ended = moment_of(connection, way, page.on) if page.on else None
    first, last = (begun, ended) if way.oldest else (ended, begun)
    return first or way.since, last or way.until


def _total(connection: Connection, root: str) -> int:
    query = select(func.coalesce(func.sum(stream_head.c.stream_seq), 0)).where(stream_head.c.stream == root)
    return int(connection.execute(query).scalar_one())
