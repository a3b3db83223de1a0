"""Stored definitions: which version is in force, and any version compiled. Compiled ones are kept, least recently used go first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from threading import Lock

from sqlalchemy import ColumnElement, Connection, bindparam, exists, func, select

from engine.bpmn import Definition, compile_definition
from engine.definitions.check import read_form
from engine.definitions.forms import Form
from engine.definitions.functions import functions_of
from engine.definitions.source import Sources
from engine.directory.working_calendar import calendar_of, seen_calendar
from engine.kernel.calendar import WorkingCalendar
from engine.kernel.errors import NotFound
from engine.storage.schema import definition_file, definition_part, definition_start, definition_version, process_withdrawal

CACHED = 128  # compiled versions kept by a process, some 100 KB each


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """One stored version. `deployed_at`: the moment at which it was last put in force; `withdrawn_from`: of one in force, the day (YYYY-MM-DD)
    from which its process begins no new case, None while it begins them."""

    id: str
    key: str
    version: int
    sha256: str
    deployed_at: str
    withdrawn_from: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One version, ready to run. Immutable and shared between threads."""

    id: str
    key: str
    version: int
    sha256: str
    definition: Definition
    forms: Mapping[str, Form]
    calendar: WorkingCalendar


def latest(connection: Connection, key: str) -> VersionRow:
    """Return the version of process `key` that is in force. Raises `NotFound` when none was deployed."""
    found = find_latest(connection, key)
    if found is None:
        raise NotFound(f"Expected a deployed process {key!r}, but there is none. Deploy its diagram first.", key=key)
    return found


def find_latest(connection: Connection, key: str) -> VersionRow | None:
    """Return the version of process `key` that is in force; None when none was deployed."""
    versions = select(definition_version).where(definition_version.c.key == key)
    row = connection.execute(versions.order_by(definition_version.c.deployed_at.desc()).limit(1)).mappings().first()
    return VersionRow(**row) if row is not None else None


_NEWER = definition_version.alias("newer")
_SUPERSEDED = exists().where(_NEWER.c.key == definition_version.c.key, _NEWER.c.deployed_at > definition_version.c.deployed_at)
_STARTERS = (
    select(definition_version.c.key)
    .join(definition_start, definition_start.c.definition_version == definition_version.c.id)
    .where(definition_start.c.kind == bindparam("b_kind"), definition_start.c.name == bindparam("b_name"), ~_SUPERSEDED)
    .order_by(definition_version.c.key)
)


def starters(connection: Connection, name: str, *, kind: str = "message") -> list[str]:
    """Return the keys of the processes whose version in force begins with the message (or signal) `name`, sorted."""
    return list(connection.execute(_STARTERS, {"b_kind": kind, "b_name": name}).scalars())


def begins_with(message: str) -> ColumnElement[bool]:
    """Return the condition that a version, in force or not, begins with `message`."""
    begun = (definition_start.c.definition_version == definition_version.c.id) & (definition_start.c.kind == "message")
    return exists().where(begun, definition_start.c.name == message)


def all_latest(connection: Connection) -> list[VersionRow]:
    """Return the version in force of every process, also of one that is withdrawn, sorted by key."""
    return sorted(_in_force(connection), key=lambda row: row.key)


def beginning(connection: Connection, day: date) -> list[VersionRow]:
    """Return the version in force of every process that begins new cases on a day, sorted by key."""
    return [row for row in all_latest(connection) if row.withdrawn_from is None or row.withdrawn_from > day.isoformat()]


def stored_sources(connection: Connection, version_id: str) -> Sources:
    """Return the files of a version: its diagrams, forms and decision tables. Empty when there is no such version."""
    query = (
        select(definition_part.c.path, definition_file.c.content)
        .join(definition_file, definition_file.c.sha256 == definition_part.c.file)
        .where(definition_part.c.definition_version == version_id)
        .order_by(definition_part.c.path)
    )
    return Sources(files={row.path: bytes(row.content) for row in connection.execute(query)})


def definition(connection: Connection, version_id: str) -> Deployment:
    """Return a version, compiled, from the memory of this process or from the database. Raises `NotFound`.

    One that was compiled with another calendar than the database's present one is compiled again.
    """
    calendar = seen_calendar(connection)
    with _lock:
        kept = _compiled.get(version_id)
        if kept is not None and kept.calendar is calendar:
            _compiled.move_to_end(version_id)
            return kept
    found = _load(connection, version_id)  # two threads may both do this: the same result
    with _lock:
        _compiled[version_id] = found
        while len(_compiled) > CACHED:
            _compiled.popitem(last=False)
    return found


_compiled: OrderedDict[str, Deployment] = OrderedDict()  # version id → deployment: versions never change, calendars do
_lock = Lock()


def _load(connection: Connection, version_id: str) -> Deployment:
    row = connection.execute(select(definition_version).where(definition_version.c.id == version_id)).one_or_none()
    if row is None:
        raise NotFound(f"Expected a definition with the id {version_id}, but there is none.", version=version_id)
    sources, calendar = stored_sources(connection, version_id), calendar_of(connection)
    forms = [read_form(path, content) for path, content in sources.forms.items()]
    return Deployment(
        id=row.id,
        key=row.key,
        version=row.version,
        sha256=row.sha256,
        definition=compile_definition(row.key, sources.diagrams, functions=functions_of(calendar), decisions=sources.decisions),
        forms={form.key: form for form in forms},
        calendar=calendar,
    )


def _in_force(connection: Connection) -> list[VersionRow]:
    newest = (
        select(definition_version.c.key, func.max(definition_version.c.deployed_at).label("moment")).group_by(definition_version.c.key).subquery()
    )
    query = (
        select(definition_version, process_withdrawal.c.from_day.label("withdrawn_from"))
        .join(newest, (newest.c.key == definition_version.c.key) & (newest.c.moment == definition_version.c.deployed_at))
        .outerjoin(process_withdrawal, process_withdrawal.c.process == definition_version.c.key)
    )
    return [VersionRow(**row) for row in connection.execute(query).mappings()]
