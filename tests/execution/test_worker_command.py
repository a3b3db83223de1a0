"""`chidao worker` as people start it: a process of its own, with the real clock."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from engine.cli import main
from engine.history.record import opened
from engine.kernel.clock import from_stamp
from engine.storage import Database, UnitOfWork
from engine.storage.schema import history_record, timer, worker
from tests.definitions.drawings import drawing, lane
from tests.execution.hands import LIMIT, until
from tests.execution.test_timers import waiting
from tests.instances.bureau import Bureau

PROGRAM = "from engine.cli import main; main()"


@contextmanager
def started(url: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker; it is killed in the end, should it still be there."""
    environment = {name: value for name, value in os.environ.items() if name == "CHIDAO_HOME" or not name.startswith("CHIDAO_")}
    with log.open("ab") as output:
        process = subprocess.Popen([sys.executable, "-c", PROGRAM, "worker", "--database", url], stdout=output, stderr=output, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def told(process: subprocess.Popen[bytes], number: signal.Signals) -> int:
    process.send_signal(number)
    return process.wait(LIMIT)


@pytest.fixture
def real(database: Database, monkeypatch: pytest.MonkeyPatch) -> Bureau:
    """An office in the present."""
    made = Bureau.opened(database, monkeypatch)
    made.clock.advance_to(datetime.now(UTC))
    return made


def url_of(bureau: Bureau) -> str:
    return bureau.database.url.render_as_string(hide_password=False)


def test_a_timer_fires_within_two_seconds_in_a_real_worker_that_then_stops_when_told(real: Bureau, tmp_path: Path) -> None:
    real.put(drawing(waiting("timeDuration", "PT1S"), id="t", lanes=lane("s", "w", "look", "e")), "t")
    with started(url_of(real), tmp_path / "log") as process:
        until(lambda: real.count(worker) == 1)
        for number in range(1, 4):
            real.clock.advance_to(datetime.now(UTC))
            real.begin("t")
            until(lambda number=number: len(real.open()) == number)
        assert told(process, signal.SIGTERM) == 0
    due = sorted(from_stamp(row.due_at) for row in real.rows(timer))
    fired = [from_stamp(opened(row.body)["recorded_at"]) for row in real.rows(history_record, history_record.c.action == "instance.advanced")]
    late = [there - then for there, then in zip(sorted(fired), due, strict=True)]
    assert min(late) >= timedelta(0)
    assert min(late) <= timedelta(seconds=2), late  # the best of three: others may be busy on this machine
    assert (real.count(worker), real.intact()) == (0, True)


def test_a_second_worker_on_a_sqlite_file_is_refused_and_a_killed_one_is_in_nobodys_way(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bureau = Bureau.opened(sqlite_database, monkeypatch)
    with started(url_of(bureau), tmp_path / "log") as first:
        until(lambda: bureau.count(worker) == 1)
        second = CliRunner().invoke(main, ["worker", "--database", url_of(bureau)])
        assert (second.exit_code, second.output.startswith("Expected no worker on "), "use PostgreSQL for more" in second.output) == (1, True, True)
        first.kill()
        first.wait()
        with started(url_of(bureau), tmp_path / "log") as next_one:
            until(lambda: bureau.count(worker) == 2)
            assert told(next_one, signal.SIGINT) == 0


def test_any_number_of_workers_serve_a_postgresql_database(postgres_bureau: Bureau, tmp_path: Path) -> None:
    """Their real clock is years ahead of the office's, whose pieces are all the more due."""
    drawn = drawing(waiting("timeDuration", "PT1H"), id="t", lanes=lane("s", "w", "look", "e"))
    postgres_bureau.put(drawn, "t")
    with started(url_of(postgres_bureau), tmp_path / "1") as one, started(url_of(postgres_bureau), tmp_path / "2") as other:
        until(lambda: postgres_bureau.count(worker) == 2)
        for _ in range(20):
            postgres_bureau.begin("t")
        until(lambda: len(postgres_bureau.open()) == 20)
        assert (told(one, signal.SIGTERM), told(other, signal.SIGTERM)) == (0, 0)
    assert postgres_bureau.count(history_record, history_record.c.action == "instance.advanced") == 20
    assert postgres_bureau.intact()


def test_a_worker_makes_no_database_and_changes_none_of_another_version(database: Database, tmp_path: Path) -> None:
    database_url = database.url.render_as_string(hide_password=False)
    missing = CliRunner().invoke(main, ["worker", "--database", f"sqlite:///{tmp_path / 'none.db'}"])
    assert (missing.exit_code, missing.output.startswith("Expected a database at "), (tmp_path / "none.db").exists()) == (1, True, False)
    with UnitOfWork(database) as unit:
        unit.connection.execute(text("UPDATE alembic_version SET version_num = 'ffff'"))
        unit.commit()
    newer = CliRunner().invoke(main, ["worker", "--database", database_url])
    assert (newer.exit_code, "found revision ffff" in newer.output, newer.output.count("\n")) == (1, True, 1)


def test_a_server_that_does_not_answer_is_told_in_one_sentence() -> None:
    found = CliRunner().invoke(main, ["worker", "--database", "postgresql://nobody@127.0.0.1:1/none"])
    assert (found.exit_code, found.output.startswith("Expected "), found.output.count("\n")) == (1, True, 1)
