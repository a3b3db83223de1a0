"""The files that a process needs: its diagram, those of what it calls, and the forms and decision tables that these name."""

from __future__ import annotations

from collections.abc import Iterable

from engine.definitions.shelf import Shelf, Survey
from engine.definitions.source import Sources, decision_key, form_key


def files_of_process(sources: Sources, process: str) -> Sources:
    """Return the files that a process needs; none when no file that can be read holds it."""
    shelf = Shelf(sources.diagrams)
    place = shelf.first.get(process)
    return Sources(files={path: sources.files[path] for path in sorted(paths_needed(sources, shelf.parts(place)))} if place else {})


def paths_needed(sources: Sources, parts: Iterable[Survey]) -> frozenset[str]:
    """Return the paths of some diagrams, and of the forms and tables that they name."""
    found = list(parts)
    forms, decisions = {key for part in found for key in part.forms}, {key for part in found for key in part.decisions}
    named = (
        *(path for path in sources.forms if form_key(path) in forms),
        *(path for path in sources.decisions if decision_key(path) in decisions),
    )
    return frozenset((*(part.file for part in found), *named))
