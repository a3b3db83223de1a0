"""The names of the installed operations for whoever only checks a diagram: nothing is loaded until a diagram names one."""

from __future__ import annotations

from collections.abc import Iterable

from engine.kernel.registry import LazyNames


def _operations() -> Iterable[str]:
    from engine.bootstrap import installed_operations

    return installed_operations()


OPERATIONS = LazyNames(_operations)
