"""Which operations programs are offered: every command that a person may send, every query; each known by the kind of its first argument."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, get_args, get_origin, get_type_hints

from engine.door import Door

SCALARS = (str, int, bool, float, type(None))
_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """One operation: `kind` is the command or query itself; `by_address`: what it asks can stand in an address."""

    name: str
    kind: type
    action: str
    reads: bool
    by_address: bool

    @property
    def address(self) -> str:
        """Where it is, below /api/v1."""
        return f"/{'queries' if self.reads else 'commands'}/{self.name}"

    @property
    def method(self) -> str:
        """How it is sent: what only reads and fits into an address, by GET."""
        return "GET" if self.by_address else "POST"


def offered(door: Door) -> dict[str, Offered]:
    """Return the operations of a door by the last part of their addresses."""
    return {each.name: each for each in _offered(door)}


def _offered(door: Door) -> Iterator[Offered]:
    for name, handler in door.commands():
        if handler.system_only:
            continue
        kind = handler.kind or _kind(name, handler.decide)
        if not _holds_secrets(kind):
            yield Offered(name=_words(name), kind=kind, action=handler.action, reads=False, by_address=False)
    for name, query in door.queries():
        kind = _kind(name, query.answer)
        yield Offered(name=_words(name), kind=kind, action=query.action, reads=True, by_address=all(map(_fits, get_type_hints(kind).values())))


def _kind(name: str, function: Callable[..., Any]) -> type:
    """Return the class called `name` that the first argument of a function may be."""
    while isinstance(function, partial):
        function = function.func
    first = next(iter(inspect.signature(function).parameters))
    told = get_type_hints(function)[first]
    found: type = next(each for each in (get_args(told) or (told,)) if each.__name__ == name)
    return found


def _holds_secrets(kind: type) -> bool:
    """Tell whether a field is never shown: what holds passwords is done on the pages, which know how to keep them."""
    return any(not each.repr for each in dataclasses.fields(kind))


def _fits(told: Any) -> bool:
    """Tell whether a value can stand in an address: a plain one, or several plain ones."""
    if get_origin(told) is tuple:
        return get_args(told)[1:] == (...,) and get_args(told)[0] in SCALARS
    return told in SCALARS or (bool(get_args(told)) and get_origin(told) is not dict and all(each in SCALARS for each in get_args(told)))


def _words(name: str) -> str:
    return _CAPITAL.sub("-", name).lower()
