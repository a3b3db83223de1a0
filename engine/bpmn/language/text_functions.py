"""What expressions can do with texts. No regular expressions and no format strings: both have bombs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.bpmn.language.bounds import MAX_ITEMS, MAX_TEXT, show
from engine.kernel.errors import InvalidInput


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidInput(f"Expected a text, but found {show(value)}. Write str(…) around it.")
    return value


def _fits(length: int) -> None:
    if length > MAX_TEXT:
        raise InvalidInput(f"Expected a text of at most {MAX_TEXT} characters, but found {length}.")


def upper(text: Any) -> str:
    return _text(text).upper()


def lower(text: Any) -> str:
    return _text(text).lower()


def trim(text: Any) -> str:
    return _text(text).strip()


def starts_with(text: Any, beginning: Any) -> bool:
    return _text(text).startswith(_text(beginning))


def ends_with(text: Any, ending: Any) -> bool:
    return _text(text).endswith(_text(ending))


def contains(text: Any, part: Any) -> bool:
    if isinstance(text, list | tuple):
        raise InvalidInput(f"Expected a text, but found {show(text)}. Write {show(part)} in the list.")
    return _text(part) in _text(text)


def matches(text: Any, pattern: Any) -> bool:
    """Tell whether `text` is as `pattern` says, in which * stands for any letters. Linear in both: no bombs."""
    rest, pieces = _text(text), _text(pattern).split("*")
    if len(pieces) == 1:
        return rest == pieces[0]
    first, *between, last = pieces
    if len(rest) < len(first) + len(last) or not (rest.startswith(first) and rest.endswith(last)):
        return False
    place, end = len(first), len(rest) - len(last)
    for piece in between:
        found = rest.find(piece, place, end)
        if found < 0:
            return False
        place = found + len(piece)
    return True


def split(text: Any, separator: Any) -> list[str]:
    whole, cut = _text(text), _text(separator)
    if not cut or whole.count(cut) >= MAX_ITEMS:
        raise InvalidInput(f"Expected a separator that gives 1 to {MAX_ITEMS} parts, but found {show(separator)}.")
    return whole.split(cut)


def join(items: Any, separator: Any = "") -> str:
    if not isinstance(items, list | tuple):
        raise InvalidInput(f"Expected a list of texts, but found {show(items)}. Write join(list, separator).")
    parts = [_text(item) for item in items]
    _fits(sum(map(len, parts)) + len(_text(separator)) * len(parts))
    return str(separator).join(parts)


def replace(text: Any, old: Any, new: Any) -> str:
    if not _text(old):
        raise InvalidInput("Expected a text to be replaced, but found ''.")
    _fits(len(_text(text)) + text.count(old) * max(len(_text(new)) - len(old), 0))
    return str(text).replace(old, new)


def substring(text: Any, start: Any, length: Any = None) -> str:
    """Return a part of `text`, its letters counted from 1 or, negative, from the end: as in FEEL and in spreadsheets."""
    whole = _text(text)
    if type(start) is not int or start == 0 or not (length is None or (type(length) is int and length >= 0)):
        raise InvalidInput(f"Expected a first letter counted from 1 and a length, but found {show(start)} and {show(length)}.")
    first = start - 1 if start > 0 else max(len(whole) + start, 0)
    return whole[first:] if length is None else whole[first : first + length]


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "upper": upper,
    "lower": lower,
    "trim": trim,
    "starts_with": starts_with,
    "ends_with": ends_with,
    "contains": contains,
    "matches": matches,
    "split": split,
    "join": join,
    "replace": replace,
    "substring": substring,
}
