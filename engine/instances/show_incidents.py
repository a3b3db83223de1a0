"""Questions about incidents: which there are, and where the tokens of an instance stand."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from engine import bpmn
from engine.history.transaction import Reading
from engine.instances.load import load
from engine.storage.holds import UNRESOLVED
from engine.storage.schema import definition_version, incident, instance, organisation

RETRYING, OPEN, RESOLVED = "retrying", "open", "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListIncidents:
    """Ask for the unresolved incidents, oldest first: of one organisation or of all; with `all` for the resolved ones too.

    `identity`: for this one only.
    """

    organisation: str | None = None
    all: bool = False
    identity: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowTokens:
    """Ask where the tokens of a running instance stand."""

    instance: str


def answer_incidents(query: ListIncidents, reading: Reading) -> list[dict[str, Any]]:
    """Return the incidents, each with what failed, why, what it saw, how often, and when it is tried again."""
    rows = (
        select(incident, definition_version.c.key.label("process"), definition_version.c.version, organisation.c.name.label("unit"))
        .outerjoin(instance, instance.c.id == incident.c.instance)
        .outerjoin(definition_version, definition_version.c.id == instance.c.definition_version)
        .outerjoin(organisation, organisation.c.id == incident.c.organisation)
        .order_by(incident.c.created_at, incident.c.id)
    )
    if not query.all:
        rows = rows.where(UNRESOLVED)
    if query.identity is not None:
        rows = rows.where(incident.c.id == query.identity)
    if query.organisation is not None:
        rows = rows.where(incident.c.organisation == query.organisation)
    return [_told(row) for row in reading.connection.execute(rows)]


def _told(row: Row[Any]) -> dict[str, Any]:
    plain = ("id", "instance", "process", "version", "kind", "element", "message", "attempts", "next_attempt", "created_at", "failed_at")
    return {
        **{name: getattr(row, name) for name in plain},
        "organisation": row.unit,
        "call_path": json.loads(row.call_path),
        "data": json.loads(row.data),
        "status": RESOLVED if row.resolved_at else RETRYING if row.next_attempt else OPEN,
        "resolved_at": row.resolved_at,
        "resolution": row.resolution,
    }


def answer_tokens(query: ShowTokens, reading: Reading) -> list[dict[str, Any]]:
    """Return the tokens, outermost first; events that only listen are none."""
    loaded = load(reading.connection, query.instance)
    found = bpmn.tokens(loaded.case.deployment.definition, loaded.state, now=reading.now)
    return [
        {"token": each.id, "element": each.element, "name": each.name, "call_path": list(each.call_path)} for each in found if not each.listens
    ]
