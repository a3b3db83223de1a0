"""What a migration is to do: its plan, checked against the stored versions, and the instances that it is about."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from engine.bpmn import Migration, known_names
from engine.definitions.repository import Deployment, definition
from engine.directory.organisations import organisation_by_id
from engine.kernel.errors import InvalidInput, NotFound
from engine.storage.schema import definition_version, instance

CHUNK = 200  # instances held in memory at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Take instances of `process` to version `to`: from the versions `sources` (none named: from every earlier one).

    `mapping`: element or flow of the old version → that of the new one; others keep their id. `given`: values for
    instances whose data lack them. `organisation`, `directive`, `instances` (ids) limit which instances are meant.
    """

    process: str
    to: int
    sources: tuple[int, ...] = ()
    mapping: dict[str, str] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)
    organisation: str | None = None
    directive: str | None = None
    instances: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A checked plan, ready to move instances: by version id, the version number and what moves its instances."""

    plan: Plan
    target: Deployment
    versions: Mapping[str, int]
    movers: Mapping[str, Migration]

    @property
    def condition(self) -> ColumnElement[bool]:
        """Return the condition on the table of instances."""
        chosen = instance.c.definition_version.in_(list(self.movers)) & (instance.c.status != "ended")
        if self.plan.organisation is not None:
            chosen &= instance.c.organisation == self.plan.organisation
        if self.plan.directive is not None:
            chosen &= instance.c.directive == self.plan.directive
        if self.plan.instances:
            chosen &= instance.c.id.in_(self.plan.instances)
        return chosen


def plan_of(command: Plan) -> Plan:
    """Return the plan that a command holds, without what the command adds to it."""
    return Plan(**{name: getattr(command, name) for name in Plan.__dataclass_fields__})


def stored_plan(plan: Plan) -> str:
    """Return the plan as a row keeps it."""
    return json.dumps(asdict(plan), ensure_ascii=False)


def read_plan(text: str) -> Plan:
    """Return the plan of a row."""
    kept = json.loads(text)
    return Plan(**{**kept, "sources": tuple(kept["sources"]), "instances": tuple(kept["instances"])})


def check_plan(connection: Connection, plan: Plan) -> Route:
    """Check a plan against what is stored. Raises NotFound, InvalidInput."""
    found = connection.execute(select(definition_version.c.id, definition_version.c.version).where(definition_version.c.key == plan.process))
    ids = {row.version: row.id for row in found}
    if not ids:
        raise NotFound(f"Expected a deployed process {plan.process!r}, but there is none. Deploy its diagram first.")
    for wanted in (plan.to, *plan.sources):
        if wanted not in ids:
            known = ", ".join(map(str, sorted(ids)))
            raise NotFound(f"Expected a version of {plan.process} among {known}, but found {wanted}. Choose one of them.")
    if plan.to in plan.sources:
        raise InvalidInput(f"Expected versions to come from and another one to go to, but found {plan.to} in both. Name different versions.")
    if plan.organisation is not None:
        organisation_by_id(connection, plan.organisation)
    versions = {ids[number]: number for number in plan.sources or sorted(number for number in ids if number < plan.to)}
    if not versions:
        raise InvalidInput(f"Expected a version of {plan.process} before {plan.to} to come from, but there is none. Name others with --from.")
    target = definition(connection, ids[plan.to])
    sources = {id: definition(connection, id).definition for id in _with_instances(connection, versions) or versions}
    _check_mapping(plan, set().union(*map(known_names, sources.values())), known_names(target.definition))
    movers = {id: Migration(source, target.definition, mapping=plan.mapping, given=plan.given) for id, source in sources.items()}
    return Route(plan=plan, target=target, versions=versions, movers=movers)


def _with_instances(connection: Connection, versions: Iterable[str]) -> list[str]:
    """Return those versions that instances run in: others need not be looked at, nor be fit to run still."""
    query = select(instance.c.definition_version).where(instance.c.definition_version.in_(list(versions)), instance.c.status != "ended")
    return list(connection.execute(query.distinct()).scalars())


def _check_mapping(plan: Plan, old: set[str], new: set[str]) -> None:
    for source, target in plan.mapping.items():
        if source not in old:
            raise InvalidInput(f"Expected an element of a version to come from in the mapping, but none has the id {source!r}. Correct it.")
        if target not in new:
            raise InvalidInput(f"Expected an element of version {plan.to} in the mapping, but none has the id {target!r}. Correct it.")
    taken: dict[str, str] = {}
    for source, target in plan.mapping.items():
        if taken.setdefault(target, source) != source:
            raise InvalidInput(f"Expected each element of version {plan.to} once in the mapping, but {target!r} stands for {taken[target]!r} and {source!r}.")


def each_instance(connection: Connection, condition: ColumnElement[bool]) -> Iterator[Row[Any]]:
    """Yield the instances in the order of their ids, a chunk in memory at a time."""
    last = ""
    while True:
        rows = connection.execute(select(instance).where(condition, instance.c.id > last).order_by(instance.c.id).limit(CHUNK)).all()
        yield from rows
        if len(rows) < CHUNK:
            return
        last = rows[-1].id
