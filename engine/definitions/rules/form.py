"""The forms of user tasks."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Installed, Problem, attribute, label, local


def check(diagram: Diagram, installed: Installed) -> Iterator[Problem]:
    """Yield user tasks without a form, and tasks whose form is not among the files."""
    for task in diagram.elements("userTask", "manualTask"):
        form = attribute(task, "form")
        if form is None:
            if local(task) == "userTask":
                yield task, f"Expected chidao:form at {label(task)}, but found none. Name one of the forms in a folder forms/."
        elif form not in installed.forms:
            yield task, f"Expected the form of {label(task)} in forms/{form}.schema.json, but there is no such file. Add it, or name another."
