"""Script tasks without a script."""

from __future__ import annotations

from collections.abc import Iterator

from engine.definitions.diagram import Diagram, Installed, Problem, children, label, text


def check(diagram: Diagram, _installed: Installed) -> Iterator[Problem]:
    """Yield script tasks that hold no script. Source: BPMN 2.0, 10.3.3: such a task is as one of no kind, which a person does."""
    for task in diagram.elements("scriptTask"):
        if not any(text(script) for script in children(task, "script")):
            remedy = "Write lines such as total = sum(figures), or make it a user task"
            yield task, f"Expected lines of `name = expression` in {label(task)}, but it holds no script: a person completes it. {remedy}."
