"""No step of a process is computed between the beginning of a write transaction and its end: nobody waits for a computation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from SpiffWorkflow.task import Task
from sqlalchemy import Connection

from engine.storage import Database
from tests.crash.director import Director
from tests.crash.here import Here


def test_no_step_runs_inside_a_write_transaction(scene: Director, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: Counter[str] = Counter()
    writers: list[Connection] = []
    run, writing = Task.run, Database.writing

    @contextmanager
    def watched(database: Database) -> Iterator[Connection]:
        with writing(database) as connection:
            writers.append(connection)
            try:
                yield connection
            finally:
                writers.remove(connection)

    def counted(task: Task) -> Any:
        steps["inside" if writers else "outside"] += 1
        return run(task)

    monkeypatch.setattr(Database, "writing", watched)
    monkeypatch.setattr(Task, "run", counted)
    Here(scene).run(moments=12)
    assert steps["outside"] > 100
    assert steps["inside"] == 0
