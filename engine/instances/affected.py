"""Before a deployment: which instances run in which version, where their tokens stand, and what would become of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from engine.bpmn import Position, positions
from engine.bpmn.language.expressions import Functions
from engine.definitions.check import Bundle
from engine.definitions.deploy import accept, foresee
from engine.definitions.differences import differences
from engine.definitions.outline import Outline, outline
from engine.definitions.repository import definition, find_latest, stored_sources
from engine.definitions.source import Sources
from engine.history.transaction import Reading
from engine.instances.migration_plan import each_instance
from engine.kernel.errors import InvalidInput, NotFound
from engine.storage.schema import definition_version, instance

Json = dict[str, Any]
EXAMPLES = 20  # instances named for each element; all are counted
KEPT, CHANGED, REMOVED, MOVED = "kept", "changed", "removed", "moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectedInstances:
    """Ask where running instances stand against `files` (name → hexadecimal) that might be deployed, or a stored version.

    Running instances stay on their version whatever is deployed: what is told here is what a migration would meet.
    """

    process: str | None = None
    version: int | None = None
    files: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """What a process would become: its version, and the files of it."""

    process: str
    version: int
    sha256: str
    changed: bool
    sources: Sources


def answer_affected(query: AffectedInstances, reading: Reading, *, operations: Collection[str], functions: Functions) -> Json:
    """Tell for each process that would change: its running instances by version, and their tokens by element."""
    if query.files:
        sources = Sources.of_hexadecimal(query.files)
        checked = accept(sources, operations=operations, functions=functions)
        targets = [
            _Target(
                process=entry.process,
                version=entry.version,
                sha256=entry.sha256,
                changed=entry.changed,
                sources=_bundled(checked.bundles[entry.process]),
            )
            for entry in foresee(reading.connection, checked)
            if query.process in (None, entry.process)
        ]
    else:
        targets = [_stored(reading.connection, query)]
    return {"processes": [_affected(reading.connection, target) for target in targets]}


def _bundled(bundle: Bundle) -> Sources:
    return Sources(files={**bundle.diagrams, **bundle.forms, **bundle.decisions})


def _stored(connection: Connection, query: AffectedInstances) -> _Target:
    if query.process is None:
        raise InvalidInput("Expected files or a process, but found neither. Name what is to be looked at.")
    chosen = select(definition_version).where(definition_version.c.key == query.process)
    if query.version is not None:
        chosen = chosen.where(definition_version.c.version == query.version)
    row = connection.execute(chosen.order_by(definition_version.c.deployed_at.desc()).limit(1)).one_or_none()
    if row is None:
        wanted = f"version {query.version} of {query.process!r}" if query.version else f"a deployed process {query.process!r}"
        raise NotFound(f"Expected {wanted}, but there is none. Deploy its diagram first.")
    return _Target(process=row.key, version=row.version, sha256=row.sha256, changed=False, sources=stored_sources(connection, row.id))


def _affected(connection: Connection, target: _Target) -> Json:
    in_force = find_latest(connection, target.process)
    query = select(definition_version.c.id, definition_version.c.version).where(definition_version.c.key == target.process)
    new = outline(target.sources)
    running = []
    for row in connection.execute(query.order_by(definition_version.c.version)).all():
        told = _running(connection, row.id, row.version, target, new)
        if told["instances"]:
            running.append(told)
    homeless: Counter[str] = Counter()
    for told in running:
        for token in told["tokens"]:
            homeless[token["kind"]] += token["tokens"] if token["change"] in (REMOVED, MOVED) else 0
    return {
        "process": target.process,
        "in_force": in_force.version if in_force else None,
        "next": {"version": target.version, "sha256": target.sha256, "changed": target.changed},
        "instances": sum(told["instances"] for told in running),
        "running": running,
        "without_home": {kind: number for kind, number in sorted(homeless.items()) if number},
    }


def _running(connection: Connection, version_id: str, number: int, target: _Target, new: Outline) -> Json:
    """Count the tokens of the instances of one version; only one chunk of instances is in memory at a time."""
    tokens: Counter[Position] = Counter()
    examples: dict[Position, list[str]] = {}
    instances = 0
    for row in each_instance(connection, (instance.c.definition_version == version_id) & (instance.c.status != "ended")):
        instances += 1
        for position in positions(definition(connection, version_id).definition, bytes(row.state)):
            tokens[position] += 1
            if len(found := examples.setdefault(position, [])) < EXAMPLES and row.id not in found:
                found.append(row.id)
    if not instances:
        return {"version": number, "instances": 0, "tokens": []}
    old = outline(stored_sources(connection, version_id))
    differs = differences(old, new, target.process)
    elements = {(each["process"], each["element"]): each for each in differs["elements"]["changed"]}
    rows = [{**_token(position, count, old, new, elements), "examples": examples[position]} for position, count in tokens.items()]
    return {
        "version": number,
        "instances": instances,
        "tokens": sorted(rows, key=lambda entry: (entry["call_path"], entry["element"], entry["kind"])),
        "suggested_mapping": differs["suggested_mapping"],
    }


def _token(position: Position, count: int, old: Outline, new: Outline, changed: Mapping[tuple[str, str], Json]) -> Json:
    key = (position.process, position.element)
    before, after = old.parts.get(key), new.parts.get(key)
    if after is None:
        change = REMOVED
    elif before is not None and before.says.get("inside") != after.says.get("inside"):
        change = MOVED
    else:
        change = CHANGED if key in changed else KEPT
    return {
        "process": position.process,
        "element": position.element,
        "name": before.name if before else "",
        "type": before.type if before else "",
        "kind": position.kind,
        "call_path": list(position.call_path),
        "tokens": count,
        "change": change,
        "changes": changed[key]["changes"] if change == CHANGED else [],
    }
