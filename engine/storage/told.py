"""The rows whose whole life the history tells: of which tables, and how each of their fields is told.

The door notices every row of these tables that a command writes (`written.py`), and seals old and new values with the command's
records; an audit rebuilds the rows from the records alone and compares them (AUDIT.md 3, "State is checked too").
A table that is added here is told and compared from then on, without another line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Column, RowMapping, Table
from sqlalchemy.sql.elements import TextClause
from sqlalchemy.sql.schema import DefaultClause

from engine.storage import schema

DIGITS = 32  # of a digest: 128 bits, so that nobody finds another text to it


@dataclass(frozen=True, kw_only=True)
class Told:
    """A table whose rows are told. `digested`: fields that are told by a digest of their text, because they are long."""

    table: Table
    digested: frozenset[str] = frozenset()

    @cached_property
    def key(self) -> tuple[str, ...]:
        """The fields that name a row."""
        return tuple(column.key for column in self.table.primary_key)

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """What is told of a row besides its key."""
        return tuple(column.key for column in self.table.columns if column.key not in self.key)

    @cached_property
    def owners(self) -> tuple[str, ...]:
        """The fields that say to which told row, or to which instance, a row belongs."""
        return tuple(column.key for column in self.table.columns if any(each.column.table.name in _OWNING for each in column.foreign_keys))

    @cached_property
    def blank(self) -> Mapping[str, Any]:
        """What the fields hold that an insertion leaves out."""
        return {column.key: _default(column) for column in self.table.columns}

    def key_of(self, row: Mapping[str, Any] | RowMapping) -> str:
        """Return the name of a row: its primary key, of several parts with a stroke between them."""
        return "/".join(str(row[name]) for name in self.key)

    def plain(self, field: str, value: Any) -> Any:
        """Return a field's value as the history tells it."""
        if value is None or field not in self.digested:
            return int(value) if isinstance(value, bool) else value
        return hashlib.sha256(str(value).encode()).hexdigest()[:DIGITS]

    def filled(self, row: Mapping[str, Any] | RowMapping) -> dict[str, Any]:
        """Return what is told of a whole row: the fields that do not hold what an insertion may leave out."""
        told = self.plain_row(row, self.fields)
        return {name: value for name, value in told.items() if value != self.blank[name]}

    def plain_row(self, row: Mapping[str, Any] | RowMapping, fields: Iterable[str]) -> dict[str, Any]:
        """Return some fields of a row as the history tells them."""
        return {name: self.plain(name, row[name]) for name in fields}


def _default(column: Column[Any]) -> Any:
    given = column.server_default
    if not isinstance(given, DefaultClause) or not isinstance(given.arg, TextClause):
        return None
    text = given.arg.text.strip("'")
    return int(text) if column.type.python_type is int else text


_OWNING = ("directive", "instance", "assignment", "obligation", "milestone", "report", "report_section", "consolidation", "change_request", "user_task")


def _told(table: Table, *digested: str) -> Told:
    return Told(table=table, digested=frozenset(digested))


TOLD: Mapping[str, Told] = {
    each.table.name: each
    for each in (
        _told(schema.directive, "reading", "subject"),
        _told(schema.dispatch),
        _told(schema.directive_item, "text", "deliverable", "addressees"),
        _told(schema.assignment),
        _told(schema.assignment_support),
        _told(schema.obligation),
        _told(schema.milestone, "title", "content"),
        _told(schema.milestone_version, "note", "comments"),
        _told(schema.difficulty, "description", "impact", "proposal", "answer"),
        _told(schema.extension, "reason", "explanation", "decision_reason"),
        _told(schema.change_request, "reason", "content"),
        _told(schema.change_answer, "reason", "already_done", "diff"),
        _told(schema.user_task, "context", "data", "withdrawn"),
        _told(schema.report),
        _told(schema.report_revision, "general_assessment", "reason"),
        _told(schema.report_figure, "own_words", "words"),
        _told(schema.submission, "reason"),
        _told(schema.consolidation),
        _told(schema.consolidation_total, "words", "override_reason"),
        _told(schema.expected_report),
    )
}
