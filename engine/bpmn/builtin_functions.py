"""The functions that every expression may call, and the bounds of every value. Calendars and the like are handed in."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from engine.bpmn.moments import Duration, parse_duration, parse_moment
from engine.kernel.clock import local_date
from engine.kernel.errors import InvalidInput

MAX_ITEMS = 20_000
MAX_TEXT = 200_000
MAX_BITS = 256
MAX_DIGITS = 40
MAX_WEIGHT = 100_000

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 60


def bounded(value: Any) -> Any:
    """Return `value` when its size is within bounds. Raises InvalidInput."""
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidInput(f"Expected a finite number, but found {value}.")
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise InvalidInput(f"Expected a number of at most {MAX_BITS} bits, but found {value.bit_length()}.")
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise InvalidInput(f"Expected a text of at most {MAX_TEXT} characters, but found {len(value)}.")
    if isinstance(value, list | tuple | Mapping) and len(value) > MAX_ITEMS:
        raise InvalidInput(f"Expected at most {MAX_ITEMS} items, but found {len(value)}.")
    return value


def weight(value: Any) -> int:
    """Return how many values `value` holds, all levels counted. Raises InvalidInput above the bound."""
    count, waiting = 0, [value]
    while waiting:
        each = waiting.pop()
        count += 1
        if isinstance(each, list | tuple):
            waiting.extend(each)
        elif isinstance(each, Mapping):
            waiting.extend(each.values())
        if count + len(waiting) > MAX_WEIGHT:
            raise InvalidInput(f"Expected at most {MAX_WEIGHT} values in one, but found more.")
    return count


def show(value: Any) -> str:
    """Return a short text of `value` for messages, whatever its size."""
    return _SHORT.repr(value)


def _int(value: Any) -> int:
    if isinstance(value, str) and len(value) > MAX_DIGITS:
        raise InvalidInput(f"Expected at most {MAX_DIGITS} digits, but found {len(value)}.")
    try:
        return int(value)
    except (ValueError, OverflowError):
        raise InvalidInput(f"Expected a number, but found {show(value)}.") from None


def _float(value: Any) -> float:
    try:
        return float(value)
    except (ValueError, OverflowError):
        raise InvalidInput(f"Expected a number, but found {show(value)}.") from None


def _str(value: Any = "") -> str:
    if isinstance(value, date | timedelta):
        return value.isoformat() if isinstance(value, date) else f"PT{int(value.total_seconds())}S"
    if isinstance(value, list | tuple | dict):
        raise InvalidInput(f"Expected a single value to write as text, but found {show(value)}.")
    return str(value)


def _sum(items: Any) -> Any:
    if not all(isinstance(each, int | float) for each in items):
        raise InvalidInput(f"Expected numbers to add, but found {show(items)}.")
    return sum(items)


def _sorted(items: Any) -> list[Any]:
    return sorted(items)


def _round(value: Any, digits: int = 0) -> Any:
    if abs(digits) > 20:
        raise InvalidInput(f"Expected at most 20 digits, but found {digits}.")
    return round(value, digits) if digits else round(value)


def _date(value: Any) -> date:
    """Return the day of an ISO text or of a moment."""
    moment = parse_moment(value) if isinstance(value, str) else value
    if isinstance(moment, datetime):
        return local_date(moment)
    if isinstance(moment, date):
        return moment
    raise InvalidInput(f"Expected a date, but found {show(value)}.")


def _moment(value: Any) -> datetime:
    moment = parse_moment(value) if isinstance(value, str) else value
    if isinstance(moment, datetime):
        return moment
    raise InvalidInput(f"Expected a date with a time, but found {show(value)}.")


def _get(whole: Any, key: Any, default: Any = None) -> Any:
    if not isinstance(whole, Mapping):
        raise InvalidInput(f"Expected a dict, but found {show(whole)}.")
    return whole.get(key, default)


def _span(unit: str) -> Callable[[Any], timedelta]:
    def span(count: float) -> timedelta:
        try:
            return timedelta(**{unit: count})
        except OverflowError:
            raise InvalidInput(f"Expected a sensible number of {unit}, but found {count}.") from None

    return span


BUILTIN: Mapping[str, Callable[..., Any]] = {
    "len": len,
    "min": min,
    "max": max,
    "sum": _sum,
    "round": _round,
    "abs": abs,
    "any": any,
    "all": all,
    "sorted": _sorted,
    "str": _str,
    "int": _int,
    "float": _float,
    "bool": bool,
    "list": lambda items=(): list(items),
    "get": _get,
    "date": _date,
    "time": _moment,
    "duration": parse_duration,
    "days": _span("days"),
    "hours": _span("hours"),
    "minutes": _span("minutes"),
    "months": lambda count: Duration(months=count),
}
CLOCK: Mapping[str, Callable[..., Any]] = {"today": local_date, "now": lambda now: now}
