"""All files that are in force, as one folder: what a designer changes, and what `chidao export` writes."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from sqlalchemy import Connection, bindparam, select

from engine.definitions.repository import VersionRow, all_latest
from engine.definitions.shelf import Shelf
from engine.definitions.source import DECISION, FORM, Sources, decision_key, form_key
from engine.storage.schema import definition_file, definition_part

KEPT = 4  # folders kept by a process, some 500 KB each

_PARTS = (
    select(definition_part.c.definition_version, definition_part.c.path, definition_part.c.file)
    .where(definition_part.c.definition_version.in_(bindparam("b_versions", expanding=True)))
    .order_by(definition_part.c.path)
)
_CONTENTS = select(definition_file).where(definition_file.c.sha256.in_(bindparam("b_files", expanding=True)))


def sources_in_force(connection: Connection) -> Sources:
    """Return the files of all versions in force. Where two versions hold different files of one path, that of the newest deployment counts; of a diagram, that
    of the process which is drawn in it."""
    versions = all_latest(connection)
    key = tuple(version.id for version in versions)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    found = _read(connection, versions)
    with _lock:
        _kept[key] = found
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return found


_kept: OrderedDict[tuple[str, ...], Sources] = OrderedDict()  # versions never change: which are in force does
_lock = Lock()


def _read(connection: Connection, versions: list[VersionRow]) -> Sources:
    of = {version.id: version for version in versions}
    parts = sorted(connection.execute(_PARTS, {"b_versions": list(of)}), key=lambda row: of[row.definition_version].deployed_at)
    contents = {row.sha256: bytes(row.content) for row in connection.execute(_CONTENTS, {"b_files": sorted({row.file for row in parts})})}
    holds: dict[tuple[str, str], list[str]] = {}
    for row in parts:
        if (row.path, row.file) not in holds:
            holds[row.path, row.file] = _holds(row.path, contents[row.file])
    chosen = {row.path: row.file for row in parts}  # the newest comes last
    own = {row.path: row.file for row in parts if f"process {of[row.definition_version].key}" in holds[row.path, row.file]}
    chosen |= own  # of a process, what it runs itself, not the copy of one that calls it and was rolled back since
    taken: dict[str, str] = {}  # what a file holds → its path: one that was deployed from another folder later replaces it
    for row in parts:
        if chosen[row.path] == row.file:
            taken |= dict.fromkeys(holds[row.path, row.file], row.path)
    return Sources(files={path: contents[chosen[path]] for path in sorted(set(taken.values()))})


def _holds(path: str, content: bytes) -> list[str]:
    """Return by what a file is called: the form's or the decision's key, or its processes."""
    if path.endswith(FORM):
        return [f"form {form_key(path)}"]
    if path.endswith(DECISION):
        return [f"decision {decision_key(path)}"]
    return [f"process {process}" for process in Shelf({path: content}).first] or [path]
