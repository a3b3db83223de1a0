"""Live: the process answers, whatever else fails. Ready: each check by itself, in a sentence that tells no address."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, text
from sqlalchemy.exc import OperationalError

from engine.bootstrap import prepare
from engine.execution.presence import Presence
from engine.kernel.clock import SystemClock, stamp
from engine.storage import Database, UnitOfWork
from engine.storage.schema import checkpoint_place, worker
from web.application import create_app


@pytest.fixture
def installation(database: Database) -> FlaskClient:
    """An installation whose worker has just looked for work."""
    door = prepare(database, SystemClock())
    Presence(door).tell()
    return create_app(door).test_client()


def ready(client: FlaskClient) -> tuple[int, dict[str, bool]]:
    answer = client.get("/health/ready")
    assert answer.json
    for check in answer.json["checks"].values():
        assert "://" not in check["sentence"]
        assert check["sentence"].endswith(".")
    assert answer.json["ready"] == (answer.status_code == 200)
    return answer.status_code, {name: check["ok"] for name, check in answer.json["checks"].items()}


def change(database: Database, statement: Any) -> None:
    with UnitOfWork(database) as unit:
        unit.connection.execute(statement)
        unit.commit()


def test_an_installation_with_all_its_parts_is_ready(installation: FlaskClient) -> None:
    assert ready(installation) == (200, {"database": True, "schema": True, "worker": True, "disk": True, "seal": True})


def test_without_a_worker_it_is_not(database: Database) -> None:
    client = create_app(prepare(database, SystemClock())).test_client()
    assert ready(client) == (503, {"database": True, "schema": True, "worker": False, "disk": True, "seal": True})


def test_a_worker_that_has_fallen_silent_does_not_count(sqlite_database: Database) -> None:
    door = prepare(sqlite_database, SystemClock())
    long_ago = stamp(door.clock.now() - timedelta(minutes=5))
    change(sqlite_database, insert(worker).values(id="w", place="host:1", started_at=long_ago, swept_at=long_ago))
    assert ready(create_app(door).test_client())[1]["worker"] is False


def test_a_database_without_a_schema_is_not_ready(installation: FlaskClient, database: Database) -> None:
    change(database, text("DELETE FROM alembic_version"))
    assert ready(installation) == (503, {"database": True, "schema": False, "worker": True, "disk": True, "seal": True})


def test_a_schema_that_was_upgraded_meanwhile_is_told(installation: FlaskClient, database: Database) -> None:
    change(database, text("UPDATE alembic_version SET version_num = '9999'"))
    assert ready(installation)[0] == 200
    assert "Start it again with the new version." in installation.get("/health/ready").text


def test_a_full_disk_is_not_ready(installation: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("usage", (), {"free": 10 * 2**20})
    monkeypatch.setattr(shutil, "disk_usage", lambda _place: usage)
    assert ready(installation)[1] == {"database": True, "schema": True, "worker": True, "disk": False, "seal": True}


def test_a_database_that_does_not_answer_leaves_the_process_alive(installation: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def gone(_self: Database) -> Iterator[None]:
        raise OperationalError("SELECT 1", {}, Exception('connection to server at "db.noi-bo", user "bi_mat" failed'))
        yield

    monkeypatch.setattr(Database, "reading", gone)
    status, checks = ready(installation)
    assert (status, checks["database"], checks["worker"]) == (503, False, False)
    assert "bi_mat" not in installation.get("/health/ready").text
    assert installation.get("/health/live").json == {"live": True}
    assert installation.get("/sign-in").status_code == 200
    assert "chidao_database_up 0.0" in installation.get("/metrics").text


def test_a_place_of_checkpoints_that_does_not_answer_is_told_and_stops_no_work(installation: FlaskClient, database: Database) -> None:
    place = {"place": "/mnt/archive", "log": "chidao/log1", "size": 1, "failed_at": "2026-04-01T01:00:00.000Z", "error": "Expected …"}
    change(database, insert(checkpoint_place).values(**place))
    status, checks = ready(installation)
    assert (status, checks["seal"]) == (200, False)
    assert "/mnt/archive" not in installation.get("/health/ready").text
