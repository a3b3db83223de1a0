"""Who is reminded or urged in parts is reminded or urged once, whatever comes between two parts."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.bench.fanout import letter_out
from engine.execution.poller import Poller
from engine.instances.operations import RunOperation
from engine.kernel.actor import SYSTEM
from engine.reports import urge
from engine.scenario.stage import Stage
from engine.storage import Database, UnitOfWork
from engine.storage.schema import consolidation, directive, expected_report, instance, obligation, operation, reminder

REPORTERS = 5
PERIOD = "consolidation-1"


@pytest.fixture
def stage(database: Database, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Five offices owe a report, and nobody has handed one in."""
    monkeypatch.setattr(urge, "AT_ONCE", 2)
    stage = letter_out(database, REPORTERS)
    with UnitOfWork(database) as unit:
        connection = unit.connection
        (issuer,) = connection.execute(select(directive.c.issuer)).scalars()
        owed = connection.execute(select(obligation)).all()
        head = {"id": PERIOD, "organisation": issuer, "report_type": owed[0].report_type, "period": owed[0].first_period}
        connection.execute(consolidation.insert().values(**head, status="open", cutoff="2024-06-30"))
        blank = {"consolidation": PERIOD, "status": "expected", "late": 0, "nil": 0, "returned": 0, "urged": 0}
        connection.execute(expected_report.insert(), [{**blank, "organisation": row.organisation} for row in owed])
        unit.commit()
    return stage


def begin(stage: Stage, name: str, **parameters: Any) -> None:
    """Let the issuer's case have an operation to do."""
    with UnitOfWork(stage.door.database) as unit:
        connection = unit.connection
        issuers = select(instance.c.id).join(directive, directive.c.issuer == instance.c.organisation).where(instance.c.status == "active")
        case = connection.execute(issuers).scalars().first()
        row = {"id": name, "instance": case, "element": "urge", "name": name, "status": "open", "created_at": "2024-04-10T00:00:00.000Z"}
        connection.execute(operation.insert().values(**row, parameters=json.dumps({"consolidation": PERIOD, **parameters})))
        unit.commit()


def reminded(stage: Stage) -> Counter[str]:
    with stage.door.database.reading() as connection:
        return Counter(connection.execute(select(reminder.c.organisation)).scalars())


def urged(stage: Stage) -> list[int]:
    with stage.door.database.reading() as connection:
        return sorted(connection.execute(select(expected_report.c.urged)).scalars())


def test_everybody_is_urged_once_and_counted_once(stage: Stage) -> None:
    begin(stage, "urge_missing", level=1)
    run = RunOperation(operation="urge_missing")
    assert [stage.door.execute(run, SYSTEM, key=f"{number}").get("unfinished") for number in range(3)] == [1, 2, None]
    assert set(reminded(stage).values()) == {1}
    assert urged(stage) == [1] * REPORTERS


def test_who_hands_in_between_two_parts_is_not_reminded(stage: Stage) -> None:
    begin(stage, "remind_reporters")
    stage.door.execute(RunOperation(operation="remind_reporters"), SYSTEM, key="first")
    told = reminded(stage)
    with UnitOfWork(stage.door.database) as unit:
        left = expected_report.c.organisation.not_in(list(told))
        unit.connection.execute(update(expected_report).where(left).values(status="accepted"))
        unit.commit()
    Poller(stage.door).drain()
    assert reminded(stage) == told
    assert len(told) == 2
