"""The files that a dry run needs: the diagram, what it calls, the forms and tables that those name. Reads, checks nothing.

What a diagram names is looked for beside it, then in `../shared` (the house's own layout), then among the shipped processes.
A neighbour that nothing calls is left alone, so a broken one hinders nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from engine.bpmn.xml import BPMN, parse
from engine.definitions.diagram import MODEL, NODES, Diagram, attribute, local
from engine.definitions.source import DIAGRAM, DIAGRAMS, NAMED, Sources, decision_key, form_key, load_sources, shipped_sources
from engine.kernel.errors import DefinitionInvalid, InvalidInput

SHARED = "shared"


def sources_to_try(path: Path, around: Sources | None = None) -> Sources:
    """Return what the diagram at `path` needs; `around`: the files of the folder that was named, before the neighbours.

    Raises InvalidInput when there is no such diagram.
    """
    if not path.name.lower().endswith(NAMED):
        raise InvalidInput(f"Expected a diagram (*{DIAGRAM}), but found {path}.", path=str(path))
    own = load_sources([path])
    places = [own, *([around] if around else []), *_neighbours(path)]
    diagrams = dict(own.diagrams)
    waiting = list(own.diagrams.items())
    called: dict[str, Diagram] = {}
    while waiting:
        name, content = waiting.pop()
        diagram = _read(name, content)
        if diagram is None:
            continue  # the check says what is wrong with it
        called[name] = diagram
        have = {key for each in called.values() for key in _processes(each)}
        for wanted in {target for _, target in diagram.called()} - have:
            found = next((entry for place in places for entry in _defining(place, wanted)), None)
            if found is not None:
                name, content = _apart(found[0], diagrams), found[1]
                diagrams[name] = content
                waiting.append((name, content))
    forms = _named(called.values(), places, "form")
    return Sources(files={**diagrams, **forms, **_named(called.values(), places, "decision")}, unread=own.unread)


def diagrams_in(folder: Path, *, below: bool = False) -> list[Path]:
    """Return the diagrams of a folder, with `below` those of the folders in it too."""
    found = folder.rglob("*") if below else folder.glob("*")
    return sorted(path for path in found if path.name.lower().endswith(DIAGRAMS) and path.is_file())


def nodes_of(path: Path) -> dict[str, list[str]]:
    """Return process → its flow nodes in document order, of the processes that a file would deploy; none when it cannot be read."""
    try:
        diagram = _read(path.name, path.read_bytes())
    except OSError:
        return {}
    if diagram is None:
        return {}
    return {
        process.get("id", ""): [node.get("id", "") for node in process.iter(f"{{{MODEL}}}*") if local(node) in NODES]
        for process in diagram.processes
    }


def _apart(name: str, taken: Mapping[str, bytes]) -> str:
    """Return a name for a file of another folder: a diagram may call one of its own file's name there."""
    return name if name not in taken else _apart(f"{SHARED}/{name}", taken)


@cache
def _shipped() -> Sources:
    return shipped_sources()


def _neighbours(path: Path) -> Iterator[Sources]:
    for folder in (path.resolve().parent, path.resolve().parent.parent / SHARED):
        found = diagrams_in(folder) if folder.is_dir() else []
        if found:
            yield load_sources(found)
    yield _shipped()


def _read(name: str, content: bytes) -> Diagram | None:
    try:
        return Diagram(parse(name, content, roots=BPMN))
    except DefinitionInvalid:
        return None


def _processes(diagram: Diagram) -> Iterator[str]:
    yield from (process.get("id", "") for process in diagram.elements("process"))


def _defining(place: Sources, process: str) -> Iterator[tuple[str, bytes]]:
    """Yield the diagrams of `place` that hold the process; its name stands in them, so only those are read."""
    for name, content in place.diagrams.items():
        if process.encode() in content:
            diagram = _read(name, content)
            if diagram is not None and process in _processes(diagram):
                yield name, content


def _named(diagrams: Iterable[Diagram], places: Iterable[Sources], name: str) -> Mapping[str, bytes]:
    """Return the forms or decision tables that tasks of `diagrams` name, each from the nearest place."""
    wanted = {attribute(task, name) for diagram in diagrams for task in diagram.elements()} - {None}
    found: dict[str, tuple[str, bytes]] = {}
    for place in places:
        files, key = (place.forms, form_key) if name == "form" else (place.decisions, decision_key)
        for path, content in files.items():
            if key(path) in wanted:
                found.setdefault(key(path), (path, content))
    return dict(found.values())
