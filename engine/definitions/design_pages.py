"""What the workbench shows: the processes in force, the designs, one design with its files, and a file with what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select

from engine.bpmn.language.expressions import Functions
from engine.definitions.check import check, examine
from engine.definitions.deploy import foresee
from engine.definitions.designs import check_path, design_by_id, file_of, files_of, laid_over, sources_of
from engine.definitions.in_force import sources_in_force
from engine.definitions.repository import all_latest
from engine.definitions.shelf import Shelf
from engine.definitions.source import DECISION, FORM, Sources
from engine.history.transaction import Reading
from engine.kernel.canonical import sha256_hex
from engine.kernel.errors import Finding
from engine.storage.schema import definition_version, design, design_file, instance, person

NEW, CHANGED, REMOVED, SAME = "new", "changed", "removed", "same"
MOST_ENDED = 20  # designs that have ended, newest first, on the first page


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterWorkbench:
    """Ask for the processes in force and the designs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowDesign:
    """Ask for a design and all files as it sees them."""

    design: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDesignFile:
    """Ask for one file of a design, as it was kept last."""

    design: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckDesign:
    """Ask what is wrong with a design; `text` instead of what was kept at `path`, when it is being typed. "" for the whole as kept."""

    design: str
    path: str = ""
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessLine:
    """A process in force. `version_id`: of the version; `running`: cases that have not ended, of every version;
    `withdrawn_from`: the day from which it begins no new case, None while it begins them."""

    key: str
    name: str
    path: str
    version: int
    version_id: str
    deployed_at: str
    running: int
    withdrawn_from: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignLine:
    """A design in the list."""

    id: str
    name: str
    designer: str
    mine: bool
    status: str
    changed_at: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbench:
    """The first page of the designers."""

    processes: tuple[ProcessLine, ...]
    designs: tuple[DesignLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLine:
    """A file of a design. `state`: new, changed, removed or same as in force; `overtaken`: what is in force has changed since it was begun;
    `others`: (designer, name of the design) of whoever changes it too."""

    path: str
    name: str
    kind: str
    state: str
    edition: int
    overtaken: bool
    others: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignPage:
    """A design and its files; `mine`: the actor may change it (it is open, and the actor's)."""

    id: str
    name: str
    designer: str
    mine: bool
    status: str
    proposal: str | None
    changed_at: str
    files: tuple[FileLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignText:
    """One file of a design. `in_force`: its text today, None for a new file."""

    design: str
    name: str
    mine: bool
    path: str
    text: str
    edition: int
    kept_at: str | None
    in_force: str | None
    others: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignFindings:
    """What is wrong. `processes`: those that would get a new version, when nothing is wrong."""

    findings: tuple[Finding, ...]
    processes: tuple[str, ...]


_RUNNING = (
    select(definition_version.c.key, func.count().label("running"))
    .join(instance, instance.c.definition_version == definition_version.c.id)
    .where(instance.c.status == "active")
    .group_by(definition_version.c.key)
)
_DESIGNS = (
    select(design, person.c.name.label("designer_name")).join(person, person.c.id == design.c.designer).order_by(design.c.changed_at.desc(), design.c.id)
)
_PATHS = select(design_file.c.design, design_file.c.path).where(design_file.c.design.in_(bindparam("b_designs", expanding=True))).order_by(design_file.c.path)
_OTHERS = (
    select(design_file.c.path, person.c.name.label("designer"), design.c.name)
    .join(design, design.c.id == design_file.c.design)
    .join(person, person.c.id == design.c.designer)
    .where(design.c.status == "open", design.c.id != bindparam("b_design"))
    .order_by(design_file.c.path, person.c.name)
)


def answer_workbench(_query: EnterWorkbench, reading: Reading) -> Workbench:
    """List what is in force, by name, and the designs: open ones first, then those that ended last."""
    connection = reading.connection
    running: dict[str, int] = {row.key: row.running for row in connection.execute(_RUNNING)}
    places = _places(sources_in_force(connection))
    lines = []
    for version in all_latest(connection):
        path, name = places.get(version.key, ("", version.key))
        line = ProcessLine(
            key=version.key, name=name, path=path, version=version.version, version_id=version.id, deployed_at=version.deployed_at,
            running=running.get(version.key, 0), withdrawn_from=version.withdrawn_from,
        )  # fmt: skip
        lines.append(line)
    rows = list(connection.execute(_DESIGNS))
    shown = [row for row in rows if row.status in {"open", "proposed"}] + [row for row in rows if row.status in {"deployed", "discarded"}][:MOST_ENDED]
    paths: dict[str, list[str]] = {}
    for row in connection.execute(_PATHS, {"b_designs": [row.id for row in shown]}):
        paths.setdefault(row.design, []).append(row.path)
    designs = tuple(
        DesignLine(
            id=row.id, name=row.name, designer=row.designer_name, mine=row.designer == reading.actor.id, status=row.status,
            changed_at=row.changed_at, paths=tuple(paths.get(row.id, ())),
        )
        for row in shown
    )  # fmt: skip
    return Workbench(processes=tuple(sorted(lines, key=lambda line: line.name)), designs=designs)


def answer_design(query: ShowDesign, reading: Reading) -> DesignPage:
    """Show a design: what it changes first, then the rest. Raises NotFound."""
    connection = reading.connection
    row, changed, in_force = design_by_id(connection, query.design), files_of(connection, query.design), sources_in_force(connection)
    others = _others(reading, query.design)
    everything = {**in_force.files, **{path: kept.content or in_force.files.get(path, b"") for path, kept in changed.items()}}
    names = _names(Sources(files=everything))
    lines = [_line(path, names[path], changed.get(path), in_force.files.get(path), others.get(path, ())) for path in sorted(everything)]
    lines.sort(key=lambda line: line.state == SAME)
    return DesignPage(
        id=row.id, name=row.name, designer=row.designer_name, mine=row.designer == reading.actor.id and row.status == "open", status=row.status,
        proposal=row.proposal, changed_at=row.changed_at, files=tuple(lines),
    )  # fmt: skip


def answer_file(query: ReadDesignFile, reading: Reading) -> DesignText:
    """Read a file. Raises NotFound when the design has none at this path."""
    connection = reading.connection
    row, kept = design_by_id(connection, query.design), files_of(connection, query.design).get(query.path)
    content, before = file_of(connection, query.design, query.path), sources_in_force(connection).files.get(query.path)
    return DesignText(
        design=row.id, name=row.name, mine=row.designer == reading.actor.id and row.status == "open", path=query.path,
        text=content.decode("utf-8", "replace"), edition=kept.edition if kept else 0, kept_at=kept.kept_at if kept else None,
        in_force=before.decode("utf-8", "replace") if before is not None else None, others=_others(reading, query.design).get(query.path, ()),
    )  # fmt: skip


def answer_check(query: CheckDesign, reading: Reading, *, operations: Collection[str], functions: Functions) -> DesignFindings:
    """Check a design by what deploys it; of one file, what is wrong with that file and with those that the change breaks."""
    sources = sources_of(reading.connection, query.design)
    if query.path and query.text is not None:
        check_path(query.path)
        sources = laid_over(sources, {query.path: query.text.encode("utf-8")})
    if query.path:
        return DesignFindings(findings=tuple(check(_concerned(sources, query.path), operations=operations, functions=functions)), processes=())
    checked = examine(sources, operations=operations, functions=functions)
    processes = () if any(finding.severity == "error" for finding in checked.findings) else tuple(
        line.process for line in foresee(reading.connection, checked) if line.changed
    )  # fmt: skip
    return DesignFindings(findings=tuple(checked.findings), processes=processes)


def _concerned(sources: Sources, path: str) -> Sources:
    """Return what a check of one file has to look at: a diagram with those that it calls, that call it or hold a process of its name; a form or table with all that may name it."""
    if not path.endswith((FORM, DECISION)):
        shelf = Shelf(sources.diagrams)
        if path not in shelf.surveys:
            return Sources(files={path: sources.files[path]})
        own = set(shelf.surveys[path].places)
        calling = [survey for survey in shelf.surveys.values() if any(_touches(set(called), own, shelf) for called in survey.calls.values())]
        twins = [survey for survey in shelf.surveys.values() if own & set(survey.places)]
        near = {part.file for survey in (*twins, *calling) for place in survey.places.values() for part in shelf.parts(place)}
        return Sources(files={**{file: sources.files[file] for file in near}, **sources.forms, **sources.decisions})
    return sources


def _touches(called: set[str], own: set[str], shelf: Shelf) -> bool:
    """Tell whether something is called that the file holds, or that nothing holds any more."""
    return bool(called & own) or not called <= shelf.first.keys()


def _line(path: str, name: str, kept: Any, in_force: bytes | None, others: tuple[tuple[str, str], ...]) -> FileLine:
    today = sha256_hex(in_force) if in_force is not None else None
    if kept is None:
        state = SAME
    elif kept.content is None:
        state = REMOVED
    else:
        state = NEW if in_force is None else SAME if sha256_hex(bytes(kept.content)) == today else CHANGED
    kind = "form" if path.endswith(FORM) else "decision" if path.endswith(DECISION) else "diagram"
    overtaken = kept is not None and kept.base != today and state != SAME
    return FileLine(path=path, name=name, kind=kind, state=state, edition=kept.edition if kept else 0, overtaken=overtaken, others=others)


def _others(reading: Reading, identity: str) -> Mapping[str, tuple[tuple[str, str], ...]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for row in reading.connection.execute(_OTHERS, {"b_design": identity}):
        found.setdefault(row.path, []).append((row.designer, row.name))
    return {path: tuple(pairs) for path, pairs in found.items()}


def _places(sources: Sources) -> dict[str, tuple[str, str]]:
    """Return process → (path, name as drawn)."""
    shelf = Shelf(sources.diagrams)
    return {
        process: (place.file, next((each.get("name") or process for each in shelf.open(place.file).processes if each.get("id") == process), process))
        for process, place in shelf.first.items()
    }


def _names(sources: Sources) -> dict[str, str]:
    """Return path → what the file is called by people: the process's name, the form's title, else the file's name."""
    drawn = dict(_places(sources).values())
    return {path: drawn.get(path) or _title(path, content) for path, content in sources.files.items()}


def _title(path: str, content: bytes) -> str:
    plain = path.rsplit("/", 1)[-1].removesuffix(FORM).removesuffix(DECISION)
    if not path.endswith(FORM):
        return plain
    try:
        schema = json.loads(content)
    except ValueError:  # one that is being written
        return plain
    return str(schema.get("title") or plain) if isinstance(schema, dict) else plain
