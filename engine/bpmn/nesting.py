"""How deep processes and sub-processes stand inside each other: what is too deep for a step is refused before it runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.bpmn.xml import MAX_SCOPES

RULE = "recursive_call"


def too_deep(process: str, specs: Mapping[str, Any]) -> list[str]:
    """Return the way by which `process` contains more than the engine runs inside each other; none when there is none.

    Processes that call each other in a circle are left to their own rule: whether such a circle ends, the data decide.
    """
    inside = {key: sorted({node.inside for node in spec.task_specs.values() if getattr(node, "inside", None) in specs}) for key, spec in specs.items()}
    deepest: dict[str, list[str]] = {}
    waiting = [(process, False)]
    open_ones: set[str] = set()
    while waiting:
        key, finished = waiting.pop()
        if finished:
            open_ones.discard(key)
            deepest[key] = max((deepest[inner] for inner in inside[key]), key=len, default=[])[: MAX_SCOPES + 1]
            deepest[key] = [key, *deepest[key]]
        elif key in open_ones:
            return []
        elif key not in deepest:
            open_ones.add(key)
            waiting += [(key, True), *((inner, False) for inner in inside[key])]
    return deepest[process] if len(deepest[process]) > MAX_SCOPES + 1 else []
