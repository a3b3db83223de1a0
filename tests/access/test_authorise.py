"""The permission table: filled with the shipped matrix, kept as an administrator has changed it."""

from __future__ import annotations

from sqlalchemy import delete, insert, select

from engine.access.authorise import load_matrix
from engine.storage import Database
from engine.storage.schema import permission
from engine.storage.unit_of_work import UnitOfWork


def test_actions_of_a_newer_version_are_filled_in_and_what_was_changed_stays(database: Database) -> None:
    with UnitOfWork(database) as unit:
        load_matrix(unit.connection)
        unit.connection.execute(delete(permission).where(permission.c.action.in_(["task.see", "audit.read"])))
        unit.connection.execute(insert(permission).values(action="audit.read", role="leader", relation="own"))
        load_matrix(unit.connection)
        rows = unit.connection.execute(select(permission.c.action, permission.c.role).where(permission.c.action.in_(["task.see", "audit.read"])))
        found = {(row.action, row.role) for row in rows}
    assert ("audit.read", "leader") in found
    assert ("audit.read", "auditor") not in found
    assert ("task.see", "lane") in found
