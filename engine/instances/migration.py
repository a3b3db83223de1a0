"""Take running instances to another version: a plan is a row, each batch of it a short transaction guarded by versions.

A batch that is repeated, or done by two workers at once, does no harm: an instance that was moved is no longer of the old
version, and one that has changed since it was read is left for the next batch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from engine.bpmn import Definition, Moved, Obstacle, Outcome
from engine.definitions.proposals import propose
from engine.definitions.repository import find_latest
from engine.directory.settings import MIGRATION_NEEDS_SECOND_PERSON, setting, while_set
from engine.history.record import Change, Fact, Subject, Where
from engine.history.transaction import Reading, Transaction
from engine.instances.cases import Case, Tokens, definition_of, step_fact
from engine.instances.migration_plan import Plan, Route, check_plan, plan_of, read_plan, stored_plan
from engine.instances.migration_preview import obstacle_json
from engine.instances.rows import move_instance, read_open
from engine.kernel.errors import Conflict, InvalidInput, NotFound
from engine.storage.schema import incident, instance, migration, migration_refusal, operation, subscription, timer, user_task
from engine.storage.wake_ups import Due

Apply = Callable[[Transaction], dict[str, Any]]
Named = dict[tuple[str, str], dict[str, str]]  # (table, id) → column → text
BATCH = 100
KIND = "migrate"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartMigration(Plan):
    """Begin to take instances to another version, for a reason."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrateBatch:
    """Take the next instances of a migration to their new version."""

    migration: str
    size: int = BATCH


def decide_start_migration(command: StartMigration, reading: Reading) -> Apply:
    """Check the plan; begin it, or lay it before a second person where the installation asks for one."""
    route = check_plan(reading.connection, plan_of(command))
    if not command.reason.strip():
        raise InvalidInput("Expected a reason for the migration, but found none. Say why the instances are to change their version.")
    if not setting(reading.connection, MIGRATION_NEEDS_SECOND_PERSON, default=False):
        return while_set(MIGRATION_NEEDS_SECOND_PERSON, _begin(route, command.reason, by=reading.actor.id, proposal=None), value=False)
    in_force = find_latest(reading.connection, command.process)
    return propose(
        reading,
        kind=KIND,
        subject=command.process,
        payload={"plan": json.loads(stored_plan(route.plan)), "reason": command.reason},
        basis={command.process: in_force.id if in_force else None},
        reason=command.reason,
    )


def decide_approved_migration(payload: Mapping[str, Any], reading: Reading, *, proposal: str, by: str) -> Apply:
    """Begin a migration that a second person has approved."""
    route = check_plan(reading.connection, read_plan(json.dumps(payload["plan"])))
    return _begin(route, payload["reason"], by=by, proposal=proposal)


def _begin(route: Route, reason: str, *, by: str, proposal: str | None) -> Apply:
    plan = route.plan

    def apply(transaction: Transaction) -> dict[str, Any]:
        identity = transaction.new_id()
        transaction.connection.execute(
            insert(migration).values(
                id=identity,
                process=plan.process,
                target=route.target.id,
                plan=stored_plan(plan),
                reason=reason,
                status="running",
                moved=0,
                started_by=by,
                started_at=transaction.at,
                proposal=proposal,
            )
        )
        transaction.wake(Due.MIGRATION, identity)
        transaction.record(
            Fact(
                action="migration.started",
                subject=Subject(type="migration", id=identity),
                objects=(Subject(type="definition", id=plan.process, qualifier=str(plan.to)),),
                changes=(Change(field="plan", new=json.loads(stored_plan(plan))), Change(field="proposal", new=proposal)),
                reason={"code": "migrated", "text": reason},
                where=Where(definition=definition_of(route.target)),
            )
        )
        return {"migration": identity, "process": plan.process, "to": plan.to}

    return apply


_RUNNING = select(migration.c.id).where(migration.c.status == "running").order_by(migration.c.id)


def running(connection: Connection) -> list[str]:
    """Return the ids of the migrations that have instances left to look at, oldest first."""
    return list(connection.execute(_RUNNING).scalars())


def decide_batch(command: MigrateBatch, reading: Reading) -> Apply:
    """Move the next instances in memory, without any lock; return what writes those that have not changed meanwhile."""
    row = reading.connection.execute(select(migration).where(migration.c.id == command.migration)).one_or_none()
    if row is None:
        raise NotFound(f"Expected the id of a migration, but found {command.migration!r}, which none has.")
    if row.status != "running":
        return lambda _transaction: _answer(row, moved=0, refused=0, ended=True)
    route = check_plan(reading.connection, read_plan(row.plan))
    met = select(migration_refusal.c.instance).where(migration_refusal.c.migration == row.id)
    query = select(instance).where(route.condition, instance.c.id.not_in(met)).order_by(instance.c.id).limit(command.size)
    batch = list(reading.connection.execute(query))
    if not batch:
        return lambda transaction: _end(transaction, row, route)
    tried = [(each, route.movers[each.definition_version].move(bytes(each.state), now=reading.now)) for each in batch]

    def apply(transaction: Transaction) -> dict[str, Any]:
        moved = sum(_move(transaction, row, route, each, done) for each, done in tried if isinstance(done, Moved))
        refused = _refuse(transaction, row.id, {each.id: (each.ver, done) for each, done in tried if not isinstance(done, Moved)})
        if moved:
            transaction.connection.execute(update(migration).where(migration.c.id == row.id).values(moved=migration.c.moved + moved))
        if refused:
            about, changes = Subject(type="migration", id=row.id), (Change(field="refused", new=refused),)
            transaction.record(Fact(action="migration.refused", subject=about, changes=changes, where=Where(definition=definition_of(route.target))))
        transaction.wake(Due.MIGRATION, row.id)
        return _answer(row, moved=moved, refused=refused, ended=False)

    return apply


