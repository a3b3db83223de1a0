"""What was being sent when the backup was made is, after a restore, what a worker lost: a call goes out again, an e-mail is asked about."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from engine.bootstrap import open_door
from engine.commands.backup import bring_back, make, opened
from engine.effects.outbox import Status
from engine.execution.effects import send_due
from engine.storage import Database
from engine.storage.schema import effect
from tests.effects.post import PostOffice


def test_effects_under_way_go_on_by_the_rule_for_lost_leases(
    sqlite_database: Database, bare_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    office = PostOffice.opened(sqlite_database, monkeypatch)
    office.note("mail")
    office.call("call")
    under_way = office.sending()
    under_way.sweep()
    assert all(future.result(timeout=10) for future in under_way._under_way)  # sent, and not written down yet
    office.note("later")
    make(sqlite_database, tmp_path / "b.zip", office.clock.now())

    target = Database(bare_url)
    with opened(tmp_path / "b.zip") as (archive, manifest):
        bring_back(target, archive, manifest, office.clock.now(), file="b.zip", reason="test")
    door = open_door(target, office.clock)
    assert send_due(door, office.transports) == 1  # what nobody was at; the rest is somebody's as long as the lease lasts
    office.after_the_lease()
    assert send_due(door, office.transports) == 1
    with target.reading() as connection:
        found = {row.key: row.status for row in connection.execute(select(effect.c.key, effect.c.status))}
    assert found == {"mail": Status.UNSURE, "call": Status.SENT, "later": Status.SENT}
    assert office.web.given == [("call", 1), ("call", 2)]
    assert sorted(office.mail.keys) == ["later", "mail"]
    target.dispose()
