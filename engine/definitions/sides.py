"""Two sides of a process beside each other: stored versions or what a design draws, their differences and their drawings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from engine.definitions.designs import design_by_id, sources_of
from engine.definitions.differences import differences
from engine.definitions.needed import files_of_process
from engine.definitions.outline import Outline, outline
from engine.definitions.repository import latest, stored_sources
from engine.definitions.shelf import Shelf
from engine.definitions.source import Sources
from engine.history.transaction import Reading
from engine.kernel.errors import NotFound, Refused
from engine.storage.schema import definition_version

DESIGN = "design:"  # before the id of a design, where a side may be a version too
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareSides:
    """Ask what differs between two sides of a process: each the id of a version, or `design:` and the id of a design.

    `old` "": nothing, for a process that is new. `drawn`: which of the processes that differ is to be drawn, "" for the process itself.
    """

    process: str
    old: str
    new: str
    drawn: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side. `version`: its number, None for a design; `name`: of the design; `xml`: the drawing, "" when it has none of it."""

    side: str
    version: int | None
    name: str
    xml: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What differs. `name`: of the process as drawn; `differing`: (process, name) of all that differ; `names`: (process, element) → name."""

    process: str
    name: str
    drawn: str
    differing: tuple[tuple[str, str], ...]
    old: Side
    new: Side
    found: Json
    names: dict[tuple[str, str], str]


def answer_sides(query: CompareSides, reading: Reading) -> Compared:
    """Compare. Raises NotFound for a side or process that is none, Refused for a drawing, InvalidInput for a form that cannot be read."""
    connection = reading.connection
    before, after = _sources(connection, query.process, query.old), _sources(connection, query.process, query.new)
    old, new = outline(before), outline(after)
    if query.process not in old.calls.keys() | new.calls.keys():
        raise NotFound(f"Expected the key of a process, but neither side has one of the key {query.process!r}. Choose one of the list.")
    found = differences(old, new, query.process)
    names = {key: part.name for key, part in {**old.parts, **new.parts}.items()}
    drawn = query.drawn if (query.drawn, query.drawn) in names else query.process
    differing = tuple((key, names.get((key, key)) or key) for key in _differing(found, query.process))
    return Compared(
        process=query.process, name=names.get((query.process, query.process)) or query.process, drawn=drawn, differing=differing,
        old=_side(connection, query.old, before, old, drawn), new=_side(connection, query.new, after, new, drawn), found=found, names=names,
    )  # fmt: skip


def _sources(connection: Connection, process: str, side: str) -> Sources:
    if not side:
        return Sources(files={})
    if side.startswith(DESIGN):
        identity = side.removeprefix(DESIGN)
        design_by_id(connection, identity)
        return _drawn_in(sources_of(connection, identity), process)
    key = connection.execute(select(definition_version.c.key).where(definition_version.c.id == side)).scalar_one_or_none()
    if key != process:
        latest(connection, process)  # says so when there is no such process
        raise NotFound(f"Expected the id of a version of {process!r}, but found {side!r}, which none has. Choose one of its list.")
    return stored_sources(connection, side)


def _drawn_in(sources: Sources, process: str) -> Sources:
    """Return what a design has of a process. Raises Refused where a file that cannot be read may be the one that holds it."""
    found = files_of_process(sources, process)
    broken = () if found.files else Shelf(sources.diagrams).findings
    for finding in broken:
        raise Refused(f"Expected a drawing of {process} that can be read, but {finding.file} cannot be: {finding.message} Open it as text and mend it.")
    return found


def _side(connection: Connection, side: str, sources: Sources, outlined: Outline, drawn: str) -> Side:
    version, name = None, ""
    if side.startswith(DESIGN):
        name = str(design_by_id(connection, side.removeprefix(DESIGN)).name)
    elif side:
        version = connection.execute(select(definition_version.c.version).where(definition_version.c.id == side)).scalar_one()
    place = Shelf(sources.diagrams).first.get(drawn) if drawn in outlined.calls else None
    return Side(side=side, version=version, name=name, xml=sources.files[place.file].decode("utf-8", "replace") if place else "")


def _differing(found: Json, process: str) -> list[str]:
    """Return the processes with elements that differ, the one that was asked for first."""
    parts = {entry["process"] for entries in found["elements"].values() for entry in entries}
    return [process, *sorted((parts | set(found["called"]["added"]) | set(found["called"]["removed"])) - {process})]
