"""What changes the list of fields: one more, one less, another place, another key. Whatever names a field goes with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.directory.indicator_sets import key_of
from web.forming.fields import found, holder_of, needs, rules_of
from web.forming.kinds import piece
from web.forms.shapes import pointer, steps

BRANCHES = ("then", "else")


def added(root: dict[str, Any], above: str, kind: str, title: str) -> str:
    """Add a field at the end of the form (""), a group or rows, and return its place. Raises KeyError for anything else."""
    holder = holder_of(root, above)
    if holder is None:
        raise KeyError(above)
    key = free_key(holder, key_of(title) or "field")
    holder["properties"][key] = {"title": title, **piece(kind)}
    return pointer(above, key)


def free_key(holder: dict[str, Any], wanted: str) -> str:
    """Return a key that no field of a part has: the one that is wanted, or that with a number."""
    taken = holder["properties"]
    if wanted not in taken:
        return wanted
    return next(key for number in range(2, len(taken) + 3) if (key := f"{wanted}_{number}") not in taken)


def removed(root: dict[str, Any], place: str) -> None:
    """Take a field away with what is said of it beside it: that it is needed, that others depend on it, examples. Raises KeyError."""
    holder, key = _here(root, place)
    del holder["properties"][key]
    if isinstance(holder.get("required"), list) and key in holder["required"]:
        holder["required"].remove(key)
    forget(holder, key)
    for rule in [each for each in rules_of(holder) if key in _tested(each)]:
        _drop(holder, rule)
    for part in holder["properties"].values():
        _depend(part, key, None)
    for example in _examples(root, place):
        example.pop(key, None)


def renamed(root: dict[str, Any], place: str, new: str) -> str:
    """Give a field another key, wherever it is named in the form, and return its new place. Raises KeyError."""
    holder, key = _here(root, place)
    holder["properties"] = _with_key(holder["properties"], key, new)
    _in_list(holder.get("required"), key, new)
    for rule in rules_of(holder):
        for branch in ("if", *BRANCHES):
            part = rule.get(branch)
            if isinstance(part, dict):
                _in_list(part.get("required"), key, new)
                if isinstance(part.get("properties"), dict):
                    part["properties"] = _with_key(part["properties"], key, new)
    for part in holder["properties"].values():
        _depend(part, key, new)
    for example in _examples(root, place):
        if key in example:
            values = _with_key(example, key, new)
            example.clear()
            example.update(values)
    return pointer(place.rpartition("/")[0], new)


def moved(root: dict[str, Any], place: str, by: int) -> None:
    """Move a field up (-1) or down (1) among those beside it. Raises KeyError."""
    holder, key = _here(root, place)
    keys = list(holder["properties"])
    at = keys.index(key)
    to = min(max(at + by, 0), len(keys) - 1)
    keys[at], keys[to] = keys[to], keys[at]
    holder["properties"] = {each: holder["properties"][each] for each in keys}


def forget(holder: dict[str, Any], key: str) -> None:
    """Let no rule make a field needed any more; a rule that does nothing else goes."""
    for rule in rules_of(holder):
        for branch in BRANCHES:
            part = rule.get(branch)
            if isinstance(part, dict) and key in needs(rule, branch):
                part["required"] = [each for each in part["required"] if each != key]
                if isinstance(part.get("properties"), dict):
                    part["properties"].pop(key, None)
                _without_empty(part)
        if rule is not holder and not rule.get("then") and not rule.get("else"):
            _drop(holder, rule)


def _drop(holder: dict[str, Any], rule: dict[str, Any]) -> None:
    if rule is holder:
        for word in ("if", *BRANCHES):
            holder.pop(word, None)
        return
    holder["allOf"] = [each for each in holder["allOf"] if each is not rule]
    if not holder["allOf"]:
        del holder["allOf"]


def _without_empty(part: dict[str, Any]) -> None:
    for word in ("properties", "required"):
        if word in part and not part[word]:
            del part[word]


def _tested(rule: dict[str, Any]) -> dict[str, Any]:
    tested = rule["if"].get("properties") if isinstance(rule["if"], dict) else None
    return tested if isinstance(tested, dict) else {}


def _depend(part: Any, key: str, new: str | None) -> None:
    """Let a field that depends on `key` depend on `new`, or on nothing."""
    if not isinstance(part, dict):
        return
    if part.get("x-within") == key:
        part.update({"x-within": new} if new else {})
        if new is None:
            del part["x-within"]
    told = part.get("x-when")
    if isinstance(told, dict) and key in told:
        part["x-when"] = _with_key(told, key, new) if new else {name: values for name, values in told.items() if name != key}
        if not part["x-when"]:
            del part["x-when"]


def _here(root: dict[str, Any], place: str) -> tuple[dict[str, Any], str]:
    here = found(root, place)
    if here is None:
        raise KeyError(place)
    return here


def _with_key(parts: dict[str, Any], key: str, new: str) -> dict[str, Any]:
    return {new if name == key else name: part for name, part in parts.items()}


def _in_list(names: Any, key: str, new: str) -> None:
    if isinstance(names, list):
        names[:] = [new if each == key else each for each in names]


def _examples(root: dict[str, Any], place: str) -> Iterator[dict[str, Any]]:
    """Yield the objects of the form's examples in which a field stands."""
    examples = root.get("examples")
    waiting = list(examples) if isinstance(examples, list) else []
    for step in steps(place)[:-1]:
        inner = [each.get(step) for each in waiting if isinstance(each, dict)]
        waiting = [one for each in inner for one in (each if isinstance(each, list) else [each])]
    yield from (each for each in waiting if isinstance(each, dict))
