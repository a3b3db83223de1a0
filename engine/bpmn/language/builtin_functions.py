"""The functions that every expression may call, in one table. Those that know the working calendar are handed in."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from engine.bpmn.language import date_functions, list_functions, text_functions
from engine.bpmn.language.bounds import LIGHT, bounded, show, weight
from engine.kernel.clock import local_date
from engine.kernel.errors import InvalidInput

__all__ = ["ARITY", "BUILTIN", "CLOCK", "LIGHT", "OTHER_WORDS", "bounded", "show", "weight"]

MAX_DIGITS = 40


def _digits(value: Any) -> Any:
    if isinstance(value, str) and len(value) > MAX_DIGITS:
        raise InvalidInput(f"Expected at most {MAX_DIGITS} digits, but found {len(value)}.")
    return value


def _int(value: Any) -> int:
    try:
        return int(_digits(value))
    except (ValueError, OverflowError, TypeError):
        raise InvalidInput(f"Expected a number, but found {show(value)}.") from None


def _float(value: Any) -> float:
    try:
        return float(_digits(value))
    except (ValueError, OverflowError, TypeError):
        raise InvalidInput(f"Expected a number, but found {show(value)}.") from None


def _str(value: Any = "") -> str:
    if isinstance(value, date | timedelta):
        return value.isoformat() if isinstance(value, date) else f"PT{int(value.total_seconds())}S"
    if isinstance(value, bool) or value is None:
        return "null" if value is None else str(value).lower()
    if not isinstance(value, str | int | float):
        raise InvalidInput(f"Expected a single value to write as text, but found {show(value)}.")
    return str(value)


def _bool(value: Any) -> bool:
    return bool(value)


BUILTIN: Mapping[str, Callable[..., Any]] = {
    **list_functions.FUNCTIONS,
    **text_functions.FUNCTIONS,
    **date_functions.FUNCTIONS,
    "str": _str,
    "int": _int,
    "float": _float,
    "bool": _bool,
}
CLOCK: Mapping[str, Callable[..., Any]] = {"today": local_date, "now": lambda now: now}


def _arity(function: Callable[..., Any]) -> tuple[int, int | None]:
    """Return the least and the largest number of arguments; None: any number."""
    given = inspect.signature(function).parameters.values()
    least = sum(each.default is each.empty and each.kind is not each.VAR_POSITIONAL for each in given)
    return (max(least, 1), None) if any(each.kind is each.VAR_POSITIONAL for each in given) else (least, len(given))


ARITY: Mapping[str, tuple[int, int | None]] = {name: _arity(each) for name, each in BUILTIN.items()} | dict.fromkeys(CLOCK, (0, 0))

OTHER_WORDS: Mapping[str, str] = {
    "size": "len", "length": "len", "mean": "avg", "average": "avg", "ceiling": "ceil", "distinct": "unique", "reverse": "reversed",
    "sort": "sorted", "strip": "trim", "startswith": "starts_with", "startsWith": "starts_with", "endswith": "ends_with",
    "endsWith": "ends_with", "toUpperCase": "upper", "toLowerCase": "lower", "toString": "str", "string": "str", "number": "float",
    "isEmpty": "is_empty", "empty": "is_empty", "like": "matches", "append": "list + [value]", "equals": "==", "datetime": "time",
    "includes": "contains", "format": "join", "find": "contains", "index": "contains", "items": "keys", "lstrip": "trim", "rstrip": "trim",
}  # fmt: skip  what designers bring from other languages → our word
