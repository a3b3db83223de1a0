"""The operations of service tasks."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from engine.definitions.diagram import Diagram, Installed, Problem, attribute, label, local

FEW = 3


def check(diagram: Diagram, installed: Installed) -> Iterator[Problem]:
    """Yield service tasks without an operation or with one that is not installed; `chidao operations` lists them."""
    for task in diagram.elements("serviceTask", "businessRuleTask"):
        operation = attribute(task, "operation")
        if operation is None and local(task) == "businessRuleTask":
            continue  # a decision table decides; another rule looks for it
        if operation is None:
            yield task, f"Expected chidao:operation at {label(task)}, but found none. Name one that `chidao operations` lists."
        elif operation not in installed.operations:
            yield task, f"Expected an installed operation at {label(task)}, but found {operation!r}. Name {_known(installed, operation)}."


def _known(installed: Installed, wanted: str) -> str:
    """Return what may be meant: the nearest names, of few all, or where they are listed."""
    near = get_close_matches(wanted, installed.operations, n=FEW)
    offered = near or sorted(installed.operations)
    if len(offered) <= FEW:
        return f"one of: {', '.join(offered) or '(none installed)'}"
    return f"one of the {len(installed.operations)} that `chidao operations` lists"