def _answer(row: Row[Any], *, moved: int, refused: int, ended: bool) -> dict[str, Any]:
    return {"migration": row.id, "moved": moved, "refused": refused, "ended": ended}


def _end(transaction: Transaction, row: Row[Any], route: Route) -> dict[str, Any]:
    """Nothing is left to look at: close the migration, once."""
    connection = transaction.connection
    ended = update(migration).where(migration.c.id == row.id, migration.c.status == "running").values(status="ended", ended_at=transaction.at)
    if connection.execute(ended).rowcount != 1:
        return _answer(row, moved=0, refused=0, ended=True)
    moved = connection.execute(select(migration.c.moved).where(migration.c.id == row.id)).scalar_one()
    refused = connection.execute(select(func.count()).select_from(migration_refusal).where(migration_refusal.c.migration == row.id)).scalar_one()
    transaction.record(
        Fact(
            action="migration.ended",
            subject=Subject(type="migration", id=row.id),
            changes=(Change(field="status", old="running", new="ended"), Change(field="moved", new=moved), Change(field="refused", new=refused)),
            reason={"code": "migrated", "text": row.reason},
            where=Where(definition=definition_of(route.target)),
        )
    )
    return _answer(row, moved=0, refused=0, ended=True)


def _move(transaction: Transaction, row: Row[Any], route: Route, each: Row[Any], done: Moved) -> int:
    """Write one instance. Return 0 when it has changed since it was read."""
    connection = transaction.connection
    case = Case(
        id=each.id,
        deployment=route.target,
        organisation=each.organisation,
        business_key=each.business_key,
        directive=each.directive,
        period=each.period,
        roots=tuple(json.loads(each.roots)),
    )
    before = read_open(connection, each.id)
    try:
        move_instance(transaction, case, done.outcome, version=each.ver, before=before, sent=done.outcome.sent, signals=done.outcome.signals)
    except Conflict:
        return 0
    connection.execute(update(instance).where(instance.c.id == each.id).values(definition_version=route.target.id))
    source = route.movers[each.definition_version].old
    named = _named(route.target.definition, done.outcome)
    _rename_open(connection, _named(source, done.before), named)
    for held in before.held:  # an incident is about the element where its work stands now
        found = next((names["element"] for (_, id), names in named.items() if id == held.token), None)
        if found is not None:
            connection.execute(update(incident).where(incident.c.id == held.id).values(element=found))
    changes = (
        Change(field="definition_version", old=route.versions[each.definition_version], new=route.target.version),
        Change(field="migration", new=row.id),
        Change(field="started_by", new=row.started_by),
        *(Change(field=name, new=value) for name, value in (("mapping", route.plan.mapping), ("given", route.plan.given)) if value),
        *(Change(field=name, new=list(value)) for name, value in (("listening", done.listening), ("silent", done.silent)) if value),
    )
    transaction.wake(Due.INSTANCE, each.id)  # it may wait for a message under another name, which is there already
    reason = {"code": "migrated", "text": row.reason}
    tokens = Tokens(before=done.before.stands, after=done.outcome.stands)
    transaction.record(step_fact("instance.migrated", case, done.outcome.completed, tokens=tokens, changes=changes, reason=reason))
    return 1


_RENAME = {
    table.name: update(table).where(table.c.id == bindparam("b_id")).values({name: bindparam(f"b_{name}") for name in names})
    for table, names in (
        (user_task, ("element", "name", "role", "form")),
        (timer, ("element",)),
        (subscription, ("element", "message")),
        (operation, ("element",)),
    )
}


def _rename_open(connection: Connection, old: Named, new: Named) -> None:
    """Call the open rows what the new version calls them; their ids and everything else stay."""
    for (table, id), names in new.items():
        if old.get((table, id), names) != names:
            connection.execute(_RENAME[table], {"b_id": id, **{f"b_{name}": value for name, value in names.items()}})


def _named(definition: Definition, outcome: Outcome) -> Named:
    """Return what the rows of open work are called, by table and id."""
    tasks = {
        (user_task.name, each.id): {"element": each.element, "name": each.name, "role": each.role or "", "form": each.form or ""}
        for each in outcome.tasks
    }
    choices = {
        (user_task.name, each.id): {"element": each.element, "name": _title(definition, each.element), "role": each.role or "", "form": ""}
        for each in outcome.choices
    }
    timers = {(timer.name, each.id): {"element": each.element} for each in outcome.timers}
    awaited = {(subscription.name, each.id): {"element": each.element, "message": each.message} for each in outcome.subscriptions}
    operations = {(operation.name, each.id): {"element": each.element} for each in outcome.operations}
    return {**tasks, **choices, **timers, **awaited, **operations}


def _title(definition: Definition, element: str) -> str:
    found = definition.elements.get(element)
    return (found.name if found else "") or element


def _refuse(transaction: Transaction, migration_id: str, refused: Mapping[str, tuple[int, Iterable[Obstacle]]]) -> int:
    """Keep why instances stay where they are; one that has changed since is looked at again."""
    if not refused:
        return 0
    query = select(instance.c.id, instance.c.ver).where(instance.c.id.in_(list(refused)), instance.c.status != "ended")
    same = [row.id for row in transaction.connection.execute(query) if refused[row.id][0] == row.ver]
    rows = [
        {"migration": migration_id, "instance": id, "reasons": json.dumps([obstacle_json(each) for each in refused[id][1]], ensure_ascii=False)}
        for id in same
    ]
    if rows:
        transaction.connection.execute(insert(migration_refusal), rows)
    return len(rows)
