"""`chidao bench running`: what the pages of a running process take beside few cases and beside many.

The many are copies of the cases of a demonstration (engine/bench/crowd.py), of all processes as they are. Asked is about the process with
the most cases: its page, and for each figure the list of cases behind it, at the element where there are the most.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import Connection, func, select

from engine.audit.running import RunningPage, ShowRunning
from engine.audit.running_cases import FIGURES, OF_THE_WHOLE, ListRunningCases
from engine.bench.crowd import fill
from engine.bench.machine import machine
from engine.bench.visits import demonstrate, door_at_the_end, holder, read_texts
from engine.door import Door
from engine.kernel.actor import Actor
from engine.kernel.clock import SystemClock, stopwatch
from engine.kernel.errors import InvalidInput
from engine.storage.schema import definition_version, instance

MANY = 30_000
SEEN_BY = "auditor"
_BUSIEST = (
    select(definition_version.c.key)
    .join(instance, instance.c.definition_version == definition_version.c.id)
    .group_by(definition_version.c.key)
    .order_by(func.count().desc(), definition_version.c.key)
    .limit(1)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is measured: cases in all, how often each page is asked for; on a new SQLite file, or an empty database at `url`."""

    instances: int = MANY
    rounds: int = 9
    url: str | None = None


def measure_running(plan: Plan) -> dict[str, Any]:
    """Return milliseconds of each page beside the demonstration's cases and beside many."""
    with tempfile.TemporaryDirectory(prefix="chidao-bench-") as folder:
        database = demonstrate(plan.url or f"sqlite:///{Path(folder) / 'running.db'}", SystemClock().now())
        try:
            return measured(door_at_the_end(database), plan)
        finally:
            database.dispose()


def measured(door: Door, plan: Plan) -> dict[str, Any]:
    """Measure over a database with cases. Raises InvalidInput when nobody may see them, or there are none."""
    read_texts(door)
    few = _asked(door, plan)
    fill(door.database, plan.instances, history=False)
    many = _asked(door, plan)
    return {"machine": machine(), "database": door.database.dialect, "rounds": plan.rounds, "few": few, "many": many}


def _asked(door: Door, plan: Plan) -> dict[str, Any]:
    with door.database.reading() as connection:
        process, who = connection.execute(_BUSIEST).scalar_one_or_none(), holder(connection, SEEN_BY)
        instances = _count(connection)
    if process is None or who is None:
        raise InvalidInput("Expected cases and an auditor who may see them, but found none. Measure over a demonstration.")
    return {"instances": instances, "process": process, **dict(_timed_pages(door, process, who, plan.rounds))}


def _timed_pages(door: Door, process: str, who: Actor, rounds: int) -> Iterator[tuple[str, float]]:
    shown = ShowRunning(process=process, version="all")
    yield "page", _timed(door, shown, who, rounds)
    found: RunningPage = door.ask(shown, who)
    drawn = [door.ask(ShowRunning(process=process, version="all", diagram=key), who) for key, _name, _inside in found.diagrams]
    elements = [each for page in drawn for each in page.elements]
    tasks = [each for each in elements if each.node.kind == "userTask"] or elements
    most = {"here": max(elements, key=lambda each: each.here), "late": max(elements, key=lambda each: each.late), "done": max(tasks, key=lambda each: each.left)}
    for figure in FIGURES:
        element = "" if figure in OF_THE_WHOLE else most[figure].node.id
        yield figure, _timed(door, ListRunningCases(process=process, figure=figure, version="all", element=element), who, rounds)


def _timed(door: Door, query: Any, who: Actor, rounds: int) -> float:
    door.ask(query, who)
    times = []
    for _ in range(rounds):
        start = stopwatch()
        door.ask(query, who)
        times.append((stopwatch() - start) * 1000)
    return round(median(times), 2)


def _count(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(instance)).scalar_one())


def lines_of(report: Mapping[str, Any]) -> list[str]:
    """Return the figures as lines for people."""
    few, many = report["few"], report["many"]
    told = [f"{report['database']}, {many['process']}: {few['instances']} cases, then {many['instances']}"]
    return told + [f"{name:8} {few[name]:8.2f} ms   {many[name]:8.2f} ms" for name in ("page", *FIGURES)]
