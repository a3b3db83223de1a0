"""That the history is taken out in another format: whose right it is, the record that says so, and the text of the file.

What an auditor takes out is what the auditor's pages show them; the system's own command takes out all. How far an export goes is
decided when it is recorded: what is written later, while the file is carried away, is not in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, Select, func, or_, select

from engine.access.remit import sight_of
from engine.audit.desk.sight import SEE, Remit, nearest_unit, owners, remit_of
from engine.audit.desk.spans import beginning_of, end_of
from engine.audit.exports.names import Names
from engine.audit.exports.ocel import ocel
from engine.audit.exports.prov import prov
from engine.audit.exports.records import Sealed, numbers_between, records_numbered, records_of_directive, root_of
from engine.audit.exports.spreadsheet import spreadsheet
from engine.audit.exports.xes import xes
from engine.history.record import Change, Fact, Subject, opened
from engine.history.transaction import Reading, Transaction
from engine.kernel.actor import Actor, ActorType
from engine.kernel.errors import InvalidInput, NotFound
from engine.storage.database import Database
from engine.storage.schema import directive, history_record, stream_head

EXPORTED = "history.exported"
HISTORY = Subject(type="history", id="history")
MOST_PURPOSE = 500  # letters
NEWEST = 20  # exports that the page lists
LOOKED_THROUGH = 500  # exports among which those are looked for that one may see
_CODES = 5  # directives of one number that are named in a refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format. `write`: yields the text, of which a record is about one line; `suffix`: of the file."""

    write: Callable[[Iterable[Sealed], Names], Iterator[str]]
    media_type: str
    suffix: str


