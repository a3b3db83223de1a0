"""Whether the tables hold what the history tells: every told row is rebuilt from the sealed records alone and compared (AUDIT.md 3).

Whoever can write to the database need not touch the history to do harm: `UPDATE assignment SET due_at = …` is enough. Here that is
found, and named by row and field, with the record that told otherwise. Since records hold the value before as well, a change that was
covered by a later lawful one is found too.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, RowMapping, Select, select

from engine.audit.rebuilt import Contradiction, Place, Rebuilt, Row
from engine.history.disposed import disposals
from engine.history.record import LOG, opened
from engine.history.series import members
from engine.history.state import written_in
from engine.storage import schema
from engine.storage.schema import directive, history_record, history_stream
from engine.storage.told import TOLD, Told
from engine.storage.written import Written

SPAN = 500  # records that are taken in, and rows that are compared, at once
ROW = "row"  # in place of a field: whether there is one
_TOLD = b'"state":[{'  # in the sealed bytes of records that tell of rows

WAYS: Mapping[str, tuple[Column[Any], ...]] = {  # from the rows of a table to the directive that they belong to
    "dispatch": (schema.dispatch.c.directive,),
    "directive_item": (schema.directive_item.c.directive,),
    "assignment": (schema.assignment.c.directive,),
    "assignment_support": (schema.assignment_support.c.assignment, schema.assignment.c.directive),
    "obligation": (schema.obligation.c.directive,),
    "milestone": (schema.milestone.c.directive,),
    "milestone_version": (schema.milestone_version.c.milestone, schema.milestone.c.directive),
    "difficulty": (schema.difficulty.c.directive,),
    "extension": (schema.extension.c.directive,),
    "change_request": (schema.change_request.c.directive,),
    "change_answer": (schema.change_answer.c.change_request, schema.change_request.c.directive),
    "user_task": (schema.user_task.c.instance, schema.instance.c.directive),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A field of which the tables say something else than the history; `field` is ROW when a row is missing or was never told of.

    `expected`: what record `seq` told (0: no record told anything); `found`: what the table holds, or what the later record
    `found_by` found there. Long texts are told by the beginning of their SHA-256. Records have numbers of the whole series: those of a log that goes
    on after a restore are counted on from the one before.
    """

    table: str
    key: str
    field: str
    expected: Any
    found: Any
    seq: int
    found_by: int | None = None

    def sentence(self) -> str:
        """Return the difference as people read it."""
        told = f"as record {self.seq} tells" if self.seq else "since no record tells of one"
        came = f"record {self.found_by} found" if self.found_by else "the table holds"
        if self.field == ROW:
            return f"Expected {self.expected} {self.table} {self.key}, {told}, but {came} {self.found}. {_CHANGED}"
        return f"Expected {self.field} of {self.table} {self.key} to be {_said(self.expected)}, {told}, but {came} {_said(self.found)}. {_CHANGED}"


_CHANGED = "It was changed without the product: ask who has had access to the database."


def _said(value: Any) -> str:
    return "empty" if value is None else json.dumps(value, ensure_ascii=False)


def differences(connection: Connection, *, root: str | None = None, series: str = LOG) -> Iterator[Difference]:
    """Yield where the tables differ from what the records tell; of one root directive and all below it when `root` is given.

    For one directive only its own stream of records is read. Reports answer several directives: they are compared in the whole run.
    """
    tables = [told for told in TOLD.values() if root is None or told.table is directive or told.table.name in WAYS]
    compared = {told.table.name for told in tables}
    settled = _settled(connection)
    with Rebuilt() as rebuilt:
        for told in _told(connection, series, root):
            counts = [(number, row) for number, row in told if row.table in compared and number >= settled.get((row.table, row.key), 0)]
            yield from (_found_later(each) for each in rebuilt.tell(counts))
        for each in tables:
            yield from _compared(connection, each, rebuilt, root)
        yield from _missing(connection, rebuilt, root)


