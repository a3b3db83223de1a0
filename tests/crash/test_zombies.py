"""A worker is stopped in the middle of a piece, others do its work, and then it goes on: it changes nothing any more."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from engine.storage.schema import history_record
from tests.crash.director import Director
from tests.crash.orphans import orphans
from tests.crash.outcome import Told, differences, outcome

BETWEEN = ("together.decided", "door.decided")  # between reading and writing, where it holds no lock
WITHIN = ("door.sealed",)  # with the head of the history locked


@pytest.mark.parametrize("point", [*BETWEEN, *WITHIN])
def test_a_worker_that_comes_back_after_others_did_its_work_changes_nothing(point: str, scene: Director, undisturbed: Told) -> None:
    if point in WITHIN and scene.database.dialect == "sqlite":
        pytest.skip("nobody takes the lock on a file from a process that lives; PostgreSQL ends the session of one that has stopped")
    scene.start("worker", 0, 2, stop_at=point)
    _wait_until_stopped(scene.process_id("worker-0"))
    scene.start("worker", 1, 2)
    scene.start("client")
    scene.run(moments=1)
    with scene.database.reading() as connection:
        before = _records(connection)
    os.kill(scene.process_id("worker-0"), signal.SIGCONT)
    _wait_until_said(scene, "awake")
    scene.run(moments=1)
    assert scene.killed.total() == 0
    with scene.database.reading() as connection:
        assert differences(undisturbed, outcome(connection)) == []
        assert orphans(connection, over=False) == []
        assert _records(connection) == before


def _records(connection: Connection) -> int:
    query = select(func.count()).select_from(history_record).where(history_record.c.outcome != "refused")
    return int(connection.execute(query).scalar_one())


def _wait_until_stopped(process: int) -> None:
    patience = time.monotonic() + 60
    while time.monotonic() < patience:
        if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "T":
            return
        time.sleep(0.02)
    raise AssertionError("Expected the worker to stop at its point, but it did not.")


def _wait_until_said(scene: Director, word: str) -> None:
    patience = time.monotonic() + 60
    log = scene.folder / "worker-0.log"
    while time.monotonic() < patience and word not in log.read_text():
        time.sleep(0.05)
    assert word in log.read_text()
