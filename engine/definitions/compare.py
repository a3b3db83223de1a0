"""The question what differs between two stored versions of a process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from engine.definitions.differences import differences
from engine.definitions.outline import outline
from engine.definitions.repository import VersionRow, latest, stored_sources
from engine.definitions.source import Sources
from engine.history.transaction import Reading
from engine.kernel.errors import NotFound, Refused
from engine.storage.schema import definition_version


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareVersions:
    """Ask what differs. Without `to`: the version in force; without `source`: the one that was in force before `to`."""

    process: str
    source: int | None = None
    to: int | None = None


def answer_compare(query: CompareVersions, reading: Reading) -> dict[str, Any]:
    """Return the differences of two versions. Raises NotFound, Refused when there is one version only."""
    connection = reading.connection
    to = latest(connection, query.process) if query.to is None else _version(connection, query.process, query.to)
    source = _before(connection, to) if query.source is None else _version(connection, query.process, query.source)
    old, new = stored_sources(connection, source.id), stored_sources(connection, to.id)
    found = differences(outline(old), outline(new), query.process)
    return {"from": _named(source), "to": _named(to), **found}


def compare_files(old: Sources, new: Sources) -> dict[str, Any]:
    """Return the differences of two sets of files, process by process, each with what is its own."""
    before, after = outline(old), outline(new)
    both = sorted(before.calls.keys() & after.calls.keys())
    return {
        "processes": [differences(before, after, process, deep=False) for process in both],
        "added": sorted(after.calls.keys() - before.calls.keys()),
        "removed": sorted(before.calls.keys() - after.calls.keys()),
    }


def _version(connection: Connection, process: str, number: int) -> VersionRow:
    query = select(definition_version).where(definition_version.c.key == process, definition_version.c.version == number)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        latest(connection, process)  # says so when there is no such process
        raise NotFound(f"Expected a version of {process} that was deployed, but {number} was not. Choose an earlier one.")
    return VersionRow(**row)


def _before(connection: Connection, to: VersionRow) -> VersionRow:
    query = select(definition_version).where(definition_version.c.key == to.key, definition_version.c.deployed_at < to.deployed_at)
    row = connection.execute(query.order_by(definition_version.c.deployed_at.desc()).limit(1)).mappings().one_or_none()
    if row is None:
        raise Refused(f"Expected a version of {to.key} before version {to.version} to compare with, but there is none. Name one with --from.")
    return VersionRow(**row)


def _named(row: VersionRow) -> dict[str, Any]:
    return {"version": row.version, "sha256": row.sha256}