def _settled(connection: Connection) -> dict[Place, int]:
    """Return by row the record of the disposal that settles it: what earlier records told of it may be gone, and counts no more."""
    return {(row.table, row.key): told.number for told in disposals(connection) for row in written_in(told.sealed)}


def _told(connection: Connection, series: str, root: str | None) -> Iterator[list[tuple[int, Written]]]:
    """Yield what the records tell, each with its number, some hundred records at a time."""
    for member in members(connection, series):
        for records in connection.execute(_records(member.log, root).execution_options(yield_per=SPAN)).partitions():
            bodies = [(member.offset + seq, bytes(body)) for seq, body in records]
            yield [(number, written) for number, body in bodies if _TOLD in body for written in written_in(opened(body))]


def _records(log: str, root: str | None) -> Select[Any]:
    query = select(history_record.c.seq, history_record.c.body).where(history_record.c.log == log).order_by(history_record.c.seq)
    if root is None:
        return query
    theirs = select(history_stream.c.seq).where(history_stream.c.log == log, history_stream.c.stream == root)
    return query.where(history_record.c.seq.in_(theirs))


def _found_later(each: Contradiction) -> Difference:
    field = ROW if each.field is None else each.field
    return Difference(
        table=each.table, key=each.key, field=field, expected=each.expected, found=each.found, seq=each.told, found_by=each.seq
    )


def _compared(connection: Connection, told: Told, rebuilt: Rebuilt, root: str | None) -> Iterator[Difference]:
    query = select(told.table).execution_options(yield_per=SPAN)
    if root is not None:
        query = query.where(_of_one(told.table.name, root))
    for rows in connection.execute(query).mappings().partitions():
        found: dict[Place, RowMapping] = {(told.table.name, told.key_of(row)): row for row in rows}
        known = rebuilt.rows(found)
        for place, row in found.items():
            yield from _row_differences(told, place, row, known.get(place, Row()))
        rebuilt.forget(found)


def _row_differences(told: Told, place: Place, row: RowMapping, known: Row) -> Iterator[Difference]:
    table, key = place
    if known.values is None:
        yield Difference(table=table, key=key, field=ROW, expected="no", found="one", seq=known.last)
        return
    for name in told.fields:
        expected, found = known.values.get(name, told.blank[name]), told.plain(name, row[name])
        if isinstance(found, str):
            found = unicodedata.normalize("NFC", found)  # as it was sealed
        if found != expected:
            yield Difference(table=table, key=key, field=name, expected=expected, found=found, seq=known.seq.get(name, known.last))


def _missing(connection: Connection, rebuilt: Rebuilt, root: str | None) -> Iterator[Difference]:
    """Yield the rows that the records tell of and no table holds."""
    owners: dict[str, frozenset[str]] = {}
    for (table, key), row in rebuilt.left():
        if row.values is None:
            continue
        if root is not None:
            if table not in owners:
                owners[table] = _owners(connection, table, root)
            if str(row.values.get(_owner_field(table))) not in owners[table] and key.partition("/")[0] not in owners[table]:
                continue  # its records are in the stream because it is about several directives
        yield Difference(table=table, key=key, field=ROW, expected="the", found="none", seq=row.last)


def _owner_field(table: str) -> str:
    return "root" if table == directive.name else WAYS[table][0].key


def _owners(connection: Connection, table: str, root: str) -> frozenset[str]:
    """Return the ids, in the field that says to what a row belongs, of what belongs to the directive."""
    if table == directive.name:
        return frozenset({root})
    first, *further = WAYS[table]
    (column,) = first.foreign_keys
    wanted = select(column.column).where(further[0].in_(_cascade(root))) if further else _cascade(root)
    return frozenset(connection.execute(wanted).scalars()) | {root}


def _of_one(table: str, root: str) -> ColumnElement[bool]:
    if table == directive.name:
        return directive.c.root == root
    first, *further = WAYS[table]
    if not further:
        return first.in_(_cascade(root))
    (column,) = first.foreign_keys
    return first.in_(select(column.column).where(further[0].in_(_cascade(root))))


def _cascade(root: str) -> Select[Any]:
    return select(directive.c.id).where(directive.c.root == root)
