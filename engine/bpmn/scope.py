"""Process data as BPMN means them: one set of variables for a process, and local ones for an instance of many."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any


class Scope(MutableMapping[str, Any]):
    """Variables that are seen from inside outward. Assigning changes the innermost scope that has the name.

    Every token of a process shares the scope of the process, so parallel branches see and keep each other's values
    (the library copies the data to every task and merges the copies again, which loses the earlier branch's values).
    """

    __slots__ = ("local", "outer")

    def __init__(self, local: dict[str, Any], outer: Scope | None = None) -> None:
        self.local = local
        self.outer = outer

    def __getitem__(self, name: str) -> Any:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.local:
                return scope.local[name]
            scope = scope.outer
        raise KeyError(name)

    def __setitem__(self, name: str, value: Any) -> None:
        scope = self
        while scope.outer is not None and name not in scope.local:
            scope = scope.outer
        scope.local[name] = value

    def __contains__(self, name: object) -> bool:
        return name in self.local or (self.outer is not None and name in self.outer)

    def __delitem__(self, name: str) -> None:
        del self.local[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.flat())

    def __len__(self) -> int:
        return len(self.flat())

    def flat(self) -> dict[str, Any]:
        """Return a copy with everything that is visible from here."""
        return dict(self.local) if self.outer is None else {**self.outer.flat(), **self.local}


