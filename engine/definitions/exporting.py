"""Process files and scenarios taken out: all in force or in a design, those of some processes, or one; and what is told of one that is printed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from engine.definitions.deploy import version_digest
from engine.definitions.designs import design_by_id, files_of, sources_of
from engine.definitions.file_paths import on_disk, unlike
from engine.definitions.in_force import sources_in_force
from engine.definitions.repository import VersionRow, all_latest
from engine.definitions.scenario_files import scenario_files
from engine.definitions.shelf import Place, Shelf
from engine.definitions.source import Sources, decision_key, form_key
from engine.history.transaction import Reading
from engine.kernel.canonical import sha256_hex
from engine.kernel.clock import stamp
from engine.kernel.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFiles:
    """Ask for process files: of a design, or with "" those in force. `processes`: only their files and of what they call, empty for
    all; `changed`: only what the design changes."""

    design: str = ""
    processes: tuple[str, ...] = ()
    changed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """Process files, with the saved scenarios of their processes. `files`: by the path that they have in a folder; `known`: every such path, of other processes too;
    `processes`: (id, name) of all; `apart`: processes in force that run with older files than these: deploying would change them."""

    name: str
    files: dict[str, bytes]
    known: frozenset[str]
    processes: tuple[tuple[str, str], ...]
    apart: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionFile:
    """Ask what has to stand on a picture of a file: which it is, in which version, and when it was made."""

    design: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Caption:
    """What stands on a picture. `processes`: (id, name, version in force or None); `same`: the file is as in force;
    `edition`: of the design's own file, 0 for none; `sha256`: of the file; `at`: this moment."""

    design: str
    path: str
    processes: tuple[tuple[str, str, int | None], ...]
    same: bool
    edition: int
    sha256: str
    at: str


def answer_export(query: ExportFiles, reading: Reading) -> Exported:
    """Return the files. Raises NotFound for a design or a process that there is not."""
    connection = reading.connection
    sources = sources_of(connection, query.design) if query.design else sources_in_force(connection)
    shelf = Shelf(sources.diagrams)
    wanted = _wanted(connection, query, sources, shelf)
    places: dict[str, str] = {}  # as it is called → where it stands in a folder
    for path in sorted(sources.files, key=lambda path: (on_disk(path) != path, path)):
        places[path] = unlike(on_disk(path), places.values())
    beside = scenario_files(connection, {process: places[place.file] for process, place in shelf.first.items() if place.file in wanted})
    return Exported(
        name=design_by_id(connection, query.design).name if query.design else "",
        files={**{places[path]: content for path, content in sorted(sources.files.items()) if path in wanted}, **beside},
        known=frozenset((*places.values(), *beside)),
        processes=tuple(sorted(_named(shelf), key=lambda pair: pair[1])),
        apart=() if query.design else tuple(version.key for version in all_latest(connection) if _differs(version, sources, shelf)),
    )


def answer_caption(query: CaptionFile, reading: Reading) -> Caption:
    """Return what stands on a picture of a file. Raises NotFound."""
    connection = reading.connection
    design = design_by_id(connection, query.design)
    content = sources_of(connection, query.design).files.get(query.path)
    if content is None:
        raise NotFound(f"Expected a file of the design, but it has none at {query.path!r}. Choose one of its files.", path=query.path)
    kept, versions = files_of(connection, query.design).get(query.path), {each.key: each.version for each in all_latest(connection)}
    named = _named(Shelf(Sources(files={query.path: content}).diagrams))
    return Caption(
        design=design.name,
        path=query.path,
        processes=tuple((key, name, versions.get(key)) for key, name in named),
        same=sources_in_force(connection).files.get(query.path) == content,
        edition=kept.edition if kept else 0,
        sha256=sha256_hex(content),
        at=stamp(reading.now),
    )


def _wanted(connection: Connection, query: ExportFiles, sources: Sources, shelf: Shelf) -> Collection[str]:
    """Return the paths that were asked for."""
    found = set(sources.files)
    if query.changed:
        in_force = sources_in_force(connection).files
        found = {path for path, content in sources.files.items() if in_force.get(path) != content}
    if query.processes:
        missing = [process for process in query.processes if process not in shelf.first]
        if missing:
            raise NotFound(f"Expected processes that are there, but {', '.join(missing)} is not. Look at the list of processes.", processes=missing)
        found &= {path for process in query.processes for path in _parts(shelf.first[process], sources, shelf)}
    return found


def _parts(place: Place, sources: Sources, shelf: Shelf) -> dict[str, bytes]:
    """Return the files of a process and of all that it calls, as a version has them."""
    surveys = shelf.parts(place)
    forms, decisions = {form_key(path): path for path in sources.forms}, {decision_key(path): path for path in sources.decisions}
    paths = {survey.file for survey in surveys}
    paths |= {forms[key] for survey in surveys for key in survey.forms if key in forms}
    paths |= {decisions[key] for survey in surveys for key in survey.decisions if key in decisions}
    return {path: sources.files[path] for path in sorted(paths)}


def _differs(version: VersionRow, sources: Sources, shelf: Shelf) -> bool:
    place = shelf.first.get(version.key)
    return place is None or version_digest(version.key, Sources(files=_parts(place, sources, shelf))) != version.sha256


def _named(shelf: Shelf) -> list[tuple[str, str]]:
    """Return (id, name as drawn) of every process."""
    return [(process, _name(shelf, process, place)) for process, place in shelf.first.items()]


def _name(shelf: Shelf, process: str, place: Place) -> str:
    found: Any = next((each.get("name") for each in shelf.open(place.file).processes if each.get("id") == process), None)
    return str(found or process)
