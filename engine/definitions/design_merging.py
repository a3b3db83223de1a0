"""A file of a design that somebody else's deployment has overtaken: both changes in one file, and where they collide, who prevails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select

from engine.definitions.designs import Apply, design_by_id, files_of, keeping, own_design
from engine.definitions.in_force import sources_in_force
from engine.definitions.merging import MINE, SIDES, THEIRS, Settled, Three, Unit, settle
from engine.definitions.merging_forms import read_fields, write_fields
from engine.definitions.merging_xml import PICTURE, check_together, read_tree, write_merged
from engine.definitions.outline import outline
from engine.definitions.source import FORM, Sources
from engine.history.transaction import Reading
from engine.kernel.canonical import sha256_hex
from engine.kernel.errors import EngineError, InvalidInput, NotFound, Refused
from engine.storage.schema import definition_file

BASE = "base"
WHOLE = "file"  # the collision of a file that can only be taken as a whole
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowMerge:
    """Ask what becomes of a file of a design when the change of somebody else in force is taken into it."""

    design: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeDesignFile:
    """Take what is in force into one's own file. `edition`, `in_force`: what was looked at; `choices`: collision → "mine" or "theirs"."""

    design: str
    path: str
    edition: int
    in_force: str
    choices: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What a side has done to a unit: added, removed, changed, "" for nothing; with old and new values. `inside`: names of what it changed in it."""

    change: str
    values: tuple[Json, ...]
    inside: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collision:
    """A unit on which somebody has to choose. `picture`: only where it is drawn."""

    key: str
    kind: str
    name: str
    picture: bool
    mine: Changed
    theirs: Changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A unit that one side alone has changed."""

    change: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """What would become of the file. `in_force`: the digest of what is in force, "" for nothing; `whole`: why it can only be taken as a whole,
    or None; `own`, `others`: what either side alone has changed; `moved`: shapes that only they have moved; `names`: (process, element) → name."""

    design: str
    name: str
    mine: bool
    path: str
    edition: int
    in_force: str
    overtaken: bool
    whole: EngineError | None
    collisions: tuple[Collision, ...]
    own: tuple[Line, ...]
    others: tuple[Line, ...]
    moved: int
    names: Mapping[tuple[str, str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Versions:
    """The file as it was when the design began with it, as the design has it and as it is in force; None where there is none."""

    base: bytes | None
    mine: bytes | None
    theirs: bytes | None


_CONTENT = select(definition_file.c.content).where(definition_file.c.sha256 == bindparam("b_file"))


def answer_merge(query: ShowMerge, reading: Reading) -> Merge:
    """Foresee a merge. Raises NotFound for a file that the design has not changed."""
    connection = reading.connection
    design, kept = design_by_id(connection, query.design), _kept(connection, query.design, query.path)
    versions = _versions(connection, query.path, kept)
    told: Json = {
        "design": design.id, "name": design.name, "mine": design.designer == reading.actor.id and design.status == "open", "path": query.path,
        "edition": kept.edition, "in_force": _digest(versions.theirs), "overtaken": (kept.base or "") != _digest(versions.theirs),
    }  # fmt: skip
    try:
        three, _write = _units(query.path, versions)
    except EngineError as error:
        return Merge(**told, whole=error, collisions=(_whole(query.path, versions),), own=(), others=(), moved=0, names={})
    settled, sayings = settle(three, {}), _sayings(query.path, versions)
    told["names"] = {("", key): _said(three, key) for key in settled.sides}
    free = [key for key in settled.sides if settled.leads[key] not in settled.collisions]
    collisions = tuple(_collision(three, settled, key, sayings) for key in settled.collisions)
    own, others = ([key for key in free if three.change(side, key) and three.prevailing(key) == side] for side in SIDES)
    moved = sum(three.unit(key).kind == PICTURE for key in others)
    return Merge(**told, whole=None, collisions=collisions, own=_lines(three, MINE, own), others=_lines(three, THEIRS, others), moved=moved)


def decide_merge(command: MergeDesignFile, reading: Reading) -> Apply:
    """Keep the merged file. Raises Refused when either side has changed since it was looked at, InvalidInput without a choice for each collision."""
    connection = reading.connection
    own_design(reading, command.design)
    kept = _kept(connection, command.design, command.path)
    versions = _versions(connection, command.path, kept)
    if _digest(versions.theirs) != command.in_force:
        raise Refused(f"Expected {command.path} in force as it was looked at, but somebody has just deployed another one. Look at both again.")
    return keeping(command.design, command.path, command.edition, _merged(command, versions), reading, rebased=True)


def _merged(command: MergeDesignFile, versions: _Versions) -> bytes | None:
    try:
        three, write = _units(command.path, versions)
    except EngineError:
        return versions.mine if _chosen(command, WHOLE) == MINE else versions.theirs
    choices = {key: _chosen(command, key) for key in settle(three, {}).collisions}
    return write(settle(three, choices))


def _chosen(command: MergeDesignFile, key: str) -> str:
    side = command.choices.get(key, "")
    if side not in SIDES:
        raise InvalidInput("Expected a choice wherever both have changed the same, but found one without. Choose one of the two for each.")
    return side


def _units(path: str, versions: _Versions) -> tuple[Three, Callable[[Settled], bytes]]:
    """Return the units of the three versions, and what writes a file of them. Raises EngineError for a file that can only be taken as a whole."""
    base, mine, theirs = versions.base, versions.mine, versions.theirs
    if base is None or mine is None or theirs is None:
        raise Refused("Expected a file that both have changed, but one of them has taken it away or made it anew. Choose one of the two as a whole.")
    if path.endswith(FORM):
        was, own, other = (read_fields(path, each) for each in (base, mine, theirs))
        return Three(base=was.units, mine=own.units, theirs=other.units), lambda settled: write_fields(was, own, other, settled)
    old, drawn, new = (read_tree(path, each) for each in (base, mine, theirs))
    check_together(old, drawn, new)
    return Three(base=old.units, mine=drawn.units, theirs=new.units), lambda settled: write_merged(old, drawn, new, settled)


def _sayings(path: str, versions: _Versions) -> dict[str, dict[str, Json]]:
    """Return side → unit → what it says, by the names by which differences are told."""
    sides = {BASE: versions.base, MINE: versions.mine, THEIRS: versions.theirs}
    return {side: _says(path, content) for side, content in sides.items() if content is not None}


def _says(path: str, content: bytes) -> dict[str, Json]:
    if path.endswith(FORM):
        return {key: each.says() for key, each in read_fields(path, content).fields.items()}
    found, drawn = {key: each.says() for key, each in read_tree(path, content).nodes.items()}, outline(Sources(files={path: content}))
    parts: dict[str, Json] = {part.id: {"type": part.type, "name": part.name, **part.says} for part in drawn.parts.values()}
    rules: dict[str, Json] = {rule: dict(cells) for table in drawn.decisions.values() for rule, cells in table.rules.items()}
    return {**found, **parts, **rules}


def _collision(three: Three, settled: Settled, key: str, sayings: Mapping[str, Mapping[str, Json]]) -> Collision:
    unit = three.unit(key)
    group = [each for each, lead in settled.leads.items() if lead == key and each != key and not three.unit(each).pictures]
    mine, theirs = (_changed(three, side, key, group, sayings) for side in SIDES)
    shown = three.unit(unit.pictures) if unit.pictures in settled.sides else unit
    return Collision(key=key, kind=shown.kind, name=_said(three, shown.key), picture=unit.kind == PICTURE, mine=mine, theirs=theirs)


def _changed(three: Three, side: str, key: str, group: list[str], sayings: Mapping[str, Mapping[str, Json]]) -> Changed:
    inside = tuple(_said(three, each) for each in group if three.change(side, each) in ("added", "changed"))
    before, now = sayings[BASE].get(key, {}), sayings[side].get(key, {})
    names = sorted(before.keys() | now.keys()) if before and now else ()
    values = tuple({"attribute": name, "old": before.get(name), "new": now.get(name)} for name in names if before.get(name) != now.get(name))
    return Changed(change=three.change(side, key), values=values, inside=inside)


def _lines(three: Three, side: str, keys: list[str]) -> tuple[Line, ...]:
    return tuple(
        Line(change=three.change(side, key), kind=three.unit(key).kind, name=_said(three, key, side)) for key in keys if three.unit(key).kind != PICTURE
    )


def _said(three: Three, key: str, side: str = MINE) -> str:
    """Return what a unit is called by people, as a side has it; a way by its ends."""
    unit: Unit = three.of(side).get(key) or three.unit(key)
    ends = [three.of(side).get(each) or three.unit(each) for each in unit.ties if each in three.mine or each in three.theirs or each in three.base]
    return unit.name or " → ".join(each.name or each.key for each in ends if len(ends) > 1) or key.strip("/")


def _whole(path: str, versions: _Versions) -> Collision:
    def changed(now: bytes | None) -> Changed:
        change = "" if now == versions.base else "removed" if now is None else "added" if versions.base is None else "changed"
        return Changed(change=change, values=(), inside=())

    return Collision(key=WHOLE, kind=WHOLE, name=path, picture=False, mine=changed(versions.mine), theirs=changed(versions.theirs))


def _kept(connection: Connection, design: str, path: str) -> Any:
    kept = files_of(connection, design).get(path)
    if kept is None:
        raise NotFound(f"Expected a file that the design changes, but it changes none at {path!r}. Choose one of its files.", path=path)
    return kept


def _versions(connection: Connection, path: str, kept: Any) -> _Versions:
    base = connection.execute(_CONTENT, {"b_file": kept.base}).scalar() if kept.base else None
    return _Versions(
        base=bytes(base) if base is not None else None,
        mine=bytes(kept.content) if kept.content is not None else None,
        theirs=sources_in_force(connection).files.get(path),
    )


def _digest(content: bytes | None) -> str:
    return sha256_hex(content) if content is not None else ""
