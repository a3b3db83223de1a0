"""The schema is upgraded while processes of the version before are at work: they lose nothing, the worker goes, a new one goes on."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import func, select

from engine.bootstrap import open_door
from engine.execution import presence
from engine.execution.worker import work
from engine.kernel.errors import InvalidInput
from engine.storage import Database, revision, revisions
from engine.storage.database import MIGRATIONS
from engine.storage.schema import history_head
from tests.crash.director import Director
from tests.crash.orphans import orphans
from tests.crash.outcome import Told, differences, outcome

SOME = 10  # records after which the upgrade comes, in the middle of things
LIMIT = 60.0
NEXT = '''"""What a next version may add (decision 0023)."""

import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = "{head}"


def upgrade() -> None:
    op.add_column("instance", sa.Column("remark", sa.Text(), nullable=True))
    op.add_column("user_task", sa.Column("weight", sa.Integer(), nullable=False, server_default=sa.text("1")))
    op.create_table("remark", sa.Column("id", sa.Text(), primary_key=True), sa.Column("instance", sa.Text(), sa.ForeignKey("instance.id")))
    op.create_index("ix_user_task_weight", "user_task", ["weight"])
'''
UPGRADE = """
import sys
from pathlib import Path
from engine.storage import database, revisions
database.MIGRATIONS = revisions.MIGRATIONS = Path(sys.argv[2])
revisions.upgrade(database.Database(sys.argv[1]))
"""


class Worker:
    """A worker of this program, in a thread; `said` is why it stopped by itself."""

    def __init__(self, director: Director) -> None:
        self._stop = Event()
        self.said: list[str] = []
        self._database = Database(director.url)
        self._door = open_door(self._database, director.clock)
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            work(self._door, self._stop, pause=0.03)
        except InvalidInput as error:
            self.said.append(error.message)

    def ended(self, *, told: bool = False) -> bool:
        if told:
            self._stop.set()
        self._thread.join(LIMIT)
        self._database.dispose()
        return not self._thread.is_alive()


def next_version(folder: Path) -> Path:
    """Return the migrations of a program that knows one more."""
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "next.py").write_text(NEXT.format(head=revisions.head_revision()), encoding="utf-8")
    return folder


def test_workers_of_the_version_before_give_way_to_an_upgrade_and_nothing_is_lost(
    scene: Director, undisturbed: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "BEAT", 0.1)
    migrations = next_version(tmp_path / "migrations")
    with scene.database.reading() as connection:
        begun = connection.execute(select(func.max(history_head.c.seq))).scalar_one()
    scene.start("client")
    old = Worker(scene)
    scene.run(until=lambda connection: connection.execute(select(func.max(history_head.c.seq))).scalar_one() > begun + SOME)

    done = subprocess.run([sys.executable, "-c", UPGRADE, scene.url, migrations], check=False, capture_output=True, text=True, timeout=LIMIT)
    assert done.returncode == 0, done.stderr
    assert revision(scene.database) == "next"
    assert old.ended()
    assert old.said == [revisions.overtaken(scene.database)]
    assert "was upgraded. Nothing is lost" in old.said[0]

    monkeypatch.setattr(revisions, "head_revision", lambda: "next")  # the program of the next version
    new = Worker(scene)
    scene.run(moments=1)
    assert new.ended(told=True)
    assert new.said == []
    with scene.database.reading() as connection:
        assert differences(undisturbed, outcome(connection)) == []
        assert orphans(connection, over=False) == []
