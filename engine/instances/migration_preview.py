"""What a migration would do, instance by instance, and where it could not: nothing is changed."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from engine.bpmn import Moved, Obstacle
from engine.history.transaction import Reading
from engine.instances.migration_plan import Plan, Route, check_plan, each_instance, plan_of
from engine.kernel.errors import NotFound
from engine.storage.schema import migration, migration_refusal

SHOWN = 500  # instances that are listed one by one; all are counted
NOTES = (
    "Timers that run keep their moment, whatever the new version says.",
    "Boundary events and event sub-processes that are new begin to listen when an instance is moved; their timers count from then.",
    "Open tasks keep their id, their holder, their due moment and what they show; name, form and role are those of the new version.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewMigration(Plan):
    """Ask what a plan would do."""


def answer_preview(query: PreviewMigration, reading: Reading) -> dict[str, Any]:
    """Try the plan on every instance that it is about, in memory, and count."""
    route = check_plan(reading.connection, plan_of(query))
    seen: Counter[str] = Counter()
    movable: Counter[str] = Counter()
    listening: Counter[str] = Counter()
    silent: Counter[str] = Counter()
    obstacles: Counter[Obstacle] = Counter()
    refused: list[dict[str, Any]] = []
    for row in each_instance(reading.connection, route.condition):
        seen[row.definition_version] += 1
        done = route.movers[row.definition_version].move(bytes(row.state), now=reading.now)
        if isinstance(done, Moved):
            movable[row.definition_version] += 1
            listening.update(done.listening)
            silent.update(done.silent)
            continue
        obstacles.update(done)
        if len(refused) < SHOWN:
            entry = {"instance": row.id, "version": route.versions[row.definition_version], "organisation": row.organisation}
            refused.append({**entry, "obstacles": [obstacle_json(each) for each in done]})
    return {
        "process": query.process,
        "to": {"version": route.target.version, "sha256": route.target.sha256},
        "from": _from(route, seen, movable),
        "instances": seen.total(),
        "movable": movable.total(),
        "listening": dict(sorted(listening.items())),
        "silent": dict(sorted(silent.items())),
        "obstacles": [{**obstacle_json(each), "instances": number} for each, number in obstacles.most_common()],
        "refused": refused,
        "notes": list(NOTES),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowMigration:
    """Ask what a migration has done."""

    migration: str


def answer_migration(query: ShowMigration, reading: Reading) -> dict[str, Any]:
    """Return how far a migration is, and which instances it left where they were, with the reasons."""
    connection = reading.connection
    row = connection.execute(select(migration).where(migration.c.id == query.migration)).one_or_none()
    if row is None:
        raise NotFound(f"Expected the id of a migration, but found {query.migration!r}, which none has.")
    left = select(migration_refusal).where(migration_refusal.c.migration == row.id)
    total = connection.execute(select(func.count()).select_from(left.subquery())).scalar_one()
    shown = connection.execute(left.order_by(migration_refusal.c.instance).limit(SHOWN))
    return {
        "migration": row.id,
        "process": row.process,
        "to": json.loads(row.plan)["to"],
        "status": row.status,
        "moved": row.moved,
        "left": total,
        "refused": [{"instance": each.instance, "obstacles": json.loads(each.reasons)} for each in shown],
    }


def _from(route: Route, seen: Counter[str], movable: Counter[str]) -> list[dict[str, int]]:
    numbers = sorted(route.versions.items(), key=lambda entry: entry[1])
    return [{"version": number, "instances": seen[id], "movable": movable[id]} for id, number in numbers]


def obstacle_json(obstacle: Obstacle) -> dict[str, Any]:
    """Return an obstacle as JSON."""
    return {"code": obstacle.code, "element": obstacle.element, "call_path": list(obstacle.call_path), "message": obstacle.message}
