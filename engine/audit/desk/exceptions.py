"""What an auditor looks at first: records that are allowed and not usual, found by rules over the sealed records (AUDIT.md 6.5).

Only a run of the newest records of the period is read, so that a long history costs no more than a short one; how far, is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, LargeBinary, Select, and_, func, literal, or_, select

from engine.audit.desk import rules
from engine.audit.desk.both_sides import COMPLETED, forbidden_pairs
from engine.audit.desk.gaps import Gap, gaps
from engine.audit.desk.names import Name, names_of
from engine.audit.desk.returns import returned_often
from engine.audit.desk.sight import Remit, owners, remit_of
from engine.audit.desk.spans import Span, newest, read_day, spans_of, within
from engine.history.record import opened
from engine.history.transaction import Reading
from engine.kernel.actor import SYSTEM
from engine.kernel.clock import local_date
from engine.kernel.errors import InvalidInput
from engine.storage.schema import history_record

LOOKED_THROUGH = 50_000  # records that one look reads
USUAL_PERIOD = timedelta(days=90)  # until today, where none is asked for
USUAL_RETURNS = 2
PAGE = 50
AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowExceptions:
    """Ask for the exceptions of a period. `since`, `until`: days (ISO), both included, or empty; `returns`: how often is often; `kind`: all when empty."""

    kind: str = ""
    since: str = ""
    until: str = ""
    returns: int = USUAL_RETURNS
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One exception: the record that shows it, and what its rule says of it (rules.py)."""

    kind: str
    log: str
    seq: int
    at: str
    action: str
    subject: tuple[str, str]  # type and id
    actor: Mapping[str, Any]
    directive: str | None
    reason: str
    told: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """Every exception of a period, the newest first, by kind; gaps beside them, since no record shows what was not done.

    `skipped`: records of the period that were not read, because they are older than the newest ones that one look reads.
    """

    found: Mapping[str, Sequence[Found]]
    gaps: Sequence[Gap]
    spans: Sequence[Span]
    skipped: int
    since: date
    until: date

    @property
    def counts(self) -> dict[str, int]:
        """How many of each kind."""
        return {kind: len(self.gaps) if kind == rules.GAP else len(self.found.get(kind, ())) for kind in rules.KINDS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exceptions:
    """One page of the exceptions. `names`: what the ids in it are called; `total`: of the chosen kind, or of all."""

    query: ShowExceptions
    looked: Looked
    rows: Sequence[Found]
    total: int
    names: Mapping[str, Name]

    @property
    def pages(self) -> int:
        """How many pages the chosen kind has."""
        return max(1, -(-self.total // PAGE))


def answer_exceptions_of_period(query: ShowExceptions, reading: Reading) -> Exceptions:
    """Return one page. Raises InvalidInput for a period or a kind that is none."""
    if query.kind and query.kind not in rules.KINDS:
        raise InvalidInput(f"Expected one of {', '.join(rules.KINDS)}, but found {query.kind!r}. Choose one of them.")
    looked = look_through(query, reading)
    chosen = [query.kind] if query.kind else list(rules.KINDS)
    rows = sorted((each for kind in chosen for each in looked.found.get(kind, ())), key=lambda each: (each.at, each.seq), reverse=True)
    shown = rows[PAGE * (query.page - 1) :][:PAGE] if query.page > 0 else []
    named = {identity for each in shown for identity in (each.subject[1], each.directive, each.actor["id"], each.actor.get("unit")) if identity}
    return Exceptions(query=query, looked=looked, rows=shown, total=len(rows), names=names_of(reading.connection, named))


def look_through(query: ShowExceptions, reading: Reading) -> Looked:
    """Return every exception of the period that the actor may see. Raises InvalidInput for a period that is none."""
    connection, remit = reading.connection, remit_of(reading)
    since, until = _period(query, local_date(reading.now))
    whole = spans_of(connection, since, until)
    spans = newest(whole, LOOKED_THROUGH)
    found: dict[str, list[Found]] = {}
    for each in _by_record(connection, spans, remit):
        found.setdefault(each.kind, []).append(each)
    found[rules.BOTH_SIDES] = _newest_first([*found.get(rules.BOTH_SIDES, ()), *_pairs(connection, spans, remit)])
    found[rules.RETURNED] = _often(connection, found.get(rules.RETURNED, []), query.returns)
    skipped = sum(each.count for each in whole) - sum(each.count for each in spans)
    return Looked(found=found, gaps=gaps(connection, reading.now, since, until), spans=spans, skipped=skipped, since=since, until=until)


def _period(query: ShowExceptions, today: date) -> tuple[date, date]:
    until = read_day(query.until) or today
    since = read_day(query.since) or until - USUAL_PERIOD
    if since > until:
        raise InvalidInput(f"Expected a period that begins before it ends, but found {since} to {until}. Exchange the two days.")
    return since, until


def _by_record(connection: Connection, spans: list[Span], remit: Remit) -> Iterator[Found]:
    """Yield what the rules find of the actor's records, the newest first."""
    piece: list[tuple[Mapping[str, Any], dict[str, dict[str, Any]]]] = []
    for row in connection.execute(_candidates(connection, spans).execution_options(yield_per=AT_ONCE)):
        try:
            sealed = opened(row.body)
            kinds = rules.kinds_of(sealed)
        except (ValueError, KeyError, TypeError):  # bytes that are no record: a check of the history names them
            continue
        if kinds:
            piece.append((sealed, kinds))
        if len(piece) == AT_ONCE:
            yield from _seen(connection, piece, remit)
            piece = []
    yield from _seen(connection, piece, remit)


def _seen(connection: Connection, piece: Sequence[tuple[Mapping[str, Any], dict[str, dict[str, Any]]]], remit: Remit) -> list[Found]:
    known = {} if remit.whole else owners(connection, {sealed["instance"] for sealed, _ in piece if sealed["instance"]})
    mine = ((sealed, kinds) for sealed, kinds in piece if remit.sees(sealed, known.get(sealed["instance"])))
    return [found_of(kind, sealed, told) for sealed, kinds in mine for kind, told in kinds.items()]


def _candidates(connection: Connection, spans: list[Span]) -> Select[Any]:
    """The records of the spans that a rule may name: by what is in the columns, or by a word that stands in few other records.

    What costs less is asked first: a database leaves the rest when it is so.
    """
    columns, tells = history_record.c, partial(_tells, connection)
    substitute = and_(columns.actor != SYSTEM.id, tells("delegation"))
    exempted = and_(columns.action == COMPLETED, tells("exempted"))
    maybe = or_(columns.action.in_(sorted(rules.ACTIONS)), columns.outcome == "denied", exempted, substitute, tells("occurred_source"))
    chosen: Select[Any] = select(columns.body).where(within(spans), maybe)
    return chosen.order_by(columns.recorded_at.desc(), columns.seq.desc())


def _tells(connection: Connection, word: str) -> ColumnElement[bool]:
    """Return the condition that a word stands in quotes in the sealed bytes: a field that holds what is usual is not there at all."""
    sought = f'"{word}"'
    if connection.dialect.name == "postgresql":
        return history_record.c.body.op("LIKE")(literal(f"%{sought}%".encode(), LargeBinary))
    return func.instr(history_record.c.body, literal(sought.encode(), LargeBinary)) > 0


def found_of(kind: str, sealed: Mapping[str, Any], told: Mapping[str, Any]) -> Found:
    """Return a record as an exception of a kind."""
    directive = next((each["id"] for each in sealed["objects"] if (each["type"], each["qualifier"]) == ("directive", "root")), None)
    subject = sealed["subject"] if sealed["subject"]["type"] != "extension" or not sealed["objects"] else sealed["objects"][0]  # of what
    return Found(
        kind=kind,
        log=sealed["log"],
        seq=sealed["seq"],
        at=sealed["recorded_at"],
        action=sealed["action"],
        subject=(subject["type"], subject["id"]),
        actor=sealed["actor"],
        directive=directive or (subject["id"] if subject["type"] == "directive" else None),
        reason=str((sealed["reason"] or {}).get("text", "")),
        told=told,
    )


def _pairs(connection: Connection, spans: list[Span], remit: Remit) -> list[Found]:
    """Return the acts that the separation of duties forbids and nothing has exempted: found in the log itself, whoever let them through."""
    return _seen(connection, [(sealed, {rules.BOTH_SIDES: told}) for sealed, told in forbidden_pairs(connection, spans)], remit)


def _often(connection: Connection, returned: Sequence[Found], number: int) -> list[Found]:
    """Return the last return of each thing that was returned so often in its whole life."""
    times = returned_often(connection, {each.subject for each in returned})
    latest: dict[tuple[str, str], Found] = {}
    for each in returned:  # the newest comes first
        latest.setdefault(each.subject, each)
    return [
        replace(each, told={"times": times[subject]})
        for subject, each in latest.items()
        if times[subject] >= max(1, number)
    ]


def _newest_first(found: Sequence[Found]) -> list[Found]:
    return sorted(found, key=lambda each: (each.at, each.seq), reverse=True)
