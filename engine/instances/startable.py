"""What somebody may start, in which of their organisations, and about which letter."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, literal, select, union

from engine.access.places import places_of
from engine.bpmn import PersonStart
from engine.definitions.repository import beginning, definition
from engine.history.transaction import Reading
from engine.kernel.clock import local_date
from engine.kernel.errors import NotFound
from engine.storage.schema import directive, dispatch

_PARTIES = union(
    select(directive.c.issuer.label("organisation"), literal(1).label("issued")).where(directive.c.id == bindparam("b_directive")),
    select(dispatch.c.organisation, literal(0)).where(dispatch.c.directive == bindparam("b_directive")),
)
_starts: dict[str, tuple[str, PersonStart | None]] = {}  # version → its name and how a person starts it: versions never change


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatCanStart:
    """Ask what one may start about a letter, or, without one, about none."""

    directive: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Startable:
    """A process that one may start in an organisation."""

    process: str
    name: str
    organisation: str
    organisation_name: str


def answer_startable(query: WhatCanStart, reading: Reading) -> tuple[Startable, ...]:
    """Return what the actor may start, by name: processes whose lane's role they hold, in organisations that the letter concerns.

    Raises NotFound for a letter that there is not.
    """
    connection, today = reading.connection, local_date(reading.now)
    places = places_of(connection, reading.actor.id, today)
    parties = {(row.organisation, bool(row.issued)) for row in connection.execute(_PARTIES, {"b_directive": query.directive})} if query.directive else set()
    if query.directive and not parties:
        raise NotFound(f"Expected the id of a directive, but found {query.directive!r}, which none has.")
    found: dict[tuple[str, str], Startable] = {}
    for version in beginning(connection, today):
        name, begin = _start(connection, version.id)
        if begin is None or begin.about_directive != bool(query.directive):
            continue
        for place in places:
            if begin.open_to(place.roles) and (not begin.about_directive or may_begin(begin, place.organisation, parties)):
                found[version.key, place.organisation] = Startable(
                    process=version.key, name=name, organisation=place.organisation, organisation_name=place.name
                )
    return tuple(sorted(found.values(), key=lambda each: (each.name, each.organisation_name)))


def may_begin(begin: PersonStart, unit: str, parties: Collection[tuple[str, bool]]) -> bool:
    """Tell whether an organisation is on the side of a letter from which a process starts. `parties`: (organisation, whether it issued it)."""
    return begin.concerns(issued=(unit, True) in parties, received=(unit, False) in parties)


def _start(connection: Connection, version: str) -> tuple[str, PersonStart | None]:
    if version not in _starts:
        compiled = definition(connection, version)
        _starts[version] = (compiled.definition.name or compiled.key, compiled.definition.person_start)
    return _starts[version]
