"""The audit record, schema v2 (AUDIT.md 4): every group of fields, whatever the action, and the bytes that are sealed.

The bytes leave out what is usual, which is most of a record; whoever reads them has every field (`opened`). Version 1 left out nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from engine.history.sealed_values import holds_sealed
from engine.history.stub import is_stub, withheld
from engine.kernel.canonical import canonical_json

SCHEMA = 2
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
        "personal": any(holds_sealed(value) for change in fact.changes for value in (change.old, change.new)),
    }


def _subject(subject: Subject) -> dict[str, str]:
    return {"type": subject.type, "id": subject.id, "qualifier": subject.qualifier}


# --- what is sealed ---------------------------------------------------------------------------------------------------

SAME = {"occurred_at": "recorded_at", "correlation": "command", "element_instance": "task", "schema": "v"}  # left out where both are the same


def _usual() -> dict[str, Any]:
    """Return the fields that are left out when they hold this; a part of the format, so nothing here may ever change."""
    return {
        "basis": None,
        "batch": None,
        "call_path": [],
        "caused_by": None,
        "changes": [],
        "clock": {"source": "server", "offset_ms": None},
        "code": "",
        "definition": None,
        "delegation": None,
        "documents": [],
        "element": None,
        "instance": None,
        "key": None,
        "objects": [],
        "occurred_source": "now",
        "on_behalf_of": None,
        "outcome": "done",
        "personal": False,
        "reason": None,
        "retention": "directive",
        "security": "normal",
        "state": [],
        "streams": [],
        "task": None,
    }


USUAL: Mapping[str, Any] = _usual()


def sealed_bytes(sealed: Mapping[str, Any]) -> bytes:
    """Return the bytes of a record that are hashed and kept: canonical JSON of what is not usual.

    An object whose qualifier is its type, and a stream whose last record is the log's, do not say it again; neighbours among
    the objects that differ only in their ids are one entry with a list of them.
    """
    short = {name: value for name, value in sealed.items() if not _goes_without_saying(sealed, name, value)}
    short["subject"] = _without(sealed["subject"], "qualifier", "")
    if sealed["objects"]:
        short["objects"] = [_without(_together(list(alike)), "qualifier", kind) for (kind, _), alike in groupby(sealed["objects"], key=_likeness)]
    if sealed["streams"]:
        short["streams"] = [_without(each, "prev", sealed["prev"]) for each in sealed["streams"]]
    return canonical_json(short)


def opened(content: bytes | memoryview) -> dict[str, Any]:
    """Return a record with every field from its sealed bytes, whatever version wrote them.

    Of one that was disposed of only a stub is there: it has `disposed`, the id of the disposal, and nothing of who and what.
    Raises ValueError, KeyError or TypeError for bytes that are no record.
    """
    told = json.loads(bytes(content))
    sealed = {**_usual(), **(withheld(told["disposed"]) if is_stub(content) else {}), **told}
    for name, other in SAME.items():
        if name not in sealed:
            sealed[name] = sealed[other]
    sealed["subject"] = {"qualifier": "", **sealed["subject"]}
    sealed["objects"] = [{"qualifier": each["type"], **each, "id": identity} for each in sealed["objects"] for identity in _ids(each)]
    sealed["streams"] = [{"prev": sealed["prev"], **each} for each in sealed["streams"]]
    return sealed


def _likeness(thing: Mapping[str, Any]) -> tuple[Any, Any]:
    return thing["type"], thing["qualifier"]


def _together(alike: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    return alike[0] if len(alike) == 1 else {**alike[0], "id": [each["id"] for each in alike]}


def _ids(thing: Mapping[str, Any]) -> list[Any]:
    told = thing["id"]
    return told if isinstance(told, list) else [told]


def _goes_without_saying(sealed: Mapping[str, Any], name: str, value: Any) -> bool:
    if name in SAME:
        return bool(value == sealed[SAME[name]])
    return name in USUAL and value == USUAL[name] and type(value) is type(USUAL[name])


def _without(entry: Mapping[str, Any], name: str, usual: Any) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key != name or value != usual}
