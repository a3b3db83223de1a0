"""The parameters of operations and messages."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Installed, Problem, label, parameters


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield parameters without a name or a value."""
    for task in diagram.elements():
        for parameter in parameters(task):
            if not parameter.get("name") or not (parameter.get("value") or "").strip():
                yield task, f"Expected name and value at every chidao:parameter of {label(task)}, but one lacks them. Add both."
