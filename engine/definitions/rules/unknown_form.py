"""Forms that are not among the files."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Installed, Problem, attribute, label


def check(diagram: Diagram, installed: Installed) -> Iterator[Problem]:
    """Yield tasks whose form is not among the files."""
    for task in diagram.elements("task", "userTask", "manualTask"):
        form = attribute(task, "form")
        if form is not None and form not in installed.forms:
            yield task, f"Expected the form of {label(task)} in forms/{form}.schema.json, but there is no such file. Add it, or name another."
