"""What differs between two versions of a process: elements, called processes, forms and decisions, with old and new values.

An element is the same when its id is the same: a renamed id is one element removed and one added. `suggested_mapping`
pairs those that look alike (type, name, neighbours), for a person to confirm before a migration.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.definitions.outline import Decision, Outline, Part
from engine.definitions.source import Sources

Json = dict[str, Any]


def differences(old: Outline, new: Outline, process: str, *, same_bytes: bool = False, deep: bool = True) -> Json:
    """Return the differences of one process as JSON. `layout_only`: the files differ, but nothing that runs or is shown does.

    `deep`: with those of the processes that it calls, as a stored version holds them.
    """
    before, after = (old.reached(process), new.reached(process)) if deep else (frozenset({process}), frozenset({process}))
    elements = _elements(old, new, before | after)
    found: Json = {
        "process": process,
        "elements": elements,
        "called": {"added": sorted(after - before), "removed": sorted(before - after)},
        "forms": _each(_used(old, before, "form", old.forms), _used(new, after, "form", new.forms), "form", _form),
        "decisions": _each(_used(old, before, "decision", old.decisions), _used(new, after, "decision", new.decisions), "decision", _decision),
    }
    same = not any((*elements.values(), *found["called"].values(), found["forms"], found["decisions"]))
    return {**found, "identical": same_bytes, "layout_only": same and not same_bytes, "suggested_mapping": suggested_mapping(old, new, process)}


def same_files(old: Sources, new: Sources) -> bool:
    """Tell whether two sets of files hold the same, wherever they lie."""
    return sorted(old.files.values()) == sorted(new.files.values())


def changes_of(old: Part, new: Part) -> list[Json]:
    """Return attribute by attribute what an element says otherwise."""
    before = {"type": old.type, "name": old.name, **old.says}
    after = {"type": new.type, "name": new.name, **new.says}
    return _values(before, after)


def suggested_mapping(old: Outline, new: Outline, process: str) -> dict[str, str]:
    """Return removed element → added one, where type, name and neighbours fit and there is one candidate only."""
    keys_old, keys_new = _parts(old, old.reached(process)), _parts(new, new.reached(process))
    gone = [part for key, part in keys_old.items() if key not in keys_new and part.type not in ("sequenceFlow", "lane")]
    come = [part for key, part in keys_new.items() if key not in keys_old and part.type not in ("sequenceFlow", "lane")]
    found: dict[str, str] = {}
    for part in gone:
        scores = sorted(((_likeness(part, other, old, new, found), other.id) for other in come if other.type == part.type), reverse=True)
        if scores and scores[0][0] >= 2 and (len(scores) == 1 or scores[1][0] < scores[0][0]) and scores[0][1] not in found.values():
            found[part.id] = scores[0][1]
    return found


def _likeness(part: Part, other: Part, old: Outline, new: Outline, found: Mapping[str, str]) -> int:
    """Count what speaks for two elements being one: the name twice, each side's neighbours once."""
    score = 2 if part.name and part.name == other.name else 0
    for end, far in (("sourceRef", "targetRef"), ("targetRef", "sourceRef")):
        mine = {found.get(each, each) for each in _neighbours(old, part, end, far)}
        theirs = _neighbours(new, other, end, far)
        score += bool(mine and mine & theirs)
    attached = part.says.get("attachedToRef")
    return score + (attached is not None and found.get(attached, attached) == other.says.get("attachedToRef"))


def _neighbours(outline: Outline, part: Part, end: str, far: str) -> set[str]:
    flows = (each for each in outline.parts.values() if each.process == part.process and each.type == "sequenceFlow")
    return {flow.says.get(far, "") for flow in flows if flow.says.get(end) == part.id}


def _parts(outline: Outline, processes: Iterable[str]) -> dict[tuple[str, str], Part]:
    wanted = frozenset(processes)
    return {key: part for key, part in outline.parts.items() if key[0] in wanted}


def _elements(old: Outline, new: Outline, processes: Iterable[str]) -> dict[str, list[Json]]:
    before, after = _parts(old, processes), _parts(new, processes)
    changed = []
    for key in sorted(before.keys() & after.keys()):
        changes = changes_of(before[key], after[key])
        if changes:
            changed.append({**_head(after[key]), "changes": changes})
    return {
        "added": [_told(after[key]) for key in sorted(after.keys() - before.keys())],
        "removed": [_told(before[key]) for key in sorted(before.keys() - after.keys())],
        "changed": changed,
    }


def _head(part: Part) -> Json:
    return {"process": part.process, "element": part.id, "type": part.type, "name": part.name}


def _told(part: Part) -> Json:
    return {**_head(part), "attributes": dict(sorted(part.says.items()))}


def _used(outline: Outline, processes: Iterable[str], name: str, known: Mapping[str, Any]) -> dict[str, Any]:
    """Return those forms or decisions that elements of the processes name."""
    wanted = {part.says.get(name) for part in _parts(outline, processes).values()}
    return {key: value for key, value in known.items() if key in wanted}


def _each(old: Mapping[str, Any], new: Mapping[str, Any], word: str, compare: Any) -> list[Json]:
    found: list[Json] = [{word: key, "change": "added"} for key in sorted(new.keys() - old.keys())]
    found += [{word: key, "change": "removed"} for key in sorted(old.keys() - new.keys())]
    for key in sorted(old.keys() & new.keys()):
        changes = compare(old[key], new[key])
        if changes:
            found.append({word: key, "change": "changed", **changes})
    return found


def _form(old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]) -> Json:
    changed = [
        {"field": field, "changes": changes} for field in old if field in new and (changes := _values(old[field], new[field]))
    ]
    added = [{"field": field, **new[field]} for field in new if field not in old]
    removed = [{"field": field, **old[field]} for field in old if field not in new]
    return {"added": added, "removed": removed, "changed": changed} if added or removed or changed else {}


def _decision(old: Decision, new: Decision) -> Json:
    columns = _each(old.columns, new.columns, "column", lambda before, after: {"changes": found} if (found := _values(before, after)) else {})
    numbers = {rule: number for number, rule in enumerate(new.rules, start=1)}
    rules: list[Json] = [{"rule": rule, "number": numbers[rule], "change": "added", "cells": dict(new.rules[rule])} for rule in new.rules if rule not in old.rules]
    rules += [
        {"rule": rule, "number": number, "change": "removed", "cells": dict(old.rules[rule])}
        for number, rule in enumerate(old.rules, start=1)
        if rule not in new.rules
    ]
    for rule in old.rules:
        cells = _values(old.rules[rule], new.rules[rule], word="column") if rule in new.rules else []
        if cells:
            rules.append({"rule": rule, "number": numbers[rule], "change": "changed", "cells": cells})
    says = _values(old.says, new.says)
    common_old, common_new = [rule for rule in old.rules if rule in new.rules], [rule for rule in new.rules if rule in old.rules]
    if common_old != common_new:
        says.append({"attribute": "order of rules", "old": common_old, "new": common_new})
    return {"changes": says, "columns": columns, "rules": rules} if says or columns or rules else {}


def _values(old: Mapping[str, Any], new: Mapping[str, Any], *, word: str = "attribute") -> list[Json]:
    """Return name by name what differs; what is not said is null."""
    return [
        {word: name, "old": old.get(name), "new": new.get(name)} for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)
    ]
