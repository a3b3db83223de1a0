"""What expressions can do with lists, dicts and numbers."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from engine.bpmn.language.bounds import MAX_ITEMS, show
from engine.bpmn.language.moments import align, comparable
from engine.kernel.errors import InvalidInput

MAX_NESTING = 40
KINDS: tuple[Any, ...] = (bool, int | float, str, list | tuple, Mapping)


def _list(items: Any) -> list[Any]:
    if not isinstance(items, list | tuple):
        raise InvalidInput(f"Expected a list, but found {show(items)}.")
    return list(items)


def _mapping(whole: Any) -> Mapping[Any, Any]:
    if not isinstance(whole, Mapping):
        raise InvalidInput(f"Expected a dict, but found {show(whole)}.")
    return whole


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidInput(f"Expected a number, but found {show(value)}.")
    return value


def _counts(items: list[Any]) -> list[Any]:
    """Return `items` when they are numbers; true counts as 1, so that a list of answers can be counted."""
    if not all(isinstance(each, int | float) for each in items):
        raise InvalidInput(f"Expected numbers to add, but found {show(items)}.")
    return items


def length(whole: Any) -> int:
    if not isinstance(whole, str | list | tuple | Mapping):
        raise InvalidInput(f"Expected a text, a list or a dict, but found {show(whole)}.")
    return len(whole)


def total(items: Any) -> Any:
    return sum(_counts(_list(items)))


def average(items: Any) -> float:
    given = _counts(_list(items))
    if not given:
        raise InvalidInput("Expected at least one number, but found an empty list.")
    return float(sum(given) / len(given))


def in_order(items: Any, key: Any = None) -> list[Any]:
    """Return the items in order, or dicts in the order of what they hold under `key`."""
    given = _list(items)
    if key is None:
        return sorted(given)
    if not all(isinstance(each, Mapping) and key in each for each in given):
        raise InvalidInput(f"Expected a list of dicts that all have {show(key)}, but found {show(given)}.")
    return sorted(given, key=lambda each: each[key])


def _of(values: tuple[Any, ...]) -> list[Any]:
    given = _list(values[0]) if len(values) == 1 else list(values)
    if not given:
        raise InvalidInput("Expected at least one value, but found an empty list.")
    return given


def least(*values: Any) -> Any:
    return _extreme(_of(values), sign="<")


def most(*values: Any) -> Any:
    return _extreme(_of(values), sign=">")


def _extreme(given: list[Any], *, sign: str) -> Any:
    found = given[0]
    for each in given[1:]:
        one, other = comparable(*align(each, found))
        if (one < other) if sign == "<" else (one > other):
            found = each
    return found


def first(items: Any) -> Any:
    return _list(items)[0] if items else None


def last(items: Any) -> Any:
    return _list(items)[-1] if items else None


def count(items: Any, value: Any) -> int:
    return _list(items).count(value)


def backwards(items: Any) -> list[Any]:
    return _list(items)[::-1]


def unique(items: Any) -> list[Any]:
    """Return every value once, in the order of its first appearance."""
    found: dict[str, Any] = {}
    for each in _list(items):
        found.setdefault(_identity(each), each)
    return list(found.values())


def _identity(value: Any) -> str:
    """Return a text that equal values share. Texts are hashed with a secret: no collisions can be prepared."""
    if type(value) in {str, int, bool}:
        return repr(value)
    if isinstance(value, float) and value.is_integer():
        return repr(int(value))
    return json.dumps(value, sort_keys=True, default=repr) if isinstance(value, list | tuple | Mapping) else repr(value)


def flatten(items: Any) -> list[Any]:
    """Return the items of lists in lists as one list."""
    found: list[Any] = []
    waiting = [iter(_list(items))]
    while waiting:
        for each in waiting[-1]:
            if isinstance(each, list | tuple):
                waiting.append(iter(each))
                break
            found.append(each)
            if len(found) > MAX_ITEMS:
                raise InvalidInput(f"Expected at most {MAX_ITEMS} items, but found more.")
        else:
            waiting.pop()
        if len(waiting) > MAX_NESTING:
            raise InvalidInput(f"Expected lists at most {MAX_NESTING} levels deep, but found more.")
    return found


def listed(items: Any = ()) -> list[Any]:
    if isinstance(items, Mapping):
        return list(items)
    if isinstance(items, str):
        return list(items)[: MAX_ITEMS + 1]
    return _list(items)


def get(whole: Any, key: Any, default: Any = None) -> Any:
    return _mapping(whole).get(key, default)


def keys(whole: Any) -> list[Any]:
    return list(_mapping(whole))


def values(whole: Any) -> list[Any]:
    return list(_mapping(whole).values())


def is_empty(value: Any) -> bool:
    """Tell whether there is nothing: null, an empty text, list or dict. Zero and false are something."""
    return value is None or (isinstance(value, str | list | tuple | Mapping) and not value)


def truth(value: Any) -> bool:
    """Return true or false as it is, and refuse anything else, which other languages would read each in its own way."""
    if not isinstance(value, bool):
        raise InvalidInput(f"Expected true or false, but found {show(value)}.")
    return value


def same(one: Any, other: Any) -> bool:
    """Tell whether two values of one kind are equal; nothing equals nothing only. Two kinds are refused: no conversion decides."""
    if one is None or other is None:
        return one is other
    one, other = comparable(*align(one, other))
    kinds = [next((kind for kind in KINDS if isinstance(each, kind)), type(each)) for each in (one, other)]
    if kinds[0] != kinds[1]:
        raise InvalidInput(f"Expected two values of one kind, but found {show(one)} and {show(other)}.")
    return bool(one == other)


def floor(value: Any) -> int:
    return math.floor(float(value)) if isinstance(_number(value), float) else int(value)


def ceiling(value: Any) -> int:
    return math.ceil(float(value)) if isinstance(_number(value), float) else int(value)


def rounded(value: Any, digits: Any = 0) -> Any:
    """Return the nearest number; a half goes to the even neighbour."""
    if type(digits) is not int or abs(digits) > 20:
        raise InvalidInput(f"Expected at most 20 digits, but found {show(digits)}.")
    return round(_number(value), digits) if digits else round(_number(value))


def distance(value: Any) -> Any:
    return abs(_number(value))


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "len": length,
    "sum": total,
    "avg": average,
    "min": least,
    "max": most,
    "sorted": in_order,
    "reversed": backwards,
    "first": first,
    "last": last,
    "count": count,
    "unique": unique,
    "flatten": flatten,
    "list": listed,
    "keys": keys,
    "values": values,
    "get": get,
    "any": lambda items: any(_list(items)),
    "all": lambda items: all(_list(items)),
    "is_empty": is_empty,
    "truth": truth,
    "same": same,
    "round": rounded,
    "floor": floor,
    "ceil": ceiling,
    "abs": distance,
}
