"""What printing asks of a database is understood by both kinds."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import select

from engine.audit.counts import counts_of
from engine.audit.genealogy import sources_of_all
from engine.audit.printed import act_of, letterhead
from engine.directives.arrival_stamp import stamps_of
from engine.storage import Database
from engine.storage.schema import instance, organisation

MOMENT = "2024-04-15T01:00:00.000Z"


def test_letterheads_stamps_signings_counts_and_sources_are_read_from_both(furnished_database: Database) -> None:
    with furnished_database.reading() as connection:
        units = connection.execute(select(organisation.c.id, organisation.c.name).order_by(organisation.c.code)).all()
        heads = [letterhead(connection, unit.id, date(2024, 4, 15), form="") for unit in units]
        assert [head.issuer for head in heads] == [unit.name for unit in units]
        assert any(head.superior for head in heads)
        assert stamps_of(connection, "none", [unit.id for unit in units]) == ()
        assert act_of(connection, instance.c.organisation == units[0].id) is None
        assert sources_of_all(connection, ["none"]) == {"none": ()}
        kept = SimpleNamespace(closed_at=None, computed_at=MOMENT, expected="[]")
        counts = counts_of(connection, cast("Any", SimpleNamespace(id="none", period="2024-04")), cast("Any", kept), ["none"], forwarded=0)
        assert (counts.addressed, counts.overdue, counts.urges, counts.lines) == (0, 0, {}, ())