FORMATS: Mapping[str, Format] = {
    "ocel": Format(write=ocel, media_type="application/json", suffix=".ocel.json"),
    "xes": Format(write=xes, media_type="application/xml", suffix=".xes"),
    "prov": Format(write=prov, media_type="application/json", suffix=".prov.json"),
    "csv": Format(write=spreadsheet, media_type="text/csv", suffix=".csv"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportHistory:
    """Take out the records of the cascade in which a directive stands (its id, or its number and symbol), or everything that one may see.

    `since`, `until`: the first and the last day in Vietnam, as ISO text. `purpose`: for what, in the words of who asks.
    """

    format: str
    directive: str = ""
    since: str = ""
    until: str = ""
    purpose: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowExports:
    """Ask what was taken out last. `directive`: of which one wants to take out something."""

    directive: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOut:
    """One export. `directive`: number and symbol of the root directive, or nothing; `records`: how many it goes through."""

    log: str
    record: int
    at: str
    by: str
    format: str
    directive: str
    since: str
    until: str
    records: int
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportsPage:
    """What was taken out last, the newest first. `directive`: number and symbol of that which was asked for; its id where others have the same."""

    exports: Sequence[TakenOut]
    directive: str


def directive_named(connection: Connection, text: str) -> str:
    """Return the id of the directive with this id, or with this number and symbol. Raises NotFound, and InvalidInput where several have it."""
    query = select(directive.c.id, directive.c.issued_date).where(or_(directive.c.id == text, directive.c.code == text)).order_by(directive.c.id)
    found = connection.execute(query.limit(_CODES + 1)).all()
    if not found:
        raise NotFound(f"Expected a directive with the number {text!r}, but found none. Look for it in the list of directives.")
    if len(found) > 1:
        told = ", ".join(f"{row.id} ({row.issued_date})" for row in found[:_CODES])
        raise InvalidInput(f"Expected one directive with the number {text!r}, but found several: {told}. Name the one that is meant by its id.")
    return str(found[0].id)


def unit_of_export(about: ExportHistory | ShowExports, reading: Reading) -> str | None:
    """Return by which organisation it is decided whether the actor may: that of the directive's record in the remit, or the actor's own."""
    if about.directive:
        return nearest_unit(reading.connection, remit_of(reading), directive_named(reading.connection, about.directive))
    return next(iter(sight_of(reading, SEE).own), None)


def decide_export(command: ExportHistory, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Return what records the export. Raises InvalidInput for another format, days that are none, or too long a purpose; NotFound."""
    if command.format not in FORMATS:
        raise InvalidInput(f"Expected one of the formats {', '.join(FORMATS)}, but found {command.format!r}. Choose one of them.")
    since, until, purpose = beginning_of(command.since), end_of(command.until), command.purpose.strip()
    if since and until and since >= until:
        raise InvalidInput(f"Expected a last day on or after {command.since}, but found {command.until}. Change one of the two.")
    if len(purpose) > MOST_PURPOSE:
        raise InvalidInput(f"Expected a purpose of at most {MOST_PURPOSE} letters, but found {len(purpose)}. Say it more shortly.")
    root = root_of(reading.connection, directive_named(reading.connection, command.directive)) if command.directive else ""

    def apply(transaction: Transaction) -> dict[str, Any]:
        numbers = numbers_between(transaction.connection, since=since, until=until)
        last = _ends(transaction.connection, root) if root else {}
        records = sum(last.values()) if root else sum(upper - lower for lower, upper in numbers.values())
        taken = {"format": command.format, "since": command.since, "until": command.until, "numbers": {log: list(each) for log, each in numbers.items()}, "records": records}
        changes = [Change(field=name, new=value) for name, value in taken.items() if value]
        objects = (Subject(type="directive", id=root, qualifier="root"),) if root else ()
        why = {"code": "purpose", "text": purpose} if purpose else None
        transaction.record(Fact(action=EXPORTED, subject=HISTORY, objects=objects, changes=tuple(changes), reason=why, streams=(root,) if root else ()))
        return {**taken, "root": root, "last": last}

    return apply


def written(database: Database, actor: Actor, now: datetime, answer: Mapping[str, Any]) -> Iterator[str]:
    """Yield the text of an export that was recorded with this `answer`: what the actor may see of it."""
    with database.reading() as connection:
        remit = _remit(Reading(connection=connection, now=now, actor=actor))
        yield from FORMATS[answer["format"]].write(_seen(connection, _chosen(connection, answer), remit), Names(connection))


def answer_exports(query: ShowExports, reading: Reading) -> ExportsPage:
    """Return what was taken out by whom one may look upon. Raises NotFound for a directive that there is not."""
    connection, names = reading.connection, Names(reading.connection)
    columns, remit = history_record.c, _remit(reading)
    found: Select[Any] = select(columns.log, columns.seq, columns.body).where(columns.subject == HISTORY.id, columns.action == EXPORTED, columns.outcome == "done")
    opened_rows = ((row, opened(row.body)) for row in connection.execute(found.order_by(columns.recorded_at.desc(), columns.seq.desc()).limit(LOOKED_THROUGH)))
    seen = ((row, told) for row, told in opened_rows if remit is None or told["actor"]["id"] == reading.actor.id or remit.sees(told, None))
    asked = _short(connection, names, directive_named(connection, query.directive)) if query.directive else ""
    return ExportsPage(exports=tuple(_taken_out(row, told, names) for row, told in islice(seen, NEWEST)), directive=asked)


def _short(connection: Connection, names: Names, identity: str) -> str:
    """Return by which word a directive is meant and no other one."""
    code = names.directive(identity)
    several = connection.execute(select(func.count()).where(directive.c.code == code)).scalar_one() > 1
    return identity if several else code


def _chosen(connection: Connection, answer: Mapping[str, Any]) -> Iterator[Sealed]:
    """Yield the records of an export: of a directive those whose number lies in the time that was asked for."""
    numbers = answer["numbers"]
    if not answer["root"]:
        yield from records_numbered(connection, numbers)
        return
    for sealed in records_of_directive(connection, answer["root"], last={**dict.fromkeys(numbers, 0), **answer["last"]}):
        after, last = numbers[sealed.log]
        if after < sealed.seq <= last:
            yield sealed


def _seen(connection: Connection, records: Iterable[Sealed], remit: Remit | None) -> Iterator[Sealed]:
    """Yield those of the records that lie in a remit; all of them without one."""
    known: dict[str, str | None] = {}
    for sealed in records:
        if remit is None or remit.whole:
            yield sealed
            continue
        told = sealed.opened()
        case = told["instance"]
        if case and case not in known:
            known[case] = owners(connection, {case}).get(case)
        if remit.sees(told, known.get(case)):
            yield sealed


def _remit(reading: Reading) -> Remit | None:
    """Return how far the actor sees; None for the system itself, which sees all."""
    return remit_of(reading) if reading.actor.type is ActorType.PERSON else None


def _taken_out(row: Row[Any], told: Mapping[str, Any], names: Names) -> TakenOut:
    said = {change["field"]: change["new"] for change in told["changes"]}
    root = next((each["id"] for each in told["objects"] if each["type"] == "directive"), "")
    return TakenOut(
        log=row.log,
        record=row.seq,
        at=told["recorded_at"],
        by=str(told["actor"]["name"] or told["actor"]["id"]),
        format=said.get("format", ""),
        directive=names.directive(root) if root else "",
        since=said.get("since", ""),
        until=said.get("until", ""),
        records=said.get("records", 0),
        purpose=(told["reason"] or {}).get("text", ""),
    )


def _ends(connection: Connection, root: str) -> dict[str, int]:
    return {row.log: row.stream_seq for row in connection.execute(select(stream_head.c.log, stream_head.c.stream_seq).where(stream_head.c.stream == root))}
