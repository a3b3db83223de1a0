"""What somebody may start about a directive: the processes whose diagrams say that a person starts them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from threading import Lock

from sqlalchemy import Connection, literal, select

from engine.access.places import places_of
from engine.bpmn import PersonStart
from engine.definitions.repository import beginning, definition
from engine.history.transaction import Reading
from engine.instances.startable import may_begin
from engine.kernel.clock import local_date
from engine.storage.schema import definition_file, definition_part, directive, dispatch

MARK = b"startedBy="  # of a diagram with a start by a person: the others are not compiled only to learn that they have none


@dataclass(frozen=True, slots=True, kw_only=True)
class ListStarts:
    """What the actor may start about a directive."""

    directive: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A process that the actor may start for an organisation. `said`: what the diagram writes at its start."""

    process: str
    name: str
    said: str
    organisation: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    start: PersonStart
    name: str
    said: str


_known: dict[str, _Known | None] = {}  # by version: a version never changes
_lock = Lock()


def answer_starts(query: ListStarts, reading: Reading) -> tuple[Start, ...]:
    """Return them by organisation and name; four statements once the diagrams in force are known to this process."""
    connection = reading.connection
    issued = select(directive.c.issuer.label("organisation"), literal(1).label("issued")).where(directive.c.id == query.directive)
    received = select(dispatch.c.organisation, literal(0)).where(dispatch.c.directive == query.directive)
    places = places_of(connection, reading.actor.id, local_date(reading.now))
    units = [place.organisation for place in places]
    rows = connection.execute(issued.union(received.where(dispatch.c.organisation.in_(units))))
    parties = {(row.organisation, bool(row.issued)) for row in rows}
    starts = person_starts(connection, local_date(reading.now))
    found = {
        Start(process=key, name=each.name, said=each.said, organisation=place.organisation, unit=place.name)
        for place in places
        for key, each in starts.items()
        if each.start.about_directive and each.start.open_to(place.roles) and may_begin(each.start, place.organisation, parties)
    }
    return tuple(sorted(found, key=lambda start: (start.unit, start.said, start.process)))


def person_starts(connection: Connection, day: date) -> Mapping[str, _Known]:
    """Return, by process, the starts by people of the versions in force that begin cases on a day."""
    versions = beginning(connection, day)
    unknown = [row.id for row in versions if row.id not in _known]
    if unknown:
        parts = (
            select(definition_part.c.definition_version, definition_file.c.content)
            .join(definition_file, definition_file.c.sha256 == definition_part.c.file)
            .where(definition_part.c.definition_version.in_(unknown), definition_part.c.path.like("%.bpmn"))
        )
        marked = {row.definition_version for row in connection.execute(parts) if MARK in bytes(row.content)}
        learnt = {each: _learn(connection, each) if each in marked else None for each in unknown}
        with _lock:
            _known.update(learnt)
    return {row.key: found for row in versions if (found := _known[row.id]) is not None}


def _learn(connection: Connection, version: str) -> _Known | None:
    compiled = definition(connection, version).definition
    if compiled.person_start is None:
        return None
    said = compiled.elements[compiled.person_start.element].name
    return _Known(start=compiled.person_start, name=compiled.name or compiled.process_id, said=said or compiled.name)
