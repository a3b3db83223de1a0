"""A sealed record as every format tells it: what happened, when, who did it, to which things, and in words that fit a cell."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.audit.exports.names import Names
from engine.audit.exports.records import Sealed
from engine.history.state import written_in
from engine.storage.written import Written

ELEMENT, LEFT = "element", "left"  # an element of a diagram is no thing of its own: every case of the process has it
WORK = "done"  # how a record names the message, timer or result that it has dealt with
DIRECTIVE, ROOT = "directive", "root"
DONE = "done"  # the outcome of what was not denied, refused or failed
_ALSO_CALLED = {"user_task": "task"}  # a table whose rows the records call by another word


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """Something that a record is about, or touches. `version`: which one of it, where it has versions."""

    type: str
    id: str
    qualifier: str
    version: str = ""

    @property
    def key(self) -> str:
        """The name of the thing among all things of all types."""
        return f"{self.type}:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A record. `things`: its subject first, then what it touches, the root directives among them. `told`: every field of AUDIT.md 4."""

    id: str
    sealed: Sealed
    told: Mapping[str, Any]
    things: tuple[Thing, ...]
    roots: tuple[str, ...]

    @property
    def at(self) -> str:
        """When it was recorded: UTC with milliseconds."""
        return str(self.told["recorded_at"])

    @property
    def action(self) -> str:
        """What was done."""
        return str(self.told["action"])

    @property
    def is_done(self) -> bool:
        """Tell whether it was done, and not denied, refused or failed."""
        return bool(self.told["outcome"] == DONE)

    @property
    def actor(self) -> Mapping[str, Any]:
        """Who did it."""
        return self.told.get("actor") or {}

    @property
    def rows(self) -> Iterator[tuple[Thing, Written]]:
        """The rows that it wrote, each with the thing that it is; `qualifier`: created, changed or deleted."""
        for row in written_in(self.told):
            how = "created" if row.old is None else "deleted" if row.new is None else "changed"
            yield Thing(type=_ALSO_CALLED.get(row.table, row.table), id=row.key, qualifier=how), row


def events(records: Iterable[Sealed]) -> Iterator[Event]:
    """Yield records as events, in their order."""
    for sealed in records:
        yield event_of(sealed)


def event_of(sealed: Sealed) -> Event:
    """Return a record as an event. What is left of one that was disposed of has its action, its moment and where it stood."""
    told = sealed.opened()
    roots = tuple(stream["id"] for stream in told["streams"])
    return Event(id=f"{sealed.log}/{sealed.seq}", sealed=sealed, told=told, things=tuple(dict.fromkeys(_things(told, roots))), roots=roots)


def _things(told: Mapping[str, Any], roots: Iterable[str]) -> Iterator[Thing]:
    subject = told["subject"]
    yield Thing(type=subject["type"], id=subject["id"], qualifier="subject", version=subject["qualifier"])
    for each in told["objects"]:
        if each["type"] != ELEMENT and each["qualifier"] != WORK:
            name, _colon, version = each["qualifier"].partition(":")  # "included:2": the second version of a report
            yield Thing(type=each["type"], id=each["id"], qualifier=name, version=version)
    for root in roots:
        yield Thing(type=DIRECTIVE, id=root, qualifier=ROOT)
    if told["instance"]:
        yield Thing(type="instance", id=told["instance"], qualifier="case")
    if told["task"]:
        yield Thing(type="task", id=told["task"], qualifier="task")
    for each in told["documents"]:
        yield Thing(type="document", id=each["sha256"], qualifier="document")


def fields_of(event: Event, names: Names) -> dict[str, str | int]:
    """Return what a record says besides its things, a name and a plain value for each; what it does not say is left out."""
    told, actor = event.told, event.actor
    definition, reason = told["definition"] or {}, told["reason"] or {}
    unit = actor.get("unit")
    found: dict[str, Any] = {
        "log": event.sealed.log,
        "record": event.sealed.seq,
        "stream_record": event.sealed.stream_seq,
        "outcome": told["outcome"],
        "code": told["code"],
        "actor": actor.get("id"),
        "actor_type": actor.get("type"),
        "actor_name": actor.get("name"),
        "post": actor.get("title"),
        "unit": unit,
        "unit_name": names.unit(unit) if unit else None,
        "on_behalf_of": names.whoever(told["on_behalf_of"]) if told["on_behalf_of"] else None,
        "policy": told["policy"],
        "version": told["subject"]["qualifier"],
        "directives": "; ".join(names.directive(root) for root in event.roots),
        "instance": told["instance"],
        "process": definition.get("key"),
        "process_version": definition.get("version"),
        "element": told["element"],
        "left": " ".join(each["id"] for each in told["objects"] if (each["type"], each["qualifier"]) == (ELEMENT, LEFT)),
        "task": told["task"],
        "reason_code": reason.get("code"),
        "reason": reason.get("text"),
        "basis": told["basis"],
        "occurred_at": told["occurred_at"] if told["occurred_at"] != event.at else None,
        "occurred_source": told["occurred_source"] if told["occurred_source"] != "now" else None,
        "changes": compact(told["changes"]) if told["changes"] else None,
        "command": told["command"],
        "batch": told["batch"],
        "caused_by": told["caused_by"],
        "record_hash": event.sealed.record_hash,
        "key": event.sealed.key_id,
        "disposed_under": told.get("disposed"),
    }
    return {name: value for name, value in found.items() if value not in (None, "")}


def compact(value: Any) -> str:
    """Return JSON on one line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
