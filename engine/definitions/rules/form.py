"""User tasks without a form."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Installed, Problem, attribute, label


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield user tasks without a form: they are completed without data."""
    for task in diagram.elements("userTask"):
        if attribute(task, "form") is None:
            yield task, f"Expected chidao:form at {label(task)}, but found none: it is completed without data. Name one of the forms in a folder forms/."
