"""`chidao bench crowd`: what a person's action, a piece of work and a sweep cost beside few and beside many instances, in turns.

Both databases begin as copies of one, with a letter that has reached its recipients; the crowd in them is made of copies of that.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from engine.bench.cascade_crew import SharedClock
from engine.bench.cascade_figures import size_of, versions
from engine.bench.crowd import fill
from engine.bench.fanout import DAY, letter_out
from engine.bench.machine import machine
from engine.bootstrap import open_door
from engine.execution.poller import Poller
from engine.instances.commands import CompleteUserTask
from engine.kernel.actor import Actor
from engine.kernel.clock import stopwatch
from engine.scenario.answers import answer
from engine.scenario.stage import Stage, morning
from engine.storage.database import Database

FEW, MANY = "few", "many"
KINDS = ("action", "pieces", "sweep")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many instances stand in either database, and how many people act in each."""

    few: int = 1_000
    many: int = 100_000
    actions: int = 100


@dataclass(slots=True)
class _Place:
    """One of the two databases, with the seconds that were spent in it."""

    database: Database
    instances: int
    seconds: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in KINDS})

    def act(self, task: str, actor: Actor, data: Mapping[str, Any]) -> None:
        """Complete a task, do what becomes due by it, and look whether there is more."""
        door = open_door(self.database, SharedClock(morning(DAY)))
        poller = Poller(door)
        command = CompleteUserTask(task=task, data=dict(data))
        moments = [stopwatch()]
        door.execute(command, actor, key=f"bench:{task}")
        moments.append(stopwatch())
        poller.drain()
        moments.append(stopwatch())
        poller.drain()
        moments.append(stopwatch())
        for kind, began, ended in zip(KINDS, moments, moments[1:], strict=False):
            self.seconds[kind].append(ended - began)


def measure_crowd(plan: Plan) -> dict[str, Any]:
    """Let people act in turns in a database with few instances and in one with many, both SQLite; return what it cost."""
    with tempfile.TemporaryDirectory(prefix="chidao-bench-") as folder:
        first, second = Path(folder) / "few.db", Path(folder) / "many.db"
        database = Database(f"sqlite:///{first}")
        work = _desks(letter_out(database, plan.actions + 1))
        database.dispose()
        shutil.copy(first, second)
        began = stopwatch()
        places = {name: _filled(path, wanted) for name, path, wanted in ((FEW, first, plan.few), (MANY, second, plan.many))}
        filling = stopwatch() - began
        try:
            for number, desk in enumerate(work):
                for name in (FEW, MANY) if number % 2 else (MANY, FEW):
                    places[name].act(*desk)
            return _report(places, filling)
        finally:
            for place in places.values():
                place.database.dispose()


def _filled(path: Path, instances: int) -> _Place:
    database = Database(f"sqlite:///{path}")
    return _Place(database, fill(database, instances))


def _desks(stage: Stage) -> list[tuple[str, Actor, dict[str, Any]]]:
    """Return what lies on the recipients' desks, with who does it and what is written."""
    with stage.door.database.reading() as connection:
        desks = [(desk.task, answer(desk)) for desk in stage.desks(connection)]
    return [(task.id, stage.person(task.organisation, task.role), data) for task, data in desks]


def _report(places: Mapping[str, _Place], filling: float) -> dict[str, Any]:
    sides: dict[str, Any] = {}
    for name, place in places.items():
        with place.database.reading() as connection:
            size, tools = size_of(connection), versions(connection)
        spent = {f"{kind}_ms": _figures(seconds[1:]) for kind, seconds in place.seconds.items()}  # the first one warms up
        sides[name] = {"instances": place.instances, "database_bytes": size, **spent}
    ratios = {f"ratio_{kind}": round(sides[MANY][f"{kind}_ms"]["p50"] / sides[FEW][f"{kind}_ms"]["p50"], 3) for kind in KINDS}
    return {"machine": machine(), "versions": tools, **sides, **ratios, "actions": len(places[FEW].seconds["action"]) - 1, "fill_seconds": round(filling, 1)}


def _figures(seconds: Sequence[float]) -> dict[str, float]:
    return {"p50": round(median(seconds) * 1000, 3), "p95": round(quantiles(seconds, n=20, method="inclusive")[18] * 1000, 3)}
