"""The whole check over a real cascade: what the history tells is what the tables hold, and a silent change is named with the record that told otherwise."""

from __future__ import annotations

from sqlalchemy import select, update

from engine.audit.verification import INTACT, examine
from engine.history.evidence import Evidence
from engine.history.finding import STATE
from engine.storage import Database, UnitOfWork
from engine.storage.schema import obligation


def test_a_cascade_that_nobody_touched_is_intact_with_its_state(ward_database: Database) -> None:
    with ward_database.reading() as connection:
        found = examine(connection, Evidence(), state=True)
    assert (found.result, found.findings) == (INTACT, [])
    assert STATE in found.levels


def test_a_date_that_was_changed_behind_the_product_is_named(ward_database: Database) -> None:
    with UnitOfWork(ward_database) as unit:  # never committed
        row = unit.connection.execute(select(obligation).order_by(obligation.c.id)).first()
        assert row is not None
        unit.connection.execute(update(obligation).where(obligation.c.id == row.id).values(end_period="2030-01"))
        [finding] = examine(unit.connection, Evidence(), state=True).findings
    assert (finding.level, finding.field, finding.found) == (STATE, f"obligation {row.id} end_period", "2030-01")
    assert finding.record > 0
    assert finding.expected != finding.found
