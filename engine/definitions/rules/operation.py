"""The operations of service tasks."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Installed, Problem, attribute, label, local


def check(diagram: Diagram, installed: Installed) -> Iterator[Problem]:
    """Yield service tasks without an operation or with one that is not installed."""
    for task in diagram.elements("serviceTask", "businessRuleTask"):
        operation = attribute(task, "operation")
        if operation is None and local(task) == "businessRuleTask":
            continue  # a decision table decides; another rule looks for it
        if operation is None:
            yield task, f"Expected chidao:operation at {label(task)}, but found none. Name one of: {_known(installed)}."
        elif operation not in installed.operations:
            yield task, f"Expected an installed operation at {label(task)}, but found {operation!r}. Name one of: {_known(installed)}."


def _known(installed: Installed) -> str:
    return ", ".join(sorted(installed.operations)) or "(none installed)"
