"""Whether stored definitions are still what was deployed: every file by its digest, every version by its content and its record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select

from engine.definitions.deploy import version_digest
from engine.definitions.repository import stored_sources
from engine.history.record import opened
from engine.kernel.canonical import sha256_hex
from engine.storage.schema import definition_file, definition_version, history_record

LEVEL = 6  # AUDIT.md 5: documents by digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Altered:
    """A stored definition that is not what was deployed. `record`: of its deployment in the history, 0 when there is none."""

    record: int
    field: str
    expected: str
    found: str


def altered(connection: Connection) -> Iterator[Altered]:
    """Yield every stored file and version that differs from its digest, or from what the history says was deployed."""
    for row in connection.execute(select(definition_file)):
        found = sha256_hex(bytes(row.content))
        if found != row.sha256:
            yield Altered(record=0, field="definition_file.content", expected=row.sha256, found=found)
    deployed = _deployed(connection)
    for row in connection.execute(select(definition_version).order_by(definition_version.c.key, definition_version.c.version)).all():
        name = f"definition_version {row.key} {row.version}"
        record, expected = deployed.get((row.key, row.version), (0, row.sha256))
        if row.sha256 != expected:
            yield Altered(record=record, field=f"{name}.sha256", expected=expected, found=row.sha256)
        found = version_digest(row.key, stored_sources(connection, row.id))
        if found != row.sha256:
            yield Altered(record=record, field=f"{name}.parts", expected=row.sha256, found=found)


def _deployed(connection: Connection) -> dict[tuple[str, int], tuple[int, str]]:
    """Return (process, version) → record and digest, of the deployments that the history holds."""
    columns = history_record.c
    keys = connection.execute(select(definition_version.c.key).distinct()).scalars().all()  # by which the records are found without reading all of them
    query = select(columns.seq, columns.body).where(columns.subject.in_(keys), columns.action == "process.deployed", columns.outcome == "done")
    found: dict[tuple[str, int], tuple[int, str]] = {}
    for row in connection.execute(query.order_by(history_record.c.recorded_at, history_record.c.seq)):
        try:
            body = opened(row.body)
            digest = next((change["new"] for change in body["changes"] if change["field"] == "sha256"), "")
            found.setdefault((body["subject"]["id"], int(body["subject"]["qualifier"])), (row.seq, digest))
        except (ValueError, KeyError, TypeError):
            continue  # the check of the history itself names the record
    return found
