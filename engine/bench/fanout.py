"""`chidao bench fanout N`: one dispatch to N recipients, until each of them has its task."""

from __future__ import annotations

import csv
import io
import platform
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from engine.bench.cascade_crew import SharedClock, hired
from engine.bench.machine import machine
from engine.bootstrap import prepare
from engine.definitions.command import DeployDefinitions
from engine.definitions.source import shipped_sources
from engine.directory.directory_import import COLUMNS, ImportDirectory
from engine.directory.organisations import organisation_by_code
from engine.execution.poller import Poller
from engine.instances.commands import CompleteUserTask, StartProcess
from engine.kernel.clock import stopwatch
from engine.kernel.errors import InvalidInput, StepFailed
from engine.scenario.answers import answer
from engine.scenario.stage import Desk, Stage, morning
from engine.storage.database import Database
from engine.storage.schema import history_record, instance, operation, organisation, user_task

ISSUER, GROUP = "trung-uong", "dang-bo-co-so"
ROLES = "leader office_head clerk specialist consolidator standing_board"
DAY = date(2024, 4, 10)
PATIENCE = 40  # tasks of the issuer before its letter goes out


def measure_fanout(recipients: int, url: str | None = None, *, workers: int = 0) -> dict[str, Any]:
    """Send one letter to `recipients` offices on an empty database; return the report of DESIGN.md 7.

    The clock runs from the moment at which the letter is numbered until every recipient has an open task. `workers`: processes that do
    the work meanwhile; without any, this one does it.
    """
    with tempfile.TemporaryDirectory(prefix="chidao-bench-") as folder:
        database = Database(url or f"sqlite:///{Path(folder) / 'fanout.db'}")
        try:
            clock = SharedClock(morning(DAY))
            stage = _furnished(database, recipients, clock)
            _until_numbered(stage)
            with hired(stage.door, clock, workers) as crew:
                began = stopwatch()
                crew.finish()
                seconds = stopwatch() - began
            with database.reading() as connection:
                return {**_report(connection, recipients, seconds), "workers": workers}
        finally:
            database.dispose()


def letter_out(database: Database, recipients: int) -> Stage:
    """Send one letter to `recipients` offices on an empty database, until each of them has its task."""
    stage = letter_numbered(database, recipients)
    Poller(stage.door).drain()
    return stage


def letter_numbered(database: Database, recipients: int) -> Stage:
    """Write a letter to `recipients` offices on an empty database, until its dispatch is the next thing to be done."""
    stage = _furnished(database, recipients, SharedClock(morning(DAY)))
    _until_numbered(stage)
    return stage


class _ByExample:
    """People who fill in every form as its example shows."""

    def answer(self, desk: Desk) -> dict[str, Any]:
        return answer(desk)

    def not_before(self, desk: Desk) -> datetime | None:
        del desk
        return None

    def refusal(self, desk: Desk) -> str | None:
        del desk
        return None


def _furnished(database: Database, recipients: int, clock: SharedClock) -> Stage:
    door = prepare(database, clock)
    stage = Stage(door=door, clock=clock, script=_ByExample(), key="fanout")
    with database.reading() as connection:
        if connection.execute(select(organisation.c.id).limit(1)).first():
            raise InvalidInput(f"Expected an empty database to measure on, but {database.address} holds organisations. Name a new one.")
    for kind, rows in _offices(recipients).items():
        stage.do(ImportDirectory(kind=kind, text=_as_csv(kind, rows), file=f"{kind}.csv"))
    stage.do(DeployDefinitions.of(shipped_sources(), reason="measurement"))
    return stage


def _offices(recipients: int) -> Mapping[str, Sequence[Mapping[str, str]]]:
    """Return an issuer with its recipients, each with one person, by kind of import."""
    codes = [f"xa-{number:05}" for number in range(1, recipients + 1)]
    since = {"valid_from": "2020-01-01"}
    units = [{"code": ISSUER, "name": "Ban Chỉ đạo", "level": "province", "symbol": "BCĐ", **since}]
    units += [{"code": code, "name": f"Đảng ủy xã {code}", "level": "grassroots", "symbol": "ĐU", **since} for code in codes]
    return {
        "organisations": units,
        "edges": [{"parent": ISSUER, "child": code, "line": "committee", **since} for code in codes],
        "people": [{"login": code, "name": f"Cán bộ {code}", "organisation": code, "title": "Bí thư", "roles": ROLES} for code in (ISSUER, *codes)],
        "groups": [{"owner": ISSUER, "code": GROUP, "name": "Các đảng bộ cơ sở", "member": code, "reports": "1"} for code in codes],
    }


def _as_csv(kind: str, rows: Sequence[Mapping[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS[kind])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _until_numbered(stage: Stage) -> None:
    """Start a letter and do the issuer's tasks until its dispatch is the next thing to be done."""
    poller = Poller(stage.door)
    with stage.door.database.reading() as connection:
        unit = str(organisation_by_code(connection, ISSUER).id)
    stage.do(StartProcess(process="directive_originate", organisation=unit, directive=None), stage.person(unit, "specialist"))
    for _ in range(PATIENCE):
        with stage.door.database.reading() as connection:
            if connection.execute(select(operation.c.id).where(operation.c.name == "dispatch", operation.c.status == "open")).first():
                return
            desks = stage.desks(connection)
            data = answer(desks[0]) if desks else {}
        if desks:
            task = desks[0].task
            stage.do(CompleteUserTask(task=task.id, data=data), stage.person(task.organisation, task.role))
        else:
            poller.drain()
    raise StepFailed(f"Expected the letter to go out after at most {PATIENCE} tasks, but it did not.")


def _report(connection: Connection, recipients: int, seconds: float) -> dict[str, Any]:
    def number(query: Any) -> int:
        return int(connection.execute(query).scalar_one())

    waiting = number(select(func.count(user_task.c.organisation.distinct())).where(user_task.c.status == "open"))
    if waiting < recipients:
        raise StepFailed(f"Expected {recipients} offices with a task, but found {waiting}.")
    return {
        "machine": machine(),
        "versions": {"python": platform.python_version(), "database": connection.dialect.name, "chidao": version("chidao")},
        "recipients": recipients,
        "seconds": round(seconds, 3),
        "per_second": round(recipients / seconds, 1),
        "instances": number(select(func.count()).select_from(instance)),
        "history_records": number(select(func.count()).select_from(history_record)),
        "state_bytes": number(select(func.sum(func.length(instance.c.state)))),
    }
