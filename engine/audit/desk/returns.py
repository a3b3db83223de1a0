"""How often something was returned in its whole life, as the records tell it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, func, select

from engine.audit.desk.rules import RETURNS
from engine.storage.schema import history_record

AT_ONCE = 500


def returned_often(connection: Connection, subjects: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Return by (type, id) how often each was returned."""
    columns, wanted = history_record.c, sorted(subjects)
    found: dict[tuple[str, str], int] = {}
    for start in range(0, len(wanted), AT_ONCE):
        ids = [identity for _, identity in wanted[start : start + AT_ONCE]]
        query = select(columns.subject_type, columns.subject, func.count().label("times")).group_by(columns.subject_type, columns.subject)
        rows = connection.execute(query.where(columns.subject.in_(ids), columns.action.in_(RETURNS), columns.outcome == "done"))
        found |= {(row.subject_type, row.subject): row.times for row in rows}
    return found
