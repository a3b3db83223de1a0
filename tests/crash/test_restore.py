"""The machine is lost: a backup that was made while everything ran is restored, on either kind of database, and the work goes on to its end."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import func, select

from engine.audit.verification import INTACT
from engine.commands.backup import bring_back, make, opened
from engine.history.record import LOG
from engine.history.record import opened as opened_record
from engine.history.series import members
from engine.history.verify import verify
from engine.storage import Database
from engine.storage.schema import history_head, history_record
from tests.crash.cast import Cast
from tests.crash.director import Director
from tests.crash.orphans import orphans
from tests.crash.outcome import Told, differences, outcome
from tests.crash.scene import SMALL
from tests.postgres import PostgresServer

NUMBERS = count(1)
SOME = 25  # records after which the backup is made, in the middle of things
CAST: Cast = SMALL


def head(database: Database) -> int:
    with database.reading() as connection:
        return sum(each.seq for each in members(connection))


@pytest.mark.parametrize(("kind", "on_server"), [("sqlite", False), ("sqlite", True), ("postgresql", True)], indirect=["kind"])
def test_a_backup_made_under_load_is_restored_and_goes_on_to_the_same_end(
    scene: Director, on_server: bool, undisturbed: Told, tmp_path: Path, postgres_server: PostgresServer
) -> None:
    begun = head(scene.database)
    scene.start("client")
    scene.start("worker")
    scene.run(until=lambda connection: connection.execute(select(func.max(history_head.c.seq))).scalar_one() > begun + SOME)
    moment = scene.clock.now()
    manifest, _ = make(scene.database, tmp_path / "backup.zip", moment)
    for process in scene.processes.values():
        assert process.is_alive()
        process.kill()

    folder = tmp_path / "elsewhere"
    folder.mkdir()
    url = postgres_server.create(f"restored_{next(NUMBERS)}") if on_server else f"sqlite:///{folder / 'restored.sqlite3'}"
    target = Database(url)
    with opened(tmp_path / "backup.zip") as (archive, found):
        assert found == manifest
        checked = bring_back(target, archive, found, moment, file="backup.zip", reason="the machine was lost")
        assert (checked.result, [each.records for each in checked.logs if each.log == LOG]) == (INTACT, [manifest.head])

    with Director(url=url, folder=folder, cast=CAST, begins=moment) as director:
        director.start("client")
        director.start("worker")
        director.run(moments=1)
    with target.reading() as connection:
        told = differences(undisturbed, outcome(connection))
        assert [each for each in told if "database.restored" not in each] == []
        assert len(told) == 1
        assert orphans(connection, over=False) == []
        assert verify(connection)[1] == []
        assert verify(connection, log="chidao/log2")[1] == []
        first = connection.execute(select(history_record).where(history_record.c.log == "chidao/log2", history_record.c.seq == 1)).one()
    assert first.action == "database.restored"
    changes = {change["field"]: change for change in opened_record(first.body)["changes"]}
    assert changes["head of chidao/log1"]["old"]["seq"] == manifest.head
    assert begun < manifest.head < head(target)
    target.dispose()
