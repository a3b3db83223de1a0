"""Storing checked definitions as immutable, content-addressed versions. The caller's transaction commits."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from engine.bpmn import Definition
from engine.bpmn.language.expressions import Functions
from engine.definitions.check import Bundle, Checked, check, examine
from engine.definitions.functions import FUNCTIONS
from engine.definitions.repository import VersionRow, find_latest
from engine.definitions.rules import ERROR
from engine.definitions.source import Sources, decision_key, form_key
from engine.kernel.canonical import canonical_json, sha256_hex
from engine.kernel.clock import from_stamp, stamp
from engine.kernel.errors import Conflict, DefinitionInvalid, InvalidInput
from engine.kernel.ids import new_id
from engine.storage.schema import definition_file, definition_part, definition_start, definition_version

__all__ = ["Deployed", "accept", "check", "deploy", "foresee", "store"]


_STORED = select(definition_version).where(definition_version.c.key.in_(bindparam("b_keys", expanding=True)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """What is in force for a process after a deployment. `changed`: it was not before."""

    process: str
    version: int
    sha256: str
    changed: bool


def deploy(
    connection: Connection, sources: Sources, *, operations: Collection[str], functions: Functions = FUNCTIONS, now: datetime
) -> list[Deployed]:
    """Check `sources` and put each of their processes in force, call activities too, sorted by process.

    The same bytes are always the same version: handing in what is in force changes nothing, handing in an earlier
    version puts that one in force again. Raises `DefinitionInvalid` with every error, and then stores nothing;
    `Conflict` when another deployment of the same process was faster.
    """
    return store(connection, accept(sources, operations=operations, functions=functions), now=now)


def accept(sources: Sources, *, operations: Collection[str], functions: Functions = FUNCTIONS) -> Checked:
    """Return `sources`, checked and fit to be stored. Raises `DefinitionInvalid` with every error. Needs no database."""
    if not sources.diagrams:
        raise InvalidInput("Expected the diagrams of the processes to deploy, but found none. Hand in the whole folder.")
    checked = examine(sources, operations=operations, functions=functions)
    errors = [finding for finding in checked.findings if finding.severity == ERROR]
    if errors:
        raise DefinitionInvalid(errors)
    return checked


def store(connection: Connection, checked: Checked, *, now: datetime) -> list[Deployed]:
    """Put the processes that `accept` returned in force, sorted by process; `deploy` says how. Raises `Conflict`."""
    try:
        return [_put(connection, checked.bundles[key], compiled, now) for key, compiled in sorted(checked.definitions.items())]
    except IntegrityError:
        raise Conflict("Expected to be the only one who deploys, but another deployment was faster. Deploy again.") from None


def foresee(connection: Connection, checked: Checked) -> list[Deployed]:
    """Return what `store` would put in force, sorted by process. Changes nothing."""
    stored = connection.execute(_STORED, {"b_keys": sorted(checked.definitions)}).all()
    known = {(row.key, row.sha256): row.version for row in stored}
    newest = {row.key: row.version for row in sorted(stored, key=lambda row: row.version)}
    in_force = {row.key: row.sha256 for row in sorted(stored, key=lambda row: row.deployed_at)}
    found = []
    for key in sorted(checked.definitions):
        digest = bundle_digest(checked.bundles[key])
        version = known.get((key, digest)) or newest.get(key, 0) + 1
        found.append(Deployed(process=key, version=version, sha256=digest, changed=in_force.get(key) != digest))
    return found


def _newest(connection: Connection, key: str) -> int:
    found: int | None = connection.execute(select(func.max(definition_version.c.version)).where(definition_version.c.key == key)).scalar_one()
    return found or 0


def bundle_digest(bundle: Bundle) -> str:
    """Return the SHA-256 of what a version consists of; where its files lie does not count."""
    return version_digest(bundle.key, Sources(files={**bundle.diagrams, **bundle.forms, **bundle.decisions}))


def version_digest(process: str, files: Sources) -> str:
    """Return the SHA-256 of a version from its files."""
    return sha256_hex(
        canonical_json(
            {
                "process": process,
                "diagrams": sorted(sha256_hex(content) for content in files.diagrams.values()),
                "forms": {form_key(path): sha256_hex(content) for path, content in files.forms.items()},
                "decisions": {decision_key(path): sha256_hex(content) for path, content in files.decisions.items()},
            }
        )
    )


def _put(connection: Connection, bundle: Bundle, compiled: Definition, now: datetime) -> Deployed:
    digest = bundle_digest(bundle)
    current = find_latest(connection, bundle.key)
    if current is not None and current.sha256 == digest:
        return Deployed(process=bundle.key, version=current.version, sha256=digest, changed=False)
    moment = _moment_after(current, now)
    version = _put_in_force_again(connection, bundle.key, digest, moment) or _store(connection, bundle, digest, compiled, moment, now)
    return Deployed(process=bundle.key, version=version, sha256=digest, changed=True)


def _moment_after(current: VersionRow | None, now: datetime) -> str:
    """Return the moment of this deployment, never before that of the version in force: the later one prevails."""
    if current is None or current.deployed_at < stamp(now):
        return stamp(now)
    return stamp(from_stamp(current.deployed_at) + timedelta(milliseconds=1))


def _put_in_force_again(connection: Connection, key: str, digest: str, moment: str) -> int | None:
    same = (definition_version.c.key == key, definition_version.c.sha256 == digest)
    version = connection.execute(select(definition_version.c.version).where(*same)).scalar_one_or_none()
    if version is not None:
        connection.execute(update(definition_version).where(*same).values(deployed_at=moment))
    return version


def _store(connection: Connection, bundle: Bundle, digest: str, compiled: Definition, moment: str, now: datetime) -> int:
    version = _newest(connection, bundle.key) + 1
    row = {"id": new_id(now), "key": bundle.key, "version": version, "sha256": digest}
    connection.execute(insert(definition_version).values(**row, deployed_at=moment))
    _store_starts(connection, str(row["id"]), compiled)
    files = {**bundle.diagrams, **bundle.forms, **bundle.decisions}
    digests = {path: _store_file(connection, content) for path, content in files.items()}
    connection.execute(insert(definition_part), _parts(str(row["id"]), digests))
    return version


def _store_starts(connection: Connection, version: str, compiled: Definition) -> None:
    names = {"message": compiled.start_messages, "signal": compiled.start_signals}
    rows = [{"definition_version": version, "kind": kind, "name": name} for kind, starts in names.items() for name in starts]
    if rows:
        connection.execute(insert(definition_start), rows)


def _parts(version: str, digests: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"definition_version": version, "path": path, "file": digest} for path, digest in digests.items()]


def _store_file(connection: Connection, content: bytes) -> str:
    digest = sha256_hex(content)
    known = connection.execute(select(definition_file.c.sha256).where(definition_file.c.sha256 == digest)).first()
    if known is None:
        connection.execute(insert(definition_file).values(sha256=digest, content=content))
    return digest
