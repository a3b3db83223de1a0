"""A record as people read it: its step and its form's fields under the titles that they had in the version of then."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, select

from engine.audit.case_graph import drawing
from engine.audit.desk.names import Name, ids_in, names_of
from engine.definitions.source import form_key
from engine.history.record import opened
from engine.storage.schema import definition_file, definition_part, definition_version, user_task

FORM = "form."  # before the name of a field that somebody filled in
Titles = Mapping[str, Mapping[str, Any]]  # fields of a form by their names, as its schema has them


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One record. `number`: through all logs of its series; `element`, `process`: what they were called in the diagram, `steps` all that it
    names there by their ids; `fields`: of the form that was filled in. `whole`: its bytes could be read; else `sealed` says only what stands in the columns."""

    log: str
    seq: int
    number: int
    sealed: Mapping[str, Any]
    element: str = ""
    process: str = ""
    fields: Titles = field(default_factory=dict)
    steps: Mapping[str, str] = field(default_factory=dict)
    whole: bool = True

    @property
    def changes(self) -> Sequence[Mapping[str, Any]]:
        """The fields that changed: name, old and new value."""
        found: Sequence[Mapping[str, Any]] = self.sealed["changes"]
        return found


def read(row: Row[Any]) -> tuple[dict[str, Any], bool]:
    """Return what the sealed bytes of a row tell, and whether they could be read at all.

    Of bytes that are no record only the columns are told: whoever looks has to see that something stands there.
    """
    try:
        return opened(bytes(row.body)), True
    except (ValueError, KeyError, TypeError):
        return _by_columns(row), False


def _by_columns(row: Row[Any]) -> dict[str, Any]:
    lists = dict.fromkeys(("changes", "objects", "streams", "documents", "state", "call_path"), ())
    nothing = dict.fromkeys(("on_behalf_of", "delegation", "reason", "basis", "definition", "element", "task", "caused_by", "batch", "code", "prev"))
    return {
        **lists,
        **nothing,
        "action": row.action,
        "outcome": row.outcome,
        "recorded_at": row.recorded_at,
        "occurred_at": row.recorded_at,
        "occurred_source": "now",
        "security": "normal",
        "personal": False,
        "actor": {"type": "person", "id": row.actor, "name": None},
        "subject": {"type": row.subject_type, "id": row.subject, "qualifier": ""},
        "instance": row.instance,
        "command": f"{row.log}:{row.seq}",
        "correlation": f"{row.log}:{row.seq}",
    }


class Versions:
    """What elements and forms were called in the versions of processes that records name; each is read once a page."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._ids: dict[tuple[str, int], str | None] = {}
        self._forms: dict[str, str] = {}  # task → its form
        self._fields: dict[tuple[str, str], Titles] = {}

    def know(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Find out which forms the tasks of some records had: one statement for all of them."""
        tasks = sorted({each["task"] for each in records if each["task"] and _is_filled_in(each)} - self._forms.keys())
        rows = self._connection.execute(select(user_task.c.id, user_task.c.form).where(user_task.c.id.in_(tasks))) if tasks else ()
        self._forms |= {row.id: row.form for row in rows}

    def places(self, sealed: Mapping[str, Any]) -> tuple[dict[str, str], str]:
        """Return what the elements that a record names are called, by their ids, and its process."""
        version = self._version(sealed)
        if version is None:
            return {}, ""
        drawn, key = drawing(self._connection, version), str(sealed["definition"]["key"])
        named = {str(sealed["element"] or ""), *(str(each["id"]) for each in sealed["objects"] if each["type"] == "element")}
        return {each: drawn.nodes[each].name for each in named if each in drawn.nodes and drawn.nodes[each].name}, drawn.names.get(key, key)

    def fields(self, sealed: Mapping[str, Any]) -> Titles:
        """Return the fields of the form that a record tells of."""
        form = self._forms.get(sealed["task"] or "")
        version = self._version(sealed) if form else None
        if not form or version is None:
            return {}
        if (version, form) not in self._fields:
            self._fields[version, form] = self._read(version, form)
        return self._fields[version, form]

    def _read(self, version: str, form: str) -> Titles:
        parts = (
            select(definition_part.c.path, definition_file.c.content)
            .join(definition_file, definition_file.c.sha256 == definition_part.c.file)
            .where(definition_part.c.definition_version == version, definition_part.c.path.like(f"%{form}.%"))
        )
        content = next((bytes(row.content) for row in self._connection.execute(parts) if form_key(row.path) == form), b"{}")
        return _properties(content)

    def _version(self, sealed: Mapping[str, Any]) -> str | None:
        told = sealed["definition"]
        if not told:
            return None
        place = str(told["key"]), int(told["version"])
        if place not in self._ids:
            named = select(definition_version.c.id).where(definition_version.c.key == place[0], definition_version.c.version == place[1])
            self._ids[place] = self._connection.execute(named).scalar_one_or_none()
        return self._ids[place]


def tell(connection: Connection, records: Sequence[tuple[str, int, int, Mapping[str, Any], bool]]) -> tuple[list[Told], dict[str, Name]]:
    """Return records (log, number in it, number through all logs, what they tell, whether it could be read), and the names of what they name."""
    versions = Versions(connection)
    versions.know(sealed for *_, sealed, _ in records)
    told = []
    for log, seq, number, sealed, whole in records:
        steps, process = versions.places(sealed)
        element, fields = steps.get(sealed["element"] or "", ""), versions.fields(sealed)
        told.append(Told(log=log, seq=seq, number=number, sealed=sealed, element=element, process=process, fields=fields, steps=steps, whole=whole))
    named = ("subject", "objects", "changes", "on_behalf_of", "instance", "streams", "documents")
    ids = {each for record in told for part in named for each in ids_in(record.sealed[part])}
    who = {str((record.sealed["actor"] or {}).get(part) or "") for record in told for part in ("id", "unit")}
    return told, names_of(connection, ids | (who - {""}))


def _is_filled_in(sealed: Mapping[str, Any]) -> bool:
    return any(str(change["field"]).startswith(FORM) for change in sealed["changes"])


@lru_cache(maxsize=256)
def _properties(content: bytes) -> Titles:
    found: Titles = json.loads(content).get("properties", {})
    return found
