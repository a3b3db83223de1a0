"""The bounds of every value that an expression makes or the process data keep, and how such a value is shown in a message."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Mapping
from typing import Any

from engine.kernel.errors import InvalidInput

MAX_ITEMS = 20_000
MAX_TEXT = 200_000
MAX_BITS = 256
MAX_WEIGHT = 100_000
LETTERS_A_VALUE = 64  # a text weighs one, and one more for so many letters: a list may hold the same long text many times

LIGHT = frozenset({int, float, bool, type(None)})  # what holds nothing

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 60


def bounded(value: Any) -> Any:
    """Return `value` when its size is within bounds. Raises InvalidInput."""
    if isinstance(value, str):
        if len(value) > MAX_TEXT:
            raise InvalidInput(f"Expected a text of at most {MAX_TEXT} characters, but found {len(value)}.")
    elif isinstance(value, int):
        if value.bit_length() > MAX_BITS:
            raise InvalidInput(f"Expected a number of at most {MAX_BITS} bits, but found {value.bit_length()}.")
    elif isinstance(value, float | complex):
        if isinstance(value, complex) or not math.isfinite(value):
            raise InvalidInput(f"Expected a finite number, but found {value}.")
    elif isinstance(value, list | tuple | Mapping) and len(value) > MAX_ITEMS:
        raise InvalidInput(f"Expected at most {MAX_ITEMS} items, but found {len(value)}.")
    return value


def weight(value: Any) -> int:
    """Return how many values `value` holds, all levels counted. Raises InvalidInput above the bound."""
    count, waiting = 1, [value]
    while waiting:
        whole = waiting.pop()
        if isinstance(whole, str):
            count += len(whole) // LETTERS_A_VALUE
            continue
        if not isinstance(whole, list | tuple | Mapping):
            continue
        count += len(whole)
        if count > MAX_WEIGHT:
            raise InvalidInput(f"Expected at most {MAX_WEIGHT} values in one, but found more.")
        for each in whole.values() if isinstance(whole, Mapping) else whole:
            kind = type(each)
            if kind is str:
                count += len(each) // LETTERS_A_VALUE
            elif kind not in LIGHT:
                waiting.append(each)
    return count


def show(value: Any) -> str:
    """Return a short text of `value` for messages, whatever its size."""
    return _SHORT.repr(value)
