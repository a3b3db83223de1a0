"""The audit record, schema v1 (AUDIT.md 4): every group of fields, whatever the action."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SCHEMA = 1
LOG = "chidao/log1"
ACCESS_LOG = "chidao/log1/access"  # reads: who looked at what (AUDIT.md 5.8); a log of the same kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a record is about, or an object that it touches."""

    type: str
    id: str
    qualifier: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field with its old and new value."""

    field: str
    old: Any = None
    new: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """The place in the process, when the action has one."""

    definition: dict[str, Any] | None = None
    instance: str | None = None
    element: str | None = None
    task: str | None = None
    call_path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What a handler tells the history; the history adds envelope, time, actor, cause and seal."""

    action: str
    subject: Subject
    objects: tuple[Subject, ...] = ()
    changes: tuple[Change, ...] = ()
    documents: tuple[dict[str, Any], ...] = ()
    reason: dict[str, str] | None = None
    basis: str | None = None
    where: Where = field(default_factory=Where)
    streams: tuple[str, ...] = ()
    state: tuple[dict[str, Any], ...] = ()  # the rows that were written (state.py); the transaction adds them when it is sealed
    outcome: str = "done"
    code: str = ""
    occurred_at: str | None = None
    occurred_source: str = "now"


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is the same for all facts of one command."""

    recorded_at: str
    actor: dict[str, Any]
    on_behalf_of: str | None
    auth: dict[str, str]
    policy: str
    command: str
    correlation: str
    caused_by: int | None = None
    batch: str | None = None
    delegation: dict[str, Any] | None = None


def body(fact: Fact, circumstances: Circumstances, *, envelope: dict[str, Any]) -> dict[str, Any]:
    """Return the record as one object, ready to be made canonical."""
    where = fact.where
    return {
        **envelope,
        "v": SCHEMA,
        "recorded_at": circumstances.recorded_at,
        "occurred_at": fact.occurred_at or circumstances.recorded_at,
        "occurred_source": fact.occurred_source,
        "clock": {"source": "server", "offset_ms": None},
        "actor": circumstances.actor,
        "on_behalf_of": circumstances.on_behalf_of,
        "delegation": circumstances.delegation,
        "auth": circumstances.auth,
        "key": None,
        "policy": circumstances.policy,
        "outcome": fact.outcome,
        "code": fact.code,
        "action": fact.action,
        "subject": _subject(fact.subject),
        "objects": [_subject(item) for item in fact.objects],
        "changes": [{"field": change.field, "old": change.old, "new": change.new} for change in fact.changes],
        "state": list(fact.state),
        "documents": list(fact.documents),
        "reason": fact.reason,
        "basis": fact.basis,
        "definition": where.definition,
        "instance": where.instance,
        "element": where.element,
        "element_instance": where.task,
        "task": where.task,
        "call_path": list(where.call_path),
        "command": circumstances.command,
        "correlation": circumstances.correlation,
        "caused_by": circumstances.caused_by,
        "batch": circumstances.batch,
        "security": "normal",
        "retention": "directive",
        "personal": False,
    }


def _subject(subject: Subject) -> dict[str, str]:
    return {"type": subject.type, "id": subject.id, "qualifier": subject.qualifier}
