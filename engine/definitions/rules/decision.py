"""The decisions of business rule tasks."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Installed, Problem, attribute, label, local


def check(diagram: Diagram, installed: Installed) -> Iterator[Problem]:
    """Yield business rule tasks that nothing or two things decide, decisions that are not among the files, and decisions elsewhere."""
    for task in diagram.elements():
        decision = attribute(task, "decision")
        if local(task) != "businessRuleTask":
            if decision is not None:
                yield task, f"Expected chidao:decision at a business rule task, but found it at {label(task)}. Make it one, or remove the attribute."
        elif decision is None and attribute(task, "operation") is None:
            yield task, f"Expected chidao:decision at {label(task)}, but found none. Name one of the tables in a folder decisions/."
        elif decision is not None and attribute(task, "operation") is not None:
            yield task, f"Expected {label(task)} to be decided once, but found both chidao:decision and chidao:operation. Keep one."
        elif decision is not None and decision not in installed.decisions:
            yield task, f"Expected the decision of {label(task)} in decisions/{decision}.dmn, but there is no such file. Add it, or name another."
