"""Registries: what a lower room needs of a higher one reaches it through here; bootstrap fills them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property
from typing import Generic, TypeVar

from engine.kernel.errors import NotFound

T = TypeVar("T")


class Registry(Generic[T]):
    """Named things of one kind."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._entries: dict[str, T] = {}

    def add(self, name: str, entry: T) -> None:
        """Register `entry`; a name may be taken once."""
        if name in self._entries:
            raise ValueError(f"Expected a new {self._kind} name, but {name!r} is registered already.")
        self._entries[name] = entry

    def get(self, name: str) -> T:
        """Return the entry called `name`. Raises NotFound with the known names."""
        if name not in self._entries:
            known = ", ".join(sorted(self._entries))
            raise NotFound(f"Expected the name of an installed {self._kind} ({known}), but found {name!r}.")
        return self._entries[name]

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._entries))


class LazyNames(Collection[str]):
    """Names that are looked up when somebody first asks: what they are the names of may take long to load."""

    def __init__(self, load: Callable[[], Iterable[str]]) -> None:
        self._load = load

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(self._load())

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._names))

    def __len__(self) -> int:
        return len(self._names)
