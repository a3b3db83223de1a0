"""What differs between two versions of a process: elements, called processes, forms and decisions, with old and new values.

An element is the same when its id is the same: a renamed id is one element removed and one added. `suggested_mapping`
pairs those that look alike (type, name, neighbours), for a person to confirm before a migration.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from engine.definitions.outline import Decision, Outline, Part

Json = dict[str, Any]
CONNECTING = ("sequenceFlow", "lane")
MANY = 20  # elements that a clue fits: it tells nothing then


def differences(old: Outline, new: Outline, process: str, *, deep: bool = True) -> Json:
    """Return the differences of one process as JSON. `layout_only`: its files differ, but nothing that runs or is shown does.

    `deep`: with those of the processes that it calls, as a stored version holds them.
    """
    before, after = (old.reached(process), new.reached(process)) if deep else (frozenset({process}), frozenset({process}))
    elements = _elements(old, new, before | after)
    forms = _used(old, before, "form", old.forms), _used(new, after, "form", new.forms)
    decisions = _used(old, before, "decision", old.decisions), _used(new, after, "decision", new.decisions)
    found: Json = {
        "process": process,
        "elements": elements,
        "called": {"added": sorted(after - before), "removed": sorted(before - after)},
        "forms": _each(*forms, "form", _form),
        "decisions": _each(*decisions, "decision", _decision),
    }
    same = not any((*elements.values(), *found["called"].values(), found["forms"], found["decisions"]))
    concerned = {("process", key) for key in before | after} | {("form", key) for each in forms for key in each}
    concerned |= {("decision", key) for each in decisions for key in each}
    identical = all(old.digests.get(key) == new.digests.get(key) for key in concerned)
    return {**found, "identical": identical, "layout_only": same and not identical, "suggested_mapping": suggested_mapping(old, new, process)}


def changes_of(old: Part, new: Part) -> list[Json]:
    """Return attribute by attribute what an element says otherwise."""
    before = {"type": old.type, "name": old.name, **old.says}
    after = {"type": new.type, "name": new.name, **new.says}
    return _values(before, after)


def suggested_mapping(old: Outline, new: Outline, process: str) -> dict[str, str]:
    """Return removed element → added one, where type, name and neighbours fit and there is one candidate only."""
    before, after = _parts(old, old.reached(process)), _parts(new, new.reached(process))
    gone = [part for key, part in before.items() if key not in after and part.type not in CONNECTING]
    come = [part for key, part in after.items() if key not in before and part.type not in CONNECTING]
    around, beside = _neighbours(before.values()), _neighbours(after.values())
    by_clue: dict[tuple[str, str, str], list[Part]] = {}
    for part in come:
        for clue in _clues(part, beside, {}):
            by_clue.setdefault((part.type, *clue), []).append(part)
    found: dict[str, str] = {}
    for part in gone:
        scores: Counter[str] = Counter()
        for clue in _clues(part, around, found):
            alike = by_clue.get((part.type, *clue), ())
            if len(alike) <= MANY:
                scores.update({other.id: 2 if clue[0] == "name" else 1 for other in alike})
        best = scores.most_common(2)
        if best and best[0][1] >= 2 and (len(best) == 1 or best[1][1] < best[0][1]) and best[0][0] not in found.values():
            found[part.id] = best[0][0]
    return found


def _clues(part: Part, neighbours: Mapping[tuple[str, str, str], set[str]], found: Mapping[str, str]) -> set[tuple[str, str]]:
    """Return what an element is recognised by: its name, and its neighbours by the ids of the new version."""
    clues = {(end, found.get(each, each)) for end in ("before", "behind") for each in neighbours.get((part.process, end, part.id), ())}
    attached = part.says.get("attachedToRef")
    return clues | ({("name", part.name)} if part.name else set()) | ({("host", found.get(attached, attached))} if attached else set())


def _neighbours(parts: Iterable[Part]) -> dict[tuple[str, str, str], set[str]]:
    """Return (process, "before" or "behind", element) → the elements there."""
    found: dict[tuple[str, str, str], set[str]] = {}
    for flow in parts:
        if flow.type == "sequenceFlow":
            source, target = flow.says.get("sourceRef", ""), flow.says.get("targetRef", "")
            found.setdefault((flow.process, "behind", source), set()).add(target)
            found.setdefault((flow.process, "before", target), set()).add(source)
    return found


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
